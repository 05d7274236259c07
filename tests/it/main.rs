//! The one integration binary.

mod support;

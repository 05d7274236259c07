//! The one integration binary.

mod jail;
mod support;

//! Tests over whole masters.

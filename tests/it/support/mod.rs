//! What several tests need: real servers started on loopback, scratch folders.

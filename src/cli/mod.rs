//! The command line: arguments in, exit codes out; the only room that may import every other.

pub mod doctor;

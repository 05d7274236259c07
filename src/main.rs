//! The door of the program: the sealed child branches off here, before any runtime, configuration or secret exists.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == "__sealed") {
        return uketsuke::jail::child::main(&arguments[2..]);
    }
    uketsuke::cli::main(arguments)
}

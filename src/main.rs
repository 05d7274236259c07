//! The door of the program: the sealed child branches off here, before any runtime, configuration or secret exists.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == "__sealed") {
        let role: Vec<String> = arguments[2..].iter().map(|word| word.to_string_lossy().into_owned()).collect();
        return uketsuke::jail::child::main(&role);
    }
    uketsuke::cli::main(arguments)
}

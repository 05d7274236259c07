//! The command line. A sealed child branches off before a runtime, a configuration or a secret exists.

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|word| word == "__sealed") {
        return uketsuke::jail::child::main(&args[1..]);
    }
    ExitCode::from(2)
}

//! The command line: arguments in, exit codes out; the only room that may import every other.
//!
//! Exit status: 0 done, 1 the program itself failed, 2 wrong usage (`read` follows the reading contract, `received` says more).

mod args;
mod bench;
mod bench_match;
mod bench_pages;
mod bench_queue;
mod config;
mod corpus;
pub mod doctor;
mod import;
mod pending;
mod received;
mod records;
mod report;
mod samples;
mod serve;
mod steps;
mod train;
mod train_values;

use args::{Arguments, AuditVerb, Command};
use clap::Parser;
use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program on `arguments` (the first is its own name).
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers, not errors.
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("uketsuke: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(arguments.command)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("uketsuke: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve { common, listen, samples } => serve::serve(&common, listen, samples.as_deref()).await,
        Command::Read { common, masters, hospital, debug, files } => {
            corpus::read(&common, masters.as_deref(), hospital.as_deref(), debug.as_deref(), &files).await
        }
        Command::Eval { common, folder, how } => corpus::eval(&common, &folder, &how).await,
        Command::Received { common, pending: Some(folder), .. } => pending::pending(&common, &folder).await,
        Command::Received { common, said, files, pending: None } => received::received(&common, &said, &files).await,
        Command::Import { common, what, file, dry_run, force } => {
            import::import(&common, what, &file, dry_run, force).await
        }
        Command::Train { common, how } => train::train(&common, &how).await,
        Command::Doctor { common } => records::doctor(&common).await,
        Command::Token { common, verb } => records::token(&common, verb).await,
        Command::User { common, verb } => records::user(&common, verb).await,
        Command::Audit { common, verb: AuditVerb::Verify } => records::audit_verify(&common).await,
        Command::Status { common, json } => records::status(&common, json).await,
        Command::Bench { common, what } => bench::bench(&common, what).await,
    }
}

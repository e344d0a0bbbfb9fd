//! Half-Open without a browser: the same model, on a command line.

mod about;
mod compare;
mod export;
mod input;
mod list;
mod output;
mod replay;
mod report;
mod run;
mod schedule;
mod still;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use output::Failure;

/// Resilience patterns, simulated: what a system does when something breaks.
#[derive(Parser)]
#[command(name = "half-open", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Simulate an experiment and print what came of it.
    Run(run::Arguments),
    /// Run two settings under the same luck, seed after seed, and print what the change bought.
    Compare(compare::Arguments),
    /// List what is built in.
    List(list::Arguments),
    /// Print how long a backoff waits, attempt by attempt.
    Schedule(schedule::Arguments),
    /// Draw a moment of a run as SVG, light or dark as whoever looks at it likes.
    Still(still::Arguments),
    /// Say what this model leaves out.
    About,
    /// Ask a breaker step by step, or what it would have done with recorded calls; or ask a service
    /// with idempotency keys, request by request.
    Replay(replay::Arguments),
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => return refuse(&output::sentence_of(&error)),
        Err(help) => {
            // Whoever does not want to read the help need not.
            let _ = help.print();
            return ExitCode::SUCCESS;
        }
    };
    let done = match &arguments.command {
        Command::Run(arguments) => run::run(arguments),
        Command::Compare(arguments) => compare::run(arguments),
        Command::List(arguments) => list::run(arguments),
        Command::Schedule(arguments) => schedule::run(arguments),
        Command::Still(arguments) => still::run(arguments),
        Command::About => about::run(),
        Command::Replay(arguments) => replay::run(arguments),
    };
    match done {
        Ok(()) | Err(Failure::NobodyListens) => ExitCode::SUCCESS,
        Err(Failure::Unusable(sentence)) => refuse(&sentence),
    }
}

fn refuse(sentence: &str) -> ExitCode {
    eprintln!("{sentence}");
    ExitCode::from(2)
}

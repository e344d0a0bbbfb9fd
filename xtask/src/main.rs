//! The workshop: everything one does with a checkout, from a bare machine on.

mod bench;
mod browser;
mod build;
mod debian;
mod examples;
mod exports;
mod npm;
mod offline;
mod python;
mod serve;
mod setup;
mod shell;
mod shots;
mod split;
mod test;
#[cfg(test)]
mod tidy;
mod tools;
mod wasm;

use std::process::ExitCode;

use shell::{Failure, Result};

const USAGE: &str = "\
cargo xtask serve          play with it: builds, serves on http://127.0.0.1:8080, rebuilds on change
cargo xtask build          the page for any static host, in dist/
cargo xtask test           every check; --only fmt|clippy|native|wasm|exports|examples|browser[:FILE]
cargo xtask bench          measures and writes BENCHMARKS.md; --only page|rivals|scaling|alternatives
cargo xtask later          writes the list of what the page fetches when somebody does something
cargo xtask shots [NAME]   takes the pictures in docs/shots/
cargo xtask setup          installs what the others need; they do it by themselves";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> Result {
    let Some((command, rest)) = args.split_first() else {
        println!("{USAGE}");
        return Ok(());
    };
    match command.as_str() {
        "serve" => serve::run(rest),
        "build" => no_more(rest).and_then(|()| build::run()),
        "test" => test::run(rest),
        "bench" => bench::run(rest),
        "later" => split::learn(rest),
        "shots" => shots::run(rest),
        "setup" => no_more(rest).and_then(|()| setup::run()),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(())
        }
        other => Err(Failure::new(format!("There is no command “{other}”.\n\n{USAGE}"))),
    }
}

fn no_more(rest: &[String]) -> Result {
    match rest.first() {
        None => Ok(()),
        Some(extra) => Err(Failure::new(format!("“{extra}” is not expected here.\n\n{USAGE}"))),
    }
}

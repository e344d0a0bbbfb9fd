//! What comes from npm: wasm-opt and a shortener of scripts for the page, the browser driver and the auditors for its tests.

use std::path::PathBuf;

use crate::shell::{
    Failure, Result, on_path, program, read, read_file, root, run_quietly, say, write_file,
};

/// The first Node that has a test runner and runs the browser driver.
const NODE: u32 = 20;

/// npm is a script, and Windows wants to be told.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// wasm-opt, terser, the browser driver and the accessibility auditor.
pub(crate) const TESTS: &str = "tests/browser";

/// Lighthouse.
pub(crate) const BENCHMARKS: &str = "tests/bench";

/// Installs the packages of this directory as locked; the directory with their programs.
pub(crate) fn packages(of: &str) -> Result<PathBuf> {
    if !is_usable() {
        return Err(Failure::new(format!(
            "Please install Node {NODE} or later with npm, from https://nodejs.org or your \
             system's packages: the page is tested with it."
        )));
    }
    let dir = root().join(of);
    let stamp = dir.join("node_modules/.installed");
    let lock = read_file(&dir.join("package-lock.json"))?;
    let bin = dir.join("node_modules/.bin");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(bin);
    }
    say(format_args!("Installing the npm packages of {of} (about 10 seconds, once)."));
    let mut npm = program(NPM);
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    run_quietly(npm.current_dir(&dir))?;
    write_file(&stamp, &lock)?;
    Ok(bin)
}

/// Whether there is an npm, and a Node that is new enough.
pub(crate) fn is_usable() -> bool {
    let version = on_path("node").and_then(|node| read(program(node).arg("--version")).ok());
    let major = version
        .as_deref()
        .and_then(|text| text.strip_prefix('v')?.split('.').next()?.parse::<u32>().ok());
    on_path(NPM).is_some() && major.is_some_and(|major| major >= NODE)
}

//! What a machine needs, installed where it is missing. Everything here can be repeated at will.

use std::cell::Cell;
use std::path::PathBuf;
use std::process::Command;

use crate::shell::{Failure, Result, program, say};
use crate::wasm::{self, Compiler};
use crate::{browser, exports, npm, tools};

/// Everything that turns the app into a page.
pub(crate) struct Kit {
    /// The compiler for WebAssembly.
    pub(crate) compiler: Compiler,
    /// Directories of tools that come before `PATH`.
    bins: Vec<PathBuf>,
    /// Whether trunk has to download nothing, and what comes from npm is there.
    pub(crate) complete: bool,
    /// Whether `dist/` has been built with it.
    pub(crate) built: Cell<bool>,
}

impl Kit {
    /// Finds or installs what also tests the page; fails where npm is missing.
    pub(crate) fn for_tests() -> Result<Self> {
        npm::packages(npm::TESTS)?;
        Self::ready()
    }

    /// Finds or installs it.
    pub(crate) fn ready() -> Result<Self> {
        let compiler = wasm::compiler()?;
        let mut bins: Vec<PathBuf> =
            [tools::trunk()?, tools::wasm_bindgen()?].into_iter().flatten().collect();
        // Without npm trunk downloads a wasm-opt of its own.
        let complete = npm::is_usable();
        if complete {
            bins.push(npm::packages(npm::TESTS)?);
        }
        Ok(Self { compiler, bins, complete, built: Cell::new(false) })
    }

    /// A program that finds the tools on its `PATH` and compiles for WebAssembly.
    pub(crate) fn program(&self, name: &str) -> Result<Command> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = self.bins.iter().cloned().chain(std::env::split_paths(&path));
        let path = std::env::join_paths(path)
            .map_err(|error| Failure::new(format!("PATH cannot be extended: {error}.")))?;
        // The program itself is looked up on our PATH, not on its own.
        let place = self.bins.iter().map(|bin| bin.join(name)).find(|file| file.is_file());
        let mut command = program(place.unwrap_or_else(|| PathBuf::from(name)));
        command.env("PATH", path);
        self.compiler.prepare(&mut command);
        Ok(command)
    }

    /// trunk, told not to look for tools that are already here.
    pub(crate) fn trunk(&self, verb: &str) -> Result<Command> {
        let mut command = self.program("trunk")?;
        command.arg(verb).env("TRUNK_SKIP_VERSION_CHECK", "true");
        // trunk reads NO_COLOR=1, which many a terminal sets, as a bad argument.
        command.env_remove("NO_COLOR");
        if self.complete {
            command.arg("--offline");
        }
        Ok(command)
    }
}

/// `cargo xtask setup`
pub(crate) fn run() -> Result {
    let kit = Kit::for_tests()?;
    let chromium = browser::chromium()?;
    exports::environment()?;
    let compiler = match kit.compiler {
        Compiler::Usual => "the usual Rust compiler",
        Compiler::Debian => "Debian's Rust compiler",
    };
    say(format_args!("The page is built with {compiler} and tested in {}.", chromium.display()));
    if !kit.bins.is_empty() {
        let bins: Vec<_> = kit.bins.iter().map(|bin| bin.display().to_string()).collect();
        say(format_args!("To call trunk directly, put these on your PATH: {}", bins.join(", ")));
    }
    say("Everything is here. `cargo xtask serve` comes next.");
    Ok(())
}

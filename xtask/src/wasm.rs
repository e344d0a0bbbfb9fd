//! A Rust compiler that can build for WebAssembly: found, or made.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::debian;
use crate::shell::{Failure, Result, on_path, program, root, say, succeeds_within};

/// What rustc calls a browser.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Whose compiler builds the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Compiler {
    /// The one that builds everything else.
    Usual,
    /// Debian's, with a standard library of our own making.
    Debian,
}

impl Compiler {
    /// Makes a cargo, or what calls one, build for WebAssembly with this compiler.
    pub(crate) fn prepare(self, command: &mut Command) {
        if self == Self::Debian {
            // Two compilers in one target directory would rebuild each other's work.
            command
                .env("RUSTC", debian::RUSTC)
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", debian::linker())
                .env("CARGO_TARGET_DIR", self.target_dir());
        }
    }

    /// Where its output goes.
    pub(crate) fn target_dir(self) -> PathBuf {
        let usual = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root().join("target"), PathBuf::from);
        match self {
            Self::Usual => usual,
            Self::Debian => usual.join("wasm"),
        }
    }
}

/// A compiler with the WebAssembly target: the usual one if it has it or rustup can add it, else
/// Debian's.
pub(crate) fn compiler() -> Result<Compiler> {
    if can_build(Path::new("rustc")) {
        return Ok(Compiler::Usual);
    }
    if can_build(Path::new(debian::RUSTC)) {
        return Ok(Compiler::Debian);
    }
    if on_path("rustup").is_some() {
        say("Adding the WebAssembly target to Rust, because the page runs in a browser \
             (a few seconds, once).");
        let mut add = program("rustup");
        add.args(["target", "add", TARGET]);
        if succeeds_within(&mut add, Duration::from_secs(120)) && can_build(Path::new("rustc")) {
            return Ok(Compiler::Usual);
        }
        say("rustup cannot add it here.");
    }
    if on_path("apt-get").is_none() {
        return Err(Failure::new(format!(
            "Rust cannot build for WebAssembly here. Please run `rustup target add {TARGET}` when \
             online, or install the package that adds this target to your system's Rust."
        )));
    }
    debian::install_compiler()?;
    Ok(Compiler::Debian)
}

/// Whether this compiler has a standard library for WebAssembly, and can read it.
pub(crate) fn can_build(rustc: &Path) -> bool {
    let out = std::env::temp_dir().join(format!("half-open-probe-{}.rmeta", std::process::id()));
    let probe = program(rustc)
        .args(["--target", TARGET, "--crate-type", "lib", "--emit", "metadata", "-o"])
        .arg(&out)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let worked = probe.is_ok_and(|mut child| {
        // Closing its input starts it; a compiler that is already gone says so by its status.
        if let Some(mut input) = child.stdin.take() {
            let _ = input.write_all(b"pub fn one() -> Option<u8> { Some(1) }");
        }
        child.wait().is_ok_and(|status| status.success())
    });
    let _ = std::fs::remove_file(out);
    worked
}

//! Those who simulate the same workloads, made ready to run.

use std::path::PathBuf;
use std::process::Command;

use crate::setup::Kit;
use crate::shell::{Result, program, read, root, run_quietly, say};
use crate::wasm::{Compiler, TARGET};
use crate::{browser, npm, python};

const SIMPY: &str = "4.1.2";

/// Who cannot take part on this machine, and why.
pub(super) type Absent = Vec<(&'static str, String)>;

/// The programs that run contestants, each of which is called with `agree` or `time`.
pub(super) struct Programs {
    native: PathBuf,
    wasm: PathBuf,
    python: Option<PathBuf>,
    pub(super) absent: Absent,
}

impl Programs {
    pub(super) fn ready(kit: &Kit) -> Result<Self> {
        let mut absent = Absent::new();
        let native = native(&mut absent)?;
        let wasm = wasm(kit)?;
        let python = python().map_err(|failure| absent.push(("simpy", failure.to_string()))).ok();
        Ok(Self { native, wasm, python, absent })
    }

    /// What all of them print, one after another.
    pub(super) fn say(&self, what: &str) -> Result<String> {
        let mut commands = vec![program(&self.native)];
        commands[0].arg(what);
        for place in ["node", "chromium"] {
            let mut node = program("node");
            node.arg(here().join("rivals.mjs")).args([what, place]).arg(&self.wasm);
            node.env("HALF_OPEN_CHROMIUM", browser::chromium()?);
            commands.push(node);
        }
        if let Some(python) = &self.python {
            let mut python = program(python);
            python.arg(here().join("rivals.py")).arg(what);
            commands.push(python);
        }
        let mut said = String::new();
        for command in &mut commands {
            said += &read(command)?;
            said.push('\n');
        }
        Ok(said)
    }
}

fn here() -> PathBuf {
    root().join("tests/rivals")
}

fn cargo(command: &mut Command, target: &PathBuf) {
    command.current_dir(here()).args(["build", "--release", "--locked", "--quiet", "--target-dir"]);
    command.arg(target);
}

/// The native program, with nexosim if that can be had.
pub(super) fn native(absent: &mut Absent) -> Result<PathBuf> {
    let target = Compiler::Usual.target_dir().join("rivals");
    let build = |features: &[&str]| {
        let mut build = program("cargo");
        cargo(&mut build, &target);
        run_quietly(build.args(features))
    };
    if build(&["--features", "nexosim"]).is_err() {
        say("nexosim cannot be built here; measuring without it.");
        absent.push(("nexosim", "it could not be fetched and built here".into()));
        build(&[])?;
    }
    Ok(target.join(format!("release/half-open-rivals{}", std::env::consts::EXE_SUFFIX)))
}

/// The directory with the module, made as the page's is, so that what is measured is what is
/// shipped.
fn wasm(kit: &Kit) -> Result<PathBuf> {
    npm::packages(npm::TESTS)?;
    let target = kit.compiler.target_dir().join("rivals");
    let mut compile = kit.program("cargo")?;
    cargo(&mut compile, &target);
    run_quietly(compile.args(["--lib", "--target", TARGET]))?;
    let dir = target.join("bound");
    let mut bind = kit.program("wasm-bindgen")?;
    bind.args(["--target", "web", "--no-typescript", "--out-dir"]).arg(&dir);
    run_quietly(bind.arg(target.join(TARGET).join("release/half_open_rivals.wasm")))?;
    let bound = dir.join("half_open_rivals_bg.wasm");
    run_quietly(kit.program("wasm-opt")?.arg("-Oz").arg(&bound).arg("-o").arg(&bound))?;
    Ok(dir)
}

/// A Python that has `SimPy`.
fn python() -> Result<PathBuf> {
    let package = format!("simpy=={SIMPY}");
    python::with("simpy", &[&package], "SimPy, to be measured,")
}

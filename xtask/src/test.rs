//! Every check there is, in the order in which they are cheap.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Instant;

use crate::setup::Kit;
use crate::shell::{
    Failure, Result, program, read, root, run as run_in_view, run_quietly, say, write_file,
};
use crate::wasm::{Compiler, TARGET};
use crate::{browser, build, debian, examples, exports};

/// How many generated runs are compared across platforms.
const CASES: u32 = 200;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    Fmt,
    Clippy,
    Native,
    Wasm,
    Exports,
    Examples,
    Browser,
}

impl Part {
    const ALL: [Self; 7] = [
        Self::Fmt,
        Self::Clippy,
        Self::Native,
        Self::Wasm,
        Self::Exports,
        Self::Examples,
        Self::Browser,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Native => "native",
            Self::Wasm => "wasm",
            Self::Exports => "exports",
            Self::Examples => "examples",
            Self::Browser => "browser",
        }
    }

    const fn about(self) -> &'static str {
        match self {
            Self::Fmt => "the code is formatted",
            Self::Clippy => "no lint speaks up, natively and for WebAssembly",
            Self::Native => "unit, property, golden and tidy tests",
            Self::Wasm => "the same runs natively, in Node and in Chromium, to the bit",
            Self::Exports => {
                "real tools read what we write: a collector, OpenTelemetry's parser, Perfetto, FFmpeg"
            }
            Self::Examples => {
                "runs in a book, on slides, in a site and behind nginx, each made with the real tool"
            }
            Self::Browser => "the built page in Chromium, under a sub-path",
        }
    }

    const fn needs_kit(self) -> bool {
        !matches!(self, Self::Fmt | Self::Native)
    }
}

/// What to test: parts, and for the browser the files whose name contains a text.
#[derive(PartialEq, Eq, Debug)]
struct Choice {
    parts: Vec<Part>,
    file: String,
}

/// `cargo xtask test [--only PART[:FILE]]…`
pub(crate) fn run(args: &[String]) -> Result {
    let choice = parse(args)?;
    let kit = if choice.parts.iter().any(|part| part.needs_kit()) {
        Some(Kit::for_tests()?)
    } else {
        None
    };

    let start = Instant::now();
    let mut failed = Vec::new();
    for &part in &choice.parts {
        say(format_args!("{}: {}", part.name(), part.about()));
        let begun = Instant::now();
        let result = check(part, kit.as_ref(), &choice.file);
        let verdict = if result.is_ok() { "passed" } else { "FAILED" };
        if let Err(failure) = result {
            eprintln!("{failure}");
            failed.push(part.name());
        }
        say(format_args!("{} {verdict} in {:.1} s\n", part.name(), begun.elapsed().as_secs_f64()));
    }
    if failed.is_empty() {
        say(format_args!("All passed in {:.0} s.", start.elapsed().as_secs_f64()));
        Ok(())
    } else {
        Err(Failure::new(format!("Failed: {}.", failed.join(", "))))
    }
}

fn parse(args: &[String]) -> Result<Choice> {
    let mut choice = Choice { parts: Vec::new(), file: String::new() };
    for pair in args.chunks(2) {
        let [flag, value] = pair else {
            return Err(usage(&pair[0]));
        };
        let (name, file) = value.split_once(':').unwrap_or((value, ""));
        let part = Part::ALL.into_iter().find(|part| part.name() == name);
        match part {
            Some(part) if flag == "--only" && (file.is_empty() || part == Part::Browser) => {
                choice.parts.push(part);
                file.clone_into(&mut choice.file);
            }
            _ => return Err(usage(&pair.join(" "))),
        }
    }
    if choice.parts.is_empty() {
        choice.parts = Part::ALL.to_vec();
    }
    Ok(choice)
}

fn usage(found: &str) -> Failure {
    let names = Part::ALL.map(Part::name).join(", ");
    Failure::new(format!(
        "“{found}” is not understood. Use --only with one of {names}, or browser:FILE."
    ))
}

fn check(part: Part, kit: Option<&Kit>, file: &str) -> Result {
    match (part, kit) {
        (Part::Fmt, _) => fmt(),
        (Part::Native, _) => native(),
        (Part::Clippy, Some(kit)) => clippy(kit),
        (Part::Wasm, Some(kit)) => wasm(kit),
        (Part::Exports, Some(kit)) => exports::check(kit),
        (Part::Examples, Some(kit)) => examples::check(kit),
        (Part::Browser, Some(kit)) => in_browser(kit, file),
        (_, None) => Err(Failure::new("The tools are missing; try `cargo xtask setup`.")),
    }
}

fn fmt() -> Result {
    run_in_view(program("cargo").args(["fmt", "--all", "--check"]))?;
    // A workspace of its own, of which nothing else is checked here: it would compile simulators.
    let rivals = root().join("tests/rivals");
    run_in_view(program("cargo").args(["fmt", "--check"]).current_dir(rivals))
}

fn clippy(kit: &Kit) -> Result {
    let workspace = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
    run_in_view(program("cargo").args(workspace))?;

    // Some of the page exists only there.
    let packages = ["half-open-app", "half-open-files", "half-open-embed"];
    let packages = packages.iter().flat_map(|package| ["-p", package]);
    let page: Vec<&str> =
        ["clippy"].into_iter().chain(packages).chain(["--target", TARGET, "-q"]).collect();
    let mut lint = match kit.compiler {
        Compiler::Usual => kit.program("cargo")?,
        Compiler::Debian if Path::new(debian::CLIPPY).exists() => {
            let mut lint = kit.program(debian::CLIPPY)?;
            lint.env("CARGO", "/usr/bin/cargo");
            lint
        }
        Compiler::Debian => return Ok(()),
    };
    run_in_view(lint.args(page).args(["--", "-D", "warnings"]))
}

/// Shows one line for each test program, and everything if something fails.
fn native() -> Result {
    let cannot = |error| Failure::new(format!("Cannot run the tests: {error}."));
    let mut child = program("cargo")
        .args(["test", "--workspace", "--quiet", "--no-fail-fast"])
        .stdout(Stdio::piped())
        .spawn()
        .map_err(cannot)?;
    let mut log = String::new();
    if let Some(out) = child.stdout.take() {
        for line in BufReader::new(out).lines().map_while(std::result::Result::ok) {
            if line.starts_with("test result:") && !line.contains(" 0 passed; 0 failed") {
                say(&line);
            }
            log.push_str(&line);
            log.push('\n');
        }
    }
    if child.wait().map_err(cannot)?.success() {
        return Ok(());
    }
    print!("{log}");
    Err(Failure::new("A test failed; its output is above."))
}

/// Compares the hashes of generated runs across platforms.
fn wasm(kit: &Kit) -> Result {
    let dir = kit.compiler.target_dir().join("determinism");
    let package = ["--package", "half-open-determinism"];
    let native = read(
        program("cargo").args(["run", "--quiet"]).args(package).args(["--", &CASES.to_string()]),
    )?;
    write_file(&dir.join("native.txt"), &native)?;

    // As the page is built, so that what is compared is what is shipped.
    let mut compile = kit.program("cargo")?;
    compile.args(["build", "--quiet", "--release", "--lib", "--target", TARGET]).args(package);
    run_in_view(&mut compile)?;
    let module = kit.compiler.target_dir().join(TARGET).join("release/half_open_determinism.wasm");
    let mut bind = kit.program("wasm-bindgen")?;
    bind.args(["--target", "web", "--no-typescript", "--out-dir"]).arg(&dir).arg(module);
    run_quietly(&mut bind)?;
    let bound = dir.join("half_open_determinism_bg.wasm");
    run_quietly(kit.program("wasm-opt")?.arg("-Oz").arg(&bound).arg("-o").arg(&bound))?;

    let chromium = browser::chromium()?;
    let check = root().join("tests/determinism/check.mjs");
    run_in_view(program("node").arg(check).arg(&dir).env("HALF_OPEN_CHROMIUM", chromium))
}

fn in_browser(kit: &Kit, filter: &str) -> Result {
    let chromium = browser::bare()?;
    build::release(kit)?;
    let dir = root().join("tests/browser");
    let entries = std::fs::read_dir(&dir)
        .map_err(|error| Failure::new(format!("Cannot list {}: {error}.", dir.display())))?;
    let mut files: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".test.mjs") && name.contains(filter))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(Failure::new(format!("No file of tests/browser has “{filter}” in its name.")));
    }
    run_in_view(
        program("node")
            .args(["--test", "--test-reporter=spec"])
            // As many at once as there are cores: a test waits half of its time.
            .arg(format!(
                "--test-concurrency={}",
                thread::available_parallelism().map_or(2, usize::from)
            ))
            .args(files.iter().map(|name| dir.join(name)))
            .env("HALF_OPEN_CHROMIUM", chromium),
    )
}

#[cfg(test)]
mod tests {
    use super::{Choice, Part, parse};

    fn parsed(text: &str) -> Option<Choice> {
        let args: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        parse(&args).ok()
    }

    #[test]
    fn everything_unless_told_otherwise() {
        assert_eq!(parsed("").map(|choice| choice.parts), Some(Part::ALL.to_vec()));
        let one = parsed("--only browser:page");
        assert_eq!(one, Some(Choice { parts: vec![Part::Browser], file: "page".into() }));
        assert_eq!(parsed("--only speed"), None);
        assert_eq!(parsed("--only fmt:x"), None);
        assert_eq!(parsed("fmt"), None);
    }
}

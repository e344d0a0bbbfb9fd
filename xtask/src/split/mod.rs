//! The page in two: what the first picture needs, and the rest.
//!
//! Which functions wait is a list, `later.txt`, written by `cargo xtask later` from what runs when
//! somebody opens the page and only looks. A function that is not on the list is there at first, so
//! an old list makes the page larger and no worse; a test says when one that is on it is needed.

mod glue;
mod halves;
mod places;
mod record;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::setup::Kit;
use crate::shell::{
    Failure, Result, program, read, read_file, root, run_quietly, say, write_bytes, write_file,
};
use crate::{browser, build};
use source::Source;

/// A program that is taken apart.
struct Program {
    /// What the names of its files begin with, and that of what waits.
    begin: &'static str,
    rest: &'static str,
    /// The list of the functions that wait, and what finds out which those are.
    list: &'static str,
    watch: &'static str,
    /// Whether it says what went wrong before it ends; otherwise only who shows it knows that it ended.
    speaks: bool,
    /// The document that is told what waits, and the way from there to the files.
    document: &'static str,
    way: &'static str,
}

/// The page, and the frame of an embed.
const PAGE: Program = Program {
    begin: "half-open-app-",
    rest: "half-open-rest-",
    list: "later.txt",
    watch: "later.mjs",
    speaks: true,
    document: "index.html",
    way: "./",
};
const EMBED: Program = Program {
    begin: "half-open-embed",
    rest: "half-open-embed-rest-",
    list: "later-embed.txt",
    watch: "later-embed.mjs",
    speaks: false,
    document: "embed/index.html",
    way: "../",
};

/// What the name of the script that starts the page begins with.
const START: &str = "start-";

/// What never waits, whether it was seen or not: when it runs is a matter of the machine's speed, and
/// when a page is left nothing can be fetched any more.
const NEVER: [&str; 7] = [
    "yew::scheduler",
    "half_open_app::memory",
    "half_open_app::player",
    "half_open::run::seek::",
    // Who is the last to keep a part of a run that is still being computed.
    "sync::Arc<half_open::",
    "sync::Arc<[half_open::",
    "drop_in_place::<alloc::boxed::Box<half_open::log::",
];

/// The functions that end a program, by parts of their names.
const ENDS: [&str; 9] = [
    "core::panicking::",
    "std::panicking::",
    "::unwrap_failed",
    "::expect_failed",
    "::assert_failed",
    "_fail",
    "core::cell::panic_",
    "alloc::raw_vec::handle_error",
    "alloc::alloc::handle_alloc_error",
];

/// How a half that was written here is made smaller once more.
const SMALLER: [&str; 11] = [
    // What it has may be used: its section that says so is gone.
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "-Oz",
    "--converge",
    "--low-memory-unused",
    "--one-caller-inline-max-function-size=15",
    "--reorder-functions-by-name",
];

/// What other pages load, and whether it is a module.
const SHORTENED: [(&str, bool); 3] =
    [("embed.js", false), ("embed/frame.js", true), ("half-open-embed.js", true)];

/// Takes the built page apart, and the frame of an embed.
pub(crate) fn split(kit: &Kit, dist: &Path) -> Result {
    for program in [&PAGE, &EMBED] {
        take_apart(program, kit, dist)?;
    }
    let start = file(dist, START, ".js")?;
    write_file(&start, &glue::bare(&read_file(&start)?))?;
    for (name, module) in SHORTENED {
        let script = dist.join(name);
        if !kit.complete {
            write_file(&script, &glue::bare(&read_file(&script)?))?;
            continue;
        }
        let mut shorten = kit.program("terser")?;
        shorten.args(["--compress", "passes=3", "--mangle"]).args(module.then_some("--module"));
        run_quietly(shorten.arg("--output").arg(&script).arg("--").arg(&script))?;
    }
    Ok(())
}

fn take_apart(program: &Program, kit: &Kit, dist: &Path) -> Result {
    let Program { begin, rest, document, way, .. } = program;
    let (module, script) = (file(dist, begin, "_bg.wasm")?, file(dist, begin, ".js")?);
    let bytes = read_bytes(&module)?;
    let source = Source::parse(&bytes)?;
    let listed = read_file(&list(program))?;
    let listed: BTreeSet<&str> = listed.lines().collect();
    let exported: BTreeSet<u32> = source.exports.iter().map(|export| export.index).collect();
    let own = || source.own().map(|(own, _)| own).filter(|own| !exported.contains(own));
    let ends = |own: &u32| {
        let name = source.name(*own);
        !program.speaks && ENDS.iter().any(|end| name.contains(end)) && !name.contains("half_open")
    };
    let later = own().filter(|own| listed.contains(source.name(*own)) && !ends(own)).collect();
    let later = halves::worth(&source, later)?;
    let halves = halves::split(&source, &later, &own().filter(ends).collect())?;
    let names = source.imports.iter().map(|(name, _)| *name).zip(&halves.imports);
    let glue = glue::shortened(&read_file(&script)?, source.host, names, &halves.fetch)?;
    let rest = format!("{rest}{:016x}.wasm", fingerprint(&halves.rest));
    write_bytes(&module, &halves.first)?;
    if !program.speaks && kit.complete {
        // What led to a sentence leads nowhere now.
        let mut smaller = kit.program("wasm-opt")?;
        run_quietly(smaller.args(SMALLER).arg(&module).arg("-o").arg(&module))?;
    }
    write_bytes(&dist.join(&rest), &halves.rest)?;
    write_file(&script, &glue)?;
    let document = dist.join(document);
    let told = format!("<meta name=\"half-open-rest\" content=\"{way}{rest}\"></head>");
    write_file(&document, &read_file(&document)?.replacen("</head>", &told, 1))
}

/// `cargo xtask later [page | embed]`
pub(crate) fn learn(which: &[String]) -> Result {
    let programs: &[&Program] = match which {
        [] => &[&PAGE, &EMBED],
        [one] if one == "page" => &[&PAGE],
        [one] if one == "embed" => &[&EMBED],
        other => {
            let found = other.join(" ");
            return Err(Failure::new(format!("“{found}” is neither “page” nor “embed”.")));
        }
    };
    let kit = Kit::for_tests()?;
    let chromium = browser::chromium()?;
    say("Building the page and watching what it needs at first (about 10 minutes).");
    let dist = root().join("target/later");
    build::whole(&kit, &dist)?;
    programs.iter().try_for_each(|program| watch(program, &dist, &chromium))
}

fn watch(of: &Program, dist: &Path, chromium: &Path) -> Result {
    let (module, script) = (file(dist, of.begin, "_bg.wasm")?, file(dist, of.begin, ".js")?);
    let bytes = read_bytes(&module)?;
    let source = Source::parse(&bytes)?;
    let (recording, place) = record::recording(&source)?;
    write_bytes(&module, &recording)?;
    write_file(&script, &glue::recorded(&read_file(&script)?)?)?;
    let watch = root().join("tests/browser").join(of.watch);
    let mut node = program("node");
    node.arg(watch).arg(dist).args([place.to_string(), source.bodies.len().to_string()]);
    let ran = read(node.env("HALF_OPEN_CHROMIUM", chromium))?;
    let mut waits: BTreeMap<&str, bool> = BTreeMap::new();
    for ((own, _), ran) in source.own().zip(ran.bytes()) {
        *waits.entry(source.name(own)).or_insert(true) &= ran == b'0';
    }
    let may_wait = |name: &str| !name.is_empty() && !NEVER.iter().any(|never| name.contains(never));
    let names = waits.iter().filter(|(name, waits)| **waits && may_wait(name));
    let text: String = names.map(|(name, _)| format!("{name}\n")).collect();
    write_file(&list(of), &text)
}

fn list(of: &Program) -> PathBuf {
    root().join("xtask/src/split").join(of.list)
}

/// The one file of the page with such a name.
fn file(dist: &Path, begin: &str, end: &str) -> Result<PathBuf> {
    let named = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(begin) && name.ends_with(end)
    };
    let entries = std::fs::read_dir(dist).into_iter().flatten();
    let found = entries.filter_map(|entry| Some(entry.ok()?.path())).find(named);
    found.ok_or_else(|| Failure::new(format!("There is no {begin}…{end} in {}.", dist.display())))
}

fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path)
        .map_err(|error| Failure::new(format!("Cannot read {}: {error}.", path.display())))
}

/// Changes with the content of a file, so that a browser never keeps an old one.
fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

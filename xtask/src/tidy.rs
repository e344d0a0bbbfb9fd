//! The rules of the house that no compiler knows. Run by `cargo test`.

use std::path::{Path, PathBuf};

use crate::shell::{read_file, root};
use crate::tools::locked_version;

/// A directory of modules, and what each of them may know.
type House = (&'static str, &'static [(&'static str, &'static [&'static str])]);

/// Knowledge flows one way, so that time can be read without the engine, and the engine without the
/// pictures.
const HOUSES: [House; 2] = [
    (
        "model/src",
        &[
            ("decimal", &[]),
            ("time", &["decimal"]),
            ("random", &["time"]),
            ("policy", &["decimal", "time", "random"]),
            ("scenario", &["decimal", "time", "random", "policy"]),
            ("log", &["time", "random", "policy", "scenario"]),
            ("sim", &["time", "random", "policy", "scenario", "log"]),
            ("run", &["time", "random", "policy", "scenario", "log", "sim"]),
        ],
    ),
    (
        "view/src",
        &[
            ("link", &["time", "random", "policy", "scenario"]),
            (
                "explain",
                &["time", "random", "policy", "scenario", "log", "run", "numbers", "diagram"],
            ),
            ("draw", &[]),
            ("measure", &["draw"]),
            ("focus", &["scenario", "log", "run", "link"]),
            ("numbers", &["time", "scenario", "run"]),
            ("scale", &["scenario"]),
            ("change", &["time", "policy", "scenario"]),
            ("roll", &["scenario", "log", "run"]),
            ("query", &["time", "scenario", "log"]),
            ("table", &["query", "decimal", "time", "policy", "scenario", "log", "run"]),
            ("search", &["query", "time", "scenario", "log", "run"]),
            ("stretch", &["time", "run", "link", "numbers"]),
            (
                "lesson",
                &[
                    "time", "policy", "scenario", "run", "link", "numbers", "stretch", "table",
                    "draw",
                ],
            ),
            ("waterfall", &["decimal", "time", "scenario", "log", "run", "numbers", "tracks"]),
            ("account", &["time", "scenario", "log", "run", "explain", "numbers", "roll"]),
            ("versus", &["run", "numbers"]),
            ("herd", &["time", "random", "policy"]),
            ("contest", &["policy", "run"]),
            ("diagram", &["decimal", "time", "policy", "log", "link", "numbers"]),
            ("story", &["time", "policy", "scenario", "log", "run", "draw", "numbers"]),
            ("stack", &["time", "policy", "scenario", "run", "numbers"]),
            (
                "stage",
                &[
                    "time", "policy", "scenario", "log", "run", "link", "draw", "measure", "focus",
                    "numbers",
                ],
            ),
            ("gallery", &["time", "scenario", "run", "link", "draw", "stage", "tracks"]),
            (
                "tracks",
                &[
                    "time", "policy", "scenario", "log", "run", "link", "draw", "measure", "focus",
                    "numbers", "diagram",
                ],
            ),
        ],
    ),
];

/// A file longer than this has more than one idea in it.
const LINES: usize = 600;

#[test]
fn knowledge_flows_one_way() {
    let mut problems = Vec::new();
    for (dir, knows) in HOUSES {
        let src = root().join(dir);
        for file in files(&src, &["rs"]) {
            let inside = file.strip_prefix(&src).unwrap_or(&file).with_extension("");
            let Some(module) = inside.iter().next().and_then(|name| name.to_str()) else {
                continue;
            };
            if module == "lib" || inside.ends_with("tests") {
                continue;
            }
            let Some((_, known)) = knows.iter().find(|(name, _)| *name == module) else {
                problems.push(format!("{}: give “{module}” a place in HOUSES", shown(&file)));
                continue;
            };
            let code = production_code(&text(&file));
            for used in modules_used(&code, "crate::").chain(modules_used(&code, "half_open::")) {
                if used != module && !known.contains(&used.as_str()) {
                    problems.push(format!("{}: {module} may not know {used}", shown(&file)));
                }
            }
        }
    }
    assert_none(&problems);
}

/// Otherwise the rivals are no longer built, and `cargo xtask bench` measures less.
#[test]
fn the_lock_of_the_rivals_knows_what_the_model_needs() {
    let manifest = text(&root().join("model/Cargo.toml"));
    let needed = manifest.split("[dev-dependencies]").next().unwrap_or_default();
    let needed: Vec<&str> = dependencies(needed).map(|(name, _)| name).collect();
    let lock = text(&root().join("tests/rivals/Cargo.lock"));
    let model = lock.split("[[package]]").find(|entry| entry.contains("name = \"half-open\"\n"));
    let lines = model.unwrap_or_default().lines();
    let locked = lines.filter_map(|line| line.strip_prefix(" \"")?.strip_suffix("\","));
    assert_eq!(locked.collect::<Vec<_>>(), needed, "cargo update -w in tests/rivals");
}

#[test]
fn the_model_and_its_pictures_know_no_browser() {
    let browser = ["yew", "web-sys", "js-sys", "wasm-bindgen", "gloo"];
    let mut problems = Vec::new();
    for manifest in ["model/Cargo.toml", "view/Cargo.toml"] {
        let content = text(&root().join(manifest));
        let known = dependencies(&content)
            .filter(|(name, _)| browser.iter().any(|part| name.starts_with(part)));
        problems.extend(known.map(|(name, _)| format!("{manifest}: {name}")));
    }
    assert_none(&problems);
}

#[test]
fn every_dependency_has_a_reason() {
    let mut problems = Vec::new();
    for file in files(&root(), &["toml"]) {
        if file.file_name().is_some_and(|name| name == "Cargo.toml") {
            let manifest = text(&file);
            let without = dependencies(&manifest).filter(|(_, has_reason)| !has_reason);
            problems.extend(without.map(|(name, _)| {
                format!("{}: a comment above {name} says what it is for", shown(&file))
            }));
        }
    }
    assert_none(&problems);
}

#[test]
fn wasm_bindgen_is_pinned_to_the_version_of_the_tool() {
    let locked = locked_version(&text(&root().join("Cargo.lock")), "wasm-bindgen");
    let pinned = format!("wasm-bindgen = \"={}\"", locked.unwrap_or_default());
    let manifest = text(&root().join("Cargo.toml"));
    assert!(manifest.lines().any(|line| line == pinned), "Cargo.toml does not say {pinned}");
}

#[test]
fn colours_live_in_the_style_sheet() {
    let mut problems = Vec::new();
    for (file, number, line) in lines_of(&["src", "model/src", "view/src", "cli/src"], &["rs"]) {
        let names_one = ["rgb(", "rgba(", "hsl(", "hsla("].iter().any(|name| line.contains(name));
        if !line.trim_start().starts_with("//") && (names_one || has_hex_colour(&line)) {
            problems.push(format!("{file}:{number}: {}", line.trim()));
        }
    }
    assert_none(&problems);
}

#[test]
fn style_attributes_would_be_dropped_by_the_security_policy() {
    let is_attribute = |line: &String| line.contains(" style=") || line.contains("\"style\"");
    let problems: Vec<String> = lines_of(&["src"], &["rs"])
        .filter(|(_, _, line)| is_attribute(line))
        .map(|(file, number, _)| format!("{file}:{number}: use a class, or an SVG attribute"))
        .collect();
    assert_none(&problems);
}

#[test]
fn files_are_clean() {
    let leftovers =
        [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("dbg", "!(")];
    let mut problems = Vec::new();
    let kinds = ["rs", "toml", "md", "mjs", "js", "css", "html", "svg"];
    for (file, number, line) in lines_of(&["."], &kinds) {
        if line.trim_end() != line {
            problems.push(format!("{file}:{number}: white space at the end of the line"));
        }
        if let Some(word) = leftovers.iter().find(|word| line.contains(*word)) {
            problems.push(format!("{file}:{number}: {word}"));
        }
    }
    assert_none(&problems);
}

#[test]
fn files_are_short_enough_to_be_read() {
    let long = |file: &PathBuf| text(file).lines().count() > LINES;
    let problems: Vec<String> = files(&root(), &["rs"])
        .into_iter()
        .filter(long)
        .map(|file| format!("{} has more than {LINES} lines", shown(&file)))
        .collect();
    assert_none(&problems);
}

#[track_caller]
fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// Every file of these kinds below a directory, but for what is generated or hidden.
fn files(dir: &Path, kinds: &[&str]) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut found = Vec::new();
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "dist", "node_modules"].contains(&name) {
                found.extend(files(&path, kinds));
            }
        } else if path.extension().is_some_and(|kind| kinds.iter().any(|k| kind == *k)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Every line of these files, with its place.
fn lines_of(dirs: &[&str], kinds: &[&str]) -> impl Iterator<Item = (String, usize, String)> {
    let files: Vec<PathBuf> = dirs.iter().flat_map(|dir| files(&root().join(dir), kinds)).collect();
    files.into_iter().flat_map(|file| {
        let lines: Vec<String> = text(&file).lines().map(str::to_owned).collect();
        let name = shown(&file);
        lines.into_iter().enumerate().map(move |(index, line)| (name.clone(), index + 1, line))
    })
}

/// An unreadable file is reported by whoever needs it; here it has no lines.
fn text(file: &Path) -> String {
    read_file(file).unwrap_or_default()
}

fn shown(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}

/// The code without comments, and without the tests, which stand at the end of a file.
fn production_code(text: &str) -> String {
    let lines = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
    lines.map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The modules named in `crate::a::b` and `crate::{a, b::c}`, if `crate::` is the root.
fn modules_used(code: &str, root: &str) -> impl Iterator<Item = String> {
    let word = |text: &str| -> String {
        text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut found = Vec::new();
    for rest in code.split(root).skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            found.push(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut starts = true;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => starts = true,
                c if starts && depth == 0 && c.is_alphabetic() => {
                    found.push(word(&group[at..]));
                    starts = false;
                }
                _ => {}
            }
        }
    }
    found.into_iter()
}

/// The dependencies of a manifest, and whether a comment stands above each. One that is inherited
/// has its reason in the workspace.
fn dependencies(manifest: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut inside = false;
    let mut above = "";
    manifest.lines().filter_map(move |line| {
        let has_comment = above.starts_with('#');
        above = line;
        if line.starts_with('[') {
            inside = line.trim_end_matches(']').ends_with("dependencies");
            return None;
        }
        let is_entry = inside && line.starts_with(|c: char| c.is_ascii_alphabetic());
        let name = line.split([' ', '.', '=']).next()?;
        is_entry.then_some((name, has_comment || line.contains("workspace = true")))
    })
}

/// `#rgb` between quotes, or `#rrggbb` anywhere.
fn has_hex_colour(line: &str) -> bool {
    line.split('#').skip(1).any(|rest| {
        let digits = rest.chars().take_while(char::is_ascii_hexdigit).count();
        let next = rest.chars().nth(digits);
        let ends = !next.is_some_and(|c| c.is_alphanumeric() || c == '_');
        ends && (matches!(digits, 6 | 8) || (matches!(digits, 3 | 4) && next == Some('"')))
    })
}

#[test]
fn the_rules_see_what_they_look_for() {
    let code = "use crate::{run::{Run, seek}, sim};\nfn f() { crate::view::draw() } // crate::no";
    let found: Vec<_> = modules_used(&production_code(code), "crate::").collect();
    assert_eq!(found, ["run", "sim", "view"]);
    let manifest = "[dependencies]\n# why\na = \"1\"\nb = \"1\"\nc.workspace = true\n[x]\nd = 1";
    let found: Vec<_> = dependencies(manifest).collect();
    assert_eq!(found, [("a", true), ("b", false), ("c", true)]);
    assert!(has_hex_colour("fill=\"#0072b2\"") && has_hex_colour("\"#fff\""));
    assert!(!has_hex_colour("#[derive(Debug)]") && !has_hex_colour("api#bank, #12"));
}

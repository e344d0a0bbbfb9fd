//! `docs/breakers.md` says what the presets are set to. With `HALF_OPEN_UPDATE` set, its tables are
//! written anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use half_open::policy::breaker::{
    DecideKind, Exponential, Preset, Settings, Slow, Trip, WindowKind,
};
use serde_json::Value;

const BEGIN: &str = "<!-- Written by a test, from the settings themselves. -->\n";
const END: &str = "<!-- The end of what a test writes. -->\n";

/// The default of each library; the others are compared with it.
const LIBRARIES: [Preset; 8] = [
    Preset::Resilience4j,
    Preset::Polly,
    Preset::Gobreaker,
    Preset::FailsafeGo,
    Preset::Cockatiel,
    Preset::Opossum,
    Preset::Linkerd,
    Preset::Pybreaker,
];

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/breakers.md")
}

/// Every parameter by its dotted path, with its value as it stands in a file.
fn parameters(settings: &Settings) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    flatten("", &serde_json::to_value(settings).expect("JSON"), &mut found);
    found
}

fn flatten(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                flatten(&format!("{path}{dot}{name}"), field, into);
            }
        }
        Value::String(text) => {
            into.insert(path.into(), text.clone());
        }
        other => {
            into.insert(path.into(), other.to_string());
        }
    }
}

/// Every parameter that there is, in the order of the files.
fn names() -> Vec<String> {
    let mut all = Settings { slow: Some(Slow::default()), ..Settings::default() };
    all.open.exponential = Some(Exponential::default());
    let order = ["window", "trip", "slow", "denominator", "open", "half_open", "ignored"];
    let place = |name: &String| {
        let group = name.split('.').next().unwrap_or_default();
        order.iter().position(|known| *known == group).unwrap_or(order.len())
    };
    let mut names: Vec<String> = parameters(&all).into_keys().collect();
    names.sort_by_key(|name| {
        let depth = name.matches('.').count();
        (place(name), depth, !name.ends_with(".kind"), name.clone())
    });
    names
}

/// Whether a parameter decides anything here; what stands in the file is the default otherwise.
fn matters(name: &str, settings: &Settings) -> bool {
    use DecideKind::{ConsecutiveSuccess, FailureRatio, Rate, RateAtExecutions, Ratio};
    let kind = settings.window.kind;
    let decide = settings.half_open.decide.kind;
    let by_rate = settings.trip.failure_rate.is_some() && settings.trip.failures.is_none();
    match name {
        "window.size" => kind == WindowKind::Count,
        "window.duration_ms" => matches!(kind, WindowKind::Time | WindowKind::Tumbling),
        "window.buckets" | "window.anchor" => kind == WindowKind::Time,
        "window.min_calls" | "trip.rate_cmp" | "trip.failure_rate" => by_rate,
        "trip.round_2dp" | "denominator" => by_rate,
        "trip.failures" => !by_rate,
        "open.wait_ms" => settings.open.exponential.is_none(),
        "half_open.max_wait_to" => settings.half_open.max_wait_ms.is_some(),
        "half_open.permit_accounting" | "half_open.overflow" => {
            settings.half_open.permitted.is_some()
        }
        "half_open.decide.rate" => matches!(decide, Rate | RateAtExecutions),
        "half_open.decide.min_calls" => decide == Rate,
        "half_open.decide.successes" => matches!(decide, ConsecutiveSuccess | Ratio),
        "half_open.decide.failures" => decide == FailureRatio,
        "half_open.decide.capacity" => matches!(decide, Ratio | FailureRatio),
        "half_open.decide.executions" => decide == RateAtExecutions,
        _ => true,
    }
}

fn cell(name: &str, settings: &Settings) -> String {
    let value = parameters(settings).remove(name).filter(|_| matters(name, settings));
    match value.as_deref() {
        None => "–".into(),
        Some("null" | "[]") => "none".into(),
        Some(value) => format!("`{value}`"),
    }
}

fn tables() -> String {
    let mut text = String::from("\n| preset | what it does | from |\n|---|---|---|\n");
    for preset in Preset::ALL {
        let (name, sentence, source) = (preset.name(), preset.sentence(), preset.source());
        writeln!(text, "| `{name}` | {sentence} | {source} |").expect("memory");
    }
    text += "\n| parameter |";
    LIBRARIES.iter().for_each(|preset| text += &format!(" {} |", preset.label()));
    text += &format!("\n|---|{}\n", "---|".repeat(LIBRARIES.len()));
    for name in names() {
        text += &format!("| `{name}` |");
        LIBRARIES.iter().for_each(|p| text += &format!(" {} |", cell(&name, &p.settings())));
        text.push('\n');
    }
    text += "\n| variant | what differs from its library's default |\n|---|---|\n";
    for preset in Preset::ALL {
        if let Some(base) = LIBRARIES.iter().rfind(|base| is_variant(preset, **base)) {
            let (settings, base) = (preset.settings(), base.settings());
            let differs = |name: &String| cell(name, &settings) != cell(name, &base);
            let changes: Vec<String> = names()
                .into_iter()
                .filter(differs)
                .map(|name| format!("`{name}` {}", cell(&name, &settings)))
                .collect();
            writeln!(text, "| `{}` | {} |", preset.name(), changes.join(", ")).expect("memory");
        }
    }
    text.push('\n');
    text
}

fn is_variant(preset: Preset, base: Preset) -> bool {
    preset.name().strip_prefix(base.name()).is_some_and(|rest| rest.starts_with('-'))
}

#[test]
fn the_tables_are_those_of_the_presets() {
    let page = fs::read_to_string(path()).expect("docs/breakers.md");
    let (before, rest) = page.split_once(BEGIN).expect("where the tables begin");
    let (written, after) = rest.split_once(END).expect("where they end");
    let tables = tables();
    if std::env::var_os("HALF_OPEN_UPDATE").is_some() {
        fs::write(path(), format!("{before}{BEGIN}{tables}{END}{after}"))
            .expect("a place to write");
        return;
    }
    for (line, wanted) in written.lines().zip(tables.lines()) {
        assert_eq!(line, wanted, "HALF_OPEN_UPDATE=1 writes the tables anew");
    }
    assert_eq!(written, tables);
}

#[test]
fn every_parameter_is_explained() {
    let page = fs::read_to_string(path()).expect("docs/breakers.md");
    let explained: Vec<&str> = page.lines().filter(|line| line.starts_with("- **")).collect();
    for name in names() {
        let there = explained.iter().any(|line| line.contains(&format!("`{name}`")));
        assert!(there, "{name} has no sentence in docs/breakers.md");
    }
}

/// A cell that were empty for the wrong reason would hide a difference.
#[test]
fn a_parameter_that_decides_nothing_is_not_shown() {
    let resilience4j = Preset::Resilience4j.settings();
    assert_eq!(cell("window.size", &resilience4j), "`100`");
    assert_eq!(cell("window.duration_ms", &resilience4j), "–");
    assert_eq!(cell("half_open.max_wait_ms", &resilience4j), "none");
    let mut other = resilience4j;
    other.trip = Trip { failures: Some(3), ..other.trip };
    assert_eq!(
        (cell("trip.failures", &other), cell("trip.failure_rate", &other)),
        ("`3`".into(), "–".into())
    );
}

//! Every directory of `tests/cases` with an experiment in it is run, and gives what it gave before.
//! `HALF_OPEN_UPDATE=1 cargo test -p half-open-cli --test golden` writes down what it gives now.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn cases() -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases");
    let mut found: Vec<PathBuf> = fs::read_dir(all)
        .expect("tests/cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("experiment.half-open.json").exists())
        .collect();
    found.sort();
    found
}

fn result_of(case: &Path) -> Value {
    let mut half_open = Command::new(env!("CARGO_BIN_EXE_half-open"));
    let experiment = case.join("experiment.half-open.json");
    let done = half_open.arg("run").arg(experiment).arg("--json").output().expect("it runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let mut result: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    // How long it took is the machine's own business.
    result.as_object_mut().expect("an object").remove("wall_ms");
    result
}

#[test]
fn every_case_gives_what_it_gave() {
    let update = std::env::var_os("HALF_OPEN_UPDATE").is_some();
    assert!(cases().len() >= 6);
    for case in cases() {
        let (result, expected) = (result_of(&case), case.join("expected.json"));
        if update {
            let text = serde_json::to_string_pretty(&result).expect("JSON");
            fs::write(&expected, text + "\n").expect("a place to write");
        }
        let text = fs::read_to_string(&expected).unwrap_or_default();
        let wanted: Value = serde_json::from_str(&text).unwrap_or_default();
        for (name, value) in wanted.as_object().expect("expected.json") {
            assert_eq!(&result[name], value, "{}: {name}", case.display());
        }
        assert_eq!(result, wanted, "{}", case.display());
    }
}

fn number(case: &str, pointer: &str) -> f64 {
    let found = cases().into_iter().find(|path| path.ends_with(case)).expect("a case");
    let result = result_of(&found);
    result.pointer(pointer).and_then(Value::as_f64).expect("a number")
}

/// What the cases are there to show, whatever the numbers are.
#[test]
fn every_case_shows_what_it_is_there_for() {
    let double = |case| number(case, "/charges") - number(case, "/orders");
    assert_eq!(double("lost-response-one-key"), 0.0);
    assert_eq!(double("lost-response-no-key"), 1.0);
    assert_eq!(double("lost-response-new-keys"), 1.0);

    // An API that waits for three seconds has no worker left when the bank is slow.
    assert!(number("payments", "/services/api/max_queue") < 20.0);
    assert!(number("patient-api", "/services/api/max_queue") >= 64.0);
    assert!(number("patient-api", "/services/api/rejected") > 100.0);
    assert!(number("patient-api", "/orphan_work_ms") > 3.0 * number("payments", "/orphan_work_ms"));
}

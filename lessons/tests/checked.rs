//! Lessons are checked: one that is not true does not get onto the page.

use half_open::run::{Limits, Run};
use half_open_lessons::{FILES, all, check, glossary, read};
use half_open_view::lesson::Lesson;
use half_open_view::link::Selection;

const TIMEOUT: &str = include_str!("../01-timeout.toml");

/// What is said of the first lesson with one thing in it replaced.
fn said(from: &str, to: &str) -> String {
    assert!(TIMEOUT.contains(from), "{from}");
    let problems = match read(&TIMEOUT.replacen(from, to, 1)) {
        Ok(lesson) => check(&lesson),
        Err(problems) => problems,
    };
    problems.join("\n")
}

#[test]
fn every_lesson_is_true() {
    let lessons = all().map_err(|problems| problems.join("\n")).expect("no problems");
    for (n, authored) in (1..).zip(&lessons) {
        assert_eq!(authored.lesson.number, n, "{}", authored.lesson.name);
        let text = authored.lesson.write();
        assert_eq!(Lesson::read(&text), Ok(authored.lesson.clone()), "what the page reads");
    }
}

#[test]
fn every_word_of_the_glossary_is_seen_in_its_run() {
    let terms = glossary().map_err(|problems| problems.join("\n")).expect("no problems");
    let mut words: Vec<&str> = terms.iter().map(|of| of.term.as_str()).collect();
    assert!(words.len() >= 20, "{words:?}");
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), terms.len(), "each once");
}

#[test]
fn every_file_is_a_lesson_of_the_page() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(here).expect("this crate").map(|file| file.expect("a file"));
    let names = files.map(|file| file.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> =
        names.filter(|name| name.ends_with(".toml") && name != "Cargo.toml").collect();
    names.retain(|name| name != "glossary.toml");
    names.sort();
    assert_eq!(names, FILES.map(|(name, _)| name));
}

#[test]
fn a_false_claim_is_named_with_what_is_so() {
    let said = said("busy(api) at 4.6 s = 20", "busy(api) at 4.6 s = 19");
    assert_eq!(said, "beat “guess”: “busy(api) at 4.6 s = 19” is not so: it is 20");
}

#[test]
fn what_does_not_exist_is_named() {
    let missing = said("look = [\"api\", \"api-bank\"]", "look = [\"shop\"]");
    assert_eq!(missing, "beat “guess”: “look”: there is no “shop”");
    let knob = said("offers = [\"api-bank.timeout\"]", "offers = [\"api-bank.patience\"]");
    assert!(knob.starts_with("beat “limit”: “offers”: api-bank.patience"), "{knob}");
    let scenario = said("scenario = \"no_timeout\"", "scenario = \"no_time\"");
    assert_eq!(scenario, "there is no built-in scenario “no_time”");
    assert!(said("mark = \"ok\"", "mark = \"pink\"").contains("nothing that looks like “pink”"));
    assert!(said("number = 1", "number = 1\ncolour = 2").contains("unknown field `colour`"));
}

#[test]
fn a_request_is_selected_by_its_client() {
    let with = |select| TIMEOUT.replacen("select = \"bank\"", select, 1);
    let lesson = read(&with("select = \"request of client 7\"")).expect("client 7 has begun one");
    let state = lesson.lesson.beats[1].place().expect("a link");
    let Selection::Request(request) = state.view.selection else {
        panic!("{:?}", state.view.selection);
    };
    let run = Run::new(state.experiment, Limits::default());
    assert_eq!(run.log().request(request).client, 7);
    let nobody = read(&with("select = \"request of client 100\"")).expect_err("there are 100");
    assert_eq!(nobody, ["beat “hang”: select: there is no “request of client 100”"]);
}

#[test]
fn a_task_is_to_do_and_can_be_done() {
    let done = said("p99 in 4 s..9 s <= 1 s", "p99 in 4 s..9 s <= 1 h");
    assert_eq!(done, "beat “limit”: its task is done before anything was changed");
    let vain = said("set = [\"api-bank.timeout = 300 ms\"]\ndone", "set = []\ndone");
    assert!(
        vain.contains("what is shown does not do it: “p99 in 4 s..9 s <= 1 s” is not so"),
        "{vain}"
    );
}

#[test]
fn what_is_asked_can_be_guessed() {
    let most = said("between = [\"0\", \"20\"]", "between = [\"0\", \"10\"]");
    assert_eq!(most, "beat “guess”: the answer 20 must be among what can be guessed");
}

#[test]
fn a_sentence_underlines_one_phrase() {
    assert!(said("the bank *hangs*", "the bank hangs").contains("one phrase between two *"));
}

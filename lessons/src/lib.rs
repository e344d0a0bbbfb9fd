//! Guided tours through runs.
//!
//! Each lesson is a file that is read by people first; `README.md` says how one is written. What it
//! says is checked against the runs that it is about, whenever the page is built.

mod author;
mod check;
pub mod handout;
mod words;

pub use author::{Authored, Term, read};
pub use check::check;
pub use words::{translated, translations};

/// Every lesson in the order of its number: the name of its file, and what stands in it.
pub const FILES: [(&str, &str); 10] = [
    ("01-timeout.toml", include_str!("../01-timeout.toml")),
    ("02-retry.toml", include_str!("../02-retry.toml")),
    ("03-keys.toml", include_str!("../03-keys.toml")),
    ("04-breaker.toml", include_str!("../04-breaker.toml")),
    ("05-herd.toml", include_str!("../05-herd.toml")),
    ("06-jitter.toml", include_str!("../06-jitter.toml")),
    ("07-trace.toml", include_str!("../07-trace.toml")),
    ("08-panels.toml", include_str!("../08-panels.toml")),
    ("09-chaos.toml", include_str!("../09-chaos.toml")),
    ("10-metastable.toml", include_str!("../10-metastable.toml")),
];

/// Every challenge, in the same way: a system that fails, to be mended with few settings.
pub const CHALLENGES: [(&str, &str); 8] = [
    ("challenges/01-pay-once.toml", include_str!("../challenges/01-pay-once.toml")),
    ("challenges/02-outage.toml", include_str!("../challenges/02-outage.toml")),
    ("challenges/03-one-slow.toml", include_str!("../challenges/03-one-slow.toml")),
    ("challenges/04-hedges.toml", include_str!("../challenges/04-hedges.toml")),
    ("challenges/05-stampede.toml", include_str!("../challenges/05-stampede.toml")),
    ("challenges/06-flapping.toml", include_str!("../challenges/06-flapping.toml")),
    ("challenges/07-failover.toml", include_str!("../challenges/07-failover.toml")),
    ("challenges/08-standstill.toml", include_str!("../challenges/08-standstill.toml")),
];

/// Every lesson, checked.
///
/// # Errors
/// All that is wrong in any of them, each in a sentence that begins with the name of the file.
pub fn all() -> Result<Vec<Authored>, Vec<String>> {
    checked(&FILES)
}

/// Every challenge, checked under the luck that it begins with.
///
/// # Errors
/// As for [`all`].
pub fn challenges() -> Result<Vec<Authored>, Vec<String>> {
    checked(&CHALLENGES)
}

/// Every word of the glossary, checked.
///
/// # Errors
/// All that is wrong in any of them, each in a sentence that begins with the name of the file.
pub fn glossary() -> Result<Vec<Term>, Vec<String>> {
    let file = |problem: String| format!("glossary.toml: {problem}");
    let terms = author::glossary(include_str!("../glossary.toml"));
    let terms = terms.map_err(|problems| problems.into_iter().map(file).collect::<Vec<_>>())?;
    let wrong = |of: &Term| {
        let named = format!("“{}”: ", of.term);
        check::check_term(of).into_iter().map(move |problem| named.clone() + &problem)
    };
    let problems: Vec<String> = terms.iter().flat_map(wrong).map(file).collect();
    if problems.is_empty() { Ok(terms) } else { Err(problems) }
}

fn checked(files: &[(&str, &str)]) -> Result<Vec<Authored>, Vec<String>> {
    let mut lessons: Vec<Authored> = Vec::new();
    let mut problems = Vec::new();
    for (file, text) in files {
        let found = match read(text) {
            Err(found) => found,
            Ok(mut lesson) => {
                let mut found = check(&lesson);
                found.extend(words::in_english(&mut lesson.lesson).err());
                lessons.push(lesson);
                found
            }
        };
        problems.extend(found.into_iter().map(|problem| format!("{file}: {problem}")));
    }
    let titles = lessons.iter().map(|authored| &authored.lesson);
    let titles: Vec<_> = titles.map(|lesson| (lesson.name.clone(), lesson.title.clone())).collect();
    for (authored, next) in lessons.iter_mut().zip(titles.into_iter().skip(1)) {
        authored.lesson.next = Some(next);
    }
    if problems.is_empty() { Ok(lessons) } else { Err(problems) }
}

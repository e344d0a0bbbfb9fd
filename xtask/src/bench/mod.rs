//! What is promised, measured, and written into `BENCHMARKS.md`.

mod budget;
mod contestants;
mod page;
mod rivals;

use std::path::Path;

use crate::setup::Kit;
use crate::shell::{Failure, Result, read_file, root, say, write_file};

/// What is measured together, and stands together in the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    Page,
    Rivals,
    Scaling,
    Alternatives,
}

impl Part {
    const ALL: [Self; 4] = [Self::Page, Self::Rivals, Self::Scaling, Self::Alternatives];

    const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Rivals => "rivals",
            Self::Scaling => "scaling",
            Self::Alternatives => "alternatives",
        }
    }
}

/// What was measured, as it is written down.
struct Section {
    text: String,
    /// How many promises are not kept.
    missed: usize,
}

/// `cargo xtask bench [--only PART]…`
pub(crate) fn run(args: &[String]) -> Result {
    let parts = parse(args)?;
    let kit = Kit::for_tests()?;
    let file = root().join("BENCHMARKS.md");
    let mut missed = 0;
    for part in parts {
        let section = match part {
            Part::Page => page::measure(&kit)?,
            Part::Rivals => rivals::measure(&kit)?,
            Part::Scaling => rivals::scaling()?,
            Part::Alternatives => rivals::alternatives()?,
        };
        say(&section.text);
        record(&file, part, &section.text)?;
        missed += section.missed;
    }
    say("Written to BENCHMARKS.md.");
    match missed {
        0 => Ok(()),
        n => Err(Failure::new(format!("{n} of the budgets are missed."))),
    }
}

fn parse(args: &[String]) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for pair in args.chunks(2) {
        let part = Part::ALL.into_iter().find(|part| pair.get(1).is_some_and(|n| n == part.name()));
        match part {
            Some(part) if pair[0] == "--only" => parts.push(part),
            _ => {
                let names = Part::ALL.map(Part::name).join(", ");
                let found = pair.join(" ");
                let sentence =
                    format!("“{found}” is not understood. Use --only with one of {names}.");
                return Err(Failure::new(sentence));
            }
        }
    }
    Ok(if parts.is_empty() { Part::ALL.to_vec() } else { parts })
}

/// Replaces what stands between the markers of this part, and leaves the prose around them alone.
fn record(path: &Path, part: Part, text: &str) -> Result {
    let old = read_file(path)?;
    let [start, end] = ["start", "end"].map(|edge| format!("<!-- {}: {edge} -->", part.name()));
    let parts = old.split_once(&start).and_then(|(before, rest)| {
        rest.split_once(&end).map(|(_, after)| format!("{before}{start}\n{text}{end}{after}"))
    });
    match parts {
        Some(new) => write_file(path, &new),
        None => Err(Failure::new(format!(
            "{} has lost its lines “{start}” and “{end}”; put them back.",
            path.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, parse};

    #[test]
    fn everything_unless_told_otherwise() {
        let parsed = |text: &str| {
            let args: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            parse(&args).ok()
        };
        assert_eq!(parsed(""), Some(Part::ALL.to_vec()));
        assert_eq!(parsed("--only rivals"), Some(vec![Part::Rivals]));
        assert_eq!(parsed("--only speed"), None);
        assert_eq!(parsed("rivals"), None);
        assert_eq!(parsed("--only"), None);
    }
}

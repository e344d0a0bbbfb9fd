//! What somebody asks of a run in a few words: the beginning of a correlation ID, a status, an outcome,
//! a service, a client. The search for requests and the filter of the log understand the same words.

use half_open::log::{Kind, Verdict};
use half_open::scenario::{NodeId, Scenario};
use half_open::time::{SimDuration, SimTime};

/// What one word, or two that belong together, mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// Of a trace whose ID begins with these digits, which are so many bits.
    Trace {
        /// The digits, in the lowest bits.
        digits: u128,
        /// Four for each digit, 4 to 128.
        bits: u32,
    },
    /// An answer with this HTTP status.
    Status(u16),
    /// Events of one kind.
    Kind(Kind),
    /// A request, an answer or work that got lost.
    Lost,
    /// Somebody got an error, or nothing.
    Failed,
    /// Somebody got what was asked for.
    Succeeded,
    /// Somebody got an answer that lacks a part.
    Degraded,
    /// A second attempt, or a later one.
    Retry,
    /// A verdict of this kind on an idempotency key.
    Verdict(Verdict),
    /// A deadline that passed, at a caller or before work.
    Late,
    /// A second charge for one operation.
    Twice,
    /// A call that this policy of its caller rejected.
    Refused(&'static str),
    /// A breaker that opened.
    Opened,
    /// By, at or on the way to a service.
    Node(NodeId),
    /// A client, by its number in its population.
    Client(u32),
    /// Between two instants, both included; for a request that is when it began.
    Between(SimTime, SimTime),
}

/// Something that is asked for, or that must not be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Term {
    /// Whether it must not be.
    pub not: bool,
    /// What.
    pub what: What,
}

/// What has a name of its own beside the kinds of events.
const NAMES: [(&str, What); 14] = [
    ("deadline exceeded", What::Late),
    ("timeout", What::Kind(Kind::TimedOut)),
    ("lost", What::Lost),
    ("failed", What::Failed),
    ("succeeded", What::Succeeded),
    ("degraded", What::Degraded),
    ("retry", What::Retry),
    ("retries", What::Retry),
    ("replayed", What::Verdict(Verdict::Replayed)),
    ("charged twice", What::Twice),
    ("twice", What::Twice),
    ("opened", What::Opened),
    ("bulkhead", What::Refused("bulkhead")),
    ("rate limit", What::Refused("rate limit")),
];

/// Reads words with blanks between them; one that begins with `-` excludes what it means. What is still
/// being typed means the first thing that begins with it.
///
/// # Errors
/// A sentence about the first word that means nothing here, and what there is.
pub fn read(text: &str, scenario: &Scenario) -> Result<Vec<Term>, String> {
    let text = text.to_lowercase();
    let mut words = text.split_whitespace().peekable();
    let mut terms = Vec::new();
    while let Some(word) = words.next() {
        let bare = word.strip_prefix('-').unwrap_or(word);
        let not = bare.len() < word.len();
        let two = words.peek().and_then(|next| pair(bare, next));
        if two.is_some() {
            words.next();
        }
        let what = two.or_else(|| single(bare, scenario));
        let what = what.ok_or_else(|| {
            let word: String = word.chars().take(20).collect();
            format!("“{word}” means nothing here. {}", hint(scenario))
        })?;
        terms.push(Term { not, what });
    }
    Ok(terms)
}

/// What can be asked for.
#[must_use]
pub fn hint(scenario: &Scenario) -> String {
    let names: Vec<&str> = scenario.nodes.iter().take(8).map(|node| node.name.as_str()).collect();
    format!(
        "Type the beginning of a correlation ID, a status such as 503, an outcome (timed out, deadline, rejected, \
         replayed, retry, lost, charged twice, failed, degraded, succeeded), a service ({}), a time (4s..7.5s), \
         or several of these; -word excludes.",
        names.join(", ")
    )
}

/// All names, and what they mean.
fn names() -> impl Iterator<Item = (&'static str, What)> {
    NAMES.into_iter().chain(Kind::ALL.map(|kind| (kind.name(), What::Kind(kind))))
}

/// What two words mean together, the second one perhaps not yet whole.
fn pair(first: &str, second: &str) -> Option<What> {
    if first == "client" {
        return second.parse().ok().map(What::Client);
    }
    let parts = |name: &'static str| name.split_once(' ');
    let is = |(one, two): (&str, &str)| first == one && two.starts_with(second);
    names().find(|(name, _)| parts(name).is_some_and(is)).map(|(_, what)| what)
}

fn single(word: &str, scenario: &Scenario) -> Option<What> {
    if let Some((from, to)) = word.split_once("..") {
        let instant =
            |text: &str| text.parse::<SimDuration>().ok().map(|since| SimTime::ZERO + since);
        let to = if to.is_empty() { Some(SimTime::MAX) } else { instant(to) };
        return Some(What::Between(instant(from)?, to?));
    }
    let hex = word.len() <= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    // What may be the beginning of an ID is a name only as a whole.
    let named = |name: &str| name == word || !hex && name.starts_with(word);
    // Services come first: they may be called like anything.
    let node = scenario.nodes.iter().position(|node| named(&node.name.to_lowercase()));
    if let Some(node) = node {
        return Some(What::Node(node as NodeId));
    }
    let spaced = word.replace('-', " ");
    let whole = names().find(|(name, _)| *name == spaced);
    if let Some((_, what)) = whole.or_else(|| names().find(|(name, _)| named(name))) {
        return Some(what);
    }
    if let Some(client) = word.strip_prefix("client:") {
        return client.parse().ok().map(What::Client);
    }
    match word.parse() {
        Ok(status) if (100..600).contains(&status) && word.len() == 3 => {
            return Some(What::Status(status));
        }
        _ => {}
    }
    let digits = u128::from_str_radix(word, 16).ok().filter(|_| hex)?;
    Some(What::Trace { digits, bits: 4 * word.len() as u32 })
}

#[cfg(test)]
mod tests {
    use half_open::scenario::library;

    use super::*;

    fn asked(text: &str) -> Vec<What> {
        let scenario = library::payments().scenario;
        read(text, &scenario).expect(text).into_iter().map(|term| term.what).collect()
    }

    #[test]
    fn names_are_understood_as_they_are_said_and_as_they_are_typed() {
        let timed_out = What::Kind(Kind::TimedOut);
        for text in ["timed out", "timed-out", "Timed", "tim", "timeout", "timed o"] {
            assert_eq!(asked(text), [timed_out], "{text}");
        }
        assert_eq!(asked("bank timed out 503"), [What::Node(2), timed_out, What::Status(503)]);
        assert_eq!(asked("charged twice"), [What::Twice]);
        assert_eq!(asked("charged bank"), [What::Kind(Kind::Charged), What::Node(2)]);
        assert_eq!(asked("client 17 client:18"), [What::Client(17), What::Client(18)]);
        for kind in Kind::ALL {
            assert_eq!(asked(kind.name()), [What::Kind(kind)]);
            assert_eq!(asked(&kind.name().replace(' ', "-")), [What::Kind(kind)]);
        }
    }

    #[test]
    fn two_times_mean_what_happened_between_them() {
        let at = SimTime::from_millis;
        assert_eq!(asked("4s..7.25s"), [What::Between(at(4_000), at(7_250))]);
        assert_eq!(asked("150ms.. bank"), [What::Between(at(150), SimTime::MAX), What::Node(2)]);
        let scenario = library::payments().scenario;
        for text in ["..", "4..7", "4s..x", "..7s"] {
            assert!(read(text, &scenario).is_err(), "{text}");
        }
    }

    #[test]
    fn what_may_begin_an_id_is_an_id_until_it_is_a_name() {
        assert_eq!(asked("fa"), [What::Trace { digits: 0xfa, bits: 8 }]);
        assert_eq!(asked("fai"), [What::Failed]);
        assert_eq!(asked("ba42"), [What::Trace { digits: 0xba42, bits: 16 }]);
        assert_eq!(asked("1503"), [What::Trace { digits: 0x1503, bits: 16 }]);
        let scenario = library::payments().scenario;
        for text in [&"1".repeat(33), "+12", "0x12", "teapot", "-"] {
            assert!(read(text, &scenario).is_err(), "{text}");
        }
    }

    #[test]
    fn a_word_that_means_nothing_is_named_with_those_that_do() {
        let scenario = library::payments().scenario;
        let said = read("bank bnak", &scenario).expect_err("a misspelt service");
        assert!(said.starts_with("“bnak” means nothing here. Type the beginning of"), "{said}");
        assert!(said.contains("(clients, api, bank, ledger)"), "{said}");
    }

    #[test]
    fn a_word_with_a_minus_excludes() {
        let scenario = library::payments().scenario;
        let terms = read("-timed out bank", &scenario).expect("words");
        assert_eq!(terms.iter().map(|term| term.not).collect::<Vec<_>>(), [true, false]);
    }
}

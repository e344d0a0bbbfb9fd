//! Which events of the log somebody wants to see, in a few words.

use half_open::log::{Event, Kind, RequestId, StatusCode, Verdict, unpack_transition};
use half_open::policy::breaker::State;
use half_open::run::{Run, ids};
use half_open::scenario::{EdgeId, NodeId, Scenario};

/// The fewest digits of a correlation ID that are taken for one.
const ID_DIGITS: usize = 4;

/// What is asked for: every word has to be met.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Filter {
    words: Vec<Word>,
}

/// Under which ID an event is listed.
pub(super) type Known = fn(&Run, &Event) -> Option<u128>;

#[derive(Clone, PartialEq, Debug)]
struct Word {
    not: bool,
    what: What,
}

#[derive(Clone, PartialEq, Debug)]
enum What {
    /// Of a trace whose ID begins with these digits.
    Trace {
        digits: u128,
        shift: u32,
    },
    /// An answer with this status.
    Status(u16),
    Kind(Kind),
    /// Somebody got an error, or nothing.
    Failed,
    /// A second attempt, or a later one.
    Retry,
    /// A stored answer.
    Replayed,
    /// A breaker that opened.
    Opened,
    /// By, at or on the way to a node.
    Node(NodeId),
    Client(u32),
}

impl Filter {
    /// Reads words with blanks between them; one that begins with `-` excludes what it means.
    ///
    /// # Errors
    /// A sentence about the first word that means nothing here.
    pub fn read(text: &str, scenario: &Scenario) -> Result<Self, String> {
        let words = text.split_whitespace().map(|word| {
            let (not, bare) = match word.strip_prefix('-') {
                Some(rest) => (true, rest),
                None => (false, word),
            };
            let what = What::read(&bare.to_lowercase(), scenario);
            what.map(|what| Word { not, what }).ok_or_else(|| unknown(word, scenario))
        });
        words.collect::<Result<_, _>>().map(|words| Self { words })
    }

    /// Whether nothing is excluded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether an event is asked for. `known` tells under which ID it is listed.
    pub(super) fn holds(&self, run: &Run, event: &Event, known: Known) -> bool {
        self.words.iter().all(|word| word.what.meets(run, event, known) != word.not)
    }
}

fn unknown(word: &str, scenario: &Scenario) -> String {
    let word: String = word.chars().take(20).collect();
    let names: Vec<&str> = scenario.nodes.iter().take(6).map(|node| node.name.as_str()).collect();
    format!(
        "“{word}” means nothing here. There are {}; statuses such as 503; failed, retry, replayed, \
         opened, rejected, timed-out and the like; the first digits of an ID, such as 7f3a.",
        names.join(", ")
    )
}

impl What {
    fn read(word: &str, scenario: &Scenario) -> Option<Self> {
        // A name comes first: a service may be called like anything.
        let named = scenario.nodes.iter().position(|node| node.name.to_lowercase() == word);
        if let Some(node) = named {
            return Some(Self::Node(node as NodeId));
        }
        let status =
            word.parse().ok().filter(|status| word.len() == 3 && (100..=599).contains(status));
        if let Some(status) = status {
            return Some(Self::Status(status));
        }
        match word {
            "failed" => return Some(Self::Failed),
            "retry" | "retries" => return Some(Self::Retry),
            "replayed" | "replay" => return Some(Self::Replayed),
            "opened" => return Some(Self::Opened),
            _ => {}
        }
        if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name().replace(' ', "-") == word)
        {
            return Some(Self::Kind(kind));
        }
        if let Some(client) = word.strip_prefix("client:") {
            return client.parse().ok().map(Self::Client);
        }
        let fits = (ID_DIGITS..=32).contains(&word.len());
        let digits =
            u128::from_str_radix(word, 16).ok().filter(|_| fits && !word.starts_with('+'))?;
        Some(Self::Trace { digits, shift: 128 - 4 * word.len() as u32 })
    }

    fn meets(&self, run: &Run, event: &Event, known: Known) -> bool {
        let log = run.log();
        let span = || event.span().map(|span| log.span(span));
        match *self {
            Self::Trace { digits, shift } => {
                known(run, event).is_some_and(|id| id >> shift == digits)
            }
            Self::Status(wanted) => {
                let answer =
                    matches!(event.kind, Kind::Answered | Kind::AnsweredLate | Kind::Responded);
                let is = |status| matches!(status, StatusCode::Http(code) if code.0 == wanted);
                answer && is(event.status())
            }
            Self::Kind(kind) => event.kind == kind,
            Self::Failed => match event.kind {
                Kind::TimedOut | Kind::Rejected | Kind::QueueFull | Kind::WorkLost => true,
                Kind::RequestLost | Kind::ResponseLost => true,
                Kind::Answered | Kind::Responded => !event.status().is_success(),
                _ => false,
            },
            Self::Retry => span().is_some_and(|span| span.attempt > 1),
            Self::Replayed => event.kind == Kind::Verdict && event.verdict() == Verdict::Replayed,
            Self::Opened => {
                let to = || unpack_transition(event.payload).0;
                event.kind == Kind::Breaker && matches!(to(), State::Open | State::ForcedOpen)
            }
            Self::Node(node) => {
                let line = match event.kind {
                    Kind::Breaker => Some(event.subject as EdgeId),
                    _ => span().map(|span| span.edge),
                };
                let edge = line.and_then(|line| run.experiment().scenario.edge(line));
                edge.is_some_and(|edge| edge.to == node || edge.from == node)
            }
            Self::Client(client) => {
                request(run, event).is_some_and(|request| log.request(request).client == client)
            }
        }
    }
}

/// The request that an event belongs to.
#[must_use]
pub fn request(run: &Run, event: &Event) -> Option<RequestId> {
    match event.kind {
        Kind::Arrived => Some(event.subject),
        _ => event.span().map(|span| run.log().request_of(span)),
    }
}

/// The ID of the trace that an event is part of: a call has that under which it arrives.
#[must_use]
pub fn trace(run: &Run, event: &Event) -> Option<u128> {
    match event.kind {
        Kind::Arrived => Some(ids::trace_of_request(run, event.subject)),
        _ => event.span().map(|span| ids::trace_of(run, span)),
    }
}

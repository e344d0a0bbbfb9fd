//! Which events of the log somebody wants to see, in a few words.

use half_open::log::{Event, Kind, RequestId, StatusCode, unpack_transition};
use half_open::policy::breaker::State;
use half_open::run::{Run, ids};
use half_open::scenario::{POPULATION, Scenario};

use crate::query::{self, Term, What};

/// What can get lost.
const LOST: [Kind; 4] = [Kind::RequestLost, Kind::ResponseLost, Kind::WorkLost, Kind::Cancelled];

/// What is asked for: every word has to be met.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Filter {
    terms: Vec<Term>,
}

/// Under which ID an event is listed.
pub(super) type Known = fn(&Run, &Event) -> Option<u128>;

impl Filter {
    /// Reads the words of [`query`].
    ///
    /// # Errors
    /// A sentence about the first word that means nothing here.
    pub fn read(text: &str, scenario: &Scenario) -> Result<Self, String> {
        query::read(text, scenario).map(|terms| Self { terms })
    }

    /// Whether an event is asked for, by the trace under which it is known.
    #[must_use]
    pub fn lets_through(&self, run: &Run, event: &Event) -> bool {
        self.holds(run, event, trace)
    }

    /// Whether an event is asked for. `known` tells under which ID it is listed.
    pub(super) fn holds(&self, run: &Run, event: &Event, known: Known) -> bool {
        self.terms.iter().all(|term| meets(term.what, run, event, known) != term.not)
    }
}

fn meets(what: What, run: &Run, event: &Event, known: Known) -> bool {
    let log = run.log();
    let span = || event.span().map(|span| log.span(span));
    let fallback = event.kind == Kind::FellBack && event.gives_answer();
    let answer = matches!(event.kind, Kind::Answered | Kind::AnsweredLate | Kind::Responded);
    match what {
        What::Trace { digits, bits } => {
            known(run, event).is_some_and(|id| id >> (128 - bits) == digits)
        }
        What::Status(wanted) => {
            let is = |status| matches!(status, StatusCode::Http(code) if code.0 == wanted);
            answer && is(event.status())
        }
        What::Kind(kind) => event.kind == kind,
        What::Lost => LOST.contains(&event.kind),
        What::Failed => match event.kind {
            Kind::TimedOut | Kind::Rejected | Kind::QueueFull | Kind::Shed => true,
            Kind::Answered | Kind::Responded => !event.status().is_success(),
            kind => LOST.contains(&kind),
        },
        What::Degraded => (answer || fallback) && event.status().is_degraded(),
        What::Succeeded => answer && event.status().is_success() && !event.status().is_degraded(),
        What::Refused(by) => event.kind == Kind::Rejected && event.refusal().name() == by,
        What::Retry => span().is_some_and(|span| span.attempt > 1),
        What::Late => event.is_deadline() || event.is_expired(),
        What::Verdict(verdict) => event.kind == Kind::Verdict && event.verdict() == verdict,
        What::Twice => event.kind == Kind::Charged && is_second(run, event),
        What::Opened => {
            let to = || unpack_transition(event.payload).0;
            event.kind == Kind::Breaker && matches!(to(), State::Open | State::ForcedOpen)
        }
        What::Between(from, to) => (from..=to).contains(&event.at),
        What::Node(node) => {
            let line = match event.kind {
                Kind::Breaker => Some(event.breaker().0),
                _ => span().map(|span| span.edge),
            };
            let edge = line.and_then(|line| run.experiment().scenario.edge(line));
            edge.is_some_and(|edge| edge.to == node || edge.from == node)
        }
        What::Client(client) if event.kind == Kind::Breaker => {
            event.breaker().1.map(u32::from) == Some(client)
        }
        What::Client(client) => request(run, event)
            .is_some_and(|request| log.request(request).client % POPULATION == client),
    }
}

/// Whether the request of a charge was charged before.
fn is_second(run: &Run, charge: &Event) -> bool {
    let request = charge.payload;
    let row = run.index().requests.get(request as usize);
    let Some(row) = row.filter(|row| row.charges > 1) else { return false };
    let mut since = (row.first..charge.id).map(|id| run.log().event(id));
    since.any(|event| event.kind == Kind::Charged && event.payload == request)
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

//! What is under way: calls, and the attempts at them.

use std::num::NonZeroU64;

use super::guard::Pass;
use super::slab::Handle;
use crate::log::{EventId, NONE, RequestId, SpanId, StatusCode};
use crate::policy::budget::Ticket;
use crate::policy::deadline::Deadline;
use crate::policy::idempotency::KeyId;
use crate::policy::outcome::{Outcome, Status};
use crate::policy::retry;
use crate::scenario::{EdgeId, Scenario};
use crate::time::{SimDuration, SimTime};

/// What is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Question {
    pub(super) fingerprint: u64,
    pub(super) key: Option<KeyId>,
    pub(super) request: RequestId,
    /// What the service answers without work, if it does not know what is asked of it.
    pub(super) refusal: Option<Status>,
}

/// A call over one edge: however many attempts it takes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Call {
    /// Who this is, for draws.
    pub(super) entity: u64,
    pub(super) question: Question,
    pub(super) began: SimTime,
    /// When it has failed, whatever is still under way.
    pub(super) deadline: Until,
    pub(super) retry: retry::State,
    /// Its place in the retry budget of its line, where there is one.
    pub(super) ticket: Option<Ticket>,
    /// The attempt of its caller that waits for it; none: a client does.
    pub(super) parent: Option<Handle<Attempt>>,
    /// Another call that the same attempt waits for.
    pub(super) sibling: Option<Handle<Call>>,
    /// The attempt under way.
    pub(super) attempt: Option<Handle<Attempt>>,
    /// The last thing that happened to it between attempts.
    pub(super) last: EventId,
    pub(super) edge: EdgeId,
    pub(super) key_per_attempt: bool,
    /// The event that has it lose its first response, or none.
    pub(super) lose_first_response: EventId,
    /// The client that thinks once it is over, or none.
    pub(super) thinker: u32,
    /// Whether its line was picked among others, which counts what it has under way.
    pub(super) picked: bool,
    /// Whether it has a place in a budget, a deadline, a thinker or a fallback, or was picked: most calls have none
    /// of them, and one look tells.
    pub(super) special: bool,
}

impl Call {
    /// A client's call that begins because of this event.
    pub(super) fn new(
        edge: EdgeId,
        request: RequestId,
        entity: u64,
        (began, cause): (SimTime, EventId),
    ) -> Self {
        Self {
            entity,
            question: Question { fingerprint: entity, key: None, request, refusal: None },
            began,
            deadline: Until::default(),
            retry: retry::State::default(),
            ticket: None,
            parent: None,
            sibling: None,
            attempt: None,
            last: cause,
            edge,
            key_per_attempt: false,
            lose_first_response: NONE,
            thinker: NONE,
            picked: false,
            special: false,
        }
    }
}

/// One attempt, as both sides see it: it lives until its caller has an outcome and the far side is
/// done with it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attempt {
    /// Who this is, for draws.
    pub(super) entity: u64,
    pub(super) question: Question,
    pub(super) sent_at: SimTime,
    /// The deadline of which its service was told.
    pub(super) deadline: Until,
    pub(super) call: Handle<Call>,
    /// What it was given on its way out, for as long as its caller waits.
    pub(super) pass: Option<Handle<Pass>>,
    pub(super) retry_after: RetryAfter,
    pub(super) span: SpanId,
    /// The last thing that happened to it.
    pub(super) last: EventId,
    /// What its service has of it, while it is there.
    pub(super) job: Option<Job>,
    pub(super) answer: StatusCode,
    pub(super) edge: EdgeId,
    /// Whether nobody made it: it was doubled on its way.
    pub(super) doubled: bool,
    /// Whether its service has answered.
    pub(super) answered: bool,
    /// Whether its caller still waits.
    pub(super) waiting: bool,
    /// Whether anything of it is still on the way or at work.
    pub(super) remote: bool,
    /// The event that has it lose its response, or none.
    pub(super) lose_response: EventId,
}

/// The `Retry-After` of an answer, in one byte: there are many attempts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum RetryAfter {
    #[default]
    Nothing,
    AtOnce,
    /// As its service says to whoever asks for what is still worked on.
    AsConfigured,
}

impl RetryAfter {
    pub(super) fn get(self, scenario: &Scenario, edge: EdgeId) -> Option<SimDuration> {
        match self {
            Self::Nothing => None,
            Self::AtOnce => Some(SimDuration::ZERO),
            Self::AsConfigured => {
                let callee = scenario.edge(edge)?.to;
                scenario.service(callee).map(|service| service.idempotency.retry_after)
            }
        }
    }
}

/// The [deadline](crate::policy::deadline), where there is one, in one word.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Until(Option<NonZeroU64>);

impl Until {
    /// Nothing begins before time does, so no deadline is at its very start.
    pub(super) fn new(deadline: Option<Deadline>) -> Self {
        Self(deadline.and_then(|deadline| NonZeroU64::new(deadline.0.nanos())))
    }

    pub(super) fn get(self) -> Option<Deadline> {
        self.0.map(|nanos| Deadline(SimTime::from_nanos(nanos.get())))
    }

    /// Whether there is none.
    pub(super) const fn is_never(self) -> bool {
        self.0.is_none()
    }

    /// Whether there is one, and it is over.
    pub(super) fn has_passed(self, now: SimTime) -> bool {
        self.get().is_some_and(|deadline| deadline.has_passed(now))
    }
}

/// A request at a service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    /// The event with which work began: the tag under which it holds its key.
    pub(super) started: EventId,
    /// The last thing that happened to it here.
    pub(super) last: EventId,
    /// The call it waits for, and behind it its siblings.
    pub(super) call: Option<Handle<Call>>,
    /// How many of its calls are made, and how many of these are over.
    pub(super) calls_made: u8,
    pub(super) calls_over: u8,
    /// How a call failed that it needs.
    pub(super) failed: Option<Outcome>,
    /// The first event that took a part of the answer away, or none.
    pub(super) degraded: EventId,
    /// The version of the service's row that it has read.
    pub(super) version: u32,
    /// Whether its effect was made and its key is still to be recorded.
    pub(super) recording: bool,
}

impl Job {
    /// A request that has just been delivered; `last` is what happened to it before.
    pub(super) const fn new(last: EventId) -> Self {
        Self {
            started: NONE,
            last,
            call: None,
            calls_made: 0,
            calls_over: 0,
            failed: None,
            degraded: NONE,
            version: 0,
            recording: false,
        }
    }
}

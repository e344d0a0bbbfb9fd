//! A run at a glance: what tracks and tables show without walking the log.

use std::borrow::Cow;

use super::Requests;
use crate::log::{EventId, Log, RequestId, breaker_subject, unpack_transition};
use crate::policy::breaker::{Crowd, State};
use crate::scenario::EdgeId;
use crate::time::{SimDuration, SimTime};

/// A run at a glance.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Index {
    /// By edge: the states of its breaker, one after another; empty where there never was one.
    pub bands: Vec<Vec<Band>>,
    /// By edge: of how many clients their own breaker was not closed, from one transition to the next;
    /// empty where they never had one each.
    pub crowds: Vec<Vec<Step>>,
    /// When each fault began and ended, in the order in which they were begun.
    pub bars: Vec<Bar>,
    /// How long a stretch is of which a [flow](super::Flow) consists.
    pub bucket: SimDuration,
    /// Every request, by its number.
    pub requests: Requests,
}

/// A stretch of time that a breaker spent in one state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Band {
    /// Since when. It lasts until the next one begins.
    pub from: SimTime,
    /// The state; none: the breaker was switched off.
    pub state: Option<State>,
    /// The transition; none at the start.
    pub event: Option<EventId>,
}

/// A stretch of time between two transitions of breakers that clients have for themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// Since when. It lasts until the next one begins.
    pub from: SimTime,
    /// How many are not closed; none: they share one, or it was switched off.
    pub crowd: Option<Crowd>,
    /// The transition; none at the start.
    pub event: Option<EventId>,
}

/// A stretch of time during which something was broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bar {
    /// The intervention that began it.
    pub intervention: usize,
    /// Since when.
    pub from: SimTime,
    /// Until when.
    pub to: SimTime,
}

/// A request at a glance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RequestRow {
    /// The event with which it began.
    pub first: EventId,
    /// The event that was the last news of it, late answers included.
    pub last: EventId,
    /// When its client had its outcome; none: not within the run.
    pub over: Option<SimTime>,
    /// Whether that was an answer, and not an error.
    pub succeeded: bool,
    /// Whether the answer lacked a part.
    pub degraded: bool,
    /// Whether any attempt was a second one, at any line.
    pub retried: bool,
    /// Whether a breaker refused an attempt.
    pub rejected: bool,
    /// Whether one of its attempts was a breaker's probe.
    pub probe: bool,
    /// Whether it was answered from an idempotency store.
    pub replayed: bool,
    /// How often it was charged.
    pub charges: u8,
    /// Whether somebody sent it by hand.
    pub by_hand: bool,
}

impl Index {
    /// The request rows with their numbers.
    pub fn rows(&self) -> impl Iterator<Item = (RequestId, &RequestRow)> {
        (0u32..).zip(self.requests.iter())
    }

    /// Where its parts are held, and how many bytes each takes.
    pub(super) fn blocks(&self) -> Vec<(usize, usize)> {
        let small = self.bands.iter().map(|bands| bands.capacity() * size_of::<Band>());
        let steps = self.crowds.iter().map(|steps| steps.capacity() * size_of::<Step>());
        let small =
            small.sum::<usize>() + steps.sum::<usize>() + self.bars.capacity() * size_of::<Bar>();
        let own = (std::ptr::from_ref(self).addr(), small);
        self.requests.blocks().chain([own]).collect()
    }

    /// The state of a breaker at an instant, with the transition into it.
    #[must_use]
    pub fn band_at(&self, edge: usize, at: SimTime) -> Option<&Band> {
        let bands = self.bands.get(edge)?;
        let next = bands.partition_point(|band| band.from <= at);
        bands.get(next.checked_sub(1)?)
    }

    /// What a breaker was, one state after another: the one of a line or, where each client has its own,
    /// that of one of them.
    #[must_use]
    pub fn bands_of(&self, log: &Log, edge: EdgeId, client: Option<u16>) -> Cow<'_, [Band]> {
        let index = usize::from(edge);
        let Some(whose) = client.map(|client| breaker_subject(edge, Some(client))) else {
            return Cow::Borrowed(self.bands.get(index).map_or(&[], Vec::as_slice));
        };
        let band = |step: &Step| {
            let event = step.event.map(|id| log.event(id));
            let state = match (step.crowd, event) {
                (None, _) => None,
                (_, None) => Some(State::Closed),
                (_, Some(event)) if event.subject == whose => {
                    Some(unpack_transition(event.payload).0)
                }
                _ => return None,
            };
            Some(Band { from: step.from, state, event: step.event })
        };
        self.crowds.get(index).into_iter().flatten().filter_map(band).collect()
    }

    /// What a breaker was just before an event; none: it was switched off.
    #[must_use]
    pub fn state_before(
        &self,
        log: &Log,
        (edge, client): (EdgeId, Option<u16>),
        event: EventId,
    ) -> Option<State> {
        let bands = self.bands_of(log, edge, client);
        let earlier = |band: &&Band| band.event.map_or(band.from <= log.at(event), |id| id < event);
        bands.iter().rev().find(earlier)?.state
    }
}

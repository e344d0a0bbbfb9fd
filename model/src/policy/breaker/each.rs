//! Breakers of many clients, one each.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Breaker, Settings, State};
use crate::random;
use crate::time::SimTime;

/// Whose breaker it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Its caller's: all requests share it. All clients of a population share one as well, as they
    /// would behind a proxy.
    #[default]
    Caller,
    /// Each client of a population has its own, and hears only of its own calls.
    Client,
}

impl Scope {
    /// Whether it is shared.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        *self == Self::Caller
    }
}

/// How many breakers are not closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Crowd {
    /// Open, or held open.
    pub open: u32,
    /// Half-open.
    pub half_open: u32,
}

impl Crowd {
    /// Counts one more breaker in this state.
    pub fn enter(&mut self, state: State) {
        if let Some(count) = self.count_of(state) {
            *count = count.saturating_add(1);
        }
    }

    /// A breaker is in this state no longer.
    pub fn leave(&mut self, state: State) {
        if let Some(count) = self.count_of(state) {
            *count = count.saturating_sub(1);
        }
    }

    /// How many there are that are not closed.
    #[must_use]
    pub const fn not_closed(&self) -> u32 {
        self.open.saturating_add(self.half_open)
    }

    fn count_of(&mut self, state: State) -> Option<&mut u32> {
        match state {
            State::Open | State::ForcedOpen => Some(&mut self.open),
            State::HalfOpen => Some(&mut self.half_open),
            State::Closed | State::Disabled | State::MetricsOnly => None,
        }
    }
}

/// A client's breaker, and what is remembered with it.
#[derive(Clone, PartialEq, Debug)]
pub struct Own<T> {
    /// The breaker.
    pub breaker: Breaker,
    /// What is remembered with it.
    pub with: T,
}

/// A breaker for each client, made when it is first needed. Clones share those that stay as they are.
#[derive(Clone, PartialEq, Debug)]
pub struct Each<T> {
    /// What a client has that has never called.
    fresh: Own<T>,
    own: Vec<Option<Arc<Own<T>>>>,
    made: usize,
}

/// About how many bytes a breaker takes, and the calls it remembers: there are so many breakers only
/// where none of them sees many calls.
const BREAKER: usize = 208;
const CALL: usize = 2;
const FEW: u32 = 128;
const PLACE: usize = 8;

impl<T: Clone + Default> Each<T> {
    /// Each like this one, which nobody has asked yet, but with a luck of its own.
    #[must_use]
    pub fn new(first: Breaker) -> Self {
        let fresh = Own { breaker: first, with: T::default() };
        Self { fresh, own: Vec::new(), made: 0 }
    }

    /// That of a client.
    #[must_use]
    pub fn of(&self, client: u32) -> &Own<T> {
        self.own.get(client as usize).and_then(Option::as_deref).unwrap_or(&self.fresh)
    }

    /// That of a client, to be asked or told something.
    pub fn of_mut(&mut self, client: u32) -> &mut Own<T> {
        let place = client as usize;
        if self.own.len() <= place {
            self.own.resize(place + 1, None);
        }
        let (own, made) = (&mut self.own[place], &mut self.made);
        let shared = own.get_or_insert_with(|| {
            *made += 1;
            let mut own = self.fresh.clone();
            own.breaker.luck = random::nest(own.breaker.luck, u64::from(client) + 1);
            Arc::new(own)
        });
        Arc::make_mut(shared)
    }

    /// None of the clients from this one on has had a breaker of its own yet.
    #[must_use]
    pub fn len(&self) -> usize {
        self.own.len()
    }

    /// Whether no client has had one yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.own.is_empty()
    }

    /// The settings of all were changed, see [`Breaker::reconfigure`].
    pub fn reconfigure(&mut self, old: &Settings, new: &Settings, now: SimTime) {
        self.fresh.breaker.reconfigure(old, new, now);
        for own in self.own.iter_mut().flatten() {
            Arc::make_mut(own).breaker.reconfigure(old, new, now);
        }
    }

    /// Others take the place of all, see [`Breaker::replace`].
    pub fn replace(&mut self, settings: &Settings, now: SimTime) {
        let all = self.own.iter().flatten().map(|own| &own.breaker).chain([&self.fresh.breaker]);
        let latest = all.map(|breaker| (breaker.generation, breaker.samples.id));
        let (generation, window) =
            latest.fold((0, 0), |most, next| (most.0.max(next.0), most.1.max(next.1)));
        let fresh = &mut self.fresh.breaker;
        (fresh.generation, fresh.samples.id) = (generation, window);
        fresh.replace(settings, now);
        self.own.clear();
        self.made = 0;
    }

    /// How many of the first `clients` have one that is not closed.
    #[must_use]
    pub fn crowd(&self, clients: u32) -> Crowd {
        let mut crowd = Crowd::default();
        for own in self.own.iter().take(clients as usize).flatten() {
            crowd.enter(own.breaker.state());
        }
        crowd
    }

    /// About how many bytes it holds: the same on every machine.
    #[must_use]
    pub fn bytes(&self, settings: &Settings) -> usize {
        self.own.len() * PLACE + self.made * each(settings)
    }

    /// How many of them it does not share with `other`, which it was cloned from or will be.
    #[must_use]
    pub fn bytes_beside(&self, other: &Self, settings: &Settings) -> usize {
        let both = self.own.iter().zip(&other.own);
        let both = both.filter_map(|(mine, theirs)| mine.as_ref().zip(theirs.as_ref()));
        let shared = both.filter(|(mine, theirs)| Arc::ptr_eq(mine, theirs)).count();
        self.own.len() * PLACE + self.made.saturating_sub(shared) * each(settings)
    }
}

fn each(settings: &Settings) -> usize {
    BREAKER + settings.window.size.min(FEW) as usize * CALL
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::breaker::{Action, Mark};
    use crate::time::SimDuration;

    fn fail(each: &mut Each<()>, client: u32, settings: &Settings, times: usize) {
        for _ in 0..times {
            let breaker = &mut each.of_mut(client).breaker;
            let permit = breaker.acquire(settings, SimTime::ZERO).permit.expect("closed");
            breaker.settle(settings, permit, SimTime::ZERO, Mark::Failure, SimDuration::ZERO);
        }
    }

    #[test]
    fn a_client_whose_calls_fail_does_not_stop_the_others() {
        let settings = Settings::default();
        let mut each = Each::new(Breaker::new(&settings, SimTime::ZERO));
        fail(&mut each, 7, &settings, 5);
        assert_eq!(each.of(7).breaker.state(), State::Open);
        assert_eq!(each.of(6).breaker.state(), State::Closed);
        assert_eq!(each.crowd(8), Crowd { open: 1, half_open: 0 });
        assert_eq!(each.crowd(7), Crowd::default(), "the eighth client has gone");
    }

    #[test]
    fn a_clone_shares_what_stays_as_it_is() {
        let settings = Settings::default();
        let mut each = Each::new(Breaker::new(&settings, SimTime::ZERO));
        (0..100).for_each(|client| fail(&mut each, client, &settings, 1));
        let before = each.clone();
        assert_eq!(each.bytes_beside(&before, &settings), 100 * PLACE);
        fail(&mut each, 3, &settings, 1);
        let one = each.bytes(&settings) / 100;
        assert_eq!(each.bytes_beside(&before, &settings), 100 * PLACE + one - PLACE);
        assert_ne!(each.of(3), before.of(3));
    }

    /// Also of one that was made and gone before it was asked anything.
    #[test]
    fn what_the_old_ones_let_through_is_late_to_the_new_ones() {
        let settings = Settings::default();
        let mut each = Each::<()>::new(Breaker::new(&settings, SimTime::ZERO));
        let old = each.of_mut(1).breaker.acquire(&settings, SimTime::ZERO).permit.expect("closed");
        each.of_mut(1).breaker.control(&settings, SimTime::ZERO, Action::Open);
        each.replace(&settings, SimTime::ZERO);
        assert_eq!(each.of(1).breaker.state(), State::Closed);
        let new = each.of_mut(1).breaker.acquire(&settings, SimTime::ZERO).permit.expect("closed");
        assert_ne!(old.generation, new.generation);
    }
}

//! Which call is made only where another one has failed.

use super::{EdgeId, Places, Scenario};
use crate::policy::Problem;
use crate::policy::fallback::{Kind, Settings};

impl Scenario {
    /// The call that is made where this one has failed for good, if there is one.
    #[must_use]
    pub fn fallback_of(&self, edge: EdgeId) -> Option<EdgeId> {
        let spec = self.edge(edge)?;
        let fallback = spec.policy.fallback;
        if fallback.kind != Kind::Other {
            return None;
        }
        let place = match (fallback.call as usize).checked_sub(1) {
            Some(place) => place,
            None => {
                let mine = self.calls_of(spec.from).position(|call| call == edge)?;
                (mine + 1) % self.calls_of(spec.from).count()
            }
        };
        self.calls_of(spec.from).nth(place).filter(|other| *other != edge)
    }

    /// The call whose fallback this one is: it is made only where that one has failed.
    #[must_use]
    pub fn falls_back_on(&self, edge: EdgeId) -> Option<EdgeId> {
        let from = self.edge(edge)?.from;
        self.calls_of(from).find(|other| self.fallback_of(*other) == Some(edge))
    }

    /// The call that a service makes by itself and that this one stands in for: itself, unless it is a
    /// fallback.
    #[must_use]
    pub fn in_place_of(&self, edge: EdgeId) -> EdgeId {
        let before = std::iter::successors(Some(edge), |edge| self.falls_back_on(*edge));
        before.take(self.edges.len()).last().unwrap_or(edge)
    }

    /// Calls have come or gone: each fallback, by where its call was, is the same call as before, or nothing
    /// if that is gone.
    pub(super) fn keep_fallbacks(&mut self, before: &[Option<EdgeId>], places: &Places) {
        for (was, fallback) in (0..).zip(before) {
            let Some(edge) = places.edge(was) else { continue };
            let now = fallback.and_then(|fallback| places.edge(fallback));
            if self.fallback_of(edge) == now && now.is_some() {
                continue;
            }
            let from = self.edges[usize::from(edge)].from;
            let place = self.calls_of(from).position(|call| Some(call) == now);
            let more = self.calls_of(from).nth(1).is_some();
            let settings = &mut self.edges[usize::from(edge)].policy.fallback;
            match place {
                Some(place) => settings.call = place as u32 + 1,
                None if fallback.is_some() => *settings = Settings::default(),
                // What only those with several calls can be set to is told by a knob that is gone.
                None if !more => settings.call = 0,
                None => {}
            }
        }
    }

    /// Whether every fallback is another call of the same caller, which stands in for no other one.
    pub(super) fn validate_fallbacks(&self) -> Result<(), Problem> {
        let others =
            (0u8..).zip(&self.edges).filter(|(_, e)| e.policy.fallback.kind == Kind::Other);
        for (edge, spec) in others {
            let field = format!("edges[{edge}].fallback");
            let refused = |message: String| Err(Problem::new(&field, message));
            let (caller, calls) = (self.node_name(spec.from), self.calls_of(spec.from).count());
            if calls == 1 {
                return refused(format!("cannot be another service: {caller} calls only one"));
            }
            let Some(other) = self.fallback_of(edge) else {
                return refused(format!(
                    "must be another one of the {calls} calls of {caller}, not call {}",
                    spec.policy.fallback.call
                ));
            };
            let name = self.node_name(self.edges[usize::from(other)].to);
            if self.calls_of(spec.from).any(|e| e != edge && self.fallback_of(e) == Some(other)) {
                return refused(format!("cannot be {name}: another call falls back on it already"));
            }
            let next = |edge: &EdgeId| self.fallback_of(*edge);
            let chain = std::iter::successors(Some(other), next).take(calls);
            if chain.skip(1).any(|e| e == other) || next(&other) == Some(edge) {
                return refused(format!(
                    "cannot be {name}: calls would fall back on one another in a circle"
                ));
            }
        }
        Ok(())
    }
}

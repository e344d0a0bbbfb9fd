//! The part of the time axis that is shown.

use half_open::time::{SimDuration, SimTime};
use half_open_view::tracks::Viewport;

use super::state::State;

/// How much time is shown at first.
const WINDOW: SimDuration = SimDuration::from_secs(16);
/// The closest look, from edge to edge.
const CLOSEST: SimDuration = SimDuration::from_millis(1);

/// The first part of a run that ends at `end`.
pub(super) fn first(end: SimTime) -> Viewport {
    clamped(SimTime::ZERO, SimTime::ZERO + WINDOW, end)
}

fn span(view: Viewport) -> SimDuration {
    view.to.since(view.from)
}

/// The nearest part to this one that lies within a run.
pub(super) fn clamped(from: SimTime, to: SimTime, end: SimTime) -> Viewport {
    let closest = CLOSEST.nanos();
    let end = end.nanos().max(closest);
    let span = to.nanos().saturating_sub(from.nanos()).clamp(closest, end);
    let from = from.nanos().min(end - span);
    Viewport { from: SimTime::from_nanos(from), to: SimTime::from_nanos(from + span) }
}

/// Turns pages until the moment that is shown is on one.
pub(super) fn follow(state: &mut State) {
    let view = state.viewport;
    let eye = state.eye();
    if (view.from..=view.to).contains(&eye) {
        return;
    }
    let (span, t) = (span(view).nanos(), eye.nanos());
    let from = view.from.nanos();
    let from = if t >= from {
        from + (t - from) / span * span
    } else {
        from.saturating_sub((from - t).div_ceil(span) * span)
    };
    let (from, to) = (SimTime::from_nanos(from), SimTime::from_nanos(from.saturating_add(span)));
    state.viewport = clamped(from, to, horizon(state));
}

pub(super) fn zoom(state: &mut State, around: SimTime, factor: f64) {
    let view = state.viewport;
    let span = span(view).nanos() as f64;
    let around = around.nanos() as f64;
    let share = (around - view.from.nanos() as f64) / span;
    let span = (span / factor).min(horizon(state).nanos() as f64);
    // A cast from a negative number gives zero: the start of the run.
    let from = (around - span * share) as u64;
    let to = from.saturating_add(span as u64);
    let (from, to) = (SimTime::from_nanos(from), SimTime::from_nanos(to));
    state.viewport = clamped(from, to, horizon(state));
}

pub(super) fn pan(state: &mut State, nanos: i64) {
    let view = state.viewport;
    let from = view.from.nanos().saturating_add_signed(nanos);
    let to = from.saturating_add(span(view).nanos());
    let (from, to) = (SimTime::from_nanos(from), SimTime::from_nanos(to));
    state.viewport = clamped(from, to, horizon(state));
}

pub(super) fn fit(state: &mut State) {
    let end = horizon(state);
    let whole = clamped(SimTime::ZERO, end, end);
    if state.viewport == whole {
        state.viewport = first(end);
        follow(state);
    } else {
        state.viewport = whole;
    }
}

fn horizon(state: &State) -> SimTime {
    SimTime::ZERO + state.experiment.scenario.horizon
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> SimTime {
        SimTime::from_millis(ms)
    }

    #[test]
    fn a_part_is_moved_into_the_run_and_keeps_its_length() {
        let view = clamped(at(55_000), at(71_000), at(60_000));
        assert_eq!((view.from, view.to), (at(44_000), at(60_000)));
        let view = clamped(at(5), at(5), at(60_000));
        assert_eq!(span(view), CLOSEST);
        let view = clamped(SimTime::MAX, SimTime::ZERO, at(60_000));
        assert_eq!(view.to, at(60_000));
    }
}

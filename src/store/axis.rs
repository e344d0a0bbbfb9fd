//! The part of the time axis that is shown, and the one that is marked.

use half_open::time::{SimDuration, SimTime};
use half_open_view::link::Range;
use half_open_view::tracks::Viewport;

use super::action::End;
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

pub(super) fn look(state: &mut State, part: Viewport) {
    state.viewport = clamped(part.from, part.to, horizon(state));
}

/// Moves one end of what is shown, as far as the other one lets it.
pub(super) fn resize(state: &mut State, end: End, by: i64) {
    let mut view = state.viewport;
    let moved = |t: SimTime| SimTime::from_nanos(t.nanos().saturating_add_signed(by));
    match end {
        End::First => view.from = moved(view.from),
        End::Last => view.to = moved(view.to).min(horizon(state)),
    }
    if view.from + CLOSEST <= view.to {
        state.viewport = view;
    }
}

/// Marks a part of the run, whichever of its ends comes first.
pub(super) fn brush(state: &mut State, range: Option<Range>) {
    let end = horizon(state);
    state.brush = range
        .map(|Range { from, to }| Range { from: from.min(to).min(end), to: from.max(to).min(end) });
}

/// Marks from the moment that is shown on, or up to it. An end that would be on its wrong side goes to the
/// edge of what is shown.
pub(super) fn brush_end(state: &mut State, end: End) {
    let (t, view) = (state.eye(), state.viewport);
    let known = state.brush;
    let range = match end {
        End::First => {
            let to = known.map(|range| range.to).filter(|to| *to > t);
            Range { from: t, to: to.unwrap_or(view.to) }
        }
        End::Last => {
            let from = known.map(|range| range.from).filter(|from| *from < t);
            Range { from: from.unwrap_or(view.from), to: t }
        }
    };
    brush(state, Some(range));
}

fn horizon(state: &State) -> SimTime {
    SimTime::ZERO + state.experiment.scenario.horizon
}

#[cfg(test)]
mod tests {
    use half_open::run::{Limits, Run};
    use half_open::scenario::library;

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

    #[test]
    fn one_end_moves_and_the_other_stays() {
        let mut state = State::new(Run::new(library::payments(), Limits::default()));
        let ms = 1_000_000;
        resize(&mut state, End::Last, -4_000 * ms);
        resize(&mut state, End::First, 2_000 * ms);
        assert_eq!(state.viewport, Viewport { from: at(2_000), to: at(12_000) });
        resize(&mut state, End::First, 10_000 * ms);
        assert_eq!(state.viewport.from, at(2_000), "there would be nothing left");
        resize(&mut state, End::First, -9_000 * ms);
        resize(&mut state, End::Last, 90_000 * ms);
        assert_eq!(state.viewport, Viewport { from: SimTime::ZERO, to: horizon(&state) });
    }

    #[test]
    fn a_part_is_marked_from_either_end_and_lies_within_the_run() {
        let mut state = State::new(Run::new(library::payments(), Limits::default()));
        let end = SimTime::ZERO + state.experiment.scenario.horizon;
        brush(&mut state, Some(Range { from: at(9_000), to: at(4_000) }));
        assert_eq!(state.brush, Some(Range { from: at(4_000), to: at(9_000) }));
        brush(&mut state, Some(Range { from: at(4_000), to: SimTime::MAX }));
        assert_eq!(state.brush.map(|range| range.to), Some(end));
        state.t = at(6_000);
        brush_end(&mut state, End::First);
        assert_eq!(state.brush, Some(Range { from: at(6_000), to: end }));
        state.t = at(2_000);
        brush_end(&mut state, End::Last);
        assert_eq!(state.brush, Some(Range { from: state.viewport.from, to: at(2_000) }));
        brush(&mut state, None);
        brush_end(&mut state, End::First);
        assert_eq!(state.brush, Some(Range { from: at(2_000), to: state.viewport.to }));
    }
}

//! How somebody looks at things, as text: what a reload must not change, and no link needs to tell.

use std::rc::Rc;

use half_open_view::table::Listing;
use half_open_view::tracks::{Arrangement, TrackKind};

use crate::store::{Action, SPEEDS, State, Stroke, reduce};

/// A line for each thing: its name, a blank, and how it is.
pub(crate) fn written(state: &State) -> String {
    let table = &state.table;
    let lines = [
        ("speed", state.speed.to_string()),
        ("from-start", state.from_start.to_string()),
        ("drawing", state.drawing.is_some().to_string()),
        ("log", state.table_open.to_string()),
        ("services", (table.question.listing == Listing::Lines).to_string()),
        ("events", table.words.clone()),
        ("search", state.find.text.to_string()),
        ("tracks", state.tracks.written()),
        ("track", state.track.name().into()),
        ("skip-idle", state.tracks.collapse.to_string()),
    ];
    let line = |(name, value): (&str, String)| format!("{name} {}", value.replace('\n', " "));
    lines.map(line).join("\n")
}

/// Does what was written. What cannot be read is as it is on a first visit.
pub(crate) fn recall(state: &mut State, written: &str) {
    for (name, value) in written.lines().filter_map(|line| line.split_once(' ')) {
        let on = value == "true";
        match name {
            "speed" => {
                let speed = value.parse().ok().filter(|speed| *speed < SPEEDS.len());
                state.speed = speed.unwrap_or(state.speed);
            }
            "from-start" => state.from_start = on,
            "drawing" if on => reduce(state, Action::Draw(Stroke::Begin)),
            "log" => state.table_open = on,
            "services" if on => reduce(state, Action::TableListing(Listing::Lines)),
            "events" => reduce(state, Action::TableFilter(value.into())),
            "tracks" => {
                let order = Arrangement::read(value).map(|tracks| tracks.order);
                state.tracks.order = order.unwrap_or(state.tracks.order);
            }
            "track" => {
                let track = TrackKind::ALL.into_iter().find(|kind| kind.name() == value);
                state.track = track.unwrap_or(state.track);
            }
            "skip-idle" => state.tracks.collapse = on,
            "search" => state.find.text = Rc::from(value),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use half_open::run::{Limits, Run};
    use half_open::scenario::library;

    use super::*;

    fn first_visit() -> State {
        State::new(Run::new(library::payments(), Limits::default()))
    }

    #[test]
    fn what_is_written_comes_back() {
        let mut state = first_visit();
        let untouched = written(&state);
        state.speed = 3;
        state.from_start = true;
        state.table_open = true;
        reduce(&mut state, Action::TableListing(Listing::Lines));
        reduce(&mut state, Action::TableFilter("bank timed out".into()));
        state.find.text = "503 bank".into();
        state.tracks.choose(TrackKind::Latency, |place| (place.shown, place.pinned) = (true, true));
        state.tracks.shift(TrackKind::Queues, -3);
        state.tracks.collapse = true;
        state.track = TrackKind::Latency;
        let mut again = first_visit();
        recall(&mut again, &written(&state));
        assert_eq!(written(&again), written(&state));
        assert_eq!(again.table.question, state.table.question);
        assert_eq!((again.tracks, again.track), (state.tracks, state.track));
        recall(&mut again, &untouched);
        assert_eq!(again.speed, first_visit().speed);
    }

    #[test]
    fn what_cannot_be_read_changes_nothing() {
        let mut state = first_visit();
        let before = written(&state);
        for text in [
            "",
            "speed",
            "speed 99",
            "speed x",
            "teapot 7",
            "log",
            "services maybe",
            "tracks +faults",
            "track x",
        ] {
            recall(&mut state, text);
            assert_eq!(written(&state), before, "{text}");
        }
    }
}

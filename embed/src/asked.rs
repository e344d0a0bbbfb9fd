//! What a page asks an embed for, in words: a scenario, a moment, knobs, tracks. What cannot be had is
//! said in a sentence, and the nearest that can is shown.

use half_open::scenario::knob::Unit;
use half_open::scenario::{Knob, Scenario, library};
use half_open::time::{SimDuration, SimTime};
use half_open_view::gallery;
use half_open_view::link::{self, Selection, State};
use half_open_view::tracks::{Arrangement, Place, TrackKind};

/// The most knobs beside one run.
const MOST_KNOBS: usize = 8;
/// How much of a word that is not known is repeated.
const SHOWN: usize = 40;

/// What an embed is asked for, as it was written. Empty means: not asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Words<'a> {
    /// The name of a built-in scenario.
    pub scenario: &'a str,
    /// A link, whole or what stands behind `#s=`.
    pub link: &'a str,
    /// A moment: `6.2s`.
    pub at: &'a str,
    /// Knobs: `timeout, api-bank.jitter`.
    pub controls: &'a str,
    /// Tracks: `breakers, requests`.
    pub tracks: &'a str,
}

/// What an embed shows.
#[derive(Clone, PartialEq, Debug)]
pub struct Asked {
    /// The experiment and the moment.
    pub place: State,
    /// The knobs, in the order in which they were asked for.
    pub knobs: Vec<Knob>,
    /// The tracks, if there are any.
    pub tracks: Option<Arrangement>,
    /// Sentences about what could not be had.
    pub problems: Vec<String>,
}

impl Asked {
    /// Reads what is asked for. There is always something to show.
    #[must_use]
    pub fn read(words: &Words) -> Self {
        let mut problems = Vec::new();
        let mut place = place(words, &mut problems);
        if !words.at.trim().is_empty() {
            match moment(place.experiment.scenario.horizon, words.at) {
                Ok(at) => place.view.at = at,
                Err(problem) => problems.push(problem),
            }
        }
        let scenario = &place.experiment.scenario;
        let knobs = knobs(scenario, place.view.selection, words.controls, &mut problems);
        let tracks = tracks(words.tracks, &mut problems);
        Self { place, knobs, tracks, problems }
    }
}

fn place(words: &Words, problems: &mut Vec<String>) -> State {
    if !words.link.trim().is_empty() {
        match linked(words.link.trim()) {
            Ok(state) => return state,
            Err(problem) => problems.push(problem),
        }
    }
    match gallery::card(words.scenario.trim()) {
        Some(card) => card.moment,
        None => instead(words, problems),
    }
}

fn linked(link: &str) -> Result<State, String> {
    let bare = link.split_once("#s=").map_or(link, |(_, bare)| bare);
    let state = link::decode(bare).map_err(|error| error.to_string())?;
    // Beside another run it would need the room for both.
    Ok(State { ghost: None, pair: None, ..state })
}

/// What is nearest to a name that is not known.
#[cold]
#[inline(never)]
fn instead(words: &Words, problems: &mut Vec<String>) -> State {
    let name = words.scenario.trim();
    let names: Vec<&str> = library::names().map(|(name, _)| name).collect();
    let first = names.first().copied().unwrap_or_default();
    let instead = if name.is_empty() { first } else { nearest(name, &names) };
    if !name.is_empty() {
        problems.push(format!(
            "There is no scenario “{}”; this is “{instead}”. There are {}.",
            short(name),
            names.join(", ")
        ));
    } else if words.link.trim().is_empty() {
        problems.push(format!(
            "Nothing is asked for; this is “{instead}”. Name a scenario: {}.",
            names.join(", ")
        ));
    }
    gallery::card(instead).map_or_else(|| State::new(library::payments()), |card| card.moment)
}

/// A moment of a run of this length.
pub(crate) fn moment(horizon: SimDuration, text: &str) -> Result<SimTime, String> {
    match text.trim().parse::<SimDuration>() {
        Ok(at) if at > horizon => {
            Err(format!("The run is over at {horizon}; there is nothing at {at}."))
        }
        Ok(at) => Ok(SimTime::ZERO + at),
        Err(error) => Err(format!("The moment cannot be read: {error}.")),
    }
}

/// The knobs that a list names. A name without a dot is that of the knob of what is in focus, or else of the
/// first thing that has one.
fn knobs(
    scenario: &Scenario,
    focus: Selection,
    list: &str,
    problems: &mut Vec<String>,
) -> Vec<Knob> {
    let mut found: Vec<Knob> = Vec::new();
    for name in items(list) {
        match find(scenario, focus, name) {
            Ok(knob) if found.contains(&knob) => {}
            Ok(_) if found.len() == MOST_KNOBS => {
                problems.push(format!("There is room for {MOST_KNOBS} controls, so “{}” and what follows is left out.", short(name)));
                break;
            }
            Ok(knob) => found.push(knob),
            Err(problem) => problems.push(problem),
        }
    }
    found
}

/// The knob of this path, or of this name.
pub(crate) fn find(scenario: &Scenario, focus: Selection, name: &str) -> Result<Knob, String> {
    let knob = if name.contains('.') {
        Knob::find(scenario, name).map_err(|problem| format!("{problem}."))?
    } else {
        let all = Knob::all(scenario);
        let mut called = all.iter().filter(|knob| knob.spec().name == name);
        let first = called.clone().next();
        let near = called.find(|knob| is_of(**knob, focus)).or(first);
        *near.ok_or_else(|| unknown(&all, focus, name))?
    };
    match knob.spec().unit {
        Unit::Stack => Err(format!("“{}” is set by drawing, in Half-Open.", short(name))),
        _ => Ok(knob),
    }
}

#[cold]
#[inline(never)]
fn unknown(all: &[Knob], focus: Selection, name: &str) -> String {
    let of_focus = all.iter().filter(|knob| is_of(**knob, focus));
    let mut names: Vec<&str> = of_focus.map(|knob| knob.spec().name).collect();
    if names.is_empty() {
        names = all.iter().map(|knob| knob.spec().name).collect();
        names.sort_unstable();
        names.dedup();
    }
    format!("There is no setting “{}” here; there are {}.", short(name), names.join(", "))
}

fn is_of(knob: Knob, focus: Selection) -> bool {
    match (knob, focus) {
        (Knob::Edge(edge, _), Selection::Edge(other)) => edge == other,
        (Knob::Service(node, _) | Knob::Clients(node, _), Selection::Node(other)) => node == other,
        _ => false,
    }
}

/// The tracks that a list names, each by its name or the beginning of it, in that order.
fn tracks(list: &str, problems: &mut Vec<String>) -> Option<Arrangement> {
    let mut shown: Vec<TrackKind> = Vec::new();
    for name in items(list) {
        let wanted = name.replace('-', " ");
        match TrackKind::ALL.into_iter().find(|kind| kind.name().starts_with(&wanted)) {
            Some(kind) if shown.contains(&kind) => {}
            Some(kind) => shown.push(kind),
            None => {
                let names = TrackKind::ALL.map(TrackKind::name).join(", ");
                problems.push(format!("There is no track “{}”; there are {names}.", short(name)));
            }
        }
    }
    if shown.is_empty() {
        return None;
    }
    let rest = TrackKind::ALL.into_iter().filter(|kind| !shown.contains(kind));
    let places = shown.iter().map(|kind| (*kind, true)).chain(rest.map(|kind| (kind, false)));
    let mut arrangement = Arrangement::default();
    for (place, (kind, shown)) in arrangement.order.iter_mut().zip(places) {
        *place = Place { kind, shown, pinned: false };
    }
    Some(arrangement)
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// The beginning of what somebody wrote.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

/// The name that takes the fewest changes of letters.
fn nearest<'n>(name: &str, names: &[&'n str]) -> &'n str {
    let name = short(name);
    names.iter().min_by_key(|known| distance(&name, known)).copied().unwrap_or_default()
}

/// How many letters have to be put in, taken out or changed.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let changed = before + usize::from(x != y);
            before = row[j + 1];
            row[j + 1] = changed.min(before + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use half_open::scenario::knob::EdgeKnob;

    use super::*;

    fn ask(scenario: &str, controls: &str, tracks: &str) -> Asked {
        Asked::read(&Words { scenario, controls, tracks, ..Words::default() })
    }

    #[test]
    fn a_scenario_is_shown_at_its_moment_unless_another_is_asked_for() {
        let asked = ask("payments", "", "");
        assert_eq!(asked.place, gallery::card("payments").expect("it is built in").moment);
        assert_eq!((asked.tracks, &asked.knobs[..], &asked.problems[..]), (None, &[][..], &[][..]));
        let early = Asked::read(&Words { scenario: "payments", at: "6.2s", ..Words::default() });
        assert_eq!(early.place.view.at, SimTime::from_millis(6_200));
    }

    #[test]
    fn a_link_is_shown_whole_or_bare_and_a_broken_one_is_told() {
        let state = gallery::card("herd").expect("it is built in").moment;
        let bare = link::encode(&state);
        for link in [bare.clone(), format!("https://example.org/demo/#s={bare}")] {
            let asked = Asked::read(&Words { link: &link, ..Words::default() });
            assert_eq!((asked.place, asked.problems), (state.clone(), vec![]));
        }
        let asked = Asked::read(&Words { link: "#s=AAAA", ..Words::default() });
        assert_eq!(asked.place.experiment.scenario.name, "payments");
        assert_eq!(asked.problems, [link::LinkError::Damaged.to_string()]);
    }

    #[test]
    fn short_names_are_those_of_what_is_in_focus() {
        // What is in focus in it is the second call.
        let asked = ask("payments", "timeout, jitter,timeout, bank.workers", "");
        let path = |knob: &Knob| knob.path(&asked.place.experiment.scenario);
        let paths: Vec<String> = asked.knobs.iter().map(path).collect();
        assert_eq!(paths, ["api-bank.timeout", "api-bank.jitter", "bank.workers"]);
        let elsewhere = ask("payments", "rate", "").knobs;
        assert!(matches!(elsewhere[..], [Knob::Clients(0, _)]), "{elsewhere:?}");
    }

    #[test]
    fn what_is_wrong_is_named_together_with_what_there_is() {
        let asked = ask("paymnets", "timeuot,stack,bank.wrkers", "breaker,latnecy");
        assert_eq!(asked.place.experiment.scenario.name, "payments");
        let begins = [
            "There is no scenario “paymnets”; this is “payments”. There are payments, panels,",
            "There is no setting “timeuot” here; there are timeout, attempts,",
            "“stack” is set by drawing, in Half-Open.",
            "bank.wrkers is not a setting; there are bank.workers, bank.queue,",
            "There is no track “latnecy”; there are faults, breakers, arrivals, queue length,",
        ];
        assert_eq!(asked.problems.len(), begins.len());
        for (problem, begin) in asked.problems.iter().zip(begins) {
            assert!(problem.starts_with(begin) && problem.ends_with('.'), "{problem}");
        }
        let late = Asked::read(&Words { scenario: "payments", at: "61s", ..Words::default() });
        assert_eq!(late.problems, ["The run is over at 60 s; there is nothing at 61 s."]);
        let bad = Asked::read(&Words { scenario: "payments", at: "soon", ..Words::default() });
        assert!(bad.problems[0].starts_with("The moment cannot be read: "), "{:?}", bad.problems);
        assert_eq!(Asked::read(&Words::default()).problems.len(), 1);
    }

    #[test]
    fn tracks_are_shown_in_the_order_in_which_they_are_named() {
        let asked = ask("payments", "", "requests, breaker, queue-length, requests");
        let order = asked.tracks.expect("there are some").order;
        let shown = order.iter().filter(|place| place.shown).map(|place| place.kind);
        let wanted = [TrackKind::Requests, TrackKind::Breakers, TrackKind::Queues];
        assert!(shown.eq(wanted));
        assert!(TrackKind::ALL.into_iter().all(|kind| order.iter().any(|p| p.kind == kind)));
    }

    #[test]
    fn there_is_room_for_so_many_knobs() {
        let all: Vec<&str> = EdgeKnob::ALL.iter().map(|k| Knob::Edge(1, *k).spec().name).collect();
        let list =
            all.iter().filter(|name| **name != "stack").copied().collect::<Vec<_>>().join(",");
        let asked = ask("payments", &list, "");
        assert_eq!((asked.knobs.len(), asked.problems.len()), (MOST_KNOBS, 1));
    }
}

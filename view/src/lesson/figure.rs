//! What a lesson says of a run, in words that can be checked: `count "bank timed out" in 4 s..9 s > 20`.
//!
//! What is counted is asked for in the words of the log's filter, so that whoever doubts a number can
//! type them there.

use half_open::policy::breaker::State;
use half_open::run::{Run, Scene, Seeker};
use half_open::scenario::{EdgeId, NodeId, Scenario};
use half_open::time::{SimDuration, SimTime};

use super::Place;
use crate::link::Range;
use crate::numbers::{grouped, percent, short};
use crate::stretch::Stretch;
use crate::table::Filter;

/// Something that can be measured of a run.
#[derive(Clone, PartialEq, Debug)]
pub struct Figure {
    what: What,
    when: Range,
}

#[derive(Clone, PartialEq, Debug)]
enum What {
    /// How many events a filter of the log lets through.
    Count(Filter),
    /// When the first of them happened.
    First(Filter),
    /// A number of a part of the run.
    Part(Part),
    /// A number of a moment, at a place.
    Moment(Moment),
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Part {
    Requests,
    Failed,
    Degraded,
    Success,
    Answered,
    P50,
    P99,
    Amplification,
    Attempts,
    Retries,
    Goodput,
    Charges,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Moment {
    Queue(NodeId),
    Busy(NodeId),
    Waiting(NodeId),
    Breaker(EdgeId),
}

/// What a figure is measured in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Things that are counted.
    Count,
    /// A share, written in percent.
    Share,
    /// A time, in seconds.
    Time,
    /// How many times as much.
    Times,
    /// So many a second.
    Rate,
    /// A state of a breaker, by its place among all.
    State,
}

/// The numbers of a part of a run, by their names.
const PARTS: [(&str, Part, Unit); 12] = [
    ("requests", Part::Requests, Unit::Count),
    ("failed", Part::Failed, Unit::Count),
    ("degraded", Part::Degraded, Unit::Count),
    ("success", Part::Success, Unit::Share),
    ("answered", Part::Answered, Unit::Share),
    ("p50", Part::P50, Unit::Time),
    ("p99", Part::P99, Unit::Time),
    ("amplification", Part::Amplification, Unit::Times),
    ("attempts", Part::Attempts, Unit::Count),
    ("retries", Part::Retries, Unit::Count),
    ("goodput", Part::Goodput, Unit::Rate),
    ("charges", Part::Charges, Unit::Count),
];

/// The states of a breaker, by their names.
const STATES: [(&str, State); 3] =
    [("closed", State::Closed), ("open", State::Open), ("half-open", State::HalfOpen)];

impl Figure {
    /// Reads a figure. Where it does not say when, `whole` is meant.
    ///
    /// # Errors
    /// A sentence about what is wrong in it.
    pub fn read(text: &str, scenario: &Scenario, whole: Range) -> Result<Self, String> {
        let (what, when) = when(text.trim(), whole)?;
        Ok(Self { what: What::read(what.trim(), scenario)?, when })
    }

    /// What it is measured in.
    #[must_use]
    pub fn unit(&self) -> Unit {
        match &self.what {
            What::Count(_) => Unit::Count,
            What::First(_) => Unit::Time,
            What::Part(part) => PARTS
                .iter()
                .find(|(_, known, _)| known == part)
                .map_or(Unit::Count, |found| found.2),
            What::Moment(Moment::Breaker(_)) => Unit::State,
            What::Moment(_) => Unit::Count,
        }
    }

    /// Up to when the run has to be known.
    #[must_use]
    pub const fn until(&self) -> SimTime {
        self.when.to
    }

    /// What it is in a run; none if there was nothing to measure.
    #[must_use]
    pub fn of(&self, run: &Run) -> Option<f64> {
        let Range { from, to } = self.when;
        let log = run.log();
        let first = from
            .nanos()
            .checked_sub(1)
            .map_or(0, |before| log.count_until(SimTime::from_nanos(before)));
        let events = first..log.count_until(to);
        let mut events = events.map(|id| log.event(id));
        match &self.what {
            What::Count(filter) => {
                Some(events.filter(|event| filter.lets_through(run, event)).count() as f64)
            }
            What::First(filter) => {
                events.find(|event| filter.lets_through(run, event)).map(|e| e.at.seconds())
            }
            What::Part(part) => part.of(&Stretch::of(run, self.when)),
            What::Moment(moment) => moment.of(Seeker::new().seek(run, to)),
        }
    }
}

/// What is measured, and when.
fn when(text: &str, whole: Range) -> Result<(&str, Range), String> {
    // Times hold no quotation marks, and what is counted stands between two.
    let after = text.rfind('"').map_or(0, |mark| mark + 1);
    let tail = &text[after..];
    let moment = |text: &str| {
        let since = text.trim().parse::<SimDuration>();
        since.map(|since| SimTime::ZERO + since).map_err(|error| error.to_string())
    };
    if let Some(place) = tail.rfind(" at ") {
        let at = moment(&tail[place + 4..])?;
        return Ok((&text[..after + place], Range { from: at, to: at }));
    }
    let Some(place) = tail.rfind(" in ") else { return Ok((text, whole)) };
    let Some((from, to)) = tail[place + 4..].split_once("..") else {
        return Err("“in” must be followed by two times, as in 4 s..9 s.".into());
    };
    let range = Range { from: moment(from)?, to: moment(to)? };
    if range.to < range.from {
        return Err(format!("The time {}..{} ends before it begins.", from.trim(), to.trim()));
    }
    Ok((&text[..after + place], range))
}

impl What {
    fn read(text: &str, scenario: &Scenario) -> Result<Self, String> {
        let quoted = |rest: &str| {
            let words = rest.trim().strip_prefix('"')?.strip_suffix('"')?;
            Some(Filter::read(words, scenario))
        };
        if let Some(filter) = text.strip_prefix("count ").and_then(quoted) {
            return filter.map(Self::Count);
        }
        if let Some(filter) = text.strip_prefix("first ").and_then(quoted) {
            return filter.map(Self::First);
        }
        if let Some((_, part, _)) = PARTS.iter().find(|(name, ..)| *name == text) {
            return Ok(Self::Part(*part));
        }
        if let Some((name, place)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) {
            return Moment::read(name.trim(), place.trim(), scenario).map(Self::Moment);
        }
        let names: Vec<&str> = PARTS.iter().map(|(name, ..)| *name).collect();
        Err(format!(
            "“{text}” cannot be measured: there is count \"…\", first \"…\", {}, queue(…), busy(…), \
             waiting(…) and breaker(…).",
            names.join(", ")
        ))
    }
}

impl Moment {
    fn read(name: &str, place: &str, scenario: &Scenario) -> Result<Self, String> {
        let node = || match Place::find(scenario, place) {
            Some(Place::Node(node)) => Ok(node),
            _ => Err(format!("There is no “{place}” in this system.")),
        };
        let edge = || match Place::find(scenario, place) {
            Some(Place::Edge(edge)) => Ok(edge),
            _ => Err(format!("There is no call “{place}” in this system.")),
        };
        match name {
            "queue" => node().map(Self::Queue),
            "busy" => node().map(Self::Busy),
            "waiting" => node().map(Self::Waiting),
            "breaker" => edge().map(Self::Breaker),
            _ => Err(format!("“{name}” is nothing that a place has.")),
        }
    }

    fn of(self, scene: &Scene) -> Option<f64> {
        let station = |node: NodeId| scene.stations.get(usize::from(node));
        match self {
            Self::Queue(node) => station(node).map(|station| station.queue.len() as f64),
            Self::Busy(node) => station(node).map(|station| station.busy() as f64),
            Self::Waiting(node) => Some(scene.clients_waiting(node) as f64),
            Self::Breaker(edge) => {
                let state = scene.lines.get(usize::from(edge))?.breaker.state();
                STATES.iter().position(|(_, known)| *known == state).map(|place| place as f64)
            }
        }
    }
}

impl Part {
    fn of(self, part: &Stretch) -> Option<f64> {
        let count = |n: u32| Some(f64::from(n));
        let seconds = part.range.to.since(part.range.from).seconds();
        let answered = part.succeeded + part.degraded;
        let share = |n: u32| (part.finished > 0).then(|| f64::from(n) / f64::from(part.finished));
        match self {
            Self::Requests => count(part.requests),
            Self::Failed => count(part.finished - answered),
            Self::Degraded => count(part.degraded),
            Self::Success => share(part.succeeded),
            Self::Answered => share(answered),
            Self::P50 => part.latency[0].map(SimDuration::seconds),
            Self::P99 => part.latency[2].map(SimDuration::seconds),
            Self::Amplification => part.amplification,
            Self::Attempts => count(part.attempts),
            Self::Retries => count(part.retries),
            Self::Goodput => (seconds > 0.0).then(|| f64::from(part.succeeded) / seconds),
            Self::Charges => count(part.charges),
        }
    }
}

impl Unit {
    /// Reads a value: `95 %`, `200 ms`, `open`.
    ///
    /// # Errors
    /// A sentence about what is expected.
    pub fn read(self, text: &str) -> Result<f64, String> {
        let text = text.trim();
        let number = |text: &str| {
            let plain = text.trim().replace(',', "");
            plain.parse::<f64>().ok().filter(|number| number.is_finite())
        };
        let value = match self {
            Self::Count => number(text),
            Self::Share => text.strip_suffix('%').and_then(number).map(|percent| percent / 100.0),
            Self::Time => text.parse::<SimDuration>().ok().map(SimDuration::seconds),
            Self::Times => number(text.strip_suffix('×').unwrap_or(text)),
            Self::Rate => number(text.strip_suffix("/s").unwrap_or(text)),
            Self::State => {
                STATES.iter().position(|(name, _)| *name == text).map(|place| place as f64)
            }
        };
        let expected = match self {
            Self::Count => "a number",
            Self::Share => "a share such as 95 %",
            Self::Time => "a time such as 200 ms",
            Self::Times => "a factor such as 3.5×",
            Self::Rate => "a rate such as 20/s",
            Self::State => "closed, open or half-open",
        };
        value.ok_or_else(|| format!("“{text}” must be {expected}."))
    }

    /// Writes a value as people read it.
    #[must_use]
    pub fn show(self, value: f64) -> String {
        match self {
            Self::Count => grouped((value.max(0.0) + 0.5) as u64),
            Self::Share => percent(value),
            Self::Time => short(SimDuration::from_nanos_f64(value * 1e9)),
            Self::Times => format!("{value:.1}×"),
            Self::Rate => format!("{value:.1}/s"),
            Self::State => STATES.get(value as usize).map_or("", |(name, _)| name).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use half_open::run::Limits;
    use half_open::scenario::library;

    use super::*;
    use crate::lesson::Claim;

    const WHOLE: Range = Range { from: SimTime::ZERO, to: SimTime::from_millis(16_000) };

    fn payments() -> Run {
        Run::new(library::payments(), Limits::default())
    }

    fn figure(run: &Run, text: &str) -> f64 {
        let figure = Figure::read(text, &run.experiment().scenario, WHOLE).expect(text);
        figure.of(run).expect("something to measure")
    }

    #[test]
    fn what_is_counted_is_what_the_log_lists_and_parts_add_up() {
        let run = payments();
        let both = figure(&run, "count \"arrived\" in 0 s..8 s");
        let first = figure(&run, "count \"arrived\" in 0 s..4 s");
        // The instant between them belongs to one of them only.
        let second = figure(&run, "count \"arrived\" in 4000000001 ns..8 s");
        assert_eq!(first + second, both);
        assert_eq!(figure(&run, "requests in 0 s..8 s"), both);
        assert!(both > 400.0, "{both}");
        let opened = figure(&run, "first \"opened\"");
        assert!((4.0..6.0).contains(&opened), "{opened}");
    }

    #[test]
    fn moments_have_their_numbers() {
        let run = payments();
        assert_eq!(figure(&run, "breaker(api-bank) at 1 s"), 0.0);
        assert_eq!(figure(&run, "breaker(api-bank) at 5.2 s"), 1.0);
        assert_eq!(figure(&run, "queue(ledger) at 5 s"), 0.0);
        assert_eq!(figure(&run, "busy(bank) at 4.3 s"), 10.0);
        assert!(figure(&run, "waiting(clients) at 9 s") > 5.0);
    }

    #[test]
    fn who_gets_an_answer_that_lacks_a_part_has_not_failed() {
        let run = Run::new(library::panels(), Limits::default());
        let [all, degraded, failed] = ["requests", "degraded", "failed"]
            .map(|name| figure(&run, &format!("{name} in 12 s..13 s")));
        assert!(degraded > 0.8 * all, "{degraded} of {all}");
        assert_eq!(failed, 0.0);
        assert_eq!(figure(&run, "answered in 12 s..13 s"), 1.0);
        assert!(figure(&run, "success in 12 s..13 s") < 0.1);
    }

    #[test]
    fn a_claim_holds_only_where_the_run_bears_it_out() {
        let run = payments();
        let claim = |text: &str| {
            let claim = Claim::read(text, &run.experiment().scenario, WHOLE);
            claim.expect(text).holds(&run)
        };
        for text in [
            "success in 0 s..4 s = 100 %",
            "p99 in 0 s..3 s < 400 ms",
            "breaker(api-bank) at 5.2 s = open",
            "count \"bank timed out\" in 4 s..5.2 s >= 5",
            "amplification in 4 s..9 s > 1.2×",
            "first \"opened\" < 5.5 s",
            "goodput in 0 s..4 s > 40/s",
        ] {
            assert!(claim(text), "{text}");
        }
        for text in [
            "success in 4 s..9 s = 100 %",
            "breaker(api-bank) at 5.2 s = closed",
            "count \"bank timed out\" in 0 s..3 s != 0",
            "p99 in 0 s..0 s < 1 s",
        ] {
            assert!(!claim(text), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_in_a_claim_is_said() {
        let scenario = library::payments().scenario;
        let said = |text| Claim::read(text, &scenario, WHOLE).expect_err(text);
        assert!(said("success").contains("compares nothing"));
        assert!(said("beauty > 3").starts_with("“beauty” cannot be measured: there is count"));
        assert!(said("count \"bnak\" > 3").starts_with("“bnak” means nothing here."));
        assert_eq!(said("queue(shop) = 0"), "There is no “shop” in this system.");
        assert_eq!(said("breaker(api-shop) = open"), "There is no call “api-shop” in this system.");
        assert_eq!(said("breaker(api-bank) = ajar"), "“ajar” must be closed, open or half-open.");
        assert_eq!(said("success in 9 s..4 s > 1 %"), "The time 9 s..4 s ends before it begins.");
        assert_eq!(said("p99 = 3"), "“3” must be a time such as 200 ms.");
    }
}

//! What makes a number what it is: the counts it consists of, and where they come from.

use half_open::log::{Event, EventId, Kind, RequestId};
use half_open::run::{Loss, Run, Scene, ids};
use half_open::scenario::EdgeId;
use half_open::time::SimDuration;

use crate::explain::{Link, why_event, why_not, why_slow};
use crate::numbers::{Numbers, short};
use crate::roll::Roll;

/// Of how many failures the beginnings are counted, the latest ones.
const TRACED: usize = 60;
/// How many beginnings are named, the most frequent ones.
const NAMED: usize = 3;
/// How many lines are, the busiest ones.
const LINES: usize = 4;

/// What makes a number.
#[derive(Clone, PartialEq, Debug)]
pub struct Account {
    /// What is asked: `Why 94.2 %?`
    pub question: String,
    /// What it consists of.
    pub parts: Vec<Part>,
    /// Where the call went that decides it, if one does.
    pub links: Vec<Link>,
}

/// A count in a sentence.
#[derive(Clone, PartialEq, Debug)]
pub struct Part {
    /// The sentence, without a full stop.
    pub text: String,
    /// What was counted.
    pub of: Option<Counted>,
}

/// What stands behind a count.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Counted {
    /// A list.
    List(Roll),
    /// One event.
    Event(EventId),
}

fn part(text: String, of: impl Into<Option<Counted>>) -> Part {
    Part { text, of: of.into() }
}

/// What makes the number that a list stands behind, if there is one.
#[must_use]
pub fn account(run: &Run, scene: &Scene, roll: Roll) -> Option<Account> {
    let numbers = Numbers::of(scene);
    let (number, parts, links) = match roll {
        Roll::Finished => (numbers.success_text(), success(run, scene)?, Vec::new()),
        Roll::Latency => {
            let (parts, links) = latency(run, scene)?;
            (numbers.p99_text(), parts, links)
        }
        Roll::Attempts => (numbers.amplification_text(), amplification(scene)?, Vec::new()),
        Roll::Charges => {
            let (parts, links) = charges(run, scene);
            (numbers.charges_text(), parts, links)
        }
        _ => return None,
    };
    Some(Account { question: format!("Why {number}?"), parts, links })
}

/// Who succeeded, how the others failed, and what that began with.
fn success(run: &Run, scene: &Scene) -> Option<Vec<Part>> {
    let totals = &scene.totals;
    let all = totals.finished();
    if all == 0 {
        return None;
    }
    let mut parts = vec![part(format!("{} of {all} succeeded", totals.succeeded), None)];
    if totals.degraded > 0 {
        let text = format!("{} had to do without a part", totals.degraded);
        parts.push(part(text, Counted::List(Roll::Degraded)));
    }
    for (loss, count) in Loss::ALL.into_iter().zip(totals.lost) {
        if count > 0 {
            parts
                .push(part(format!("{count} {}", loss.words()), Counted::List(Roll::Failed(loss))));
        }
    }
    let failed = |event: &Event| Loss::of(event).is_some() || event.status().is_degraded();
    let ends = Roll::Finished.latest_of(run, scene.events, TRACED, failed);
    let mut begun: Vec<(u32, Link)> = Vec::new();
    for end in &ends {
        let Some(root) = why_event(run, end.id).links.pop() else { continue };
        match begun.iter_mut().find(|(_, link)| link.text == root.text) {
            Some((count, _)) => *count += 1,
            None => begun.push((1, root)),
        }
    }
    for _ in 0..NAMED {
        let Some((count, root)) = take_most(&mut begun, |(count, _)| *count) else { break };
        let text = format!("{count} of the last {} began with: {}", ends.len(), root.text);
        parts.push(part(text, root.event.map(Counted::Event)));
    }
    Some(parts)
}

/// Takes out the first of those with the highest count.
fn take_most<T>(of: &mut Vec<T>, count: fn(&T) -> u32) -> Option<T> {
    let most = of.iter().map(count).max()?;
    let place = of.iter().position(|one| count(one) == most)?;
    Some(of.remove(place))
}

/// The request that took what no more than one in a hundred exceeds, and where its time went.
fn latency(run: &Run, scene: &Scene) -> Option<(Vec<Part>, Vec<Link>)> {
    let log = run.log();
    let mut took = Vec::new();
    let mut high = 0;
    for (request, row) in run.index().rows() {
        if let Some(over) = row.over.filter(|over| *over <= scene.at) {
            let length = over.since(log.at(row.first)).nanos();
            took.push((length, request));
            high = high.max(length);
        }
    }
    let all = took.len();
    let most = (all * 99).div_ceil(100);
    // The shortest time that so many did not exceed, found by halves: sorting would be as slow, and
    // kilobytes of code.
    let within = |most: u64| took.iter().filter(|(length, _)| *length <= most).count();
    let mut low = 0;
    while low < high {
        let middle = low + (high - low) / 2;
        if within(middle) < most { low = middle + 1 } else { high = middle }
    }
    let (length, request) = *took.iter().find(|(length, _)| *length == low)?;
    let (length, longer) = (SimDuration::from_nanos(length), all - within(length));
    let end = end_of(run, request)?;
    let id = ids::short_id(run, request);
    let text = format!("request {id} took {}; {} of {all} took longer", short(length), longer);
    let mut parts = vec![part(text, Counted::Event(end))];
    // What its last attempt took is not all of it.
    let row = run.index().requests.get(request as usize)?;
    let waits = (row.first..end).map(|id| log.event(id)).filter(|event| {
        event.kind == Kind::BackedOff
            && log.span(event.subject).by_client
            && log.request_of(event.subject) == request
    });
    let waited = waits.fold(SimDuration::ZERO, |all, event| all + event.duration());
    if waited > SimDuration::ZERO {
        let text = format!("{} of this it waited between attempts", short(waited));
        parts.push(part(text, Counted::List(Roll::Request(request))));
    }
    Some((parts, why_slow(run, end)))
}

/// The event with which a request ended for its client.
fn end_of(run: &Run, request: RequestId) -> Option<EventId> {
    let row = run.index().requests.get(request as usize)?;
    let mut events = (row.first..=row.last).rev().map(|id| run.log().event(id));
    let end = events.find(|event| {
        Roll::Finished.holds(run, event) && run.log().request_of(event.subject) == request
    });
    end.map(|event| event.id)
}

/// How many calls there were over each line, for how many requests.
fn amplification(scene: &Scene) -> Option<Vec<Part>> {
    let requests = Some(scene.totals.requests).filter(|requests| *requests > 0)?;
    let mut lines: Vec<(EdgeId, u32, u32)> =
        (0u8..).zip(&scene.lines).map(|(edge, line)| (edge, line.sent, line.again)).collect();
    let mut parts = vec![part(format!("{requests} requests began"), None)];
    for _ in 0..LINES {
        let Some((edge, sent, again)) = take_most(&mut lines, |(_, sent, _)| *sent) else { break };
        let text = format!("{sent} calls over {}", scene.scenario.edge_name(edge));
        parts.push(part(text, Counted::List(Roll::Sent(edge))));
        if again > 0 {
            let text = format!("{again} of these were not the first attempt");
            parts.push(part(text, Counted::List(Roll::Again(edge))));
        }
    }
    Some(parts)
}

/// Charges, what was replayed instead, and why somebody was charged twice.
fn charges(run: &Run, scene: &Scene) -> (Vec<Part>, Vec<Link>) {
    let ledger = &scene.ledger;
    let mut parts =
        vec![part(format!("{} charges for {} orders", ledger.charges, ledger.orders), None)];
    let replays = scene.totals.replays;
    if replays > 0 {
        let plural = if replays == 1 { "answer" } else { "answers" };
        parts.push(part(
            format!("{replays} stored {plural} replayed instead of working again"),
            None,
        ));
    }
    let Some(twice) = ledger.notable().find(|receipt| receipt.double) else {
        parts.push(part("nobody was charged twice".to_owned(), None));
        return (parts, Vec::new());
    };
    let id = ids::short_id(run, twice.request);
    let text = format!("request {id} was charged again at {}", twice.at.short());
    parts.push(part(text, Counted::Event(twice.event)));
    // What did not hold it back.
    let whys = why_not(run, twice.request, twice.at).into_iter();
    let links = whys.map(|why| why.links).next().unwrap_or_default();
    (parts, links)
}

#[cfg(test)]
mod tests {
    use super::*;
    use half_open::run::{Limits, Seeker};
    use half_open::scenario::library;
    use half_open::time::SimTime;

    fn payments() -> Run {
        let mut experiment = library::payments();
        experiment.scenario.horizon = SimDuration::from_secs(16);
        Run::new(experiment, Limits::default())
    }

    fn number(text: &str) -> u32 {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().expect("it begins with a number")
    }

    /// What a count says is how many its list holds.
    fn agrees(run: &Run, until: EventId, account: &Account) {
        for part in &account.parts {
            match part.of {
                Some(Counted::List(Roll::Request(_))) => assert!(part.text.contains("waited")),
                Some(Counted::List(roll)) => {
                    let listed = roll.latest(run, until, usize::MAX).len() as u32;
                    assert_eq!(number(&part.text), listed, "{}", part.text);
                }
                Some(Counted::Event(event)) => assert!(event < until, "{part:?}"),
                None => {}
            }
        }
    }

    #[test]
    fn every_number_is_made_of_counts_that_agree_with_their_lists() {
        let run = payments();
        let mut seeker = Seeker::new();
        for ms in [1_000, 4_600, 7_000, 16_000] {
            let scene = seeker.seek(&run, SimTime::from_millis(ms));
            for roll in [Roll::Finished, Roll::Latency, Roll::Attempts, Roll::Charges] {
                let account = account(&run, scene, roll).expect("there is something to count");
                agrees(&run, scene.events, &account);
            }
        }
    }

    #[test]
    fn what_success_lost_is_told_by_its_ways_and_by_what_it_began_with() {
        let run = payments();
        let mut seeker = Seeker::new();
        let scene = seeker.seek(&run, SimTime::from_millis(7_000));
        let account = account(&run, scene, Roll::Finished).expect("some are finished");
        assert_eq!(account.question, format!("Why {}?", Numbers::of(scene).success_text()));
        let lost = account.parts.iter().filter(|part| matches!(part.of, Some(Counted::List(_))));
        assert_eq!(lost.map(|part| number(&part.text)).sum::<u32>(), scene.totals.failed);
        let fault = account.parts.last().expect("a beginning");
        assert!(
            fault.text.ends_with("began with: fault “slow ×7” on bank since 4.00 s"),
            "{fault:?}"
        );
    }

    #[test]
    fn the_request_behind_a_percentile_took_what_it_says() {
        let run = payments();
        let mut seeker = Seeker::new();
        let scene = seeker.seek(&run, SimTime::from_millis(7_000));
        let account = account(&run, scene, Roll::Latency).expect("some are finished");
        let Some(Counted::Event(end)) = account.parts[0].of else { panic!("a request") };
        let request = run.log().request_of(run.log().event(end).subject);
        let took =
            run.log().at(end).since(run.log().at(run.index().requests[request as usize].first));
        assert!(account.parts[0].text.contains(&format!("took {};", short(took))));
        let shown = Numbers::of(scene).p99.expect("a percentile");
        assert!((shown.seconds() / took.seconds() - 1.0).abs() < 0.01);
        assert!(!account.links.is_empty());
    }

    #[test]
    fn a_second_charge_says_what_did_not_hold_it_back() {
        use half_open::policy::idempotency::KeyStrategy;
        let mut experiment = library::payments();
        experiment.scenario.edges[0].policy.keys = KeyStrategy::PerAttempt;
        experiment.scenario.horizon = SimDuration::from_secs(16);
        let run = Run::new(experiment, Limits::default());
        let mut seeker = Seeker::new();
        let scene = seeker.seek(&run, run.end());
        let account = account(&run, scene, Roll::Charges).expect("charges");
        assert!(account.parts.iter().any(|part| part.text.contains("was charged again at ")));
        assert_eq!(account.links[0].text, "each attempt had a key of its own");
    }
}

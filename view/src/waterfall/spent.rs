//! What the time of an attempt is spent on.

use super::row::Row;
use half_open::log::{Event, Kind};
use half_open::time::SimTime;

/// A part of the time of an attempt.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stretch {
    /// On what.
    pub spent: Spent,
    /// Since when.
    pub from: SimTime,
    /// Until when.
    pub to: SimTime,
    /// Whether its caller had given up by then: this is work for nobody.
    pub in_vain: bool,
}

/// What an attempt spends its time on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spent {
    /// The request is on its way.
    Way,
    /// It waits for a worker, or for a place in the bulkhead before it.
    Queue,
    /// A worker is at it.
    Work,
    /// The worker waits for another service.
    Wait,
    /// The response is on its way, with good news or bad.
    Back(bool),
    /// Its caller waits before this attempt, because the one before it failed.
    Backoff,
}

/// Finds out what an attempt spends its time on, and where the calls that are made for it belong.
pub(super) fn spend(attempts: &mut [Row], place: usize, calls: &[usize], end: SimTime) {
    let first_call = calls.first().map(|call| attempts[*call].from());
    let row = &mut attempts[place];
    let when = |kind| row.events.iter().find(|event| event.kind == kind).map(|event| event.at);
    let gave_up = when(Kind::TimedOut).or(when(Kind::Overtaken)).or(when(Kind::Duplicated));
    let lost = when(Kind::WorkLost).or(when(Kind::Cancelled));
    row.stretches = stretches(row.waited_since, &row.events, end);
    split(&mut row.stretches, first_call, |stretch| {
        if stretch.spent == Spent::Work {
            stretch.spent = Spent::Wait;
        }
    });
    split(&mut row.stretches, gave_up.or(row.abandoned), |stretch| stretch.in_vain = true);
    let call = |row: &Row| (row.edge, row.caller, row.by_client);
    let (waits_from, below, mine) = (when(Kind::BackedOff), row.depth.saturating_add(1), call(row));
    // The wait after a failure belongs to the attempt that follows, if there is one.
    if waits_from.is_some()
        && let Some(next) = attempts[place + 1..].iter_mut().find(|next| call(next) == mine)
    {
        next.waited_since = waits_from;
    }
    for call in calls {
        // A service that lost its work no longer waits for anything.
        attempts[*call].abandoned = lost;
        if attempts[*call].depth == 0 {
            attempts[place].cut = true;
        } else {
            attempts[*call].depth = below;
        }
    }
}

/// Changes what comes after a moment.
fn split(stretches: &mut Vec<Stretch>, at: Option<SimTime>, change: fn(&mut Stretch)) {
    let Some(at) = at else { return };
    let mut after = Vec::new();
    for stretch in stretches.iter_mut().filter(|stretch| stretch.to > at) {
        let mut rest = Stretch { from: stretch.from.max(at), ..*stretch };
        stretch.to = stretch.from.max(at);
        change(&mut rest);
        after.push(rest);
    }
    stretches.retain(|stretch| stretch.to > stretch.from);
    stretches.extend(after);
}

/// What the events of an attempt say it spends its time on; `end` is as far as the run is known.
fn stretches(waited_since: Option<SimTime>, events: &[Event], end: SimTime) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut open = waited_since.map(|since| (Spent::Backoff, since));
    for event in events {
        let spent = match event.kind {
            Kind::Sent | Kind::Duplicated => Some(Spent::Way),
            Kind::Held | Kind::Queued => Some(Spent::Queue),
            Kind::Started => Some(Spent::Work),
            Kind::Verdict if !event.verdict().is_after_work() => Some(Spent::Work),
            Kind::Responded => Some(Spent::Back(event.status().is_success())),
            Kind::Rejected | Kind::RequestLost | Kind::ResponseLost => None,
            Kind::WorkLost | Kind::Cancelled | Kind::Answered | Kind::AnsweredLate => None,
            _ => continue,
        };
        close(&mut stretches, open, event.at);
        open = spent.map(|spent| (spent, event.at));
    }
    close(&mut stretches, open, end);
    stretches
}

fn close(stretches: &mut Vec<Stretch>, open: Option<(Spent, SimTime)>, to: SimTime) {
    if let Some((spent, from)) = open.filter(|(_, from)| *from < to) {
        stretches.push(Stretch { spent, from, to, in_vain: false });
    }
}

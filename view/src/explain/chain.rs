//! The chain behind an event, as far as somebody wants to read.

use super::sentence::{self, Place};
use super::walk::{Step, back};
use super::{Link, Tone, root};
use half_open::log::{Event, Kind};
use half_open::run::{RequestRow, Run};

/// How many links a chain has at most.
const LONGEST: usize = 8;
/// How many of a longer one are told before the steps that are only counted.
const FIRST: usize = 4;

/// The chain that ends with this event. The last link is where it began.
pub(super) fn from(run: &Run, event: Event) -> Vec<Link> {
    let waits = matches!(event.kind, Kind::Sent | Kind::Started);
    told(run, Step { event, told: true, slow: waits })
}

/// Where the time went that it took to get here.
pub(super) fn slow(run: &Run, event: Event) -> Vec<Link> {
    told(run, Step { event, told: true, slow: true })
}

fn told(run: &Run, first: Step) -> Vec<Link> {
    let steps = back(run, first);
    let begun = steps.last().and_then(|step| root::of(run, step));
    let told: Vec<&Step> = steps.iter().filter(|step| step.told).collect();
    // A breaker takes two links, so that few steps may be too many.
    let mut links = Vec::new();
    if told.len() <= LONGEST {
        links = told.iter().flat_map(|step| about(run, step)).collect();
    }
    if links.is_empty() || links.len() + usize::from(begun.is_some()) > LONGEST {
        links = shortened(run, &told);
    }
    links.extend(begun);
    links
}

/// The beginning and the end of a long chain, and how much there is between them.
fn shortened(run: &Run, told: &[&Step]) -> Vec<Link> {
    let Some((end, steps)) = told.split_last() else { return Vec::new() };
    let (mut links, mut steps) = (Vec::new(), steps.iter());
    while links.len() < FIRST
        && let Some(step) = steps.next()
    {
        links.extend(about(run, step));
    }
    let count = steps.len();
    if let Some(next) = steps.next() {
        let plural = if count == 1 { "" } else { "s" };
        let text = format!("… {count} more step{plural} before that");
        links.push(Link::new(Some(next.event.id), next.event.at, text, Tone::Request));
    }
    links.extend(about(run, end));
    links
}

fn about(run: &Run, step: &Step) -> Vec<Link> {
    sentence::about(&Place::of(run, &step.event), step)
}

/// That somebody sent this request by hand, if somebody did.
pub(super) fn by_hand(run: &Run, request: &RequestRow) -> Option<Link> {
    let log = run.log();
    let sent = log.event(log.event(request.first).cause().filter(|_| request.by_hand)?);
    about(run, &Step { event: sent, told: true, slow: false }).pop()
}

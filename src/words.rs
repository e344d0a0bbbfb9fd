//! What was done and what happened, in words.

use half_open::log::{Event, Kind, StatusCode, unpack_transition};
use half_open::policy::breaker::State;
use half_open::run::Run;
use half_open::scenario::knob::Unit;
use half_open::scenario::{Change, Experiment, Fault, FaultKind, Knob, Scenario, Target};
use half_open::time::SimTime;
use half_open_view::diagram::like;
use half_open_view::explain::whose;
use half_open_view::link::Selection;
use half_open_view::numbers::tenths;

/// What an intervention does: `bank: slow ×7`.
#[must_use]
pub(crate) fn change(scenario: &Scenario, change: &Change) -> String {
    match change {
        Change::Set { knob, value } => {
            format!("{} {}", self::knob(scenario, *knob), knob.spec().unit.show(*value))
        }
        Change::Breaker { edge, action } => {
            format!("{}: breaker {}", scenario.edge_name(*edge), action.done())
        }
        Change::Fault(fault) => fault_of(scenario, fault),
        Change::Struck(fault) => format!("chaos: {}", fault_of(scenario, fault)),
        Change::Chaos(chaos) => chaos.label(),
        Change::Drop { request, edge } => {
            format!("{}: message of request {request} dropped", scenario.edge_name(*edge))
        }
        Change::Send(hand) => {
            let key = hand.key.as_deref().map_or("no key".into(), |key| format!("key {key}"));
            let dropped = if hand.lose_response { ", response dropped" } else { "" };
            format!("client {}: {} {}, {key}{dropped}", hand.client, hand.method, hand.path)
        }
        Change::SetBreaker { edge, settings } => {
            format!("{}: breaker set {}", scenario.edge_name(*edge), like(settings))
        }
        Change::Burst(node) => {
            let count = scenario.clients(*node).map_or(0, |clients| clients.count);
            format!("{count} requests at once")
        }
    }
}

/// Which knob of what: `api → bank: per attempt`.
#[must_use]
pub(crate) fn knob(scenario: &Scenario, knob: Knob) -> String {
    let path = knob.path(scenario);
    let owner = path.split('.').next().unwrap_or_default().replace('-', " → ");
    format!("{owner}: {}", knob.spec().label)
}

/// What was done to an experiment to make it another one: `timeout 800 ms at 12.3 s`.
#[must_use]
pub(crate) fn difference(before: &Experiment, after: &Experiment) -> String {
    let (old, new) = (&before.scenario, &after.scenario);
    if old.name != new.name {
        return new.title.clone();
    }
    if before.seed != after.seed {
        return format!("seed {}", after.seed);
    }
    let other = |knob: &Knob| knob.get(old) != knob.get(new);
    if let Some(knob) = Knob::all(new).into_iter().find(other) {
        let value = knob.get(new).unwrap_or_default();
        return format!("{} from the start", setting(knob, value));
    }
    let lacks = |list: &[_], one| !list.contains(one);
    let (was, is) = (&before.interventions, &after.interventions);
    if let Some(done) = is.iter().find(|done| lacks(was, done)) {
        let what = match &done.change {
            Change::Set { knob, value } => setting(*knob, *value),
            Change::Breaker { action, .. } => format!("breaker {}", action.done()),
            other => change(new, other),
        };
        return format!("{what} at {}", tenths(done.at.since(SimTime::ZERO)));
    }
    let gone = was.iter().find(|done| lacks(is, done));
    gone.map_or_else(String::new, |gone| format!("without {}", change(old, &gone.change)))
}

fn setting(knob: Knob, value: f64) -> String {
    let spec = knob.spec();
    format!("{} {}", spec.name.replace('_', " "), spec.unit.show(value))
}

/// What is broken, and where.
#[must_use]
pub(crate) fn fault_of(scenario: &Scenario, fault: &Fault) -> String {
    format!("{}: {}", target(scenario, fault.target), fault.kind.label())
}

/// Where a fault strikes.
#[must_use]
pub(crate) fn target(scenario: &Scenario, target: Target) -> String {
    match target {
        Target::Node(node) => scenario.node_name(node).to_owned(),
        Target::Edge(edge) => scenario.edge_name(edge),
    }
}

/// What the size of a fault is called.
#[must_use]
pub(crate) const fn size(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "share",
        Unit::Duration(_) => "by",
        _ => "times",
    }
}

/// What a fault does, in a few words of its own.
#[must_use]
pub(crate) const fn fault_title(kind: &FaultKind) -> &'static str {
    match kind {
        FaultKind::Slow(_) => "Work takes several times as long",
        FaultKind::Errors(_) => "A share of the work is answered 500",
        FaultKind::FailFast => "Everything is answered 503 at once",
        FaultKind::Hang => "Work begins and does not end",
        FaultKind::Crash { keep_state: true } => "Down; its memory survives",
        FaultKind::Crash { keep_state: false } => "Down; its memory is lost",
        FaultKind::LoseRequests(_) => "A share of the requests vanishes",
        FaultKind::LoseResponses(_) => "A share of the responses vanishes",
        FaultKind::LoseNextResponse => "The next response vanishes, and only that",
        FaultKind::Duplicate(_) => "A share of the requests arrives twice",
        FaultKind::Partition => "Nothing gets through, either way",
        FaultKind::Delay(_) => "Every message takes longer, either way",
        FaultKind::FewerWorkers(_) => "A share of the workers is gone",
        FaultKind::FlushCache => "Every answer in its cache is lost, once",
        FaultKind::ForgetKeys => "Every stored idempotency key is lost, once",
    }
}

/// What happened: `timed out, api → bank`.
#[must_use]
pub(crate) fn event(run: &Run, event: Event) -> String {
    let scenario = &run.experiment().scenario;
    let name = match (event.kind, event.kind.is_of_span()) {
        (Kind::Answered | Kind::AnsweredLate | Kind::Responded, _) => match event.status() {
            StatusCode::Http(status) => format!("{} {}", event.kind.name(), status.0),
            StatusCode::ConnectionFailed => "connection failed".to_owned(),
        },
        (Kind::Arrived, _) => {
            let client = run.log().request(event.subject).client;
            format!("{} begins a request", scenario.client_name(client))
        }
        (Kind::Breaker, _) => return breaker(scenario, event),
        (Kind::Intervention | Kind::FaultEnded, _) => {
            let interventions = &run.experiment().interventions;
            let what = interventions.get(event.subject as usize);
            let what = what.map_or_else(String::new, |i| change(scenario, &i.change));
            return if event.kind == Kind::FaultEnded { format!("{what}, over") } else { what };
        }
        _ => event.kind.name().to_owned(),
    };
    match event.span() {
        Some(span) => format!("{name}, {}", scenario.edge_name(run.log().span(span).edge)),
        None => name,
    }
}

/// Which breaker moved, where to, and why.
fn breaker(scenario: &Scenario, event: Event) -> String {
    let (to, reason, ..) = unpack_transition(event.payload);
    let now = match to {
        State::Closed => "closed: letting calls through",
        State::Open => "open: failing fast",
        State::HalfOpen => "half-open: one probe",
        State::ForcedOpen => "held open",
        State::Disabled => "held closed",
        State::MetricsOnly => "only counting",
    };
    let whose = whose(scenario, event.breaker());
    let edge = scenario.edge_name(event.breaker().0);
    format!("breaker {edge}{whose} is {now}, because {}", reason.because())
}

/// What can be selected.
#[must_use]
pub(crate) fn selection(scenario: &Scenario, selection: Selection) -> String {
    match selection {
        Selection::Nothing => String::new(),
        Selection::Edge(edge) => format!("the line {}", scenario.edge_name(edge)),
        Selection::Node(node) => scenario.node_name(node).to_owned(),
        Selection::Client(client) => scenario.client_name(client),
        Selection::Request(request) => format!("request {request}"),
        Selection::Event(event) => format!("event {event}"),
        Selection::Intervention(index) => format!("change {}", index + 1),
    }
}

//! Drawing: whatever is drawn can be run, what was there keeps meaning the same things, and what
//! cannot be drawn is said in a sentence and changes nothing.

use half_open::policy::breaker::{Action, Preset};
use half_open::policy::fallback;
use half_open::run::{ClientScene, Limits, Run, Seeker, ids};
use half_open::scenario::knob::{EdgeKnob, ServiceKnob};
use half_open::scenario::{
    Change, Chaos, Edit, Experiment, Fault, FaultKind, Intervention, Knob, POPULATION, Role,
    Target, library,
};
use half_open::time::SimTime;
use proptest::prelude::*;

/// Edits of any kind, sensible or not.
fn edits() -> impl Strategy<Value = Edit> {
    let node = || 0u8..10;
    let name = prop::sample::select(&["api", "bank", "a_b2", "", " spaced ", "hy-phen"][..]);
    prop_oneof![
        3 => node().prop_map(Edit::AddService),
        1 => node().prop_map(Edit::AddClients),
        3 => (node(), node()).prop_map(|(from, to)| Edit::Connect { from, to }),
        1 => node().prop_map(Edit::RemoveNode),
        1 => (0u8..12).prop_map(Edit::RemoveCall),
        1 => (node(), name).prop_map(|(node, name)| Edit::Rename(node, name.into())),
    ]
}

/// Everything that can be done to a system, done to all of it.
fn with_deeds(mut experiment: Experiment) -> Experiment {
    let scenario = experiment.scenario.clone();
    let mut insert = |change| {
        experiment.insert(Intervention { at: SimTime::from_millis(5_000), change });
    };
    for knob in Knob::all(&scenario) {
        let value = knob.get(&scenario).expect("it is one of its knobs");
        insert(Change::Set { knob, value });
    }
    for edge in 0..scenario.edges.len() as u8 {
        insert(Change::Breaker { edge, action: Action::ForceOpen });
        insert(Change::SetBreaker { edge, settings: Preset::Polly.in_scenario().into() });
        let (target, kind) = (Target::Edge(edge), FaultKind::Partition);
        insert(Change::Fault(Fault { target, kind, lasts: None }));
    }
    for (node, of) in (0..).zip(&scenario.nodes) {
        insert(match of.role {
            Role::Clients(_) => Change::Burst(node),
            Role::Service(_) => {
                let (target, kind) = (Target::Node(node), FaultKind::Hang);
                Change::Fault(Fault { target, kind, lasts: None })
            }
        });
    }
    insert(Change::Send(Default::default()));
    insert(Change::Drop { request: 5, edge: 0 });
    experiment
}

/// What is done, with names in the place of numbers.
fn told(experiment: &Experiment) -> Vec<String> {
    let scenario = &experiment.scenario;
    let tell = |done: &Intervention| {
        let at = done.at;
        match &done.change {
            Change::Set { knob, value } => format!("{at} {} {value}", knob.path(scenario)),
            Change::Breaker { edge, action } => {
                format!("{at} {} {action:?}", scenario.edge_name(*edge))
            }
            Change::SetBreaker { edge, settings } => {
                format!("{at} {} {settings:?}", scenario.edge_name(*edge))
            }
            Change::Fault(Fault { target, kind, .. }) => match target {
                Target::Node(node) => format!("{at} {} {kind:?}", scenario.node_name(*node)),
                Target::Edge(edge) => format!("{at} {} {kind:?}", scenario.edge_name(*edge)),
            },
            Change::Burst(node) => format!("{at} burst {}", scenario.node_name(*node)),
            Change::Send(hand) => format!("{at} {hand:?}"),
            Change::Drop { request, edge } => {
                format!("{at} drop {request} {}", scenario.edge_name(*edge))
            }
            Change::Chaos(_) | Change::Struck(_) => unreachable!("chaos has tests of its own"),
        }
    };
    experiment.interventions.iter().map(tell).collect()
}

fn drawn(experiment: &Experiment, edit: Edit) -> Experiment {
    experiment.edited(&edit).expect("it can be drawn").0
}

fn refused(edit: Edit) -> String {
    library::payments().edited(&edit).expect_err("it is refused").to_string()
}

#[test]
fn chaos_goes_on_where_it_was() {
    let mut before = library::payments();
    before.interventions.clear();
    let at = SimTime::from_millis(1_000);
    let ledger = Chaos::on(1 << 3, 5);
    before.insert(Intervention { at, change: Change::Chaos(ledger) });
    before.insert(Intervention { at, change: Change::Chaos(Chaos::on(u64::MAX, 6)) });
    before.settle_chaos();
    // The bank goes, and the ledger is another number.
    let after = drawn(&before, Edit::RemoveNode(2));
    let chaos = |done: &Intervention| match done.change {
        Change::Chaos(chaos) => Some(chaos),
        _ => None,
    };
    let all: Vec<Chaos> = after.interventions.iter().filter_map(chaos).collect();
    assert_eq!(all, [Chaos { services: 1 << 2, ..ledger }, Chaos::on(u64::MAX, 6)]);
    let mut settled = after.clone();
    settled.settle_chaos();
    assert_eq!(settled, after);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_drawn_can_be_run(
        start in prop::sample::select(library::all()), all in prop::collection::vec(edits(), 1..40),
    ) {
        let mut experiment = with_deeds(start);
        for edit in all {
            let Ok((after, _)) = experiment.edited(&edit) else { continue };
            prop_assert_eq!(after.validate(), Ok(()), "{:?}", edit);
            experiment = after;
        }
    }

    /// What still has a place is what it was, with all its settings and all that is done to it.
    #[test]
    fn what_stays_is_what_it_was(
        start in prop::sample::select(library::all()), all in prop::collection::vec(edits(), 1..20),
    ) {
        let mut before = with_deeds(start);
        for edit in all {
            let Ok((after, places)) = before.edited(&edit) else { continue };
            let renames = matches!(edit, Edit::Rename(..));
            for (id, old) in (0..).zip(&before.scenario.nodes) {
                let new = places.node(id).and_then(|id| after.scenario.nodes.get(usize::from(id)));
                prop_assert!(new.is_none_or(|new| renames || new.name == old.name));
                let gone = matches!(edit, Edit::RemoveNode(gone) if gone == id);
                prop_assert_eq!(new.is_none(), gone);
            }
            for (before_id, old) in (0..).zip(&before.scenario.edges) {
                let Some(id) = places.edge(before_id) else { continue };
                let new = after.scenario.edge(id).expect("it has a place");
                prop_assert_eq!(places.node(old.from), Some(new.from));
                prop_assert_eq!(places.node(old.to), Some(new.to));
                // A fallback is the call that it was, wherever that is among those of its caller.
                let was = before.scenario.fallback_of(before_id);
                let is = was.and_then(|was| places.edge(was));
                prop_assert_eq!(after.scenario.fallback_of(id), is);
                let mut policy = old.policy.clone();
                policy.fallback = match (was, is) {
                    (Some(_), None) => fallback::Settings::default(),
                    _ => fallback::Settings { call: new.policy.fallback.call, ..policy.fallback },
                };
                prop_assert_eq!((&new.policy, &new.network), (&policy, &old.network));
            }
            let (mut then, now) = (told(&before).into_iter(), told(&after));
            if renames {
                prop_assert_eq!(now.len(), then.len());
            } else {
                for deed in now {
                    prop_assert!(then.any(|old| old == deed), "{deed} was not done before");
                }
            }
            before = after;
        }
    }

    /// What is added and taken away again leaves nothing behind.
    #[test]
    fn each_edit_has_one_that_takes_it_back(
        start in prop::sample::select(library::all()), edit in edits(),
    ) {
        let before = with_deeds(start);
        let Ok((after, _)) = before.edited(&edit) else { return Ok(()) };
        let (nodes, edges) = (before.scenario.nodes.len() as u8, before.scenario.edges.len() as u8);
        let back = match edit {
            Edit::AddService(_) | Edit::AddClients(_) => Edit::RemoveNode(nodes),
            Edit::Connect { .. } => Edit::RemoveCall(edges),
            Edit::Rename(node, _) => Edit::Rename(node, before.scenario.node_name(node).into()),
            Edit::RemoveNode(_) | Edit::RemoveCall(_) => return Ok(()),
        };
        prop_assert_eq!(drawn(&after, back), before);
    }

    #[test]
    fn what_is_refused_is_refused_in_a_sentence(
        start in prop::sample::select(library::all()), edit in edits(),
    ) {
        if let Err(problem) = start.edited(&edit) {
            let sentence = problem.to_string();
            prop_assert!(!sentence.contains(['[', ']']) && sentence.len() > 15, "{sentence}");
        }
    }
}

#[test]
fn what_cannot_be_drawn_is_named() {
    let connect = |from, to| refused(Edit::Connect { from, to });
    assert_eq!(connect(1, 1), "api cannot call itself");
    assert_eq!(connect(1, 2), "api calls bank already");
    assert_eq!(connect(2, 0), "bank cannot call clients: clients answer nobody");
    assert_eq!(connect(0, 2), "clients calls api already, and clients call one service");
    assert_eq!(
        connect(2, 1),
        "bank cannot call api: calls would go in a circle, bank → api → bank"
    );
    assert_eq!(connect(1, 99), "the node is not part of this scenario");
    let rename = |name: &str| refused(Edit::Rename(1, name.into()));
    assert_eq!(rename("  "), "api needs a name");
    assert_eq!(rename("bank"), "api cannot be called bank: another one is");
    let plain = "api needs a name of 1 to 24 letters, digits or underscores";
    assert_eq!((rename("a-b"), rename(&"x".repeat(25))), (plain.into(), plain.into()));
    assert_eq!(refused(Edit::RemoveNode(0)), "clients cannot go: nobody else sends requests");
    let one_call = library::find("metastable").expect("it is built in");
    let sentence = one_call.edited(&Edit::RemoveCall(0)).expect_err("the last").to_string();
    assert_eq!(sentence, "the last call cannot go: nothing would happen");
}

#[test]
fn a_system_grows_to_its_limit_and_says_so() {
    let mut experiment = library::payments();
    let full = loop {
        match experiment.edited(&Edit::AddService(1)) {
            Ok((after, _)) => experiment = after,
            Err(problem) => break problem.to_string(),
        }
    };
    assert_eq!(full, "a system may have at most 64 nodes");
    assert_eq!(experiment.scenario.nodes.len(), 64);
}

#[test]
fn what_is_done_follows_what_it_is_done_to() {
    let before = with_deeds(library::payments());
    let after = drawn(&before, Edit::RemoveNode(2));
    // One call is left to api: it has no order any more, and no other one to fall back on.
    let of_several = ["bank", "api.calls", "api.balance", "api-ledger.fallback_call"];
    let gone = |deed: &&String| of_several.iter().any(|part| deed.contains(part));
    let wanted: Vec<String> = told(&before).iter().filter(|d| !gone(d)).cloned().collect();
    assert_eq!(told(&after), wanted);
    assert!(wanted.iter().any(|deed| deed.contains("api-ledger.timeout")));
}

/// A link tells such settings by knobs, and there are none for what nobody calls at once.
#[test]
fn a_service_with_one_call_left_makes_its_calls_in_turn() {
    let mut experiment = library::payments();
    Knob::Service(1, ServiceKnob::Parallel).set(&mut experiment.scenario, 1.0).expect("two calls");
    let after = drawn(&experiment, Edit::RemoveCall(1));
    assert!(after.scenario.service(1).is_some_and(|api| !api.parallel));
    assert_eq!(Knob::Edge(1, EdgeKnob::Timeout).path(&after.scenario), "api-ledger.timeout");
}

#[test]
fn clients_of_two_populations_are_told_apart() {
    let experiment = drawn(&library::payments(), Edit::AddClients(2));
    let (first, second) = (0, 4);
    let scenario = &experiment.scenario;
    assert_eq!((scenario.client(first, 7), scenario.client(second, 7)), (7, 65_543));
    assert_eq!(scenario.client_name(7), "client 7");
    assert_eq!(scenario.client_name(65_543), "client 7 of clients2");
    let run = Run::new(experiment.clone(), Limits::default());
    let mut seeker = Seeker::new();
    let scene = seeker.seek(&run, SimTime::from_millis(4_200));
    for node in [first, second] {
        let busy = |client: &&ClientScene| client.under_way > 0;
        let (log, edge) = (run.log(), scenario.calls_of(node).next().expect("one call"));
        let open: Vec<u32> = (0..scene.totals.requests)
            .filter(|id| run.index().requests[*id as usize].over.is_none_or(|at| at > scene.at))
            .filter(|id| ids::first_edge(&run, *id) == edge)
            .map(|id| log.request(id).client)
            .collect();
        assert!(open.iter().all(|client| client / POPULATION == u32::from(node == second)));
        let seen: u32 = scene.clients_of(node).iter().map(|c| u32::from(c.under_way)).sum();
        assert_eq!(seen as usize, open.len());
        assert!(scene.clients_of(node).iter().filter(busy).count() > 0);
    }
}

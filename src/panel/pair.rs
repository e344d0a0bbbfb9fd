//! What is special to two settings side by side: where changes go, in what the two differ, and what
//! each came to.

use std::cell::RefCell;
use std::rc::Rc;

use half_open::run::Run;
use half_open::run::versus::{Measure, Outcome};
use half_open::scenario::{Change, EdgeId, Experiment};
use half_open::time::SimTime;
use half_open_view::diagram::like;
use half_open_view::numbers::tenths;
use half_open_view::versus::{counted, gap, label};
use yew::prelude::*;

use crate::controls::segmented;
use crate::markup::html;
use crate::store::{Action, Difference, Side, Store, course, differences};
use crate::words;

/// How many differences are listed at most.
const LISTED: usize = 12;

/// What is known of runs that were counted, so that each is counted once.
#[derive(Default)]
pub(crate) struct Board(RefCell<[Option<Counted>; 2]>);

type Counted = (Rc<Run>, Outcome);

/// Nothing, as long as there is no pair.
pub(super) fn view(store: &Store, board: &Board) -> Html {
    let forks = &store.state.forks;
    let (Some(active), Some(a), Some(b)) = (forks.pair(), forks.side(Side::A), forks.side(Side::B))
    else {
        return Html::default();
    };
    let to = store.dispatch.reform(|side: f64| Action::Activate(Side::BOTH[side as usize & 1]));
    let sides = [(0.0, "A", "A"), (1.0, "B", "B")];
    html! {
        <section class="two">
            <h2>{ "Side by side" }</h2>
            { segmented("Changes go to", true, &sides, f64::from(active as u8), &to) }
            { list(store, &a.experiment, &b.experiment) }
            { board.view(store, active) }
        </section>
    }
}

/// In what the two differ, each with a way to make one like the other.
fn list(store: &Store, a: &Experiment, b: &Experiment) -> Html {
    let Some(all) = differences(a, b) else {
        return html! { <p class="soft">{ "The two are different systems." }</p> };
    };
    if all.is_empty() {
        return html! {
            <p class="soft">{ "Both are the same: what is changed next makes the difference." }</p>
        };
    }
    let more = all.len().saturating_sub(LISTED);
    html! {
        <>
            <h3>{ "What differs" }</h3>
            <ul class="differs">
                { for all.iter().take(LISTED).map(|what| row(store, what, a, b)) }
            </ul>
            { (more > 0).then(|| html! { <p class="soft">{ format!("and {more} more") }</p> }) }
        </>
    }
}

fn row(store: &Store, what: &Difference, a: &Experiment, b: &Experiment) -> Html {
    let name = name(what, a);
    let [first, second] = values(what, a, b);
    let side = |side: Side, value: &str| {
        let other = side.other().name();
        let label = format!("to {other}: {name} {value}");
        html! {
            <>
                <b>{ side.name() }</b>
                <span class="mono">{ value.to_owned() }</span>
                <button type="button" class="textual" title={format!("{other} as {} is", side.name())}
                    aria-label={label} onclick={store.send(Action::Copy(what.clone(), side.other()))}>
                    { format!("to {other}") }
                </button>
            </>
        }
    };
    html! {
        <li>
            <span class="what">{ name.clone() }</span>
            { side(Side::A, &first) }
            { side(Side::B, &second) }
        </li>
    }
}

fn name(what: &Difference, of: &Experiment) -> String {
    let scenario = &of.scenario;
    match what {
        Difference::Seed => "seed".into(),
        Difference::Knob(knob) => words::knob(scenario, *knob),
        Difference::Breaker(edge) => format!("{}: breaker", scenario.edge_name(*edge)),
        Difference::Deed(done) => words::change(scenario, &done.change),
    }
}

/// How it is on each side.
fn values(what: &Difference, a: &Experiment, b: &Experiment) -> [String; 2] {
    let sides = [a, b];
    match what {
        Difference::Seed => sides.map(|of| of.seed.to_string()),
        Difference::Knob(knob) => {
            let show = |value: f64| knob.spec().unit.show(value);
            let [first, second] = sides.map(|of| course(of, *knob));
            let same = first.0 == second.0;
            [first, second].map(|(first, later)| {
                let at_first = first.filter(|_| !same || later.is_empty()).map(show);
                let later = later.into_iter().map(|(at, value)| since(&show(value), at));
                at_first.into_iter().chain(later).collect::<Vec<_>>().join(", ")
            })
        }
        Difference::Breaker(edge) => sides.map(|of| breaker(of, *edge)),
        Difference::Deed(done) => {
            let at = format!("at {}", tenths(done.at.since(SimTime::ZERO)));
            sides.map(|of| if of.interventions.contains(done) { at.clone() } else { "–".into() })
        }
    }
}

fn since(value: &str, at: SimTime) -> String {
    format!("{value} from {}", tenths(at.since(SimTime::ZERO)))
}

fn breaker(of: &Experiment, line: EdgeId) -> String {
    let first = of.scenario.edge(line).map(|edge| like(&edge.policy.breaker));
    let later = of.interventions.iter().filter_map(|done| match &done.change {
        Change::SetBreaker { edge, settings } if *edge == line => {
            Some(since(&like(settings), done.at))
        }
        _ => None,
    });
    first.into_iter().map(|first| first.to_string()).chain(later).collect::<Vec<_>>().join(", ")
}

impl Board {
    /// What both sides came to, measure by measure.
    fn view(&self, store: &Store, active: Side) -> Html {
        self.count(store);
        let state = &store.state;
        let known = self.0.borrow();
        // While a slider moves, what the run came to before stays.
        let held = state.gesture.is_some();
        let of = |place: usize, run: Option<&Rc<Run>>| {
            let is = |of: &Rc<Run>| held || run.is_some_and(|run| Rc::ptr_eq(of, run));
            known[place].as_ref().filter(|(of, _)| is(of)).map(|(_, outcome)| *outcome)
        };
        let (shown, beside) = (of(0, Some(&state.run)), of(1, state.ghost.as_ref()));
        let [a, b] = if active == Side::A { [shown, beside] } else { [beside, shown] };
        let row = |measure: Measure| {
            let value = |outcome: Option<Outcome>| outcome.and_then(|o| o.get(measure));
            let (first, second) = (value(a), value(b));
            let show = |value: Option<f64>| {
                value.map_or_else(|| "–".into(), |value| counted(measure, value))
            };
            let by = first.zip(second).map_or_else(String::new, |(a, b)| gap(measure, a, b));
            html! {
                <tr>
                    <th scope="row">{ label(measure) }</th>
                    <td>{ show(first) }</td>
                    <td>{ show(second) }</td>
                    <td class={(by != "0").then_some("gap")}>{ by }</td>
                </tr>
            }
        };
        html! {
            <>
                <h3>{ "This seed, the whole run" }</h3>
                <table class="outcomes">
                    <thead>
                        <tr>
                            <td />
                            <th scope="col">{ "A" }</th>
                            <th scope="col">{ "B" }</th>
                            <th scope="col">{ "B − A" }</th>
                        </tr>
                    </thead>
                    <tbody>{ for Measure::ALL.into_iter().map(row) }</tbody>
                </table>
            </>
        }
    }

    /// Counts what was not counted yet, but not while a slider moves.
    fn count(&self, store: &Store) {
        let state = &store.state;
        if state.gesture.is_some() || state.computing {
            return;
        }
        let mut known = self.0.borrow_mut();
        let before = std::mem::take(&mut *known);
        let runs = [Some(&state.run), state.ghost.as_ref()];
        *known = [0, 1].map(|place| {
            let run = runs[place]?;
            let again = before.iter().flatten().find(|(of, _)| Rc::ptr_eq(of, run)).cloned();
            again.or_else(|| Some((run.clone(), store.outcome(place == 1)?)))
        });
    }
}

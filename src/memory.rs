//! Undo, the branches and how somebody looks at things survive a reload: they are kept for as long as the
//! tab is open.

use std::rc::Rc;

use half_open::time::SimTime;
use half_open_view::link;
use web_sys::{Event, Storage};

use crate::browser::{self, Listener};
use crate::habits;
use crate::store::{Branch, Forks, History, Hub, Side, State, Step, Way};

/// Where what was done is kept, and how it is looked at.
const PLACE: &str = "history";
const HABITS: &str = "habits";
/// What leads away from a step.
const WAYS: [Way; 3] = [Way::Change, Way::Jump, Way::Whole];

/// Keeps the history whenever the page goes away.
pub(crate) fn keep(hub: &Rc<Hub>) -> Option<Listener> {
    let hub = Rc::downgrade(hub);
    let window = browser::window()?;
    Some(Listener::new(&window, &["pagehide"], move |_: Event| {
        if let (Some(hub), Some(storage)) = (hub.upgrade(), storage()) {
            // Storage may be full or forbidden; then a reload forgets.
            let state = hub.state();
            let _ = storage.set_item(PLACE, &written(&state));
            let _ = storage.set_item(HABITS, &habits::written(&state));
        }
    }))
}

/// Gives a reloaded page its history back.
pub(crate) fn recall(state: &mut State) {
    let kept = |place| storage().and_then(|storage| storage.get_item(place).ok()?);
    if let Some((forks, history)) = kept(PLACE).and_then(|kept| read(state, &kept)) {
        state.forks = Rc::new(forks);
        state.history = Rc::new(history);
        habits::recall(state, &kept(HABITS).unwrap_or_default());
    }
}

fn storage() -> Option<Storage> {
    browser::window()?.session_storage().ok()?
}

/// How many branches there were in all, and each of them; how many steps can be taken back, the
/// present, and each step. Steps name their branches by their places in that list.
fn written(state: &State) -> String {
    let (undo, redo) = state.history.steps();
    let present = Step { forks: state.forks.clone(), way: Way::Change };
    let steps: Vec<&Step> = [&present].into_iter().chain(undo).chain(redo).collect();
    let mut branches: Vec<&Rc<Branch>> = Vec::new();
    let mut lines = Vec::new();
    for Step { forks, way } in steps {
        let mut places = String::new();
        for branch in forks.all() {
            let known = branches.iter().position(|other| Rc::ptr_eq(other, branch));
            let place = known.unwrap_or(branches.len());
            if known.is_none() {
                branches.push(branch);
            }
            places.push_str(&format!(" {place}"));
        }
        let way = WAYS.iter().position(|other| other == way).unwrap_or_default();
        let ghost = number(forks.ghost().map(|ghost| ghost.id));
        let side = forks.pair().map_or("", Side::name);
        lines.push(format!("{way} {} {ghost}{side}{places}", forks.here()));
    }
    let head = [branches.len().to_string()];
    let described = branches.into_iter().map(|branch| {
        let Branch { id, parent, at, name, named, experiment } = &**branch;
        let link = link::encode(&link::State::new((**experiment).clone()));
        let (parent, at) = (number(*parent), at.nanos());
        format!("{id} {parent} {at} {} {link} {name}", u8::from(*named))
    });
    let body = described.chain([undo.len().to_string()]).chain(lines);
    head.into_iter().chain(body).collect::<Vec<_>>().join("\n")
}

fn number(id: Option<u32>) -> String {
    id.map_or_else(|| "-".into(), |id| id.to_string())
}

/// Nothing, if it belongs to another experiment than the one that is shown.
fn read(state: &State, kept: &str) -> Option<(Forks, History)> {
    let mut lines = kept.lines();
    let count = lines.next()?.parse().ok()?;
    let branches: Option<Vec<_>> = lines.by_ref().take(count).map(branch).collect();
    let branches = branches?;
    let undo = lines.next()?.parse().ok()?;
    let mut steps = lines.map(|line| step(&branches, line));
    let Step { forks, .. } = steps.next()??;
    if **forks.experiment()? != *state.experiment {
        return None;
    }
    let history = History::of(steps.collect::<Option<Vec<_>>>()?, undo);
    Some((Rc::unwrap_or_clone(forks), history))
}

fn branch(line: &str) -> Option<Rc<Branch>> {
    let mut words = line.splitn(6, ' ');
    let mut word = || words.next();
    let branch = Branch {
        id: word()?.parse().ok()?,
        parent: word()?.parse().ok(),
        at: SimTime::from_nanos(word()?.parse().ok()?),
        named: word()? == "1",
        experiment: link::decode(word()?).ok()?.experiment.into(),
        name: word()?.into(),
    };
    Some(branch.into())
}

fn step(branches: &[Rc<Branch>], line: &str) -> Option<Step> {
    let mut words = line.split(' ');
    let mut word = || words.next();
    let way = *WAYS.get(word()?.parse::<usize>().ok()?)?;
    let (here, beside) = (word()?.parse().ok()?, word()?);
    let pair = Side::BOTH.into_iter().find(|side| beside.ends_with(side.name()));
    let ghost = beside.trim_end_matches(['A', 'B']).parse().ok();
    let all = words.map(|place| branches.get(place.parse::<usize>().ok()?).cloned());
    let forks = Forks::of(all.collect::<Option<_>>()?, here, ghost, pair)?;
    Some(Step { forks: forks.into(), way })
}

#[cfg(test)]
mod tests {
    use half_open::run::{Limits, Run};
    use half_open::scenario::{Experiment, library};

    use super::*;
    use crate::store::Action;

    #[test]
    fn branches_and_what_was_done_come_back() {
        let hub = Hub::new(State::new(Run::new(library::payments(), Limits::default())), || 0.0);
        for seed in [7, 8] {
            hub.dispatch(Action::Seed(seed));
            hub.dispatch(Action::Seek(SimTime::from_millis(seed)));
            hub.dispatch(Action::Rename(hub.state().forks.here(), format!("luck {seed}")));
        }
        hub.dispatch(Action::Jump(1));
        hub.dispatch(Action::Forget(0));
        hub.dispatch(Action::Undo);
        hub.dispatch(Action::SideBySide(true));
        hub.dispatch(Action::Jump(2));
        hub.dispatch(Action::Activate(Side::A));
        let state = hub.state();
        let (forks, history) = read(&state, &written(&state)).expect("the same experiment");
        assert_eq!((forks.here(), forks.ghost()), (state.forks.here(), state.forks.ghost()));
        assert_eq!(forks.pair(), Some(Side::A));
        let names: Vec<&str> = forks.all().iter().map(|branch| &*branch.name).collect();
        assert_eq!(names, ["as it began", "luck 7", "luck 8"]);
        let kept = written(&state);
        let mut other = State::clone(&state);
        (other.forks, other.history) = (forks.into(), history.into());
        assert_eq!(written(&other), kept);
        other.experiment = Experiment { seed: 99, ..library::payments() }.into();
        assert!(read(&other, &kept).is_none());
    }
}

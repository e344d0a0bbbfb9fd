//! Being anywhere in a run at once: scenes kept on the way, and a fold from the nearest one.

use std::sync::Arc;

use super::difference::{Common, common};
use super::{Run, Scene};
use crate::scenario::Experiment;
use crate::time::SimTime;

/// Into how many parts the kept scenes divide a run, about.
const PARTS: u32 = 256;
/// Scenes closer together than this are not worth keeping.
const CLOSEST: u32 = 512;
/// How many bytes all kept scenes may take.
const MOST: usize = 64 << 20;

/// Finds the scene of any instant. Keeps what it saw, across changes too: what lies before a
/// change stays true.
#[derive(Debug, Default)]
pub struct Seeker {
    experiment: Option<Arc<Experiment>>,
    /// How many events the run had.
    events: u32,
    /// In order.
    kept: Vec<Arc<Scene>>,
    cursor: Option<Scene>,
    /// How far the run was prepared, until all of it is.
    ahead: Option<Scene>,
    /// On the way to a moment that is far from the one that was looked at last.
    coming: Option<Scene>,
}

impl Seeker {
    /// Knows nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Another one that knows the same, and holds it together with this one.
    #[must_use]
    pub fn twin(&self) -> Self {
        let (experiment, kept) = (self.experiment.clone(), self.kept.clone());
        Self { experiment, events: self.events, kept, cursor: None, ahead: None, coming: None }
    }

    /// Whether what it knows is about this run.
    #[must_use]
    pub fn knows(&self, run: &Run) -> bool {
        self.experiment.as_ref().is_some_and(|mine| Arc::ptr_eq(mine, run.experiment()))
    }

    /// The scene of `run` just after everything that happened up to and including `at`.
    #[inline(never)]
    pub fn seek(&mut self, run: &Run, at: SimTime) -> &Scene {
        self.turn_to(run);
        let target = run.log().count_until(at);
        let cursor = self.cursor.take();
        let mut scene = self.nearest(run, target, cursor);
        self.walk(run, &mut scene, target);
        scene.at = at;
        self.cursor.insert(scene)
    }

    /// How many events a seek to `at` has to walk over.
    #[must_use]
    #[inline(never)]
    pub fn distance(&self, run: &Run, at: SimTime) -> u32 {
        let target = run.log().count_until(at);
        let until = self.known_until(run);
        let known = |scene: &&Scene| scene.events <= target && scene.at < until;
        let kept = self.kept.iter().rev().map(|kept| &**kept).find(known);
        let nearest = kept.into_iter().chain(self.cursor.as_ref().filter(known));
        target - nearest.map(|scene| scene.events).max().unwrap_or(0)
    }

    /// Walks ahead by `events`, keeping scenes, so that later seeks are short. Returns whether there
    /// is more to walk.
    #[inline(never)]
    pub fn prepare(&mut self, run: &Run, events: u32) -> bool {
        self.turn_to(run);
        let end = run.log().len();
        let ahead = self.ahead.take();
        let mut scene = self.nearest(run, end, ahead);
        let target = scene.events.saturating_add(events.max(1)).min(end);
        self.walk(run, &mut scene, target);
        self.ahead = (target < end).then_some(scene);
        target < end
    }

    /// Walks `events` towards `at`, keeping scenes, while the scene that was looked at last stays at
    /// hand. Returns whether there is more to walk; if not, a seek is there at once.
    #[inline(never)]
    pub fn approach(&mut self, run: &Run, at: SimTime, events: u32) -> bool {
        self.turn_to(run);
        let target = run.log().count_until(at);
        let coming = self.coming.take();
        let mut scene = self.nearest(run, target, coming);
        let others = [&self.cursor, &self.ahead].into_iter().flatten();
        let nearer = others.filter(|other| (scene.events + 1..=target).contains(&other.events));
        if let Some(nearest) = nearer.max_by_key(|other| other.events) {
            scene.clone_from(nearest);
        }
        let next = scene.events.saturating_add(events.max(1)).min(target);
        self.walk(run, &mut scene, next);
        if next < target {
            self.coming = Some(scene);
            return true;
        }
        scene.at = at;
        self.cursor = Some(scene);
        false
    }

    /// Takes a scene to where `target` events have happened, and keeps copies of it on the way.
    #[inline(never)]
    fn walk(&mut self, run: &Run, scene: &mut Scene, target: u32) {
        let last = |kept: &[Arc<Scene>]| kept.last().map_or(0, |kept| kept.events);
        let mut due = last(&self.kept) + apart(run, 0);
        while scene.events < target {
            scene.apply(run.experiment(), run.log(), run.log().event(scene.events));
            if scene.events >= due {
                due = last(&self.kept).saturating_add(apart(run, scene.bytes()));
                if scene.events >= due {
                    self.kept.push(Arc::new(scene.clone()));
                    due = scene.events.saturating_add(apart(run, 0));
                }
            }
        }
    }

    /// What is known is true of this run before this instant.
    fn known_until(&self, run: &Run) -> SimTime {
        match &self.experiment {
            Some(old) if Arc::ptr_eq(old, run.experiment()) => SimTime::MAX,
            Some(old) => match common(old, run.experiment()) {
                Common::Nothing => SimTime::ZERO,
                Common::Past { until, .. } => until,
            },
            None => SimTime::ZERO,
        }
    }

    /// Forgets what is not true of this run, and what is too much for it.
    #[inline(never)]
    fn turn_to(&mut self, run: &Run) {
        let until = self.known_until(run);
        let events = std::mem::replace(&mut self.events, run.log().len());
        self.experiment = Some(run.experiment().clone());
        if until == SimTime::MAX && events == self.events {
            return;
        }
        let mut last = 0;
        self.kept.retain(|scene| {
            let keep = scene.at < until && scene.events >= last + apart(run, scene.bytes());
            last = if keep { scene.events } else { last };
            keep
        });
        self.cursor.take_if(|scene| scene.at >= until);
        self.ahead.take_if(|scene| scene.at >= until);
        self.coming.take_if(|scene| scene.at >= until);
    }

    /// The latest scene known that is not later than `target`; perhaps it is `other`.
    #[inline(never)]
    fn nearest(&self, run: &Run, target: u32, other: Option<Scene>) -> Scene {
        let index = self.kept.partition_point(|scene| scene.events <= target);
        let kept = index.checked_sub(1).and_then(|index| self.kept.get(index));
        let from = kept.map_or(0, |scene| scene.events);
        match other {
            Some(other) if (from..=target).contains(&other.events) => other,
            _ => kept.map_or_else(|| Scene::new(run.experiment()), |kept| Scene::clone(kept)),
        }
    }
}

/// How many events a kept scene of so many bytes comes after the one before it. A scene is as far
/// from it as its share of all bytes is of the run, so that all together fit.
fn apart(run: &Run, bytes: usize) -> u32 {
    let events = run.log().len();
    let share = u64::from(events) * bytes as u64 / MOST as u64 + 1;
    (events / PARTS).max(CLOSEST).max(u32::try_from(share).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Limits;
    use crate::scenario::knob::ClientsKnob;
    use crate::scenario::{
        Change, Experiment, Fault, FaultKind, Intervention, Knob, Target, library,
    };
    use crate::time::SimDuration;

    fn prepared(run: &Run, step: u32) -> (Seeker, u32) {
        let mut seeker = Seeker::new();
        let steps = (0..run.log().len()).take_while(|_| seeker.prepare(run, step)).count();
        (seeker, steps as u32)
    }

    fn bytes(seeker: &Seeker) -> usize {
        seeker.kept.iter().map(|scene| scene.bytes()).sum()
    }

    /// Ten thousand clients, and a service that answers none of them.
    fn crowd() -> Experiment {
        let mut experiment = library::payments();
        let scenario = &mut experiment.scenario;
        scenario.horizon = SimDuration::from_secs(6);
        for (knob, value) in [(ClientsKnob::Count, 10_000.0), (ClientsKnob::Rate, 4_000.0)] {
            Knob::Clients(0, knob).set(scenario, value).expect("within its limits");
        }
        let fault = Fault { target: Target::Node(1), kind: FaultKind::Hang, lasts: None };
        let at = SimTime::from_millis(500);
        experiment.interventions = vec![Intervention { at, change: Change::Fault(fault) }];
        experiment
    }

    #[test]
    fn preparing_comes_to_an_end_however_small_its_steps() {
        let run = Run::new(library::payments(), Limits::default());
        let (seeker, steps) = prepared(&run, 10);
        assert_eq!(steps, (run.log().len() - 1) / 10);
        assert!(seeker.kept.len() > 50);
    }

    #[test]
    fn looking_elsewhere_meanwhile_does_not_set_it_back() {
        let run = Run::new(library::payments(), Limits::default());
        let (alone, steps) = prepared(&run, 1_000);
        let mut seeker = Seeker::new();
        let mut looked = 0;
        while seeker.prepare(&run, 1_000) {
            seeker.seek(&run, SimTime::from_millis(200));
            looked += 1;
        }
        assert_eq!((looked, seeker.kept.len()), (steps, alone.kept.len()));
    }

    #[test]
    fn a_moment_far_away_is_come_to_in_steps_from_what_is_known_and_then_found_at_once() {
        let run = Run::new(library::payments(), Limits::default());
        let (far, near) = (SimTime::from_millis(50_000), SimTime::from_millis(50_010));
        let mut seeker = Seeker::new();
        let mut steps = 1;
        while seeker.approach(&run, far, 1_000) {
            // Whoever looks at the moment before, meanwhile, does not set it back.
            seeker.seek(&run, SimTime::from_millis(200));
            steps += 1;
        }
        assert_eq!(steps, run.log().count_until(far).div_ceil(1_000));
        assert_eq!(seeker.distance(&run, far), 0);
        let looks = |seeker: &mut Seeker, at| format!("{:?}", seeker.seek(&run, at));
        assert_eq!(looks(&mut seeker, far), looks(&mut Seeker::new(), far));
        assert!(!seeker.approach(&run, near, 1_000), "it is at hand");
        assert_eq!(looks(&mut seeker, near), looks(&mut Seeker::new(), near));
        assert!(!seeker.approach(&run, SimTime::from_millis(20_000), 2 * CLOSEST), "passed before");
    }

    #[test]
    fn a_moment_is_as_far_as_a_seek_has_to_walk_however_far_the_run_is_prepared() {
        let run = Run::new(crowd(), Limits::default());
        let mut seeker = Seeker::new();
        while seeker.prepare(&run, 20_000) {
            let ahead = seeker.ahead.as_ref().expect("there is more");
            let (at, events) = (ahead.at, run.log().count_until(ahead.at));
            let kept = seeker.kept.last().map_or(0, |kept| kept.events);
            assert_eq!(seeker.distance(&run, at), events - kept);
        }
    }

    #[test]
    fn how_far_a_moment_is_shrinks_with_what_was_prepared_and_a_change_makes_it_far_again() {
        let run = Run::new(library::payments(), Limits::default());
        let (ten, end) = (SimTime::from_millis(10_000), run.end());
        let mut seeker = Seeker::new();
        assert_eq!(seeker.distance(&run, end), run.log().len());
        while seeker.prepare(&run, 1_000) {}
        assert!(seeker.distance(&run, end) < 2 * CLOSEST);
        let mut changed = library::payments();
        let change = Change::Set { knob: Knob::Clients(0, ClientsKnob::Rate), value: 50.0 };
        changed.insert(Intervention { at: ten, change });
        let changed = run.with(changed, Limits::default());
        assert!(seeker.distance(&changed, ten) < 2 * CLOSEST);
        let after = changed.log().len() - changed.log().count_until(ten);
        assert!(seeker.distance(&changed, end) >= after);
        seeker.seek(&changed, end);
        assert_eq!(seeker.distance(&changed, end), 0);
    }

    #[test]
    fn large_scenes_are_kept_further_apart_and_fit_into_the_memory_there_is() {
        let run = Run::new(crowd(), Limits::default());
        let (seeker, _) = prepared(&run, 20_000);
        let each = seeker.kept.last().expect("some are kept").bytes();
        let all = (run.log().len() / CLOSEST) as usize;
        assert!(each * all > 2 * MOST, "all of them would not fit: {all} of {each} bytes");
        assert!(bytes(&seeker) <= MOST, "{} bytes", bytes(&seeker));
        assert!(seeker.kept.len() > 20, "{}", seeker.kept.len());
    }

    #[test]
    fn what_is_kept_across_a_change_fits_too() {
        let mut quiet = crowd();
        let (knob, at) = (Knob::Clients(0, ClientsKnob::Rate), SimTime::from_millis(3_000));
        quiet.insert(Intervention { at, change: Change::Set { knob, value: 0.001 } });
        let quiet = Run::new(quiet, Limits::default());
        let (mut seeker, _) = prepared(&quiet, 20_000);
        let before = bytes(&seeker);
        // Nobody falls silent after all: twice as much happens, and half of it is known.
        let loud = quiet.with(crowd(), Limits::default());
        while seeker.prepare(&loud, 20_000) {}
        assert!(before > MOST * 3 / 4, "{before} bytes");
        assert!(bytes(&seeker) <= MOST, "{} bytes", bytes(&seeker));
    }
}

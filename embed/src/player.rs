//! A run at a moment, and what is done to it. Whatever takes long is done in slices, so that no frame waits
//! for it: until a change has come to where somebody looks, what was there before stays.
//!
//! What changes something is never inlined: it is in the part of the program that is fetched when somebody
//! does that.

use half_open::log::EventId;
use half_open::run::{Limits, Recorder, Run, Scene, Seeker};
use half_open::scenario::{Experiment, Knob};
use half_open::time::{SimDuration, SimTime};
use half_open_view::link::{self, State, ViewState};
use half_open_view::stage;
use half_open_view::tracks::{Arrangement, Viewport};

use crate::asked::Asked;
use crate::control::Control;
use crate::{asked, deed, happened, told};

/// How many events are simulated, or walked over, at a time.
const SLICE: u32 = 2_000;
/// A moment that is this many events away from one that is known is shown at once.
const NEAR: u32 = 30_000;
/// How many events lie between two looks at what is known of a long run.
const LOOK_EVERY: u32 = 200_000;
/// How much of the time axis the tracks show after the playhead at least, as a part of it.
const AHEAD: u64 = 8;

/// A run at a moment.
#[derive(Debug)]
pub struct Player {
    asked: Asked,
    /// What is to be shown, once it is computed.
    wanted: Experiment,
    /// What is shown.
    run: Run,
    /// The last run that was computed to its end, while a part of the next one is shown.
    whole: Option<Run>,
    seeker: Seeker,
    at: SimTime,
    /// Where somebody wants to be, until that is known.
    heading: Option<SimTime>,
    making: Option<Making>,
    /// What was asked for before the last wish could be seen: of several, the last.
    next: Option<Experiment>,
    /// How much of the log the page was told.
    told: EventId,
    /// The same when something was done by hand that is not shown yet: what it led to is told, too.
    done: Option<EventId>,
    /// The knob that is being turned, and the moment at which it was taken.
    grip: Option<(Knob, SimTime)>,
    viewport: Viewport,
    /// How many runs were shown.
    edition: u32,
}

/// A run in the making.
#[derive(Debug)]
struct Making {
    /// None once there is nothing more to simulate.
    recorder: Option<Recorder>,
    /// What is to be shown as soon as the moment is found in it.
    found: Option<(Run, Seeker)>,
    /// Whether a part of it is shown already, and how many events ago.
    shown: bool,
    since: u32,
}

impl Player {
    /// What was asked for, as far as a first slice goes.
    #[must_use]
    pub fn new(asked: Asked) -> Self {
        let wanted = asked.place.experiment.clone();
        let mut recorder = Recorder::new(wanted.clone(), Limits::default());
        recorder.advance(1);
        let ViewState { at, from, to, .. } = asked.place.view;
        Self {
            run: recorder.so_far(),
            wanted,
            whole: None,
            seeker: Seeker::new(),
            at: SimTime::ZERO,
            heading: Some(at),
            making: Some(Making { recorder: Some(recorder), found: None, shown: true, since: 0 }),
            next: None,
            told: 0,
            done: None,
            grip: None,
            viewport: Viewport { from, to },
            edition: 0,
            asked,
        }
    }

    /// Sentences about what could not be had.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.asked.problems
    }

    /// The run that is shown.
    #[must_use]
    pub const fn run(&self) -> &Run {
        &self.run
    }

    /// How many runs were shown: once it changes, there is another one.
    #[must_use]
    pub const fn edition(&self) -> u32 {
        self.edition
    }

    /// The run that is shown, and the scene of its moment.
    pub fn picture(&mut self) -> (&Run, &Scene) {
        (&self.run, self.seeker.seek(&self.run, self.at))
    }

    /// The moment that is shown.
    #[must_use]
    pub const fn at(&self) -> SimTime {
        self.at
    }

    /// The moment that somebody looks at, or wants to.
    fn eye(&self) -> SimTime {
        self.heading.unwrap_or(self.at)
    }

    /// Whether the moment that is wanted, or what was changed, is not there yet.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.heading.is_some() || self.making.as_ref().is_some_and(|making| !making.shown)
    }

    /// The scene of the moment.
    pub fn scene(&mut self) -> &Scene {
        self.seeker.seek(&self.run, self.at)
    }

    /// Computes one more slice; returns whether there is more to do.
    pub fn work(&mut self) -> bool {
        let eye = self.eye();
        let Some(making) = &mut self.making else { return self.arrive() };
        if let Some((run, mut seeker)) = making.found.take() {
            if seeker.distance(&run, eye.min(run.end())) > NEAR
                && seeker.approach(&run, eye.min(run.end()), SLICE)
            {
                making.found = Some((run, seeker));
            } else {
                self.show(run, seeker);
            }
        } else if let Some(recorder) = &mut making.recorder {
            let more = recorder.advance(SLICE);
            making.since += SLICE;
            let missed = self.heading.is_some() || eye >= self.run.end();
            let due = missed || !making.shown || making.since >= LOOK_EVERY;
            if !more || (due && recorder.known() > eye) {
                making.found = Some((recorder.so_far(), self.seeker.twin()));
                making.recorder.take_if(|_| !more);
            }
        } else {
            self.making = None;
        }
        true
    }

    /// Walks a slice towards where somebody wants to be; returns whether there is more to walk.
    fn arrive(&mut self) -> bool {
        let Some(heading) = self.heading else { return false };
        let to = heading.min(self.run.end());
        if self.seeker.distance(&self.run, to) > NEAR && self.seeker.approach(&self.run, to, SLICE)
        {
            return true;
        }
        self.come(to);
        false
    }

    fn come(&mut self, to: SimTime) {
        (self.at, self.heading) = (to, None);
        self.told = self.happened();
        self.follow();
    }

    fn show(&mut self, run: Run, seeker: Seeker) {
        run.flow_on_from(&self.run);
        let before = std::mem::replace(&mut self.run, run);
        if self.run.is_whole() {
            self.whole = None;
        } else if before.is_whole() {
            self.whole = Some(before);
        }
        self.seeker = seeker;
        self.edition += 1;
        let eye = self.eye();
        if self.heading.is_some() && (eye < self.run.end() || self.run.is_whole()) {
            self.come(eye.min(self.run.end()));
        }
        self.at = self.at.min(self.run.end());
        let next = self.next.is_some();
        if let Some(making) = &mut self.making
            && !making.shown
        {
            // Another run, in which what is past may be otherwise: only what was done is news of it.
            self.told = match self.done.take_if(|_| !next) {
                Some(done) => self.told.min(done),
                None => self.run.log().count_until(self.at),
            };
        }
        if let Some(making) = &mut self.making {
            (making.shown, making.since) = (true, 0);
        }
        if let Some(next) = self.next.take() {
            self.begin(next);
        }
    }

    /// Has another experiment shown.
    fn change(&mut self, experiment: Experiment) {
        self.wanted.clone_from(&experiment);
        // Each wish gets to where somebody looks, so that there is something to see while a slider moves.
        if self.making.as_ref().is_some_and(|making| !making.shown) {
            self.next = Some(experiment);
        } else {
            self.begin(experiment);
        }
    }

    /// Has what was done by hand shown.
    fn act(&mut self, changed: Experiment) {
        let happened = self.happened();
        self.done = Some(self.done.map_or(happened, |done| done.min(happened)));
        self.change(changed);
    }

    fn begin(&mut self, experiment: Experiment) {
        if self.run.is_whole() && **self.run.experiment() == experiment {
            self.making = None;
            return;
        }
        let known = self.whole.iter().chain([&self.run]);
        let nearest = known.max_by_key(|run| run.shared_with(&experiment)).unwrap_or(&self.run);
        let recorder = Recorder::continuing(nearest, experiment, Limits::default());
        let recorder = Some(recorder);
        self.making = Some(Making { recorder, found: None, shown: false, since: 0 });
    }

    /// Lets time pass; returns whether there is more of it.
    pub fn tick(&mut self, by: SimDuration) -> bool {
        // While the moment comes, time stands still.
        if self.waits() {
            return true;
        }
        self.at = (self.at + by).min(self.run.end());
        self.follow();
        self.at < self.run.end() || !self.run.is_whole()
    }

    /// Goes to a moment of the run.
    pub fn seek(&mut self, to: SimTime) {
        self.grip = None;
        let to = to.min(SimTime::ZERO + self.wanted.scenario.horizon);
        let known = to < self.run.end() || self.run.is_whole();
        if known && self.seeker.distance(&self.run, to.min(self.run.end())) <= NEAR {
            self.come(to.min(self.run.end()));
        } else {
            self.heading = Some(to);
        }
    }

    /// Goes to a moment that is written with its unit: `6.2s`.
    ///
    /// # Errors
    /// A sentence, if it cannot be read, or the run is shorter.
    #[inline(never)]
    pub fn go(&mut self, to: &str) -> Result<(), String> {
        let to = asked::moment(self.wanted.scenario.horizon, to)?;
        self.seek(to);
        Ok(())
    }

    /// Goes back to what was asked for.
    #[inline(never)]
    pub fn reset(&mut self) {
        let place = &self.asked.place;
        self.viewport = Viewport { from: place.view.from, to: place.view.to };
        let (experiment, at) = (place.experiment.clone(), place.view.at);
        self.change(experiment);
        self.seek(at);
    }

    /// Turns one of the knobs that were asked for to a place of its control. Until it is `done`, it is turned at
    /// the moment at which it was taken.
    ///
    /// # Errors
    /// A sentence that says why it cannot be turned there.
    #[inline(never)]
    pub fn turn(&mut self, control: usize, place: usize, done: bool) -> Result<(), String> {
        let Some(knob) = self.asked.knobs.get(control).copied() else { return Ok(()) };
        let eye = self.eye();
        let held = self.grip.filter(|(held, _)| *held == knob);
        let (_, at) = *self.grip.insert(held.unwrap_or((knob, eye)));
        if done {
            self.grip = None;
        }
        let value = Control::value_at(knob, place);
        let turned = deed::turn(self.wanted.clone(), at, knob, value)?;
        self.change(turned);
        Ok(())
    }

    /// Turns any knob, by its path or its name, to a value with its unit.
    ///
    /// # Errors
    /// A sentence that says what is wrong, and what there is.
    #[inline(never)]
    pub fn set(&mut self, path: &str, value: &str) -> Result<(), String> {
        let focus = self.asked.place.view.selection;
        let changed = deed::set(&self.wanted, focus, self.eye(), path, value)?;
        self.change(changed);
        Ok(())
    }

    /// Works a breaker by hand: `open`, `close`, `force_open`, `disable`, `half_open`, `reset`. No line is the first
    /// one with a breaker, no action is `open`.
    ///
    /// # Errors
    /// A sentence that says what is wrong, and what there is.
    #[inline(never)]
    pub fn breaker(&mut self, line: &str, action: &str) -> Result<(), String> {
        let wanted = self.wanted.clone();
        let changed = deed::work(self.scene(), wanted, line, action)?;
        self.act(changed);
        Ok(())
    }

    /// Breaks something from now on; without a `size` as much as is worth starting from, and with an empty
    /// `lasts` until the end.
    ///
    /// # Errors
    /// A sentence that says what is wrong, and what there is.
    #[inline(never)]
    pub fn fault(
        &mut self,
        kind: &str,
        target: &str,
        size: Option<f64>,
        lasts: &str,
    ) -> Result<(), String> {
        let wanted = self.wanted.clone();
        let changed = deed::strike(self.scene(), wanted, kind, target, size, lasts)?;
        self.act(changed);
        Ok(())
    }

    /// Ends what is broken at a place, or everywhere.
    ///
    /// # Errors
    /// A sentence, if there is no such place.
    #[inline(never)]
    pub fn heal(&mut self, place: &str) -> Result<(), String> {
        let wanted = self.wanted.clone();
        let changed = deed::heal(self.scene(), wanted, place)?;
        self.act(changed);
        Ok(())
    }

    /// The knobs that were asked for, as they stand.
    #[must_use]
    pub fn controls(&self) -> Vec<Control> {
        let knobs = self.asked.knobs.iter();
        knobs.map(|knob| Control::of(&self.wanted, *knob, self.eye())).collect()
    }

    /// The tracks that were asked for.
    #[must_use]
    pub const fn tracks(&self) -> Option<&Arrangement> {
        self.asked.tracks.as_ref()
    }

    /// The part of the run that the tracks show.
    #[must_use]
    pub const fn viewport(&self) -> Viewport {
        self.viewport
    }

    /// Keeps the moment, and a little of what comes, within the tracks.
    fn follow(&mut self) {
        let Viewport { from, to } = self.viewport;
        let (span, end) = (to.since(from), SimTime::ZERO + self.wanted.scenario.horizon);
        let margin = span.nanos() / AHEAD;
        let late = to < end && self.at.nanos() + margin > to.nanos();
        if self.at < from || late {
            let latest = end.nanos().saturating_sub(span.nanos());
            let from = SimTime::from_nanos(self.at.nanos().saturating_sub(margin).min(latest));
            self.viewport = Viewport { from, to: from + span };
        }
    }

    /// What happened since the page was told last, as a JSON list.
    pub fn news(&mut self) -> String {
        let happened = self.happened();
        happened::between(&self.run, std::mem::replace(&mut self.told, happened), happened)
    }

    /// How much of the log has happened.
    fn happened(&self) -> EventId {
        self.run.log().count_until(self.at)
    }

    /// What there is to tell of the moment, as JSON: for the page around the embed.
    pub fn state(&mut self) -> String {
        told::of(&self.run, self.seeker.seek(&self.run, self.at))
    }

    /// The sentence of the moment, as JSON.
    pub fn sentence(&mut self) -> String {
        told::sentence(&self.run, self.seeker.seek(&self.run, self.at))
    }

    /// The numbers of the moment, as JSON.
    pub fn numbers(&mut self) -> String {
        told::numbers(self.scene())
    }

    /// The stage in words.
    #[inline(never)]
    pub fn described(&mut self) -> String {
        stage::describe(&self.run, self.seeker.seek(&self.run, self.at)).join(" ")
    }

    /// What stands behind `#s=` to see the same in Half-Open.
    #[inline(never)]
    #[must_use]
    pub fn link(&self) -> String {
        let Viewport { from, to } = self.viewport;
        let view = ViewState { at: self.eye(), from, to, ..self.asked.place.view };
        link::encode(&State { experiment: self.wanted.clone(), view, ..self.asked.place.clone() })
    }
}

#[cfg(test)]
mod tests;

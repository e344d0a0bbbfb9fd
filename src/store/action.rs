//! Everything that can be done to the page, by mouse, key, touch, link or clock.

use std::rc::Rc;

use half_open::scenario::{Change, Experiment, Knob};
use half_open::time::{SimDuration, SimTime};
use half_open_view::link::{self, Range, Selection, Side};
use half_open_view::roll::Roll;
use half_open_view::table::Listing;
use half_open_view::tracks::{TrackKind, Viewport};

use super::differ::Difference;
use super::drawing::Stroke;
use super::find::Seek;
use super::forks::BranchId;
use super::present::Show;
use super::tour::Turn;

/// A part of a request that is being written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum DraftPart {
    Method,
    Path,
    Key,
    Body,
}

/// One of the ends of a part of the time axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    First,
    Last,
}

/// Which tracks are to be seen, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Arrange {
    /// Show a track, or do not.
    Show(TrackKind, bool),
    /// Keep it in sight while others scroll, or do not.
    Pin(TrackKind, bool),
    /// Move it by so many places.
    Shift(TrackKind, i32),
    /// Scroll by so many rows.
    Scroll(i32),
    /// Leave out time in which nothing happens, or do not.
    Collapse(bool),
    /// As on a first visit.
    Reset,
}

/// What somebody wants.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Action {
    /// Stop the clock.
    Pause,
    /// Let time pass, or stop the clock.
    Toggle,
    /// This many seconds of a visitor's life went by.
    Tick(f64),
    /// Look at this moment.
    Seek(SimTime),
    /// Look at this many events later, or earlier.
    StepEvent(i32),
    /// Look at this many requests later, or earlier.
    StepRequest(i32),
    /// An index into [`SPEEDS`](super::speed::SPEEDS).
    SetSpeed(usize),

    /// Turn a knob from now on, or from the start if the switch says so. While a slider is held,
    /// `done` is false, and all its values together are one step to undo.
    Turn {
        /// Which.
        knob: Knob,
        /// To what.
        value: f64,
        /// Whether it was let go.
        done: bool,
    },
    /// Whether knobs are turned from the start of the run instead of from now on.
    FromStart(bool),
    /// Make a change at the moment that is shown: break something, work a breaker, send a
    /// request. A breaker is given other settings from the start, if the switch says so.
    Do(Change),
    /// Let a fault be over now.
    Heal(usize),
    /// Move an intervention in time.
    Move {
        /// Its index, as it was before the first of these moves.
        index: usize,
        /// To when.
        at: SimTime,
        /// Whether it was let go.
        done: bool,
    },
    /// Change how long a fault lasts.
    Stretch {
        /// Its index.
        index: usize,
        /// How long; `None` is until the end.
        lasts: Option<SimDuration>,
        /// Whether it was let go.
        done: bool,
    },
    /// Put another change in the place of an intervention.
    Edit {
        /// Its index.
        index: usize,
        /// What to do instead.
        change: Change,
        /// Whether it was let go.
        done: bool,
    },
    /// Take an intervention away.
    Remove(usize),
    /// The same system under other luck.
    Seed(u64),
    /// Show another branch at the same moment.
    Jump(BranchId),
    /// Show two settings side by side, or one again.
    SideBySide(bool),
    /// Make a side of the pair the one that changes go to.
    Activate(Side),
    /// Make a side of the pair as the other one is, in one thing.
    Copy(Difference, Side),
    /// Do not show any longer what would have been.
    Dismiss,
    /// Write another name for a branch, or no longer.
    Naming(Option<BranchId>),
    /// Call a branch something.
    Rename(BranchId, String),
    /// Take a branch away.
    Forget(BranchId),
    /// Take back the last change.
    Undo,
    /// Make it again.
    Redo,
    /// Do not wait for the run that is being computed: go back to the one before.
    Cancel,
    /// Another experiment, from its beginning.
    Load(Box<Experiment>),
    /// Clients send requests at these times, in microseconds, from the start of the run.
    Arrive(Vec<u64>),
    /// Another experiment, exactly as somebody left it.
    Restore(Box<link::State>),
    /// The present scenario as it comes with Half-Open.
    StartAgain,

    /// Look closer at something.
    Select(Selection),
    /// Look closer at something at the moment that goes with it.
    Show(Selection, SimTime),
    /// Show more or less of the time axis around a moment: above 1 is closer.
    Zoom(SimTime, f64),
    /// Move the time axis by this many nanoseconds.
    Pan(i64),
    /// Show the whole run; once more, the first part of it.
    Fit,
    /// Show this part of the run.
    Look(Viewport),
    /// Move one end of what is shown by this many nanoseconds.
    Resize(End, i64),
    /// Mark a part of the time axis, or none.
    Brush(Option<Range>),
    /// Let the marked part begin, or end, at the moment that is shown.
    BrushEnd(End),
    /// Arrange the tracks.
    Arrange(Arrange),

    /// Change a part of the request that is about to be sent by hand.
    Draft(DraftPart, String),
    /// Whether its response is to be dropped.
    DraftDrop(bool),

    /// Say something.
    Say(String),
    /// It has been read.
    Unsay,
    /// Open or close the side panel where it is a drawer.
    Panel(bool),
    /// List events in the panel, or show what is selected again.
    List(Option<Roll>),
    /// Search for requests.
    Find(Seek),
    /// Hold the contest for a row for more and more clients, or forget it.
    Contest(bool),
    /// Show the log in the place of the tracks, or the tracks again.
    Table(bool),
    /// List something else in the log.
    TableListing(Listing),
    /// List only what these words mean.
    TableFilter(String),
    /// Go so many rows on in the log, or back.
    TableStep(i32),
    /// Draw the system.
    Draw(Stroke),
    /// Go on in a lesson, or back, or begin one.
    Tour(Turn),
    /// Present what is shown, or do something while presenting.
    Present(Show),
    /// Show the scenarios that have these words, or close the gallery.
    Gallery(Option<Rc<str>>),
    /// Open or close the list of keys.
    Help(bool),
    /// Which track a narrow page shows.
    Track(TrackKind),
    /// Whether the visitor asked for less motion.
    LessMotion(bool),
}

impl Action {
    /// Whether a newer one of its kind makes this one pointless: those that come with every
    /// movement of a pointer are carried out once per frame.
    #[must_use]
    pub(crate) fn gives_way_to(&self, next: &Self) -> bool {
        match (self, next) {
            (Self::Seek(_), Self::Seek(_))
            | (Self::Look(_), Self::Look(_))
            | (Self::Brush(_), Self::Brush(_))
            | (Self::Draw(Stroke::Stretch(_)), Self::Draw(Stroke::Stretch(_))) => true,
            (Self::Turn { knob, done: false, .. }, Self::Turn { knob: other, .. }) => knob == other,
            (Self::Move { index, done: false, .. }, Self::Move { index: other, .. })
            | (Self::Stretch { index, done: false, .. }, Self::Stretch { index: other, .. })
            | (Self::Edit { index, done: false, .. }, Self::Edit { index: other, .. }) => {
                index == other
            }
            _ => false,
        }
    }

    /// Whether it may wait for the next frame.
    #[must_use]
    pub(crate) fn can_wait(&self) -> bool {
        matches!(
            self,
            Self::Seek(_)
                | Self::Look(_)
                | Self::Brush(_)
                | Self::Draw(Stroke::Stretch(_))
                | Self::Turn { done: false, .. }
                | Self::Move { done: false, .. }
                | Self::Stretch { done: false, .. }
                | Self::Edit { done: false, .. }
        )
    }
}

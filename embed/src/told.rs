//! A moment in words and numbers, for the frame and for the page around it.

use half_open::run::{Run, Scene};
use half_open::time::SimTime;
use half_open_view::numbers::{Numbers, clock};
use half_open_view::story;

use crate::deed::line;
use crate::json::{Object, list, quoted};

/// What there is to tell of a moment, as JSON. Times are in seconds, shares from 0 to 1.
pub(crate) fn of(run: &Run, scene: &Scene) -> String {
    let numbers = Numbers::of(scene);
    let horizon = SimTime::ZERO + run.experiment().scenario.horizon;
    let optional = |value: Option<f64>| value.unwrap_or(f64::NAN);
    let breakers = (0u8..).zip(&scene.scenario.edges).zip(&scene.lines);
    let breakers = breakers.filter(|((_, edge), _)| edge.policy.breaker_enabled);
    let breakers = breakers.map(|((edge, _), held)| {
        let state = held.breaker.state().name();
        Object::new().text("line", &line(&scene.scenario, edge)).text("state", state).done()
    });
    Object::new()
        .text("scenario", &scene.scenario.name)
        .number("t", scene.at.seconds())
        .number("end", horizon.seconds())
        .text("clock", &clock(scene.at))
        .number("success", optional(numbers.success))
        .number("p99", optional(numbers.p99.map(|p99| p99.seconds())))
        .number("amplification", optional(numbers.amplification))
        .number("charges", numbers.charges.into())
        .number("orders", numbers.orders.into())
        .raw("breakers", &list(breakers))
        .done()
}

/// The sentence of a moment as JSON: what comes before the phrase, the phrase, what comes after it, and the
/// role of the line under it.
pub(crate) fn sentence(run: &Run, scene: &Scene) -> String {
    let story = story::sentence(run, scene);
    let parts = [&*story.before, &*story.phrase, &*story.after, story.role.name()];
    list(parts.into_iter().map(quoted))
}

/// The numbers of a moment as they are shown, as JSON: pairs of a name and a value.
pub(crate) fn numbers(scene: &Scene) -> String {
    let numbers = Numbers::of(scene);
    let last = match (numbers.goodput_text(), numbers.degraded_text()) {
        (Some(goodput), _) => ("goodput", goodput),
        (None, Some(degraded)) => ("degraded", degraded),
        (None, None) => ("charges / orders", numbers.charges_text()),
    };
    let all = [
        ("success", numbers.success_text()),
        ("p99", numbers.p99_text()),
        ("amplification", numbers.amplification_text()),
        last,
    ];
    list(all.into_iter().map(|(name, value)| list([name, &*value].into_iter().map(quoted))))
}

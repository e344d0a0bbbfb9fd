//! The layers of a call from the outside in: what each has let through and stopped, and what their order means.

use half_open::policy::stack::Layer;
use half_open::run::Line;
use half_open::scenario::CallPolicy;
use half_open::time::SimDuration;

use crate::numbers::grouped;

/// A layer of the stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// It is outside all others, or not there.
    Deadline,
    /// It can stand anywhere.
    Layer(Layer),
}

/// A layer, as it is shown.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// Which.
    pub part: Part,
    /// With its setting: `retry ×3`.
    pub name: String,
    /// Whether it does anything.
    pub on: bool,
    /// How much it let through: calls, if it stands outside the retry, or attempts.
    pub passed: Option<u32>,
    /// How much it stopped.
    pub stopped: Option<u32>,
    /// What there is to say beside: `224 again`.
    pub more: Option<String>,
}

/// All layers of a call but what it falls back on, outermost first; a deadline that is not there comes last.
#[must_use]
pub fn rows(policy: &CallPolicy, line: &Line) -> Vec<Row> {
    let layers = policy.stack.layers().iter();
    let mut rows: Vec<Row> = layers.map(|layer| row(policy, line, *layer)).collect();
    let deadline = deadline(policy, line);
    let place = if deadline.on { 0 } else { rows.len() };
    rows.insert(place, deadline);
    rows
}

fn deadline(policy: &CallPolicy, line: &Line) -> Row {
    let (limit, layers) = (policy.deadline.per_operation, line.layers);
    Row {
        part: Part::Deadline,
        name: limit.map_or_else(|| "no deadline".into(), |limit| format!("deadline {limit}")),
        on: limit.is_some(),
        passed: limit.map(|_| layers.calls.saturating_sub(layers.late)),
        stopped: limit.map(|_| layers.late),
        more: None,
    }
}

/// How much more the retry asks for than its caller, and the copies that are made right inside it.
fn asked_for(policy: &CallPolicy, line: &Line) -> String {
    let again = format!("{} again", grouped(line.layers.retries));
    match policy.hedge.is_on() {
        true => format!("{again}, {} copies", grouped(line.hedged)),
        false => again,
    }
}

fn row(policy: &CallPolicy, line: &Line, layer: Layer) -> Row {
    let layers = line.layers;
    let (name, on) = match layer {
        Layer::Retry => {
            let most = policy.retry.max_attempts;
            let hedge = policy.hedge.max_attempts;
            match policy.hedge.is_on() {
                true => (format!("retry ×{most}, hedge ×{hedge}"), true),
                false => (format!("retry ×{most}"), most > 1),
            }
        }
        Layer::Breaker if policy.breaker_enabled => ("breaker".into(), true),
        Layer::RateLimit if policy.rate_limit.is_on() => {
            (format!("rate limit {} in {}", policy.rate_limit.permits, policy.rate_limit.per), true)
        }
        Layer::Bulkhead if policy.bulkhead.is_on() => {
            (format!("bulkhead {}", policy.bulkhead.max_in_flight), true)
        }
        Layer::Timeout => match policy.timeout.per_attempt {
            Some(timeout) => (format!("timeout {timeout}"), true),
            None => ("no timeout".into(), false),
        },
        Layer::Breaker | Layer::RateLimit | Layer::Bulkhead => {
            (format!("no {}", layer.name()), false)
        }
    };
    let guards = on && layer != Layer::Retry;
    let (passed, stopped) = (layers.passed(layer), layers.stopped(layer));
    Row {
        part: Part::Layer(layer),
        name,
        on,
        passed: match layer {
            // Those calls that came to it, and what it made more of them.
            Layer::Retry => {
                let outer = policy.stack.layers().iter().take_while(|other| **other != layer);
                let refused: u32 = outer.map(|outer| refused(line, *outer)).sum();
                Some(layers.calls.saturating_sub(refused) + layers.retries)
            }
            _ => guards.then_some(passed),
        },
        stopped: guards.then_some(stopped),
        more: (layer == Layer::Retry).then(|| asked_for(policy, line)),
    }
}

/// What a layer kept from everything inside it.
fn refused(line: &Line, layer: Layer) -> u32 {
    if layer == Layer::Timeout { 0 } else { line.layers.stopped(layer) }
}

/// What follows from where the layers stand, one sentence for each that matters.
#[must_use]
pub fn remarks(policy: &CallPolicy) -> Vec<String> {
    let (stack, most) = (&policy.stack, policy.retry.max_attempts);
    let mut remarks = Vec::new();
    let mut say = |when: bool, text: String| remarks.extend(when.then_some(text));
    let retries = most > 1;
    say(
        retries && policy.breaker_enabled && stack.is_per_call(Layer::Breaker),
        format!(
            "The breaker sees a call fail once, not {most} times: it opens later, and its probe is {most} attempts."
        ),
    );
    let timeout = policy.timeout.per_attempt;
    if let Some(timeout) = timeout.filter(|_| retries && stack.is_per_call(Layer::Timeout)) {
        say(
            true,
            format!(
                "{timeout} for all attempts together: one that hangs leaves no time for another."
            ),
        );
    }
    say(
        retries && policy.rate_limit.is_on() && stack.is_per_call(Layer::RateLimit),
        "The rate limit counts calls: every retry goes through.".into(),
    );
    say(
        retries && policy.bulkhead.is_on() && stack.is_per_call(Layer::Bulkhead),
        "A place in the bulkhead is held during the waits between attempts, too.".into(),
    );
    let whole = timeout.is_some() && stack.is_per_call(Layer::Timeout);
    if policy.deadline.per_operation.is_none() && retries && !whole {
        say(true, endless(timeout, most));
    }
    remarks
}

/// What a call without a deadline takes at most.
fn endless(timeout: Option<SimDuration>, most: u32) -> String {
    match timeout {
        None => "Without a deadline or a timeout, a call takes as long as it takes.".into(),
        Some(timeout) => format!(
            "Without a deadline, a call takes up to {most} × {timeout} and the waits between."
        ),
    }
}

#[cfg(test)]
mod tests {
    use half_open::run::{Limits, Run, Seeker};
    use half_open::scenario::knob::EdgeKnob;
    use half_open::scenario::{Knob, library};
    use half_open::time::SimTime;

    use super::*;

    /// The layers of `api → bank` in *payments* at the end, in this order.
    fn payments(order: &str) -> (CallPolicy, Vec<Row>) {
        let mut experiment = library::payments();
        let knob = Knob::Edge(1, EdgeKnob::Stack);
        let value = knob.spec().unit.read(order).expect("an order");
        knob.set(&mut experiment.scenario, value).expect("in range");
        let policy = experiment.scenario.edges[1].policy.clone();
        let run = Run::new(experiment, Limits::default());
        let mut seeker = Seeker::new();
        let scene = seeker.seek(&run, SimTime::from_millis(60_000));
        let rows = rows(&policy, &scene.lines[1]);
        (policy, rows)
    }

    fn of(rows: &[Row], layer: Layer) -> &Row {
        rows.iter().find(|row| row.part == Part::Layer(layer)).expect("it is there")
    }

    #[test]
    fn what_goes_in_comes_out_or_is_stopped() {
        let (_, rows) = payments("retry > breaker > rate limit > bulkhead > timeout");
        let (retry, breaker) = (of(&rows, Layer::Retry), of(&rows, Layer::Breaker));
        assert_eq!(retry.passed, breaker.passed.zip(breaker.stopped).map(|(a, b)| a + b));
        assert!(breaker.stopped > Some(50), "{breaker:?}");
        let timeout = of(&rows, Layer::Timeout);
        let ended = timeout.passed.zip(timeout.stopped).map_or(0, |(a, b)| a + b);
        let under_way = breaker.passed.unwrap_or(0) - ended;
        assert!(under_way < 10, "{under_way} are under way at the end");
    }

    #[test]
    fn outside_the_retry_a_breaker_counts_calls() {
        let (_, rows) = payments("breaker > retry > rate limit > bulkhead > timeout");
        let (retry, breaker) = (of(&rows, Layer::Retry), of(&rows, Layer::Breaker));
        assert!(breaker.stopped > Some(50), "{breaker:?}");
        let again = retry.more.as_deref().and_then(|more| more.split(' ').next()?.parse().ok());
        let made = |(calls, again): (u32, u32)| calls + again;
        assert_eq!(retry.passed, breaker.passed.zip(again).map(made));
    }

    #[test]
    fn each_of_the_classic_mistakes_is_told() {
        let told = |order: &str| remarks(&payments(order).0);
        let usual = told("retry > breaker > rate limit > bulkhead > timeout");
        assert_eq!(
            usual,
            ["Without a deadline, a call takes up to 3 × 300 ms and the waits between."]
        );
        let inside = told("breaker > retry > rate limit > bulkhead > timeout");
        assert!(inside[0].contains("not 3 times"), "{inside:?}");
        let outside = told("timeout > retry > breaker > rate limit > bulkhead");
        assert_eq!(
            outside,
            ["300 ms for all attempts together: one that hangs leaves no time for another."]
        );
    }
}

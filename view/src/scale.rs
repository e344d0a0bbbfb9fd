//! Where a slider stops: at round values, evenly for shares and plain numbers, by ratio for
//! durations, rates and counts.

use half_open::scenario::knob::{Spec, Unit};

/// Round steps within a factor of ten.
const ROUND: [f64; 10] = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0];
const MS: f64 = 1e6;
const S: f64 = 1e9;

/// Every value at which a slider stops, in the order from left to right. What lies beyond can
/// be typed.
#[must_use]
pub fn stops(spec: &Spec) -> Vec<f64> {
    let (low, high) = reach(spec);
    let mut stops = Vec::new();
    match spec.unit {
        Unit::Share => stops.extend((0..=100).map(|percent| f64::from(percent) / 100.0)),
        Unit::Number if spec.name == "times" => stops.extend((0..=20).map(f64::from)),
        Unit::Number if spec.name == "intensity" => {
            stops.extend((0..=24).map(|step| f64::from(step) / 2.0));
        }
        Unit::Number => stops.extend((0..=60).map(|step| f64::from(step) / 20.0)),
        // Its layers are pulled.
        Unit::Stack => {}
        Unit::Choice(names) => stops.extend((0u8..).zip(names).map(|(index, _)| f64::from(index))),
        Unit::Duration(_) | Unit::Rate | Unit::Count => {
            let word_for_zero = matches!(spec.unit, Unit::Duration(Some(_)));
            if spec.min == 0.0 && !word_for_zero {
                stops.push(0.0);
            }
            push_round(&mut stops, low.max(f64::MIN_POSITIVE), high, spec.unit == Unit::Count);
            if word_for_zero {
                stops.push(0.0);
            }
        }
    }
    stops.retain(|stop| (low..=high).contains(stop) || *stop == 0.0 && spec.min <= 0.0);
    stops
}

fn push_round(stops: &mut Vec<f64>, low: f64, high: f64, whole: bool) {
    if whole {
        stops.extend((1..=10).map(f64::from));
    }
    let mut decade = if whole { 10.0 } else { 1.0 };
    while decade <= high {
        let round = ROUND.map(|step| step * decade);
        stops.extend(
            round.into_iter().filter(|v| *v >= low && stops.last() < Some(v)).collect::<Vec<_>>(),
        );
        decade *= 10.0;
    }
}

/// The part of a knob's range that is worth a slider's travel.
fn reach(spec: &Spec) -> (f64, f64) {
    let (low, high) = match (spec.unit, spec.name) {
        (_, "timeout") => (10.0 * MS, 10.0 * S),
        (_, "base" | "jitter") => (10.0 * MS, 10.0 * S),
        (_, "latency" | "time" | "target" | "interval") => (MS, 5.0 * S),
        // Stripe remembers keys for a day, or for thirty.
        (_, "keep_for") => (S, 30.0 * 86_400.0 * S),
        (Unit::Duration(_), _) => (100.0 * MS, 60.0 * S),
        (_, "attempts" | "probes" | "successes") => (1.0, 10.0),
        (_, "workers") => (1.0, 100.0),
        (_, "window_size" | "min_calls" | "failures") => (0.0, 100.0),
        (Unit::Rate | Unit::Count, _) => (1.0, 1000.0),
        _ => (spec.min, spec.max),
    };
    (low.max(spec.min), high.min(spec.max))
}

/// The stop nearest to a value, by ratio.
#[must_use]
pub fn nearest(stops: &[f64], value: f64) -> usize {
    let distance = |stop: f64| if stop == value { 1.0 } else { (stop / value).max(value / stop) };
    let best = stops.iter().enumerate().min_by(|a, b| distance(*a.1).total_cmp(&distance(*b.1)));
    best.map_or(0, |(index, _)| index)
}

#[cfg(test)]
mod tests {
    use half_open::scenario::{Knob, library};

    use super::*;

    #[test]
    fn every_knob_stops_at_its_default_or_near() {
        let scenario = library::payments().scenario;
        let slides = |knob: &Knob| knob.spec().unit != Unit::Stack;
        for knob in Knob::all(&scenario).into_iter().filter(slides) {
            let (spec, value) = (knob.spec(), knob.get(&scenario).expect("a knob of it"));
            let stops = stops(&spec);
            assert!(stops.iter().all(|stop| (spec.min..=spec.max).contains(stop)), "{spec:?}");
            assert!(stops.len() > 1 && stops.len() <= 101, "{spec:?} {}", stops.len());
            let near = stops[nearest(&stops, value)];
            let close = near == value || (near / value).max(value / near) < 1.13;
            assert!(close || value == 0.0, "{}: {near} for {value}", spec.name);
        }
    }

    #[test]
    fn a_timeout_for_ever_is_at_the_right_end() {
        let spec = Spec {
            name: "timeout",
            label: "",
            unit: Unit::Duration(Some("for ever")),
            min: 0.0,
            max: 86_400.0 * S,
        };
        let stops = stops(&spec);
        assert_eq!((stops[0], stops.last()), (10.0 * MS, Some(&0.0)));
        assert_eq!(nearest(&stops, 0.0), stops.len() - 1);
        assert_eq!(stops[nearest(&stops, 300.0 * MS)], 300.0 * MS);
        assert_eq!(nearest(&stops, 3_600.0 * S), stops.len() - 2);
    }

    #[test]
    fn few_things_are_counted_one_by_one() {
        let spec = Spec { name: "", label: "", unit: Unit::Count, min: 0.0, max: 1e5 };
        let stops = stops(&spec);
        assert_eq!(stops[..13], [0., 1., 2., 3., 4., 5., 6., 7., 8., 9., 10., 12., 15.]);
        assert_eq!(stops.last(), Some(&1000.0));
    }
}

//! Which settings somebody has changed, of a system that is to be mended with few of them.

use half_open::scenario::{Experiment, Knob};

/// What is different from what there was.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Changes {
    /// The paths of the settings that were turned.
    pub settings: Vec<String>,
    /// Whether something else is different than the settings that may be: other settings, the system, or
    /// what is done to it.
    pub more: bool,
}

impl Changes {
    /// Compares two experiments under whatever luck. `offers` are the paths of the settings that may
    /// be turned.
    #[must_use]
    pub fn of(before: &Experiment, after: &Experiment, offers: &[String]) -> Self {
        let mut replayed = before.scenario.clone();
        let turned = Knob::all(&before.scenario).into_iter().filter_map(|knob| {
            let value = knob.get(&after.scenario)?;
            (knob.get(&before.scenario) != Some(value)).then_some((knob, value))
        });
        let turned: Vec<(Knob, f64)> = turned.collect();
        for (knob, value) in &turned {
            // What cannot be turned shows as another difference.
            let _ = knob.set(&mut replayed, *value);
        }
        let settings: Vec<String> =
            turned.iter().map(|(knob, _)| knob.path(&before.scenario)).collect();
        // Where cards are is nothing that happens.
        let more = !replayed.happens_like(&after.scenario)
            || before.interventions != after.interventions
            || settings.iter().any(|path| !offers.contains(path));
        Self { settings, more }
    }
}

#[cfg(test)]
mod tests {
    use half_open::scenario::knob::EdgeKnob;
    use half_open::scenario::library;

    use super::*;

    fn turned(before: &Experiment, turns: &[(EdgeKnob, f64)]) -> Experiment {
        let mut after = before.clone();
        for (knob, value) in turns {
            let set = Knob::Edge(1, *knob).set(&mut after.scenario, *value);
            assert!(set.is_ok(), "{knob:?}");
        }
        after
    }

    #[test]
    fn settings_are_counted_and_nothing_else_may_change() {
        let before = library::payments();
        let offers = ["api-bank.timeout".to_owned(), "api-bank.attempts".to_owned()];
        let of = |after: &Experiment| Changes::of(&before, after, &offers);
        assert_eq!(of(&before), Changes::default());
        let two = turned(&before, &[(EdgeKnob::Timeout, 100e6), (EdgeKnob::Attempts, 1.0)]);
        let settings = of(&two).settings;
        assert_eq!(settings.len(), 2, "{settings:?}");
        assert!(!of(&two).more && settings.iter().all(|path| offers.contains(path)));
        let other = turned(&before, &[(EdgeKnob::Base, 1e6)]);
        assert!(of(&other).more, "a setting that is not offered");
        let luckier = Experiment { seed: 7, ..before.clone() };
        assert_eq!(of(&luckier), Changes::default(), "luck is no setting");
        let healed = Experiment { interventions: Vec::new(), ..before.clone() };
        assert!(of(&healed).more, "what is done to it stays");
        let mut moved = before.clone();
        moved.scenario.nodes[2].name = "my bank".into();
        assert!(of(&moved).more);
    }
}

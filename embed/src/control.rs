//! A knob as a control of the frame.

use half_open::scenario::knob::Unit;
use half_open::scenario::{Experiment, Knob};
use half_open::time::SimTime;
use half_open_view::scale;

use crate::json::{Object, list, quoted};

/// A knob with all that its control shows.
#[derive(Clone, PartialEq, Debug)]
pub struct Control {
    /// Which.
    pub knob: Knob,
    /// Its path: `api-bank.timeout`.
    pub path: String,
    /// What it belongs to: `api → bank`.
    pub of: String,
    /// Its name for people.
    pub label: &'static str,
    /// What kind of control it is.
    pub form: Form,
    /// Which of the form's values it has, or is next to.
    pub place: usize,
    /// Its value in words.
    pub value: String,
}

/// A kind of control.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Off or on.
    Switch,
    /// One of so many names.
    Choice(&'static [(&'static str, &'static str)]),
    /// One of so many values.
    Slider(usize),
}

impl Control {
    /// A knob as it stands at a moment.
    #[must_use]
    pub fn of(experiment: &Experiment, knob: Knob, at: SimTime) -> Self {
        let (spec, scenario) = (knob.spec(), &experiment.scenario);
        let value = experiment.scenario_at(at);
        let value = knob.get(&value).or_else(|| knob.get(scenario)).unwrap_or_default();
        let of = match knob {
            Knob::Edge(edge, _) => scenario.edge_name(edge),
            Knob::Service(node, _) | Knob::Clients(node, _) => scenario.node_name(node).to_owned(),
        };
        let (form, place) = match spec.unit {
            Unit::Choice([(_, "off"), (_, "on")]) => (Form::Switch, value as usize),
            Unit::Choice(names) => (Form::Choice(names), value as usize),
            _ => {
                let stops = scale::stops(&spec);
                (Form::Slider(stops.len()), scale::nearest(&stops, value))
            }
        };
        // Where no heading stands above it, “per attempt” says too little.
        let label = if spec.name == "timeout" { "timeout" } else { spec.label };
        Self {
            knob,
            path: knob.path(scenario),
            of,
            label,
            form,
            place,
            value: spec.unit.show(value),
        }
    }

    /// The value at a place of the form.
    #[must_use]
    pub fn value_at(knob: Knob, place: usize) -> f64 {
        match knob.spec().unit {
            Unit::Choice(_) => place as f64,
            _ => {
                let stops = scale::stops(&knob.spec());
                stops.get(place).or(stops.last()).copied().unwrap_or_default()
            }
        }
    }

    /// For the frame, as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        let (kind, names, stops) = match self.form {
            Form::Switch => ("switch", &[][..], 2),
            Form::Choice(names) => ("choice", names, names.len()),
            Form::Slider(stops) => ("slider", &[][..], stops),
        };
        Object::new()
            .text("path", &self.path)
            .text("of", &self.of)
            .text("label", self.label)
            .text("kind", kind)
            .raw("names", &list(names.iter().map(|(_, label)| quoted(label))))
            .number("stops", stops as f64)
            .number("place", self.place as f64)
            .text("value", &self.value)
            .done()
    }
}

#[cfg(test)]
mod tests {
    use half_open::scenario::knob::EdgeKnob;
    use half_open::scenario::library;

    use super::*;

    #[test]
    fn what_kind_of_control_it_is_follows_from_the_unit() {
        let experiment = library::payments();
        let of = |knob| Control::of(&experiment, Knob::Edge(1, knob), SimTime::ZERO);
        let timeout = of(EdgeKnob::Timeout);
        assert_eq!((timeout.label, timeout.value.as_str()), ("timeout", "300 ms"));
        assert_eq!(
            (timeout.path.as_str(), timeout.of.as_str()),
            ("api-bank.timeout", "api → bank")
        );
        assert_eq!(Control::value_at(timeout.knob, timeout.place), 300e6);
        let Form::Slider(stops) = timeout.form else { panic!("it slides") };
        assert_eq!(Control::value_at(timeout.knob, stops + 7), 0.0, "for ever is at the end");
        assert_eq!((of(EdgeKnob::Breaker).form, of(EdgeKnob::Breaker).place), (Form::Switch, 1));
        let backoff = of(EdgeKnob::Backoff);
        assert!(
            matches!(backoff.form, Form::Choice(names) if names[backoff.place].1 == backoff.value)
        );
    }
}

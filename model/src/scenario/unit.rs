//! What the number of a knob means, and how it is written.

use crate::decimal;
use crate::policy::stack::Stack;
use crate::time::SimDuration;

const HOUR: f64 = 3_600e9;

/// What a knob's number means.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Unit {
    /// Nanoseconds; 0 reads as the word, if there is one.
    Duration(Option<&'static str>),
    /// A fraction, shown in percent.
    Share,
    /// Per second.
    Rate,
    /// A whole number of things.
    Count,
    /// A plain number.
    Number,
    /// One of these, by index: its name in files and its name for people.
    Choice(&'static [(&'static str, &'static str)]),
    /// The number of an order of a call's layers.
    Stack,
}

impl Unit {
    /// A value as people read it.
    #[must_use]
    pub fn show(&self, value: f64) -> String {
        match self {
            Self::Duration(Some(word)) if value == 0.0 => (*word).to_owned(),
            Self::Duration(_) if value >= 24.0 * HOUR => format!("{} h", trimmed(value / HOUR)),
            Self::Duration(_) => SimDuration::from_nanos_f64(value).to_string(),
            Self::Share => format!("{} %", trimmed(value * 100.0)),
            Self::Rate => format!("{}/s", trimmed(value)),
            Self::Count | Self::Number => trimmed(value),
            Self::Choice(names) => {
                names.get(value as usize).map_or_else(|| trimmed(value), |n| n.1.to_owned())
            }
            Self::Stack => Stack::numbered(value as u32).to_string(),
        }
    }

    /// The same without rounding: for values whose last digits are what is wrong with them.
    pub(super) fn exact(&self, value: f64) -> String {
        match self {
            Self::Duration(_) if value < 0.0 => format!("{} ns", decimal::show(value)),
            Self::Duration(_) | Self::Choice(_) | Self::Stack => self.show(value),
            Self::Share => format!("{} %", decimal::show(value * 100.0)),
            Self::Rate => format!("{}/s", decimal::show(value)),
            Self::Count | Self::Number => decimal::show(value),
        }
    }

    /// Reads what [`show`](Self::show) prints, and the names that files use.
    ///
    /// # Errors
    /// The rest of a sentence that begins with the name of the setting.
    pub fn read(&self, text: &str) -> Result<f64, String> {
        let text = text.trim();
        let number = |text: &str| {
            let bad = || format!("must be a number, not “{}”", short(text));
            decimal::parse(text.trim()).ok_or_else(bad)
        };
        match self {
            Self::Duration(Some(word)) if text == *word => Ok(0.0),
            Self::Duration(_) => match text.parse::<SimDuration>() {
                Ok(duration) => Ok(duration.nanos() as f64),
                Err(error) => Err(format!("cannot be read: {error}")),
            },
            Self::Share => match text.strip_suffix('%') {
                Some(percent) => number(percent).map(|p| p / 100.0),
                None => number(text),
            },
            Self::Rate => number(text.strip_suffix("/s").unwrap_or(text)),
            Self::Count | Self::Number => number(text),
            Self::Stack => match text.parse::<Stack>() {
                Ok(stack) => Ok(f64::from(stack.number())),
                Err(problem) => Err(problem.message),
            },
            Self::Choice(names) => {
                let named = |(name, label): &(&str, &str)| *name == text || *label == text;
                names.iter().position(named).map(|index| index as f64).ok_or_else(|| {
                    let all: Vec<_> = names.iter().map(|(name, _)| *name).collect();
                    format!("must be one of {}, not “{}”", all.join(", "), short(text))
                })
            }
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// At most three decimals, and none that say nothing.
fn trimmed(value: f64) -> String {
    decimal::rounded(value, 3)
}

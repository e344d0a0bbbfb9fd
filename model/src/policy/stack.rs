//! In which order the policies of a call stand, from the outside in: what an outer one sees is only what
//! becomes of everything inside it.
//!
//! The order is a decision, and libraries differ: resilience4j's Spring module puts the retry outside the
//! breaker, Polly's standard pipeline for HTTP puts a rate limit and a timeout for everything outside both, and
//! a hand-made chain has whatever somebody wrote first.
//!
//! What stands outside the retry is asked once per call, and hears how the call ended; what stands inside
//! it is asked for every attempt. A timeout outside the retry is one for all attempts together; one
//! outside the bulkhead goes on while an attempt waits for its place.
//!
//! Two are not part of it: a deadline is always outside all of them, and copies of an attempt are made right
//! inside the retry, so that each copy is an attempt like any other.
//!
//! ```
//! use half_open::policy::stack::{Layer, Stack};
//!
//! let usual = Stack::default();
//! assert!(usual.is_outside(Layer::Retry, Layer::Breaker));
//!
//! let other = usual.moved(Layer::Breaker, 0);
//! assert_eq!(other.to_string(), "breaker › retry › rate limit › bulkhead › timeout");
//! assert!(other.is_per_call(Layer::Breaker));
//! ```

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Problem;

/// A policy that can be moved.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Makes attempts.
    Retry,
    /// Lets nothing through while it is open.
    Breaker,
    /// Lets so much through in so much time.
    RateLimit,
    /// Lets so many through at once.
    Bulkhead,
    /// Waits no longer than so long.
    Timeout,
}

const LAYERS: usize = 5;

impl Layer {
    /// All of them, in their usual order.
    pub const ALL: [Self; LAYERS] =
        [Self::Retry, Self::Breaker, Self::RateLimit, Self::Bulkhead, Self::Timeout];

    /// Its name for people: `rate limit`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Breaker => "breaker",
            Self::RateLimit => "rate limit",
            Self::Bulkhead => "bulkhead",
            Self::Timeout => "timeout",
        }
    }
}

/// All layers, outermost first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "Vec<Layer>", into = "Vec<Layer>")]
pub struct Stack([Layer; LAYERS]);

impl Default for Stack {
    /// That of resilience4j's Spring module, with its bulkhead and its rate limit: every attempt is
    /// seen by all.
    fn default() -> Self {
        Self(Layer::ALL)
    }
}

impl Stack {
    /// How many orders there are.
    pub const COUNT: u32 = 120;

    /// The layers, outermost first.
    #[must_use]
    pub const fn layers(&self) -> &[Layer] {
        &self.0
    }

    /// Whether this is what a call has that was told nothing.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// How many layers are outside this one.
    #[must_use]
    pub fn place(&self, layer: Layer) -> usize {
        self.0.iter().position(|other| *other == layer).unwrap_or(0)
    }

    /// Whether one layer is outside another.
    #[must_use]
    pub fn is_outside(&self, outer: Layer, inner: Layer) -> bool {
        self.place(outer) < self.place(inner)
    }

    /// Whether a layer sees calls, and not their attempts.
    #[must_use]
    pub fn is_per_call(&self, layer: Layer) -> bool {
        self.is_outside(layer, Layer::Retry)
    }

    /// The same with one layer in this place; the others keep their order.
    #[must_use]
    pub fn moved(&self, layer: Layer, place: usize) -> Self {
        let mut order: Vec<Layer> = self.0.iter().copied().filter(|o| *o != layer).collect();
        order.insert(place.min(order.len()), layer);
        Self::try_from(order).unwrap_or(*self)
    }

    /// Its number among all orders, below [`COUNT`](Self::COUNT); that of the usual one is 0.
    #[must_use]
    pub fn number(&self) -> u32 {
        let mut left = Layer::ALL.to_vec();
        self.0.iter().fold(0, |number, layer| {
            let choices = left.len() as u32;
            let place = left.iter().position(|other| other == layer).unwrap_or(0);
            left.remove(place);
            number * choices + place as u32
        })
    }

    /// The order of this number; numbers begin again after the last one.
    #[must_use]
    pub fn numbered(number: u32) -> Self {
        let mut places = [0; LAYERS];
        let mut rest = number % Self::COUNT;
        for (choices, place) in (1..).zip(places.iter_mut().rev()) {
            (*place, rest) = (rest % choices, rest / choices);
        }
        let mut left = Layer::ALL.to_vec();
        Self(places.map(|place| left.remove(place as usize)))
    }
}

impl TryFrom<Vec<Layer>> for Stack {
    type Error = Problem;

    fn try_from(layers: Vec<Layer>) -> Result<Self, Problem> {
        let all: [Layer; LAYERS] = layers.try_into().map_err(|_| incomplete())?;
        match Layer::ALL.iter().all(|layer| all.contains(layer)) {
            true => Ok(Self(all)),
            false => Err(incomplete()),
        }
    }
}

fn incomplete() -> Problem {
    Problem::new("stack", format!("must name each of {} once", Stack::default()))
}

impl From<Stack> for Vec<Layer> {
    fn from(stack: Stack) -> Self {
        stack.0.to_vec()
    }
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0.map(Layer::name).join(" › "))
    }
}

/// Reads what is shown, also with `>` or a comma between the names.
impl FromStr for Stack {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let layer = |name: &str| {
            let name = name.trim().replace('_', " ");
            Layer::ALL.into_iter().find(|layer| layer.name() == name)
        };
        let layers: Option<Vec<Layer>> = text.split(['›', '>', ',']).map(layer).collect();
        layers.ok_or_else(incomplete).and_then(Self::try_from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_has_a_number_of_its_own() {
        let all: Vec<Stack> = (0..Stack::COUNT).map(Stack::numbered).collect();
        for (number, stack) in (0..).zip(&all) {
            assert_eq!(stack.number(), number, "{stack}");
            assert_eq!(all.iter().filter(|other| *other == stack).count(), 1, "{stack}");
        }
        assert_eq!(Stack::default().number(), 0);
    }

    #[test]
    fn an_order_is_read_as_it_is_shown() {
        for stack in (0..Stack::COUNT).map(Stack::numbered) {
            assert_eq!(stack.to_string().parse(), Ok(stack));
        }
        let typed = "timeout > retry > breaker, rate_limit > bulkhead".parse();
        assert_eq!(typed, Ok(Stack::default().moved(Layer::Timeout, 0)));
    }

    #[test]
    fn a_layer_is_neither_missing_nor_there_twice() {
        let wanted =
            "stack must name each of retry › breaker › rate limit › bulkhead › timeout once";
        for bad in [
            "retry",
            "retry > retry > breaker > bulkhead > timeout",
            "retry > breaker > rate limit > bulkhead > timeout > retry",
            "retry > breaker > rate limit > bulkhead > hedge",
            "",
        ] {
            let problem = bad.parse::<Stack>().expect_err(bad);
            assert_eq!(problem.to_string(), wanted, "{bad}");
        }
    }

    #[test]
    fn a_layer_that_moves_leaves_the_others_in_their_order() {
        let stack = Stack::default();
        for layer in Layer::ALL {
            for place in 0..9 {
                let moved = stack.moved(layer, place);
                assert_eq!(moved.place(layer), place.min(4));
                let rest = |stack: Stack| stack.0.into_iter().filter(move |o| *o != layer);
                assert!(rest(moved).eq(rest(stack)), "{layer:?} to {place}");
            }
        }
    }
}

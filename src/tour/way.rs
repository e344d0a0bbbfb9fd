//! What an address says of a lesson: `lesson=timeout/guess&guess=20`, and what is different from what it
//! tells of.

use std::rc::Rc;

use half_open_view::lesson::Lesson;
use half_open_view::link;

use crate::store::{Action, Guess, State, Tour, Turn, beat_of};

/// What an address asks for.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Way {
    /// The name of the lesson.
    pub lesson: String,
    /// The name of the beat.
    pub beat: String,
    /// The language it is told in; none is English.
    pub language: String,
    /// What was guessed there.
    pub guess: Option<Guess>,
}

/// What stands before the name of a lesson.
const LESSON: &str = "lesson=";
/// What stands before a language.
const LANGUAGE: &str = "lang=";
/// What stands before a guess.
const GUESS: &str = "guess=";
/// What stands for the guess of those who only want the answer.
const PASSED: &str = "none";

impl Way {
    /// Reads what follows the `#` of an address, and gives the rest of it.
    #[must_use]
    pub(crate) fn read(hash: &str) -> Option<(Self, Option<&str>)> {
        let mut parts = hash.split('&');
        let path = parts.next()?.strip_prefix(LESSON)?;
        let (lesson, beat) = path.split_once('/').unwrap_or((path, ""));
        let plain = |c: char| c.is_ascii_lowercase() || c == '-';
        if lesson.is_empty() || !lesson.chars().all(plain) {
            return None;
        }
        let (mut language, mut guess, mut rest) = (String::new(), None, None);
        for part in parts {
            if let Some(text) = part.strip_prefix(GUESS) {
                let number = |text: &str| text.parse().ok().filter(|n: &f64| n.is_finite());
                let passed = (text == PASSED).then_some(Guess::Passed);
                guess = passed.or_else(|| number(text).map(Guess::Of));
            } else if let Some(code) = part.strip_prefix(LANGUAGE) {
                language = code.chars().take_while(char::is_ascii_lowercase).collect();
            } else {
                rest = rest.or(Some(part));
            }
        }
        let (lesson, beat) = (lesson.into(), beat.into());
        Some((Self { lesson, beat, language, guess }, rest))
    }

    /// Whether it leads to a step of this lesson, in its language.
    #[must_use]
    pub(crate) fn is_in(&self, lesson: &Lesson) -> bool {
        self.lesson == lesson.name && self.language == lesson.language
    }

    /// What goes there, once the lesson is known.
    #[must_use]
    pub(crate) fn turn(&self, lesson: Rc<Lesson>, place: Option<Box<link::State>>) -> Action {
        let beat = beat_of(&lesson, &self.beat);
        Action::Tour(match place {
            None => Turn::Begin(lesson, beat, self.guess),
            Some(place) => Turn::Resume(lesson, beat, self.guess, place),
        })
    }

    /// Where somebody is in a lesson.
    #[must_use]
    pub(crate) fn of(tour: &Tour) -> Self {
        let (lesson, beat) = (tour.lesson.name.clone(), tour.beat_name().to_owned());
        Self { lesson, beat, language: tour.lesson.language.clone(), guess: tour.guess }
    }

    /// What follows the `#`. What is shown is left out, where it is what the beat begins with.
    #[must_use]
    pub(crate) fn hash(&self, tour: &Tour, state: &State) -> String {
        let Self { lesson, beat, language, guess } = self;
        let language = match language.as_str() {
            "" => String::new(),
            code => format!("&{LANGUAGE}{code}"),
        };
        let guess = match guess {
            None => String::new(),
            Some(Guess::Of(value)) => format!("&{GUESS}{value}"),
            Some(Guess::Passed) => format!("&{GUESS}{PASSED}"),
        };
        let place = link::encode(&state.place());
        let told = tour.beat().is_some_and(|beat| beat.link == place);
        let rest = if told { String::new() } else { format!("&s={place}") };
        format!("#{LESSON}{lesson}/{beat}{language}{guess}{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_says_is_understood_and_nothing_else_is() {
        let way = |guess| Way {
            lesson: "time-out".into(),
            beat: "guess".into(),
            language: String::new(),
            guess: Option::map(guess, Guess::Of),
        };
        assert_eq!(Way::read("lesson=time-out/guess"), Some((way(None), None)));
        let all = "lesson=time-out/guess&guess=20.5&s=AQAK";
        assert_eq!(Way::read(all), Some((way(Some(20.5)), Some("s=AQAK"))));
        let first = Way { lesson: "retry".into(), beat: String::new(), ..way(None) };
        assert_eq!(Way::read("lesson=retry"), Some((first, None)));
        assert_eq!(Way::read("lesson=time-out/guess&guess=NaN"), Some((way(None), None)));
        let passed = Way { guess: Some(Guess::Passed), ..way(None) };
        assert_eq!(Way::read("lesson=time-out/guess&guess=none"), Some((passed, None)));
        let german = Way { language: "de".into(), ..way(Some(3.0)) };
        assert_eq!(Way::read("lesson=time-out/guess&lang=de&guess=3"), Some((german, None)));
        for other in ["s=AQAK", "lesson=", "lesson=../secret", "lesson=a.b/c", ""] {
            assert_eq!(Way::read(other), None, "{other}");
        }
    }
}

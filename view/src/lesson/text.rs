//! A lesson as plain text, a field a line: what the page fetches.

use super::{Beat, Code, Lesson, Question, Task};
use half_open::time::SimTime;

impl Lesson {
    /// Writes it for [`read`](Self::read).
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = Lines::default();
        out.put("number", self.number);
        out.put("name", &self.name);
        out.put("language", &self.language);
        out.put("title", &self.title);
        out.put("about", &self.about);
        self.remember.iter().for_each(|sentence| out.put("remember", sentence));
        if let Some((name, title)) = &self.next {
            out.put("next", format!("{name} {title}"));
        }
        for (key, word) in &self.words {
            out.put("word", key);
            out.put("means", word);
        }
        for code in &self.code {
            out.put("library", &code.library);
            out.put("code", &code.text);
        }
        self.beats.iter().for_each(|beat| beat.write(&mut out));
        out.0
    }

    /// Reads what [`write`](Self::write) wrote.
    ///
    /// # Errors
    /// A sentence about the first line that means nothing.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut lesson = Self::default();
        for line in text.lines() {
            let (field, value) = line.split_once(' ').unwrap_or((line, ""));
            let value = unescaped(value);
            lesson.take(field, value).ok_or_else(|| format!("“{line}” is no part of a lesson."))?;
        }
        Ok(lesson)
    }

    fn take(&mut self, field: &str, value: String) -> Option<()> {
        match field {
            "number" => self.number = value.parse().ok()?,
            "language" => self.language = value,
            "title" => self.title = value,
            "about" => self.about = value,
            "remember" => self.remember.push(value),
            "next" => {
                let (name, title) = value.split_once(' ')?;
                self.next = Some((name.into(), title.into()));
            }
            "word" => self.words.push((value, String::new())),
            "means" => self.words.last_mut()?.1 = value,
            "library" => self.code.push(Code { library: value, text: String::new() }),
            "code" => self.code.last_mut()?.text = value,
            "beat" => self.beats.push(Beat { name: value, ..Beat::default() }),
            "name" => self.name = value,
            _ => self.beats.last_mut()?.take(field, value)?,
        }
        Some(())
    }
}

impl Beat {
    fn write(&self, out: &mut Lines) {
        out.put("beat", &self.name);
        out.put("says", &self.says);
        out.put("mark", &self.mark);
        out.put("link", &self.link);
        out.put("until", self.until.nanos());
        self.look.iter().for_each(|name| out.put("look", name));
        self.offers.iter().for_each(|path| out.put("offer", path));
        if let Some(question) = &self.question {
            out.put("asks", &question.asks);
            out.put("answer", &question.answer);
            out.put("things", &question.things);
            out.put("least", question.between.0);
            out.put("most", question.between.1);
            for (says, claim) in &question.choices {
                out.put("choice", says);
                out.put("if", claim);
            }
            out.put("reveals", &question.reveals);
        }
        if let Some(task) = &self.task {
            out.put("task", &task.says);
            task.goals.iter().for_each(|goal| out.put("goal", goal));
            out.put("shown", &task.shown);
            out.put("done", &task.done);
            out.put("seeds", task.seeds);
            out.put("at-most", task.most);
        }
        out.put("note", &self.note);
        out.put("ask", &self.ask);
    }

    fn take(&mut self, field: &str, value: String) -> Option<()> {
        match (field, &mut self.question, &mut self.task) {
            ("says", ..) => self.says = value,
            ("mark", ..) => self.mark = value,
            ("link", ..) => self.link = value,
            ("until", ..) => self.until = SimTime::from_nanos(value.parse().ok()?),
            ("look", ..) => self.look.push(value),
            ("offer", ..) => self.offers.push(value),
            ("note", ..) => self.note = value,
            ("ask", ..) => self.ask = value,
            ("asks", ..) => self.question = Some(Question { asks: value, ..Question::default() }),
            ("answer", Some(question), _) => question.answer = value,
            ("things", Some(question), _) => question.things = value,
            ("seeds", _, Some(task)) => task.seeds = value.parse().ok()?,
            ("at-most", _, Some(task)) => task.most = value.parse().ok()?,
            ("least", Some(question), _) => question.between.0 = value.parse().ok()?,
            ("most", Some(question), _) => question.between.1 = value.parse().ok()?,
            ("choice", Some(question), _) => question.choices.push((value, String::new())),
            ("if", Some(question), _) => question.choices.last_mut()?.1 = value,
            ("reveals", Some(question), _) => question.reveals = value,
            ("task", ..) => self.task = Some(Task { says: value, ..Task::default() }),
            ("goal", _, Some(task)) => task.goals.push(value),
            ("shown", _, Some(task)) => task.shown = value,
            ("done", _, Some(task)) => task.done = value,
            _ => return None,
        }
        Some(())
    }
}

/// Lines that are being written; what is empty is left out.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn put(&mut self, field: &str, value: impl ToString) {
        let value = value.to_string();
        if !value.is_empty() {
            self.0 += &format!("{field} {}\n", value.replace('\\', "\\\\").replace('\n', "\\n"));
        }
    }
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' if rest.as_str().starts_with('n') => {
                rest.next();
                out.push('\n');
            }
            '\\' => out.extend(rest.next()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_it_was() {
        let beat = Beat {
            name: "slow".into(),
            says: "The bank is *slow*.".into(),
            mark: "failure".into(),
            link: "AQ".into(),
            until: SimTime::from_millis(4_900),
            look: vec!["api-bank".into(), "my bank".into()],
            offers: vec!["api-bank.timeout".into()],
            question: Some(Question {
                asks: "How many calls?".into(),
                answer: "count \"bank\" in 4 s..9 s".into(),
                things: "calls".into(),
                between: (0.0, 200.5),
                choices: vec![("One".into(), "count \"bank\" = 1".into())],
                reveals: "So many.".into(),
            }),
            task: Some(Task {
                says: "Mend it.".into(),
                goals: vec!["success >= 95 %".into(), "p99 < 1 s".into()],
                shown: "AR".into(),
                done: "It is mended.".into(),
                seeds: 50,
                most: 3,
            }),
            note: "Wait.\nThen ask.".into(),
            ask: "Why?".into(),
        };
        let lesson = Lesson {
            number: 4,
            name: "breaker".into(),
            language: "de".into(),
            title: "A slow bank".into(),
            about: "About \\ it.".into(),
            beats: vec![beat, Beat { name: "end".into(), ..Beat::default() }],
            code: vec![Code { library: "Polly".into(), text: "a\n  b \\n\n".into() }],
            remember: vec!["One.".into(), "Two.".into()],
            next: Some(("herd".into(), "A hundred clients".into())),
            words: vec![("back".into(), "← back".into())],
        };
        assert_eq!(Lesson::read(&lesson.write()), Ok(lesson));
    }

    #[test]
    fn a_line_that_means_nothing_is_named() {
        let said = Lesson::read("number 4\nteapot short\n");
        assert_eq!(said, Err("“teapot short” is no part of a lesson.".to_owned()));
        assert!(Lesson::read("number four\n").is_err());
        assert!(Lesson::read("beat one\ngoal p99 < 1 s\n").is_err(), "a goal needs a task");
    }
}

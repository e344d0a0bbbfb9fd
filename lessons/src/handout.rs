//! A lesson on one sheet of paper, for whoever teaches it: what is said, what to say and to ask, and what
//! the answers are.

use half_open_view::lesson::{Beat, Lesson, parts};

/// The page, to be read or printed.
#[must_use]
pub fn page(lesson: &Lesson) -> String {
    let title = escaped(&lesson.title);
    let language = if lesson.language.is_empty() { "en" } else { &lesson.language };
    let beats: String = lesson.beats.iter().map(|beat| step(lesson, beat)).collect();
    let remember: String =
        lesson.remember.iter().map(|says| format!("    <li>{}</li>\n", escaped(says))).collect();
    let code = |library: &str, text: &str| {
        format!("  <h3>{}</h3>\n  <pre>{}</pre>\n", escaped(library), escaped(text))
    };
    let code: String = lesson.code.iter().map(|c| code(&c.library, &c.text)).collect();
    let [remember_title, code_title] = ["remember", "code"].map(|key| escaped(lesson.word(key)));
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n  <meta charset=\"utf-8\">\n  \
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n  \
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'\">\n  <title>{title} · Half-Open</title>\n  \
         <meta name=\"color-scheme\" content=\"light dark\">\n  <link rel=\"icon\" href=\"data:,\">\n  \
         <link rel=\"stylesheet\" href=\"{up}about/prose.css\">\n</head>\n<body>\n<main class=\"handout\">\n  \
         <h1>{number} · {title}</h1>\n  <p>{about}</p>\n  <ol>\n{beats}  </ol>\n  \
         <h2>{remember_title}</h2>\n  <ol>\n{remember}  </ol>\n  <h2>{code_title}</h2>\n{code}</main>\n</body>\n</html>\n",
        up = if lesson.language.is_empty() { "../" } else { "../../" },
        number = lesson.number,
        about = escaped(&lesson.about),
    )
}

fn step(lesson: &Lesson, beat: &Beat) -> String {
    let [before, phrase, after] = parts(&beat.says).map(escaped);
    let line = |class: &str, text: &str| match text {
        "" => String::new(),
        text => format!("      <p class=\"{class}\">{}</p>\n", escaped(text)),
    };
    let language = match lesson.language.as_str() {
        "" => String::new(),
        code => format!("&amp;lang={code}"),
    };
    let up = if lesson.language.is_empty() { "../" } else { "../../" };
    let link = format!("{up}#lesson={}/{}{language}", lesson.name, beat.name);
    let mut out = format!(
        "    <li>\n      <p class=\"says\"><a href=\"{link}\">{before}<em>{phrase}</em>{after}</a></p>\n"
    );
    if let Some(question) = &beat.question {
        out += &line("asks", &question.asks);
        out += &line("reveals", &question.reveals);
    }
    if let Some(task) = &beat.task {
        out += &line("asks", &task.says);
        out += &line("reveals", &task.done);
    }
    out += &line("note", &beat.note);
    out += &line("ask", &beat.ask);
    out + "    </li>\n"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_holds_what_is_said_asked_and_answered() {
        let lessons = crate::all().map_err(|problems| problems.join("\n")).expect("lessons");
        for authored in &lessons {
            let page = page(&authored.lesson);
            for beat in &authored.lesson.beats {
                assert!(page.contains(&escaped(&beat.note)), "{}", beat.name);
                assert!(page.contains(&escaped(&beat.ask)), "{}", beat.name);
                assert!(
                    page.contains(&format!("#lesson={}/{}\"", authored.lesson.name, beat.name))
                );
            }
        }
        assert!(page(&lessons[0].lesson).contains("<p class=\"reveals\">All twenty"));
    }

    #[test]
    fn what_looks_like_markup_is_text() {
        assert_eq!(escaped("a < b & c > d"), "a &lt; b &amp; c &gt; d");
    }
}

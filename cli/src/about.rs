//! What a run is not: the page that is linked from every run, without its markup.

use std::io::{self, Write};

use crate::output::Failure;

/// The page as a browser shows it.
const PAGE: &str = include_str!("../../static/about/leaves-out.html");

/// `half-open about`
pub(crate) fn run() -> Result<(), Failure> {
    Ok(writeln!(io::stdout(), "{}", text(PAGE))?)
}

/// The text of the page: titles and paragraphs as lines, points with a dash.
fn text(page: &str) -> String {
    let body = page.split_once("<main>").map_or(page, |(_, body)| body);
    let mut lines: Vec<String> = Vec::new();
    for line in body.lines().map(str::trim) {
        let line = match line.split_once('>').map(|(tag, _)| tag) {
            Some("<h1" | "<p") => bare(line),
            Some("<h2") => format!("\n{}", bare(line)),
            Some("<li") => format!("- {}", bare(line)),
            _ => continue,
        };
        lines.push(line);
    }
    lines.join("\n")
}

/// A line without its tags.
fn bare(line: &str) -> String {
    line.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_told_in_plain_text() {
        let text = text(PAGE);
        assert!(text.starts_with("What this model leaves out\n"));
        assert!(text.contains("\n\nThe network\n- A message"));
        assert!(!text.contains(['<', '>', '&']));
        assert!(text.lines().filter(|line| line.starts_with("- ")).count() > 15);
    }
}

//! How wide a text is at most, without asking a browser: a picture must be the same everywhere, and
//! nothing of it outside its canvas.

use super::draw::{Align, DrawList, Face, Role, Size, Text};

/// The width of a text, in pixels, in the widest system fonts there are.
#[must_use]
pub fn width(text: &str, face: Face, size: f32) -> f32 {
    let ems: f32 = match face {
        Face::Mono => text.chars().count() as f32 * 0.61,
        Face::Plain => text.chars().map(ems).sum(),
        Face::Bold => text.chars().map(ems).sum::<f32>() * 1.1,
    };
    ems * size
}

const fn ems(c: char) -> f32 {
    match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 0.34,
        'f' | 't' | 'r' | 'I' | '(' | ')' | '-' | '·' => 0.43,
        'm' | 'w' | 'M' | 'W' | '%' | '→' | '×' | '⚡' | '↺' | '…' => 0.96,
        '\u{fe0e}' => 0.0,
        'A'..='Z' => 0.74,
        _ => 0.63,
    }
}

/// The text, or as much of its beginning as fits.
#[must_use]
pub fn fit(text: String, face: Face, size: f32, most: f32) -> String {
    if width(&text, face, size) <= most {
        return text;
    }
    let mut short = text;
    while short.pop().is_some() {
        let trimmed = short.trim_end_matches([' ', '·']);
        if width(trimmed, face, size) + width("…", face, size) <= most {
            return format!("{trimmed}…");
        }
    }
    short
}

/// The text in lines that are no wider than this, as far as its words allow.
#[must_use]
pub fn wrap(text: &str, face: Face, size: f32, most: f32) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if line.is_empty() || width(&longer, face, size) <= most {
            *line = longer;
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// How a text is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) role: Role,
    pub(super) face: Face,
    pub(super) size: f32,
    pub(super) align: Align,
}

/// Small plain text that matters less.
pub(super) const SMALL: Style =
    Style { role: Role::Soft, face: Face::Plain, size: 13.0, align: Align::Start };
/// The same for values.
pub(super) const VALUE: Style =
    Style { role: Role::Soft, face: Face::Mono, size: 12.0, align: Align::Start };
/// A label that matters.
pub(super) const LABEL: Style =
    Style { role: Role::Ink, face: Face::Bold, size: 13.0, align: Align::Start };

impl Style {
    pub(super) const fn role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    pub(super) const fn size(self, size: f32) -> Self {
        Self { size, ..self }
    }

    pub(super) const fn middle(self) -> Self {
        Self { align: Align::Middle, ..self }
    }

    pub(super) const fn end(self) -> Self {
        Self { align: Align::End, ..self }
    }
}

/// How near to the edge of its canvas a text may come.
const EDGE: f32 = 4.0;

/// Writes a text at a point, moved as little as needed to be within the canvas, and shortened if
/// that is not enough.
pub(super) fn write(
    list: &mut DrawList,
    canvas: Size,
    style: Style,
    (x, y): (f32, f32),
    text: impl Into<String>,
) {
    let text = fit(text.into(), style.face, style.size, canvas.w - 2.0 * EDGE);
    let wide = width(&text, style.face, style.size);
    let before = match style.align {
        Align::Start => 0.0,
        Align::Middle => wide / 2.0,
        Align::End => wide,
    };
    let left = (x - before).min(canvas.w - EDGE - wide).max(EDGE);
    let y = y.min(canvas.h - EDGE).max(style.size);
    let Style { role, face, size, align } = style;
    list.write(Text { x: left + before, y, text, role, size, face, align, alpha: 1.0 });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_shortened() {
        let text = || "lose next response".to_owned();
        assert_eq!(fit(text(), Face::Plain, 12.0, 300.0), text());
        let short = fit(text(), Face::Plain, 12.0, 80.0);
        assert!(short.starts_with("lose next") && short.ends_with('…'), "{short}");
        assert!(width(&short, Face::Plain, 12.0) <= 80.0);
        assert_eq!(fit(text(), Face::Plain, 12.0, 1.0), "");
    }

    #[test]
    fn words_that_do_not_fit_go_to_the_next_line() {
        let lines = |most| wrap("lose next response", Face::Plain, 12.0, most);
        assert_eq!(lines(300.0), ["lose next response"]);
        assert_eq!(lines(80.0), ["lose next", "response"]);
        assert_eq!(lines(1.0), ["lose", "next", "response"]);
    }

    #[test]
    fn a_text_at_the_edge_is_moved_inside() {
        let canvas = Size { w: 100.0, h: 50.0 };
        for style in [SMALL, SMALL.middle(), SMALL.end()] {
            for x in [-50.0, 0.0, 99.0, 300.0] {
                let mut list = DrawList::default();
                write(&mut list, canvas, style, (x, 80.0), "queue 2");
                let text = &list.texts[0];
                let wide = width(&text.text, text.face, text.size);
                let left = match text.align {
                    Align::Start => text.x,
                    Align::Middle => text.x - wide / 2.0,
                    Align::End => text.x - wide,
                };
                assert!(left >= 0.0 && left + wide <= 100.0 && text.y < 50.0);
            }
        }
    }
}

//! A picture as SVG, to stand in a page or to be taken away.

use std::collections::BTreeSet;
use std::fmt::Write;

use half_open_view::draw::{Align, DrawList, Face, Group, Paint, Role, Shape, Size, Text};

/// The fonts of the three faces, and how bold they are.
const PLAIN: &str =
    "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif";
const MONO: &str = "ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace";

/// What stands for a role in a picture: a colour, or a variable of a style sheet; and whether each element
/// says its role as a class as well, `f-ok` what is filled and `s-ok` what is outlined, so that a style
/// sheet can give it another colour.
#[derive(Clone, Copy)]
pub struct Pen<'a> {
    /// The colour of a role.
    pub colour: &'a dyn Fn(Role) -> String,
    /// Whether elements have classes.
    pub classes: bool,
}

/// Writes a picture. `colour` gives what stands for a role: a colour, or a variable of a style sheet.
#[must_use]
pub fn svg(list: &DrawList, size: Size, colour: impl Fn(Role) -> String) -> String {
    let layers = std::slice::from_ref(list);
    let pen = Pen { colour: &colour, classes: false };
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\">",
        short(size.w),
        short(size.h)
    );
    out += &patterns(layers, pen);
    elements(layers, pen).for_each(|element| out += &element);
    out + "</svg>"
}

/// The grounds with lines or dots that a picture needs.
#[must_use]
pub fn patterns(layers: &[DrawList], pen: Pen) -> String {
    let groups = layers.iter().flat_map(|list| &list.groups);
    let textured = groups.filter_map(|group| match group.paint {
        Paint::Hatch | Paint::Dots => Some((group.paint == Paint::Hatch, group.role)),
        _ => None,
    });
    let textured: BTreeSet<_> = textured.collect();
    textured.into_iter().map(|(hatch, role)| pattern(hatch, role, pen)).collect()
}

/// What a picture consists of, from back to front.
pub fn elements<'a>(layers: &'a [DrawList], pen: Pen<'a>) -> impl Iterator<Item = String> {
    layers.iter().flat_map(move |list| {
        let groups = list.groups.iter().map(move |group| shapes(group, pen));
        groups.chain(list.texts.iter().map(move |text| written(text, pen)))
    })
}

impl Pen<'_> {
    fn fill(self, role: Role) -> String {
        self.painted("fill", 'f', role)
    }

    fn stroke(self, role: Role) -> String {
        self.painted("stroke", 's', role)
    }

    fn painted(self, what: &str, letter: char, role: Role) -> String {
        let colour = (self.colour)(role);
        match self.classes {
            true => format!("{what}=\"{colour}\" class=\"{letter}-{}\"", role.name()),
            false => format!("{what}=\"{colour}\""),
        }
    }
}

/// A text as XML has it. What XML has no place for is left out.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '"' => out += "&quot;",
            '\n' | '\t' => out.push(c),
            c if c < ' ' || ('\u{fffe}'..='\u{ffff}').contains(&c) => (),
            c => out.push(c),
        }
    }
    out
}

/// A light ground with lines or dots, as the page has it.
fn pattern(hatch: bool, role: Role, pen: Pen) -> String {
    let (fill, stroke, name) = (pen.fill(role), pen.stroke(role), role.name());
    let (id, side, mark) = if hatch {
        let lines =
            format!("<path d=\"M-1 7 7-1M-1 1 1-1M5 7 7 5\" {stroke} stroke-width=\"1.5\"/>");
        ("hatch", 6, lines)
    } else {
        ("dots", 5, format!("<circle cx=\"2.5\" cy=\"2.5\" r=\"1.3\" {fill}/>"))
    };
    format!(
        "<pattern id=\"{id}-{name}\" width=\"{side}\" height=\"{side}\" patternUnits=\"userSpaceOnUse\">\
         <rect width=\"{side}\" height=\"{side}\" {fill} opacity=\".28\"/>{mark}</pattern>"
    )
}

fn shapes(group: &Group, pen: Pen) -> String {
    let outlined = |width: f32| {
        format!("fill=\"none\" {} stroke-width=\"{}\"", pen.stroke(group.role), short(width))
    };
    let paint = match group.paint {
        Paint::Fill => pen.fill(group.role),
        Paint::Stroke(width) => outlined(width),
        Paint::Dotted(width) => format!(
            "{} stroke-linecap=\"round\" stroke-dasharray=\"0 {}\"",
            outlined(width),
            short(2.6 * width)
        ),
        Paint::Dashed(width) => {
            format!(
                "{} stroke-dasharray=\"{} {}\"",
                outlined(width),
                short(4.0 * width),
                short(3.0 * width)
            )
        }
        Paint::Hatch => format!("fill=\"url(#hatch-{})\"", group.role.name()),
        Paint::Dots => format!("fill=\"url(#dots-{})\"", group.role.name()),
    };
    let path: String = group.shapes.iter().map(way).collect();
    let alpha = match group.alpha {
        1.0 => String::new(),
        alpha => format!(" opacity=\"{}\"", short(alpha)),
    };
    format!("<path {paint}{alpha} d=\"{path}\"/>")
}

/// A shape as a part of a path.
fn way(shape: &Shape) -> String {
    let mut out = String::new();
    // There is room for whatever is written.
    let written = match *shape {
        Shape::Circle { x, y, r } => {
            let (x, y, r, wide) = (short(x - r), short(y), short(r), short(2.0 * r));
            write!(out, "M{x} {y}a{r} {r} 0 1 1 {wide} 0a{r} {r} 0 1 1-{wide} 0")
        }
        Shape::Pie { x, y, r, part } if part >= 1.0 => {
            return way(&Shape::Circle { x, y, r });
        }
        Shape::Pie { x, y, r, part } => {
            let (sin, cos) = turn(part.max(0.0));
            let (to_x, to_y) = (short(x + r * sin), short(y - r * cos));
            let large = u8::from(part > 0.5);
            let (x, top, r, y) = (short(x), short(y - r), short(r), short(y));
            write!(out, "M{x} {y}V{top}A{r} {r} 0 {large} 1 {to_x} {to_y}Z")
        }
        Shape::HalfDisc { x, y, r } => {
            let (x, top, bottom, r) = (short(x), short(y - r), short(y + r), short(r));
            write!(out, "M{x} {top}A{r} {r} 0 0 0 {x} {bottom}Z")
        }
        Shape::Diamond { x, y, r } => {
            let (x, top, r) = (short(x), short(y - r), short(r));
            write!(out, "M{x} {top}l{r} {r}l-{r} {r}l-{r}-{r}Z")
        }
        Shape::Rect { x, y, w, h, r } => {
            let r = r.min(w / 2.0).min(h / 2.0).max(0.0);
            let (left, top, wide, high) =
                (short(x + r), short(y), short(w - 2.0 * r), short(h - 2.0 * r));
            let r = short(r);
            write!(
                out,
                "M{left} {top}h{wide}a{r} {r} 0 0 1 {r} {r}v{high}a{r} {r} 0 0 1-{r} {r}h-{wide}\
                 a{r} {r} 0 0 1-{r}-{r}v-{high}a{r} {r} 0 0 1 {r}-{r}Z"
            )
        }
        Shape::Segment { x1, y1, x2, y2 } => {
            write!(out, "M{} {}L{} {}", short(x1), short(y1), short(x2), short(y2))
        }
    };
    debug_assert!(written.is_ok());
    out
}

/// The sine and the cosine of a part of a turn.
fn turn(part: f32) -> (f32, f32) {
    (part * std::f32::consts::TAU).sin_cos()
}

fn written(text: &Text, pen: Pen) -> String {
    let anchor = match text.align {
        Align::Start => "",
        Align::Middle => " text-anchor=\"middle\"",
        Align::End => " text-anchor=\"end\"",
    };
    let face = match text.face {
        Face::Plain => format!("font-family=\"{PLAIN}\""),
        Face::Bold => format!("font-family=\"{PLAIN}\" font-weight=\"600\""),
        Face::Mono => format!("font-family=\"{MONO}\""),
    };
    let alpha = match text.alpha {
        1.0 => String::new(),
        alpha => format!(" opacity=\"{}\"", short(alpha)),
    };
    let (x, y, size) = (short(text.x), short(text.y), short(text.size));
    let (said, fill) = (escaped(&text.text), pen.fill(text.role));
    format!(
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" {face}{anchor}{alpha} {fill}>{said}</text>"
    )
}

/// A number to a hundredth, in as few characters as can be.
#[must_use]
pub fn short(number: f32) -> String {
    let hundredths = (f64::from(number) * 100.0).round() as i64;
    let (sign, all) = (if hundredths < 0 { "-" } else { "" }, hundredths.unsigned_abs());
    match (all / 100, all % 100) {
        (whole, 0) => format!("{sign}{whole}"),
        (whole, part) if part % 10 == 0 => format!("{sign}{whole}.{}", part / 10),
        (whole, part) => format!("{sign}{whole}.{part:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(paint: Paint, alpha: f32, shape: Shape) -> String {
        let mut list = DrawList::default();
        list.add(Role::Ok, paint, alpha, shape);
        let out = svg(&list, Size { w: 100.0, h: 50.5 }, |role| format!("var(--{})", role.name()));
        let begin = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 50.5\">";
        out.strip_prefix(begin).expect(&out).strip_suffix("</svg>").expect("its end").to_owned()
    }

    #[test]
    fn shapes_are_paths_in_the_colour_of_their_role() {
        let dot = Shape::Circle { x: 10.0, y: 20.25, r: 4.0 };
        assert_eq!(
            drawn(Paint::Fill, 1.0, dot),
            "<path fill=\"var(--ok)\" d=\"M6 20.25a4 4 0 1 1 8 0a4 4 0 1 1-8 0\"/>"
        );
        let line = Shape::Segment { x1: 0.0, y1: 1.5, x2: 9.999, y2: -2.0 };
        assert_eq!(
            drawn(Paint::Dashed(2.0), 0.3, line),
            "<path fill=\"none\" stroke=\"var(--ok)\" stroke-width=\"2\" \
             stroke-dasharray=\"8 6\" opacity=\"0.3\" d=\"M0 1.5L10 -2\"/>"
        );
        let quarter = Shape::Pie { x: 5.0, y: 5.0, r: 5.0, part: 0.25 };
        assert!(drawn(Paint::Fill, 1.0, quarter).contains("d=\"M5 5V0A5 5 0 0 1 10 5Z\""));
        let open = drawn(Paint::Hatch, 1.0, dot);
        assert!(
            open.contains("<pattern id=\"hatch-ok\"") && open.contains("fill=\"url(#hatch-ok)\"")
        );
    }

    #[test]
    fn a_text_is_a_text_whatever_it_says() {
        let mut list = DrawList::default();
        list.write(Text {
            x: 1.0,
            y: 2.0,
            text: "<b> & c".into(),
            role: Role::Ink,
            size: 13.0,
            face: Face::Bold,
            align: Align::Middle,
            alpha: 1.0,
        });
        let out = svg(&list, Size { w: 9.0, h: 9.0 }, |_| "#123".into());
        assert!(
            out.contains("text-anchor=\"middle\" fill=\"#123\">&lt;b> &amp; c</text>"),
            "{out}"
        );
    }
}

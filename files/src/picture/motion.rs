//! A film as SVG: what appears in several pictures is written once, and each picture says what it consists
//! of. A style sheet shows them one after the other, and only the first to those who asked for less motion.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Studio;
use super::Theme;
use super::order::Plan;
use super::still::{Colours, head, style};
use crate::svg::{Pen, elements, escaped, patterns};

/// The most bytes that are small.
pub const MOST: usize = 1_000_000;

/// A film that is being written.
#[derive(Default)]
pub struct Motion {
    parts: BTreeMap<String, usize>,
    defined: String,
    shown: String,
    grounds: BTreeMap<String, ()>,
    frames: u32,
}

impl Motion {
    /// The next picture of a film; returns how many bytes there are so far.
    ///
    /// # Errors
    /// A sentence, if there are too many.
    pub fn frame(&mut self, studio: &mut Studio, colours: &Colours) -> Result<usize, String> {
        let layers = studio.layers(self.frames);
        let theme = studio.plan().theme;
        let colour = |role: half_open_view::draw::Role| escaped(&colours.ask(theme, role.name()));
        let pen = Pen { colour: &colour, classes: theme == Theme::Both };
        // There is room for whatever is written.
        let _ = write!(self.shown, "<g id=\"f{}\">", self.frames);
        for element in elements(&layers, pen) {
            let next = self.parts.len();
            let number = *self.parts.entry(element.clone()).or_insert(next);
            if number == next {
                let (name, rest) = element.split_once(' ').unwrap_or((&element, ""));
                let _ = write!(self.defined, "{name} id=\"e{number}\" {rest}");
            }
            let _ = write!(self.shown, "<use href=\"#e{number}\"/>");
        }
        self.shown += "</g>";
        self.grounds.insert(patterns(&layers, pen), ());
        self.frames += 1;
        let size = self.defined.len() + self.shown.len();
        if size > MOST {
            return Err(format!(
                "An animated SVG of {} pictures would be larger than 1 MB: choose a shorter range, a \
                 higher speed or fewer pictures a second, or another format.",
                studio.plan().frames
            ));
        }
        Ok(size)
    }

    /// The whole document.
    #[must_use]
    pub fn finish(&self, plan: &Plan, colours: &Colours, described: &str) -> String {
        let mut grounds: BTreeMap<&str, ()> = BTreeMap::new();
        for part in self.grounds.keys().flat_map(|all| all.split_inclusive("</pattern>")) {
            grounds.insert(part, ());
        }
        let grounds: String = grounds.into_keys().collect();
        let rules = rules(self.frames, plan.each, plan.again);
        let mut out = head(plan, plan.size(), described);
        out += &style(colours, plan.theme, &rules);
        let _ = write!(out, "<defs>{grounds}{}</defs>{}</svg>", self.defined, self.shown);
        out.push('\n');
        out
    }
}

/// What shows one picture after the other.
fn rules(frames: u32, each: u32, again: bool) -> String {
    let all = f64::from(frames * each) / 1000.0;
    let share = 100.0 / f64::from(frames.max(1));
    let times = if again { "infinite" } else { "1" };
    let mut out = String::from("g+g{visibility:hidden}");
    out += "@media (prefers-reduced-motion:no-preference){";
    let _ = write!(
        out,
        "@keyframes f{{0%{{visibility:visible}}{share:.5}%,to{{visibility:hidden}}}}\
         g{{visibility:hidden;animation:f {all}s step-end {times}}}"
    );
    for frame in 1..frames {
        let _ = write!(out, "#f{frame}{{animation-delay:{}s}}", f64::from(frame * each) / 1000.0);
    }
    if !again && let Some(last) = frames.checked_sub(1) {
        // The last one stays.
        out += "@keyframes l{0%,to{visibility:visible}}";
        let _ = write!(out, "#f{last}{{animation-name:l;animation-fill-mode:forwards}}");
    }
    out + "}"
}

#[cfg(test)]
mod tests {
    use super::super::tests::{colours, order, studio};
    use super::super::{Format, Order};
    use super::*;

    fn written(order: &Order) -> Result<String, String> {
        let mut studio = studio(order);
        let mut motion = Motion::default();
        for _ in 0..studio.plan().frames {
            motion.frame(&mut studio, &colours())?;
        }
        Ok(motion.finish(studio.plan(), &colours(), "words"))
    }

    #[test]
    fn every_picture_is_there_and_what_they_share_is_written_once() {
        let order = Order { to: "5".into(), rate: 10, ..order(Format::Motion) };
        let svg = written(&order).expect("it is small");
        assert_eq!(svg.matches("<g id=").count(), 21);
        assert_eq!(svg.matches(">faults</text>").count(), 1);
        for rule in ["animation:f 2.1s step-end infinite", "#f20{animation-delay:2s}", "4.76190%"] {
            assert!(svg.contains(rule), "{rule}");
        }
        assert_eq!(svg, written(&order).expect("it is small"), "equal bytes");
        let used = svg.match_indices("href=\"#e").map(|(at, part)| {
            svg[at + part.len()..].split('"').next().and_then(|number| number.parse::<usize>().ok())
        });
        let most = used.max().flatten().expect("parts are used");
        assert!(svg.contains(&format!(" id=\"e{most}\" ")));
        assert!(!svg.contains(&format!(" id=\"e{}\" ", most + 1)), "none is there in vain");
    }

    #[test]
    fn one_that_is_not_repeated_stays_at_its_end() {
        let order = Order { to: "4.5".into(), rate: 10, again: false, ..order(Format::Motion) };
        let svg = written(&order).expect("it is small");
        assert!(svg.contains("step-end 1}") && svg.contains("#f10{animation-name:l"));
    }

    #[test]
    fn what_would_be_large_is_refused() {
        let order = Order { rate: 50, ..order(Format::Motion) };
        let said = written(&order).expect_err("it is large");
        assert!(
            said.starts_with("An animated SVG of 401 pictures would be larger than 1 MB"),
            "{said}"
        );
    }
}

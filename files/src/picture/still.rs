//! A picture that stands by itself: SVG with its colours, what it shows in words, and the link to it.

use std::collections::BTreeMap;

use half_open_view::draw::{DrawList, Role, Size};
use serde::Deserialize;

use super::order::{Plan, Theme};
use crate::svg::{Pen, elements, escaped, patterns, short};

/// The colours of the style sheet by their roles, and its fonts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Colours {
    /// Those of the light theme.
    pub light: BTreeMap<String, String>,
    /// Those of the dark one.
    pub dark: BTreeMap<String, String>,
    /// The fonts of texts.
    pub sans: String,
    /// The fonts of values.
    pub mono: String,
}

impl Colours {
    /// The colours of a theme; those of both are the light ones, unless somebody wants it otherwise.
    #[must_use]
    pub const fn of(&self, theme: Theme) -> &BTreeMap<String, String> {
        match theme {
            Theme::Dark => &self.dark,
            Theme::Light | Theme::Both => &self.light,
        }
    }

    /// What a style sheet is asked for: a colour by the name of its role, `sans` or `mono`.
    #[must_use]
    pub fn ask(&self, theme: Theme, name: &str) -> String {
        match name {
            "sans" => self.sans.clone(),
            "mono" => self.mono.clone(),
            role => self.of(theme).get(role).cloned().unwrap_or_default(),
        }
    }
}

/// Writes a picture with all that belongs to it. `described` is for those who do not see it.
#[must_use]
pub(super) fn write(
    plan: &Plan,
    colours: &Colours,
    layers: &[DrawList],
    described: &str,
) -> String {
    let (theme, colour) = (plan.theme, |role: Role| escaped(&colours.ask(plan.theme, role.name())));
    let pen = Pen { colour: &colour, classes: theme == Theme::Both };
    let mut out = head(plan, plan.size(), described);
    out += &style(colours, theme, "");
    out += &patterns(layers, pen);
    elements(layers, pen).for_each(|element| out += &element);
    out + "</svg>\n"
}

/// The beginning of a document: its size, and what it is.
pub(super) fn head(plan: &Plan, size: Size, described: &str) -> String {
    let (w, h) = (short(size.w), short(size.h));
    let (title, described) = (escaped(&plan.title()), escaped(described));
    let (link, caption) = (escaped(&plan.link), escaped(&plan.shot.caption));
    let caption = match caption.is_empty() {
        true => String::new(),
        false => format!("<dc:description>{caption}</dc:description>"),
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         role=\"img\" aria-labelledby=\"title desc\">\
         <title id=\"title\">{title}</title><desc id=\"desc\">{described}</desc>\
         <metadata><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><rdf:Description rdf:about=\"\">\
         <dc:title>{title}</dc:title><dc:source>{link}</dc:source>{caption}\
         </rdf:Description></rdf:RDF></metadata>"
    )
}

/// The colours of who prefers dark ones, if the picture has both, and more rules.
pub(super) fn style(colours: &Colours, theme: Theme, more: &str) -> String {
    let mut rules = more.to_owned();
    if theme == Theme::Both {
        rules += "@media (prefers-color-scheme:dark){";
        for role in Role::ALL {
            let colour = colours.ask(Theme::Dark, role.name());
            // What is no colour would end the rule, or worse.
            let safe = |c: char| c.is_ascii_alphanumeric() || " #(),.%/-".contains(c);
            if !colour.is_empty() && colour.chars().all(safe) {
                let name = role.name();
                rules += &format!(".f-{name}{{fill:{colour}}}.s-{name}{{stroke:{colour}}}");
            }
        }
        rules += "}";
    }
    if rules.is_empty() { rules } else { format!("<style>{rules}</style>") }
}

//! A moment of a run as a picture that stands for itself: light or dark as whoever looks at it likes.

use half_open::run::{Limits, Run, Seeker};
use half_open_view::draw::Size;
use half_open_view::gallery;
use half_open_view::link::{Selection, State};
use half_open_view::stage::{self, Layout, StageInput};

use crate::svg::svg;

/// The page's style sheet, which has the colours.
const STYLE: &str = include_str!("../../static/style.css");
/// What stands before the colours of the dark theme in it.
const DARK: &str = "@media (prefers-color-scheme: dark)";

/// The moment of a place. At the [size of the gallery](gallery::SIZE) the whole run is beneath it, as there;
/// at any other it is the stage alone.
#[must_use]
pub fn of(place: &State, size: Size) -> String {
    let run = Run::new(place.experiment.clone(), Limits::default());
    let mut seeker = Seeker::new();
    let scene = seeker.seek(&run, place.view.at.min(run.end()));
    let list = if size == gallery::SIZE {
        gallery::picture(&run, scene)
    } else {
        let layout = &Layout::new(run.experiment(), &run.experiment().scenario.columns(), size);
        let (selection, look) = (&Selection::Nothing, &[][..]);
        let (hover, detail, stepped) = (None, false, false);
        let run = &run;
        stage::draw(&StageInput { run, scene, layout, selection, look, hover, detail, stepped })
            .list
    };
    let picture = svg(&list, size, |role| format!("var(--{})", role.name()));
    let scenario = &run.experiment().scenario;
    let title = format!("{}, at {}", scenario.title, scene.at.short());
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    let (begin, rest) = picture.split_once('>').unwrap_or((&picture, ""));
    let style = colours("svg");
    let (w, h) = (size.w, size.h);
    format!(
        "{begin} width=\"{w}\" height=\"{h}\"><title>{title}</title><style>{style}</style>\
         <rect width=\"{w}\" height=\"{h}\" fill=\"var(--paper)\"/>{rest}\n"
    )
}

/// The colours and fonts of both themes, for what this selector names: what canvases, pictures and frames share
/// with the page.
#[must_use]
pub fn colours(selector: &str) -> String {
    let (light, dark) = STYLE.split_once(DARK).unwrap_or((STYLE, ""));
    let (light, dark) = (properties(light), properties(dark));
    format!("{selector}{{color-scheme:light dark;{light}}}{DARK}{{{selector}{{{dark}}}}}")
}

/// The custom properties of the first rule for `:root`.
fn properties(sheet: &str) -> String {
    let rule = sheet.split_once(":root").map_or("", |(_, rule)| rule);
    let rule = rule.split(['{', '}']).nth(1).unwrap_or_default();
    let lines = rule.lines().map(str::trim).filter(|line| line.starts_with("--"));
    lines.collect()
}

#[cfg(test)]
mod tests {
    use half_open_view::draw::Role;

    use super::*;

    #[test]
    fn both_themes_have_a_colour_for_every_role() {
        let colours = colours("svg");
        let (light, dark) = colours.split_once(DARK).expect("both themes");
        for role in Role::ALL {
            let named = format!("--{}: #", role.name());
            assert!(light.contains(&named) && dark.contains(&named), "{named} in {colours}");
        }
        assert!(light.starts_with("svg{") && light.contains("--sans: system-ui"));
    }

    #[test]
    fn a_still_is_the_moment_with_its_colours_and_a_title() {
        let place = gallery::card("payments").expect("it is built in").moment;
        let (small, large) = (of(&place, gallery::SIZE), of(&place, Size { w: 900.0, h: 400.0 }));
        for (still, size) in
            [(&small, "440 286\" width=\"440\""), (&large, "900 400\" width=\"900\"")]
        {
            assert!(still.contains(&format!("viewBox=\"0 0 {size}")), "{still}");
            assert!(still.contains("<title>A slow bank trips the breaker, at 6.45 s</title>"));
            assert!(still.contains("fill=\"var(--failure)\"") && still.contains(">bank</text>"));
            assert!(still.ends_with("</svg>\n"));
        }
        assert_eq!(small, of(&place, gallery::SIZE));
    }
}

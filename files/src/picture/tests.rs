//! Pictures are composed as they were ordered.

use half_open::scenario::library;
use half_open_view::draw::{Paint, Role, Shape};
use half_open_view::link::{self, State};
use half_open_view::tracks::Arrangement;

use super::*;

/// What the dialog has at first, of a built-in scenario.
pub(super) fn order(format: Format) -> Order {
    Order {
        link: link::encode(&State::new(library::payments())),
        address: "https://example.org/half-open/".into(),
        tracks: Arrangement::default().written(),
        what: What::Both,
        format,
        from: "4".into(),
        to: "8".into(),
        at: "5.2".into(),
        speed: 0.5,
        rate: 25,
        width: "960".into(),
        height: "540".into(),
        scale: 2,
        theme: Theme::Light,
        again: true,
        told: true,
        signed: true,
        caption: "The bank is down, & the breaker <opens>.".into(),
    }
}

pub(super) fn studio(order: &Order) -> Studio {
    Studio::new(Plan::new(order).expect("a good order"))
}

/// Colours that are told apart by their names.
pub(super) fn colours() -> Colours {
    let of = |theme: &str| {
        let name = |role: &Role| role.name().to_owned();
        let all = Role::ALL;
        all.iter().map(|role| (name(role), format!("{theme}-{}", name(role)))).collect()
    };
    Colours { light: of("light"), dark: of("dark"), sans: "sans-serif".into(), mono: "mono".into() }
}

#[test]
fn a_film_has_a_picture_for_each_step_and_both_ends() {
    let plan = Plan::new(&order(Format::Gif)).expect("a good order");
    // Four seconds at half the speed are eight, with 25 pictures in each, and one for the end.
    assert_eq!((plan.frames, plan.each, plan.pixels()), (201, 40, (1920, 1080)));
    assert_eq!(plan.moment(0), SimTime::from_millis(4_000));
    assert_eq!(plan.moment(1), SimTime::from_millis(4_020));
    assert_eq!(plan.moment(200), SimTime::from_millis(8_000));
}

#[test]
fn what_is_wrong_with_a_field_is_said_there() {
    let said = |change: &dyn Fn(&mut Order)| {
        let mut order = order(Format::Gif);
        change(&mut order);
        let amiss = Plan::new(&order).expect_err("something is wrong").remove(0);
        format!("{}: {}", amiss.field, amiss.sentence)
    };
    for (change, sentence) in [
        (
            &(|order: &mut Order| order.to = "three".into()) as &dyn Fn(&mut Order),
            "to: The end must be from 0 to 60 seconds, not “three”.",
        ),
        (
            &|order| order.from = "61".into(),
            "from: The beginning must be from 0 to 60 seconds, not “61”.",
        ),
        (&|order| order.to = "4000 ms".into(), "to: The end must be after the beginning."),
        (
            &|order| order.width = "2000".into(),
            "width: The width of a film must be a whole number from 320 to 1920, not “2000”.",
        ),
        (
            &|order| order.height = "99.5".into(),
            "height: The height of a film must be a whole number from 400 to 1920, not “99.5”.",
        ),
        (
            &|order| order.speed = 0.01,
            "speed: That would be 10001 pictures, and a film has at most 3000: choose a shorter range, a \
             higher speed or fewer pictures a second.",
        ),
        (
            &|order| order.caption = "long ".repeat(99),
            "caption: A caption has at most 300 characters.",
        ),
        (
            &|order| order.link = "?".into(),
            "link: This is not a link, or not all of it: links are letters, digits, “-” and “_”.",
        ),
    ] {
        assert_eq!(said(change), sentence);
    }
}

#[test]
fn a_picture_stands_by_itself_with_its_link_and_its_colours() {
    let order = Order { theme: Theme::Both, ..order(Format::Svg) };
    let svg = studio(&order).svg(0, &colours());
    for part in [
        "width=\"960\" height=\"540\" viewBox=\"0 0 960 540\"",
        ", at 0:05.200</title>",
        "<dc:source>https://example.org/half-open/#s=",
        "<dc:description>The bank is down, &amp; the breaker &lt;opens>.</dc:description>",
        "fill=\"light-paper\" class=\"f-paper\"",
        "@media (prefers-color-scheme:dark){.f-paper{fill:dark-paper}.s-paper{stroke:dark-paper}",
        ">0:05.200</text>",
        ">faults</text>",
        "bank",
    ] {
        assert!(svg.contains(part), "{part} in {svg}");
    }
    let plan = Plan::new(&order).expect("a good order");
    let (_, there) = plan.link.split_once("#s=").expect("a link");
    let there = link::decode(there).expect("it can be read");
    assert_eq!(there.view.at, SimTime::from_millis(5_200));
    assert_eq!((there.view.from, there.view.to), (plan.shot.window.from, plan.shot.window.to));
    let dark = Order { theme: Theme::Dark, ..order };
    let dark = studio(&dark).svg(0, &colours());
    assert!(!dark.contains("light-") && !dark.contains("<style>") && dark.contains("dark-paper"));
}

#[test]
fn the_same_moment_is_the_same_picture_whatever_was_drawn_before() {
    let mut one = studio(&order(Format::Gif));
    let mut other = studio(&order(Format::Gif));
    let last = other.layers(200);
    let first = other.layers(0);
    assert_ne!(first, last);
    assert_eq!((one.layers(0), one.layers(200)), (first, last));
}

#[test]
fn parts_lie_below_each_other_and_nothing_leaves_the_picture() {
    for what in [What::Stage, What::Timeline, What::Both] {
        for (width, height) in [("320", "400"), ("640", "480"), ("1920", "1080")] {
            for format in [Format::Svg, Format::StripSvg] {
                let (width, height) = (width.to_owned(), height.to_owned());
                let mut studio = studio(&Order { what, width, height, ..order(format) });
                let size = studio.plan().size();
                for text in studio.layers(0).iter().flat_map(|layer| &layer.texts) {
                    assert!((0.0..=size.w).contains(&text.x), "{what:?} {size:?}: {text:?}");
                    assert!((0.0..=size.h).contains(&text.y), "{what:?} {size:?}: {text:?}");
                }
            }
        }
    }
}

#[test]
fn the_sentence_is_above_the_stage_the_tracks_below_it_and_the_caption_beneath() {
    let layers = studio(&order(Format::Svg)).layers(0);
    let texts = || layers.iter().flat_map(|layer| &layer.texts);
    let y = |beginning: &str| {
        let found = texts().find(|text| text.text.starts_with(beginning));
        found.unwrap_or_else(|| panic!("no {beginning}")).y
    };
    let wanted =
        ["Too many calls failed", "bank", "faults", "requests", "The bank is down", "Half-Open"];
    let places = wanted.map(y);
    assert!(places.is_sorted_by(|one, next| one + 12.0 < *next), "{places:?}");
    // The playhead is on the tracks: its line is the only one so wide and upright.
    let lines = layers.iter().flat_map(|layer| &layer.groups);
    let lines = lines.filter(|group| group.paint == Paint::Stroke(2.0));
    let mut upright = lines.flat_map(|group| &group.shapes).filter_map(|shape| match *shape {
        Shape::Segment { x1, y1, x2, y2 } if x1 == x2 => Some((y1, y2)),
        _ => None,
    });
    assert!(upright.any(|(top, end)| top < places[2] && end > places[3]));
}

#[test]
fn a_strip_has_four_moments_from_the_first_to_the_last() {
    for (width, columns) in [("1920", 4.0), ("800", 2.0)] {
        let mut studio = studio(&Order { width: width.into(), ..order(Format::StripSvg) });
        let w = studio.plan().size().w;
        let layers = studio.layers(0);
        let texts = layers.iter().flat_map(|layer| &layer.texts);
        let times = texts.filter(|text| text.text.starts_with("0:0") && text.text.len() == 8);
        let times: Vec<_> = times.map(|text| (text.text.as_str(), text.x)).collect();
        let said: Vec<_> = times.iter().map(|(text, _)| *text).collect();
        assert_eq!(said, ["0:04.000", "0:05.333", "0:06.667", "0:08.000"]);
        assert_eq!(times[1].1 - times[0].1, w / columns, "beside each other");
    }
}

#[test]
fn another_plan_for_the_same_run_is_as_if_it_were_the_first() {
    let (one, other) = (order(Format::Gif), Order { at: "7".into(), ..order(Format::Svg) });
    let plan = Plan::new(&other).expect("a good order");
    let retaken = studio(&one).retaken(plan).svg(0, &colours());
    assert_eq!(retaken, studio(&other).svg(0, &colours()));
}

#[test]
fn colours_are_read_as_style_sheets_have_them() {
    assert_eq!(rgb(" #1d2128"), Some([0x1d, 0x21, 0x28]));
    assert_eq!(rgb("#fc0"), Some([255, 204, 0]));
    assert_eq!((rgb("red"), rgb("#12345"), rgb("#gggggg")), (None, None, None));
}

#[test]
fn where_there_is_little_room_tracks_are_low_and_the_last_ones_go() {
    let seen = |height: &str| {
        let order = Order { what: What::Timeline, height: height.into(), ..order(Format::Svg) };
        let everything = Arrangement::read(&order.tracks).map(|mut all| {
            all.order.iter_mut().for_each(|place| place.shown = true);
            all.written()
        });
        let mut studio = studio(&Order { tracks: everything.expect("it is written"), ..order });
        let layers = studio.layers(0);
        let texts: Vec<_> = layers.iter().flat_map(|layer| &layer.texts).collect();
        ["faults", "arrivals", "latency", "requests"]
            .map(|name| texts.iter().any(|text| text.text == name))
    };
    assert_eq!(seen("800"), [true; 4]);
    assert_eq!(seen("300"), [true, true, false, false]);
}

//! The tracks as a whole.

use super::over::UNKNOWN;
use super::*;
use crate::draw::Align;
use half_open::run::{Limits, Recorder};
use half_open::scenario::{Change, Fault, FaultKind, Intervention, Role as Part, Target, library};
use half_open::time::SimDuration;

fn view(from: u64, to: u64) -> Viewport {
    Viewport { from: SimTime::from_millis(from), to: SimTime::from_millis(to) }
}

fn payments() -> Run {
    Run::new(library::payments(), Limits::default())
}

fn lanes(tracks: &Tracks) -> Vec<RequestId> {
    let lane = |spot: &Spot<TrackSpot>| match spot.what {
        TrackSpot::Lane { request } => Some(request),
        _ => None,
    };
    tracks.spots.iter().filter_map(lane).collect()
}

#[test]
fn names_of_faults_that_overlap_are_not_written_across_each_other() {
    let mut experiment = library::payments();
    let fault = |node| {
        let fault = Fault { target: Target::Node(node), kind: FaultKind::Hang, lasts: None };
        Intervention { at: SimTime::from_millis(3_000), change: Change::Fault(fault) }
    };
    experiment.interventions = [1, 2, 3, 1, 2, 3, 1, 2].map(fault).to_vec();
    let run = Run::new(experiment, Limits::default());
    let size = Size { w: 1100.0, h: 330.0 };
    let tracks =
        draw(&run, None, size, view(0, 16_000), &Selection::Nothing, &Arrangement::default());
    let names = tracks.list.texts.iter().filter(|text| text.text.ends_with("hang"));
    let mut rows: Vec<f32> = names.map(|text| text.y).collect();
    let all = rows.len();
    rows.dedup();
    assert_eq!((all, rows.len()), (6, 6));
    assert!(tracks.list.texts.iter().any(|text| text.text == "+2"), "two more are counted");
}

#[test]
fn equal_arguments_give_equal_pictures_and_another_viewport_another() {
    let run = payments();
    let size = Size { w: 1100.0, h: 330.0 };
    let at = |from, to| {
        draw(&run, None, size, view(from, to), &Selection::Nothing, &Arrangement::default())
    };
    assert_eq!(at(0, 16_000), at(0, 16_000));
    assert_ne!(at(0, 16_000).list, at(0, 15_000).list);
}

#[test]
fn lanes_show_what_is_interesting_and_always_what_is_selected() {
    let run = payments();
    let size = Size { w: 1100.0, h: 330.0 };
    let shown = lanes(&draw(
        &run,
        None,
        size,
        view(0, 16_000),
        &Selection::Nothing,
        &Arrangement::default(),
    ));
    assert!(shown.len() >= 8);
    let rows = &run.index().requests;
    let is = |f: fn(&half_open::run::RequestRow) -> bool| {
        shown.iter().any(|request| f(&rows[*request as usize]))
    };
    assert!(is(|row| row.rejected), "rejected");
    assert!(is(|row| row.retried), "retried");
    assert!(is(|row| row.replayed), "replayed");
    for request in [0, 77, 400, 3_000] {
        let selection = Selection::Request(request);
        let shown =
            lanes(&draw(&run, None, size, view(0, 16_000), &selection, &Arrangement::default()));
        assert!(shown.contains(&request), "{request}");
    }
}

#[test]
fn lanes_of_other_requests_are_pale_and_their_outcome_stays_hidden_below_what_is_under_way() {
    let run = payments();
    let size = Size { w: 1100.0, h: 330.0 };
    let tracks =
        |selection| draw(&run, None, size, view(3_000, 6_000), &selection, &Arrangement::default());
    let all = lanes(&tracks(Selection::Nothing));
    let [followed, other] = [all[2], all[3]];
    let first = run.index().requests[followed as usize].first;
    let shown = tracks(Selection::Request(followed));
    assert_eq!(shown.list, tracks(Selection::Event(first)).list);
    let strongest = |tracks: &Tracks, request| {
        let is_lane = |spot: &&Spot<TrackSpot>| spot.what == TrackSpot::Lane { request };
        let lane = tracks.spots.iter().find(is_lane).expect("it has a lane");
        let inside = |y: f32| y > lane.y && y < lane.y + lane.h;
        let mine = |shape: &Shape| match shape {
            Shape::Rect { y, h, .. } => inside(y + h / 2.0) && *h < 10.0,
            Shape::Segment { y1, y2, .. } => inside(*y1) && inside(*y2),
            Shape::Diamond { y, .. } => inside(*y),
            _ => false,
        };
        let groups = tracks.list.groups.iter().filter(|group| group.shapes.iter().any(mine));
        groups.map(|group| group.alpha).fold(0.0, f32::max)
    };
    assert_eq!(strongest(&shown, followed), 1.0);
    assert_eq!(strongest(&shown, other), DIM);
    assert_eq!(strongest(&tracks(Selection::Nothing), other), 1.0);
    let under_way = |ms: u64| shown.under_way(SimTime::from_millis(ms)).groups;
    let pale = (3_000..6_000).flat_map(under_way).filter(|group| group.alpha < 0.3);
    assert!(pale.count() > 10);
    for ms in 3_000..6_000 {
        let groups = under_way(ms);
        for (place, group) in groups.iter().enumerate().filter(|(_, g)| g.alpha < 0.3) {
            assert_eq!(groups[place - 1].role, Role::Paper, "{group:?}");
        }
    }
}

#[test]
fn times_and_pixels_agree() {
    let run = payments();
    let size = Size { w: 1100.0, h: 330.0 };
    let plot =
        draw(&run, None, size, view(2_000, 9_000), &Selection::Nothing, &Arrangement::default())
            .plot;
    for ms in [2_000, 3_500, 8_999] {
        let t = SimTime::from_millis(ms);
        let back = time_at(&plot, x_at(&plot, t));
        assert!(back.since(t).millis() < 1.0 && t.since(back).millis() < 1.0);
    }
}

#[test]
fn nothing_written_leaves_the_canvas() {
    let run = payments();
    let all = Arrangement::default();
    let only = TrackKind::ALL.map(|kind| all.only(kind)).into_iter().chain([all, all_tracks()]);
    for (only, (w, h)) in only.flat_map(|only| {
        [(1440.0, 330.0), (1024.0, 300.0), (390.0, 200.0)].map(|size| (only, size))
    }) {
        for (from, to) in [(0, 16_000), (4_000, 4_050), (0, 60_000)] {
            let size = Size { w, h };
            let tracks = draw(&run, None, size, view(from, to), &Selection::Request(300), &only);
            for text in &tracks.list.texts {
                let wide = measure::width(&text.text, text.face, text.size);
                let left = match text.align {
                    Align::Start => text.x,
                    Align::Middle => text.x - wide / 2.0,
                    Align::End => text.x - wide,
                };
                assert!(left >= 0.0 && left + wide <= w + 0.01, "{} at {w}", text.text);
                assert!(text.y <= h, "{} at {w}", text.text);
            }
        }
    }
}

#[test]
fn the_playhead_keeps_clear_of_the_numbers_of_the_axis() {
    let run = payments();
    for (w, h) in [(1_440.0, 330.0), (390.0, 200.0), (320.0, 150.0)] {
        let tracks = draw(
            &run,
            None,
            Size { w, h },
            view(0, 16_000),
            &Selection::Nothing,
            &Arrangement::default(),
        );
        let numbers = tracks.list.texts.iter().filter(|text| text.text.ends_with(" s"));
        let lowest = numbers.map(|text| text.y).fold(0.0, f32::max);
        let handle = playhead(&tracks.plot, SimTime::from_millis(4_000));
        let tops = handle.groups.iter().flat_map(|group| &group.shapes).map(|shape| match shape {
            Shape::Segment { y1, y2, .. } => y1.min(*y2),
            Shape::Rect { y, .. } => *y,
            Shape::Diamond { y, r, .. } => y - r,
            other => panic!("{other:?} is not part of a playhead"),
        });
        let top = tops.fold(f32::MAX, f32::min);
        assert!(lowest > 0.0 && top >= lowest + 4.0, "{lowest} and {top} at {w} px");
    }
}

#[test]
fn the_veil_lies_on_the_future_only() {
    let run = payments();
    let size = Size { w: 1100.0, h: 330.0 };
    let plot =
        draw(&run, None, size, view(0, 16_000), &Selection::Nothing, &Arrangement::default()).plot;
    let at = SimTime::from_millis(7_000);
    let veil = future_veil(&plot, at, false);
    let Shape::Rect { x, w, .. } = veil.groups[0].shapes[0] else { panic!("a veil") };
    assert!((x - x_at(&plot, at)).abs() < 0.01);
    assert!(x + w >= plot.x + plot.w);
    assert!(future_veil(&plot, SimTime::from_millis(17_000), true).groups.is_empty());
}

#[test]
fn what_is_not_simulated_yet_is_hatched_and_says_so() {
    let mut recorder = Recorder::new(library::payments(), Limits::default());
    assert!(recorder.advance(5_000));
    let part = recorder.so_far();
    let size = Size { w: 1100.0, h: 330.0 };
    let plot =
        draw(&part, None, size, view(0, 60_000), &Selection::Nothing, &Arrangement::default()).plot;
    let list = unknown(&plot, &part);
    assert_eq!(list.texts[0].text, UNKNOWN);
    let hatch = list.groups.iter().find(|group| group.paint == Paint::Hatch).expect("a hatch");
    let Shape::Rect { x, w, .. } = hatch.shapes[0] else { panic!("it is all high") };
    assert!((x - x_at(&plot, part.end())).abs() < 0.01, "it begins where that is");
    assert!(x + w >= plot.x + plot.w);
    let known = PlotArea { viewport: view(0, part.end().nanos() / 1_000_000), ..plot.clone() };
    assert_eq!(unknown(&known, &part), DrawList::default());
    assert_eq!(unknown(&plot, &payments()), DrawList::default());
}

#[test]
fn the_outcome_of_an_attempt_is_not_painted_before_it_is_there() {
    let run = payments();
    let size = Size { w: 1100.0, h: 330.0 };
    let index = run.index();
    let (request, row) = index.rows().find(|(_, row)| row.rejected).expect("one is rejected");
    let failed = row.over.expect("it is over");
    let began = run.log().at(row.first);
    let tracks = draw(
        &run,
        None,
        size,
        view(3_000, 6_000),
        &Selection::Request(request),
        &Arrangement::default(),
    );
    let spot = |what: &TrackSpot| *what == TrackSpot::Lane { request };
    let lane = tracks.spots.iter().find(|s| spot(&s.what)).expect("it has a lane");
    let roles = |at: SimTime| -> Vec<Role> {
        let mine = |shape: &Shape| matches!(shape, Shape::Rect { y, .. } if *y > lane.y && *y < lane.y + lane.h);
        let groups = tracks.under_way(at).groups.into_iter();
        groups.filter(|group| group.shapes.iter().any(mine)).map(|group| group.role).collect()
    };
    let sent = SimTime::from_nanos(began.nanos() + 1);
    assert_eq!(roles(sent), [Role::Request]);
    let before = SimTime::from_nanos(failed.nanos() - 1);
    assert!(!roles(before).contains(&Role::Failure));
    assert!(roles(before).contains(&Role::Request));
    assert_eq!(roles(failed), []);
}

/// Looking for its attempts among everything that happens meanwhile would take longer than a frame.
#[test]
fn a_request_that_lasts_while_very_much_happens_is_one_bar() {
    let mut experiment = library::payments();
    let Part::Clients(clients) = &mut experiment.scenario.nodes[0].role else { return };
    clients.rate = 2_000.0;
    experiment.scenario.edges[0].policy.timeout.per_attempt = Some(SimDuration::from_secs(9));
    let kind = FaultKind::Hang;
    let fault = Fault { target: Target::Node(1), kind, lasts: None };
    let at = SimTime::from_millis(500);
    experiment.interventions = vec![Intervention { at, change: Change::Fault(fault) }];
    let run = Run::new(experiment, Limits::default());
    let bars = |request| lane::attempts(&run, request).0;
    let row = |request: u32| &run.index().requests[request as usize];
    let long = (0..2_000).find(|request| row(*request).last - row(*request).first > 60_000);
    let long = long.expect("one waits for nine seconds and tries again");
    let bars_of_it = bars(long);
    let [bar] = &bars_of_it[..] else { panic!("{bars_of_it:?}") };
    let until = row(long).over.unwrap_or(run.end());
    assert_eq!((bar.from, bar.to), (run.log().event(row(long).first).at, until));
    assert!(bars(0).len() > 2, "its way through the services");
}

#[test]
fn a_probe_is_amber_while_it_is_out() {
    let run = payments();
    let size = Size { w: 1100.0, h: 330.0 };
    let (request, _) = run.index().rows().find(|(_, row)| row.probe).expect("one probes");
    let tracks = draw(
        &run,
        None,
        size,
        view(3_000, 9_000),
        &Selection::Request(request),
        &Arrangement::default(),
    );
    let roles = |ms: u64| {
        tracks.under_way(SimTime::from_millis(ms)).groups.into_iter().map(|group| group.role)
    };
    let mut moments = 3_000..9_000;
    assert!(moments.any(|ms| roles(ms).any(|role| role == Role::Probe)));
    let known = [Role::Probe, Role::Request, Role::Paper];
    assert!((3_000..9_000).all(|ms| roles(ms).all(|role| known.contains(&role))));
}

/// Twenty seconds in which two requests come, far apart.
fn quiet() -> Run {
    let mut experiment = library::payments();
    experiment.scenario.horizon = SimDuration::from_secs(60);
    for node in &mut experiment.scenario.nodes {
        if let Part::Clients(clients) = &mut node.role {
            (clients.count, clients.rate) = (1, 0.1);
        }
    }
    Run::new(experiment, Limits::default())
}

fn all_tracks() -> Arrangement {
    let mut all = Arrangement::default();
    for kind in TrackKind::ALL {
        all.choose(kind, |place| place.shown = true);
    }
    all
}

fn names(tracks: &Tracks) -> Vec<String> {
    let left = |text: &&crate::draw::Text| text.x < 21.0 && text.align == Align::Start;
    let names = tracks.list.texts.iter().filter(left).map(|text| (text.y, text.text.clone()));
    let mut names: Vec<_> = names.collect();
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    names.into_iter().map(|(_, name)| name).collect()
}

#[test]
fn idle_time_is_left_out_and_times_and_pixels_still_agree() {
    let run = quiet();
    let size = Size { w: 1100.0, h: 330.0 };
    let mut collapsed = Arrangement::default();
    collapsed.collapse = true;
    let whole = view(0, 60_000);
    let tracks = draw(&run, None, size, whole, &Selection::Nothing, &collapsed);
    let plot = &tracks.plot;
    assert!(plot.breaks.len() >= 2, "{:?}", plot.breaks);
    for gap in &*plot.breaks {
        let wide = x_at(plot, gap.to) - x_at(plot, gap.from);
        assert!((wide - GAP).abs() < 0.01, "{wide}");
        let inside = run.log().events_from(0).filter(|e| gap.from < e.at && e.at < gap.to);
        assert_eq!(inside.count(), 0);
    }
    let mut before = f32::MIN;
    for ms in 0..60_000 {
        let t = SimTime::from_millis(ms);
        let x = x_at(plot, t);
        assert!(x >= before, "time never runs back");
        before = x;
        let back = time_at(plot, x);
        // Within a gap a pixel is long.
        let near = plot.breaks.iter().any(|gap| gap.from <= t && t <= gap.to);
        let least = if near { 60.0 } else { 2.0 };
        assert!(back.since(t).millis().max(t.since(back).millis()) < least, "{t} and {back}");
    }
    assert!((x_at(plot, whole.from) - plot.x).abs() < 0.01);
    assert!((x_at(plot, whole.to) - plot.x - plot.w).abs() < 0.1);
    let open = draw(&run, None, size, whole, &Selection::Nothing, &Arrangement::default());
    assert!(open.plot.breaks.is_empty());
    assert!(breaks(&payments(), None, view(0, 16_000), 900.0).is_empty(), "it is busy");
    // What happens in a ghost is not left out either.
    let beside = breaks(&run, Some(&payments()), whole, plot.w);
    assert!(beside.len() < plot.breaks.len());
}

#[test]
fn pinned_tracks_stay_at_the_top_while_the_rest_scrolls() {
    let run = payments();
    let size = Size { w: 1100.0, h: 290.0 };
    let at =
        |tracks: &Arrangement| draw(&run, None, size, view(0, 16_000), &Selection::Nothing, tracks);
    let mut tracks = all_tracks();
    tracks.choose(TrackKind::Latency, |place| place.pinned = true);
    let first = at(&tracks);
    assert!(first.more, "they are too many");
    assert_eq!(names(&first)[..2], ["latency", "faults"]);
    tracks.scroll = 2;
    assert_eq!(names(&at(&tracks))[..2], ["latency", "arrivals"]);
    tracks.shift(TrackKind::Retries, -3);
    assert_eq!(tracks.scroll, 0);
    let order = names(&at(&tracks));
    let place = |name: &str| order.iter().position(|other| other == name);
    assert!(place("retry share") < place("arrivals"), "{order:?}");
    let mut ends = 0;
    while at(&tracks).more {
        tracks.scroll += 1;
        ends += 1;
        assert!(ends < 20, "it has an end");
    }
    assert!(names(&at(&tracks)).iter().any(|name| name == "requests"));
    assert!(!at(&Arrangement::default()).more, "at first all of it is in sight");
}

#[test]
fn a_choice_that_was_written_is_read_again() {
    let mut tracks = all_tracks();
    tracks.shift(TrackKind::Requests, -4);
    tracks.choose(TrackKind::Queues, |place| place.pinned = true);
    assert_eq!(Arrangement::read(&tracks.written()), Some(tracks));
    for text in ["", "+faults", "+faults faults faults faults faults faults faults faults"] {
        assert_eq!(Arrangement::read(text), None, "{text}");
    }
}

#[test]
fn a_chart_says_what_there_is_below_the_pointer() {
    let run = payments();
    let size = Size { w: 1100.0, h: 900.0 };
    let tracks = draw(&run, None, size, view(0, 16_000), &Selection::Nothing, &all_tracks());
    let at = |ms| -> Vec<String> {
        let x = x_at(&tracks.plot, SimTime::from_millis(ms));
        (0..900).filter_map(|y| tracks.told(&run, x, y as f32)).collect()
    };
    assert!(at(3_000).iter().any(|text| text.starts_with("p50 ")));
    let told = at(4_250);
    let has = |start: &str| told.iter().any(|text| text.starts_with(start));
    for start in ["queue at bank: ", "in flight api → bank: ", "retries: "] {
        assert!(has(start), "{start} in {told:?}");
    }
    assert!(told.iter().all(|text| text.ends_with(" at 4.25 s")), "{told:?}");
    let queue = told.iter().find(|text| text.starts_with("queue at bank: ")).expect("one");
    let digits: String = queue.chars().filter(char::is_ascii_digit).collect();
    assert_ne!(digits, "0425", "somebody waits by then");
    assert_eq!(tracks.told(&run, 50.0, 400.0), None, "names are no charts");
}

#[test]
fn many_requests_are_shown_as_one_row_that_says_how_many() {
    let run = payments();
    let size = Size { w: 1100.0, h: 330.0 };
    let said = |from, to| {
        let tracks =
            draw(&run, None, size, view(from, to), &Selection::Nothing, &Arrangement::default());
        let text = tracks.list.texts.iter().find(|text| text.text.contains("each column"));
        text.map(|text| text.text.clone())
    };
    assert_eq!(said(1_000, 3_000), None);
    let rows = &run.index().requests;
    let begun = rows.iter().filter(|row| run.log().at(row.first) <= SimTime::from_millis(16_000));
    assert!(said(0, 16_000).expect("many").starts_with(&format!("{} requests", begun.count())));
}

#[test]
fn what_is_otherwise_is_outlined_on_charts() {
    let run = payments();
    let mut experiment = library::payments();
    experiment.interventions.clear();
    let calm = Run::new(experiment, Limits::default());
    let size = Size { w: 1100.0, h: 330.0 };
    for kind in [TrackKind::Queues, TrackKind::InFlight, TrackKind::Retries, TrackKind::Latency] {
        let only = Arrangement::default().only(kind);
        let beside = |ghost| draw(&run, ghost, size, view(0, 16_000), &Selection::Nothing, &only);
        let lines = |tracks: &Tracks| {
            let ghosts = tracks.ghost.groups.iter().filter(|group| group.role == Role::Ghost);
            ghosts.flat_map(|group| group.shapes.clone()).collect::<Vec<_>>()
        };
        assert!(lines(&beside(None)).is_empty());
        let lines = lines(&beside(Some(&calm)));
        assert!(!lines.is_empty(), "{kind:?}");
        // They agree before the bank gets slow.
        let parts = x_at(&beside(None).plot, SimTime::from_millis(3_900));
        let before =
            lines.iter().any(|line| matches!(line, Shape::Segment { x1, .. } if *x1 < parts));
        assert!(!before, "{kind:?}");
    }
}

#[test]
fn the_whole_run_is_on_one_bar_and_the_window_can_always_be_seen() {
    let run = payments();
    let bar = overview(&run, Size { w: 1100.0, h: 32.0 });
    let (top, bottom) = (bar.plot.y, bar.plot.y + bar.plot.h);
    for group in &bar.list.groups {
        for shape in &group.shapes {
            let Shape::Rect { x, y, w, h, .. } = shape else { panic!("{shape:?}") };
            assert!(*x >= bar.plot.x - 0.01 && x + w <= bar.plot.x + bar.plot.w + 2.01);
            assert!(*y >= top - 0.01 && y + h <= bottom + 0.01, "{shape:?}");
            // Colour is not all that tells them apart.
            if group.role == Role::Failure {
                assert!((*y - top) < 20.0 && *h >= 3.0);
            }
        }
    }
    let roles: Vec<Role> = bar.list.groups.iter().map(|group| group.role).collect();
    for role in [Role::Ok, Role::Failure, Role::Replay, Role::Ink] {
        assert!(roles.contains(&role), "{role:?}");
    }
    let told = bar.told(&run, x_at(&bar.plot, SimTime::from_millis(6_446)));
    assert!(told.contains(" rejected at 6.4"), "{told}");
    let (x, w) = window_at(&bar.plot, view(30_000, 30_001));
    assert!(w >= 8.0 && x + w <= bar.plot.x + bar.plot.w);
    let (x, w) = window_at(&bar.plot, view(59_999, 60_000));
    assert!(w >= 8.0 && x + w <= bar.plot.x + bar.plot.w + 0.01);
}

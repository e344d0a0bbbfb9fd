//! What is shown of recorded calls.

use super::*;

/// A list of calls, one every ten milliseconds.
fn recorded(outcomes: &str) -> String {
    let mut text = String::from("timestamp,duration,outcome\n");
    for (n, outcome) in outcomes.chars().enumerate() {
        let outcome = if outcome == 'x' { "failure" } else { "success" };
        text += &format!("{},5,{outcome}\n", n * 10);
    }
    text
}

fn read(text: &str) -> Result<Comparison, String> {
    let mut comparison = Comparison::open(text.into())?;
    while comparison.read(7)? {}
    Ok(comparison)
}

fn theme() -> Theme {
    let names = ["paper", "ink", "soft", "line", "request", "ok", "failure", "probe", "sans"];
    let entries: Vec<String> = names.map(|name| format!("\"{name}\": \"{name}-is\"")).to_vec();
    crate::read_json(&format!("{{{}}}", entries.join(", "))).expect("all that is needed")
}

fn told(comparison: &mut Comparison) -> Told {
    while comparison.replay(7) {}
    comparison.told(600.0, &theme())
}

/// Two breakers and these calls.
fn asked(text: &str, above: &str, below: &str) -> Told {
    let mut comparison = read(text).expect("calls");
    comparison.choose(0, above).expect("a preset");
    comparison.choose(1, below).expect("a preset");
    told(&mut comparison)
}

#[test]
fn each_breaker_says_what_it_would_have_done() {
    let told = asked(&recorded("...x....."), "failsafe-go", "gobreaker");
    assert_eq!(told.load.sentence, "9 calls in 85 ms, of which 1 failed.");
    assert_eq!(told.problem, None);
    let [above, below] = &told.breakers[..] else { panic!("two breakers") };
    assert_eq!(
        above.sentence,
        "It opened once, was open for 0.045 s, and rejected 5 calls, of which 5 would have \
         succeeded. At the end it is open."
    );
    assert_eq!(above.changes, [["0.035 s", "closed → open", "too many calls failed (1)", "5"]]);
    assert_eq!(above.described, "failsafe-go 0.9: closed; open from 0.035 s.");
    assert_eq!(below.sentence, "It never opened. At the end it is closed.");
    assert_eq!((below.changes.len(), below.summary.permitted), (0, 9));
}

#[test]
fn calls_that_say_nothing_about_the_callee_are_no_successes() {
    let text = recorded("....").replace("10,5,success", "10,5,ignored");
    assert_eq!(asked(&text, "polly", "polly").load.good, "succeeded, or ignored");
    let told = asked(&text.replace("0,5,success", "0,5,failure"), "failsafe-go", "polly");
    assert_eq!(told.breakers[0].summary.rejected_ignored, 1);
    assert!(told.breakers[0].sentence.contains("of which 0 would have succeeded"));
}

#[test]
fn another_breaker_is_asked_without_reading_again() {
    let mut comparison = read(&recorded("xxxxxxxx")).expect("calls");
    comparison.choose(0, "cockatiel").expect("a preset");
    assert_eq!(told(&mut comparison).breakers[0].summary.rejected, 3);
    comparison.choose(0, "linkerd").expect("a preset");
    let told = told(&mut comparison);
    assert_eq!((told.breakers[0].preset, told.breakers[0].summary.rejected), ("linkerd", 1));
    let said = comparison.choose(1, "hystrix").expect_err("it is no preset");
    assert_eq!(said, "There is no preset “hystrix”.");
}

#[test]
fn the_example_is_the_same_every_time_and_tells_two_breakers_apart() {
    assert_eq!(example(), example());
    let told = asked(&example(), "resilience4j", "polly");
    assert_eq!(told.problem, None);
    let sentence = "2,243 calls in 3 min from 2026-03-01 02:13:00 UTC, of which 338 failed.";
    assert_eq!(told.load.sentence, sentence);
    let [above, below] = &told.breakers[..] else { panic!("two breakers") };
    assert_eq!(above.summary.opened, 1);
    assert!(below.summary.opened > 3, "{}", below.sentence);
    // The longer wait costs calls that would have succeeded.
    assert!(above.summary.rejected_successes > 2 * below.summary.rejected_successes);
    for breaker in &told.breakers {
        assert!(breaker.sentence.ends_with("At the end it is closed."), "{}", breaker.sentence);
    }
}

#[test]
fn a_bad_row_is_named_and_the_rows_before_it_are_shown() {
    let told = asked("timestamp,duration,outcome\n0,1,success\n5,soon,success\n", "polly", "polly");
    assert_eq!(told.load.sentence, "1 call in 1 ms, of which 0 failed.");
    let problem = told.problem.expect("a problem");
    assert!(problem.starts_with("Line 3: duration must be a number of milliseconds"), "{problem}");
    assert!(problem.ends_with("not “soon”; the call before it was replayed."), "{problem}");
}

#[test]
fn where_there_is_nothing_to_show_a_sentence_says_why() {
    let said = |text| read(text).err().expect("nothing to show");
    assert_eq!(said("timestamp,duration,outcome\n\n"), "There is no call in it.");
    let bad = said("timestamp,duration,outcome\n0,1,perhaps\n");
    assert!(bad.starts_with("Line 2: outcome must be") && bad.ends_with("replayed."), "{bad}");
    let bad = said("timestamp;duration;outcome\n");
    assert!(bad.starts_with("The first line must name the columns"), "{bad}");
}

/// How many shapes of a picture have this style.
fn shapes(svg: &str, style: &str) -> usize {
    svg.split('<').filter(|part| part.contains(style)).map(|part| part.matches('M').count()).sum()
}

#[test]
fn a_picture_has_the_states_and_what_was_rejected_in_the_colours_of_the_page() {
    let told = asked(&recorded("......xx............"), "failsafe-go", "polly");
    let above = &told.breakers[0].picture;
    assert!(above.contains(">failing fast<"), "{above}");
    assert_eq!(shapes(above, "fill=\"url(#open)\""), 1);
    // Hollow bars: thirteen rejected calls, of which one had failed.
    assert_eq!(shapes(above, "stroke=\"request-is\""), 12);
    assert_eq!(shapes(above, "fill=\"url(#refused)\" stroke=\"failure-is\""), 1);
    let below = &told.breakers[1].picture;
    assert!(below.contains(">letting calls through<"), "{below}");
    assert_eq!(shapes(below, "fill=\"url(#"), 0);
    // The load: twenty calls, of which two failed.
    let load = &told.load.picture;
    assert_eq!(shapes(load, "fill=\"request-is\""), 18);
    assert_eq!(shapes(load, "fill=\"url(#failed)\""), 2);
}

#[test]
fn a_probe_of_milliseconds_is_seen_between_minutes() {
    let mut text = String::from("timestamp,duration,outcome\n");
    for second in 0..200 {
        text += &format!("{},9,failure\n", second * 1_000);
    }
    let told = asked(&text, "failsafe-go", "polly");
    let states: Vec<&str> = told.breakers[0]
        .picture
        .split("fill=\"url(#")
        .filter_map(|part| part.split_once(')').map(|(texture, _)| texture))
        .filter(|texture| *texture != "refused")
        .collect();
    // Three times it probed, and every probe lies on what surrounds it.
    assert_eq!(states, ["open", "open", "open", "open", "half", "half", "half"]);
}

#[test]
fn however_often_a_breaker_changes_its_picture_stays_small() {
    let mut text = String::from("timestamp,duration,outcome\n");
    for n in 0..20_000 {
        let outcome = if n % 2 == 0 { "failure" } else { "success" };
        text += &format!("{},1,{outcome}\n", n * 61_000);
    }
    let told = asked(&text, "failsafe-go", "failsafe-go");
    let breaker = &told.breakers[0];
    assert!(breaker.summary.opened > 5_000 && breaker.changes.len() == 200 && breaker.more > 5_000);
    assert!(breaker.picture.len() < 300_000, "{}", breaker.picture.len());
}

#[test]
fn what_a_theme_has_stays_within_its_attribute() {
    let mut theme = theme();
    theme.sans = "\"><script>&".into();
    let mut comparison = read(&recorded(".")).expect("a call");
    while comparison.replay(9) {}
    let svg = comparison.told(600.0, &theme).load.picture;
    assert!(svg.contains("font-family=\"&quot;>&lt;script>&amp;\""), "{svg}");
}

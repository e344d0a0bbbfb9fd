use half_open::scenario::{Change, library};
use serde_json::Value;

use super::*;
use crate::Words;

fn ask(words: &Words) -> Player {
    let mut player = Player::new(Asked::read(words));
    settle(&mut player);
    player
}

fn payments() -> Player {
    ask(&Words { scenario: "payments", controls: "timeout, breaker", ..Words::default() })
}

fn settle(player: &mut Player) {
    while player.work() {}
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

const fn ms(ms: u64) -> SimTime {
    SimTime::from_millis(ms)
}

#[test]
fn it_begins_at_the_moment_that_was_asked_for_and_shows_that_before_the_run_is_whole() {
    let words = Words { scenario: "metastable", at: "3s", ..Words::default() };
    let mut player = Player::new(Asked::read(&words));
    assert!(player.waits() && player.tick(SimDuration::from_secs(1)), "time stands still");
    assert_eq!(player.at(), SimTime::ZERO);
    while player.waits() {
        assert!(player.work());
    }
    assert_eq!(player.at(), ms(3_000));
    assert!(!player.run().is_whole(), "there is more of it");
    settle(&mut player);
    assert!(player.run().is_whole());
    assert_eq!(player.run().hash(), Run::new(library::metastable(), Limits::default()).hash());
}

#[test]
fn time_passes_to_the_end_and_the_page_is_told_everything_once() {
    let mut player = payments();
    player.seek(SimTime::ZERO);
    assert_eq!(player.news(), "[]", "who jumps has not seen what is between");
    let mut told = 0;
    while player.tick(SimDuration::from_millis(100)) {
        told += json(&player.news()).as_array().map_or(0, Vec::len);
    }
    told += json(&player.news()).as_array().map_or(0, Vec::len);
    assert_eq!(player.at(), player.run().end());
    assert!(told > 1_000, "{told}");
    assert_eq!(player.news(), "[]");
}

#[test]
fn what_is_done_by_hand_is_told_at_its_moment_also_while_time_stands_still() {
    let mut player = payments();
    player.seek(ms(2_000));
    settle(&mut player);
    assert_eq!(player.news(), "[]");
    player.breaker("", "").unwrap();
    settle(&mut player);
    let news = json(&player.news());
    assert_eq!((&news[0]["what"], &news[0]["state"]), (&"breaker".into(), &"open".into()));
    assert_eq!(news[0]["t"], 2.0);
    player.fault("slow", "bank", None, "").unwrap();
    settle(&mut player);
    let told = json(&player.news());
    assert_eq!(told.as_array().map(Vec::len), Some(1), "nothing is told twice: {told}");
    assert_eq!(told[0]["what"], "fault");

    // Time goes on before it is shown.
    player.breaker("", "close").unwrap();
    player.tick(SimDuration::from_millis(1));
    player.news();
    settle(&mut player);
    assert_eq!(json(&player.news())[0]["state"], "closed");
    assert_eq!(player.news(), "[]");
}

#[test]
fn a_past_that_becomes_another_is_no_news() {
    let mut player = payments();
    player.seek(ms(1_000));
    settle(&mut player);
    player.fault("hang", "api", None, "").unwrap();
    settle(&mut player);
    let at = player.asked.place.view.at;
    player.seek(at);
    settle(&mut player);
    assert_eq!(player.news(), "[]");
    player.reset();
    settle(&mut player);
    assert_eq!((player.at(), player.news()), (at, "[]".into()));
}

#[test]
fn while_a_knob_is_held_it_is_turned_at_one_moment() {
    let mut player = payments();
    let (at, before) = (player.at(), player.wanted.interventions.len());
    for (place, done) in [(3, false), (9, false), (12, true)] {
        player.turn(0, place, done).expect("it turns");
        // Whether or not there was time to compute what came between.
        if place == 9 {
            settle(&mut player);
            player.tick(SimDuration::from_millis(50));
        }
    }
    settle(&mut player);
    let turned = &player.wanted.interventions;
    assert_eq!(turned.len(), before + 1);
    let set = turned.iter().find(|i| matches!(i.change, Change::Set { .. })).expect("it is there");
    assert_eq!(set.at, at);
    assert_eq!(player.controls()[0].place, 12);
    assert_eq!(**player.run().experiment(), player.wanted);
    player.turn(0, 3, true).expect("it turns");
    assert_eq!(player.wanted.interventions.len(), before + 2, "taken anew, it is turned now");
}

#[test]
fn a_change_leaves_the_past_as_it_was_and_what_is_seen_until_it_is_there() {
    let mut player = payments();
    let (log, edition) = (player.run().log().clone(), player.edition());
    player.breaker("", "").expect("there is one");
    assert!(player.waits());
    assert_eq!(player.run().log().len(), log.len());
    settle(&mut player);
    assert!(!player.waits() && player.edition() > edition);
    let same = log.count_until(player.at());
    let now = player.run().log();
    assert!((0..same).all(|id| now.event(id) == log.event(id)));
    assert_ne!(now.len(), log.len());
    let state = json(&player.state());
    assert_eq!(state["breakers"][0]["state"], "open");
}

#[test]
fn faults_begin_and_are_healed_and_reset_takes_everything_back() {
    let mut player = payments();
    let link = player.link();
    player.seek(ms(20_000));
    settle(&mut player);
    player.fault("errors", "bank", Some(1.0), "").expect("it can be broken");
    settle(&mut player);
    player.seek(ms(22_000));
    assert!(player.described().contains("bank: errors 100 %:"), "{}", player.described());
    player.heal("bank").expect("it is there");
    settle(&mut player);
    let healed = player.wanted.interventions.iter().filter_map(|i| i.change.fault());
    assert!(healed.map(|fault| fault.lasts).any(|lasts| lasts == Some(SimDuration::from_secs(2))));
    assert!(!player.described().contains("errors"));
    player.reset();
    settle(&mut player);
    assert_eq!((player.link(), player.at()), (link, player.asked.place.view.at));
    let whole = Run::new(library::payments(), Limits::default());
    assert_eq!(player.run().hash(), whole.hash());
}

#[test]
fn what_cannot_be_done_is_said_and_changes_nothing() {
    let mut player = payments();
    let link = player.link();
    let refused = [
        (player.set("timeout", "soon"), "“timeout” cannot be read"),
        (player.set("timeout", "-1s"), "“timeout” cannot be read"),
        (player.set("attempts", "0"), "api-bank.attempts must be between 1 and 1000, not 0."),
        (player.set("attempts", "1.5"), "api-bank.attempts must be a whole number"),
        (player.set("bank.zebra", "1"), "bank.zebra is not a setting; there are bank.workers"),
        (player.breaker("clients-api", ""), "clients-api has no breaker."),
        (player.breaker("x", ""), "There is no “x” here; there are api, bank, ledger, clients-api"),
        (player.breaker("", "explode"), "A breaker cannot be told to “explode”; it can to open,"),
        (player.fault("zebra", "bank", None, ""), "There is no fault “zebra”; there are slow,"),
        (player.fault("slow", "api-bank", None, ""), "“slow” strikes a service."),
        (player.fault("partition", "bank", None, ""), "“partition” strikes a line"),
        (
            player.fault("slow", "bank", Some(0.5), ""),
            "The size of “slow” must be between 1 and 1000.",
        ),
        (player.fault("hang", "bank", Some(1.0), ""), "“hang” has no size."),
        (player.fault("hang", "bank", None, "soon"), "“lasts” cannot be read"),
        (player.fault("slow", "bank", Some(f64::NAN), ""), "The size of “slow” must be"),
        (player.heal("zebra"), "There is no “zebra” here"),
    ];
    for (result, begin) in refused {
        let sentence = result.expect_err(begin);
        assert!(sentence.starts_with(begin) && sentence.ends_with('.'), "{sentence}");
    }
    assert_eq!(player.link(), link);
    assert!(!player.work());
    assert_eq!(player.turn(99, 0, true), Ok(()), "there is no such control");
}

#[test]
fn settings_are_named_as_on_the_command_line() {
    let mut player = payments();
    for (path, value) in [("timeout", "800 ms"), ("api-bank.breaker", "off"), ("bank.workers", "3")]
    {
        player.set(path, value).expect(path);
    }
    settle(&mut player);
    let now = player.run().experiment().scenario_at(player.at());
    let edge = &now.edges[1].policy;
    assert_eq!(edge.timeout.per_attempt, Some(SimDuration::from_millis(800)));
    assert!(!edge.breaker_enabled && now.service(2).expect("bank").workers == 3);
    assert_eq!(json(&player.state())["breakers"], json("[]"));
}

#[test]
fn the_moment_stays_within_the_tracks_with_a_little_of_what_comes() {
    let mut player = payments();
    let span = player.viewport().span();
    for at in [0, 1, 15_000, 15_900, 31_000, 59_000, 60_000, 12_000, 59_990, 3] {
        player.seek(ms(at));
        settle(&mut player);
        let Viewport { from, to } = player.viewport();
        assert!(from <= ms(at) && ms(at) <= to && to <= ms(60_000), "{at}: {from} to {to}");
        assert_eq!(player.viewport().span(), span);
    }
}

#[test]
fn a_moment_is_told_in_numbers_and_in_words() {
    let mut player = payments();
    let state = json(&player.state());
    assert_eq!((&state["scenario"], &state["t"]), (&"payments".into(), &6.446.into()));
    assert_eq!((&state["end"], &state["clock"]), (&60.into(), &"0:06.446".into()));
    assert_eq!(state["breakers"][0]["line"], "api-bank");
    let sentence = json(&player.sentence());
    assert!(sentence.as_array().is_some_and(|parts| parts.len() == 4), "{sentence}");
    let numbers = json(&player.numbers());
    assert_eq!((&numbers[0][0], &numbers[3][0]), (&"success".into(), &"charges / orders".into()));
    assert!(player.described().contains("api → bank:"));
    let shown = link::decode(&player.link()).expect("a link");
    assert_eq!((shown.view.at, shown.experiment), (player.at(), library::payments()));
}

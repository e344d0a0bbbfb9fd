//! Links and files: short, lasting, and harmless whatever they hold.

#[allow(unreachable_pub, dead_code, reason = "a library shows it; here it is a module of a test")]
#[path = "../../tests/determinism/src/generated.rs"]
mod generated;

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use generated::generated;
use half_open::policy::breaker::{Action, Millis, Preset};
use half_open::scenario::knob::Unit;
use half_open::scenario::{
    Cell, Change, Chaos, Edit, Experiment, Fault, FaultKind, HandRequest, Intervention, Knob,
    Scenario, Target, library,
};
use half_open::time::{SimDuration, SimTime};
use half_open_view::link::{
    File, FileHeader, LinkError, MAX_LINK, Range, SCHEMA, Selection, Side, State, ViewState,
    decode, encode, read_file_value,
};
use proptest::prelude::*;

/// What a link of a built-in scenario may be long: what mailers and chats leave alone.
const SHORT: usize = 2_000;

fn add(experiment: &mut Experiment, millis: u64, change: Change) {
    experiment.insert(Intervention { at: SimTime::from_millis(millis), change });
}

/// Another value than the present one, well within the range.
fn another(knob: Knob, scenario: &Scenario) -> f64 {
    let (spec, now) = (knob.spec(), knob.get(scenario).expect("it has this knob"));
    let value = match spec.unit {
        Unit::Choice(names) => (now + 1.0) % names.len() as f64,
        Unit::Duration(_) => now + 1_500_000.0,
        Unit::Count | Unit::Stack => now + 1.0,
        Unit::Share | Unit::Rate | Unit::Number => now / 2.0 + 0.125,
    };
    value.clamp(spec.min, spec.max)
}

/// Payments with every knob turned.
fn every_knob() -> State {
    let mut experiment = library::payments();
    for knob in Knob::all(&experiment.scenario) {
        let value = another(knob, &experiment.scenario);
        knob.set(&mut experiment.scenario, value).expect("in range");
    }
    State::new(experiment)
}

/// Payments with everything done to it that can be done.
fn every_deed() -> State {
    let mut experiment = library::payments();
    let knobs = Knob::all(&experiment.scenario);
    for (index, knob) in (0u64..).zip(knobs) {
        let value = another(knob, &experiment.scenario);
        add(&mut experiment, 100 * index, Change::Set { knob, value });
    }
    for (index, kind) in (0u64..).zip(FaultKind::ON_SERVICES) {
        let fault = Fault { target: Target::Node(2), kind, lasts: None };
        add(&mut experiment, 20_000 + index, Change::Fault(fault));
    }
    for (index, kind) in (0u64..).zip(FaultKind::ON_LINES) {
        let lasts = Some(SimDuration::from_millis(1_500));
        let fault = Fault { target: Target::Edge(1), kind, lasts };
        add(&mut experiment, 21_000 + index, Change::Fault(fault));
    }
    let actions = [
        Action::Open,
        Action::Close,
        Action::ForceOpen,
        Action::Disable,
        Action::MetricsOnly,
        Action::Reset,
        Action::HalfOpen,
    ];
    for (index, action) in (0u64..).zip(actions) {
        add(&mut experiment, 22_000 + index, Change::Breaker { edge: 1, action });
    }
    add(&mut experiment, 23_000, Change::Burst(0));
    add(&mut experiment, 23_500, Change::Send(HandRequest::default()));
    let odd = HandRequest {
        client: 99,
        method: "GET".into(),
        path: "/healthz".into(),
        key: None,
        body: "naïve “quotes” \u{1f3e6}".into(),
        lose_response: true,
    };
    add(&mut experiment, 24_000, Change::Send(odd));
    add(&mut experiment, 24_100, Change::Drop { request: 77, edge: 2 });
    let narrow = Chaos { kinds: 0b1_0000_0000_0101, ..Chaos::on(0b100, 4_000_000_000) };
    let lasts = Some(SimDuration::from_secs(9));
    for (index, chaos) in (0u64..).zip([Chaos::on(u64::MAX, 7), Chaos { lasts, ..narrow }]) {
        add(&mut experiment, 25_000 + index, Change::Chaos(chaos));
    }
    experiment.settle_chaos();
    let ms = SimTime::from_millis;
    let view =
        ViewState { at: ms(24_000), selection: Selection::Edge(1), from: ms(1), to: ms(60_000) };
    State { experiment, view, ghost: None, range: None, pair: None }
}

/// Payments with a breaker like each of the presets, one after another, and one like none of them.
fn every_preset() -> State {
    let mut experiment = library::payments();
    for (index, preset) in (0u64..).zip(Preset::ALL) {
        let settings = Box::new(preset.in_scenario());
        add(&mut experiment, 1_000 * index, Change::SetBreaker { edge: 1, settings });
    }
    let mut settings = Box::new(Preset::Linkerd.in_scenario());
    settings.open.schedule_ms = vec![Millis::new(5), Millis::new(70_000)];
    settings.half_open.max_wait_ms = Some(Millis::new(500));
    add(&mut experiment, 30_000, Change::SetBreaker { edge: 0, settings });
    State::new(experiment)
}

/// What somebody has made who played for a while.
fn played() -> State {
    let mut experiment = library::payments();
    let knobs = Knob::all(&experiment.scenario);
    for index in 0..30u64 {
        let at = 1_000 + index * 1_234;
        let change = match index % 5 {
            0 => Change::Send(HandRequest { client: index as u32, ..HandRequest::default() }),
            1 => Change::Burst(0),
            2 => Change::Breaker { edge: 1, action: Action::Open },
            3 => Change::Fault(Fault {
                target: Target::Node(2),
                kind: FaultKind::Slow(4.5),
                lasts: Some(SimDuration::from_nanos(2_345_678_901)),
            }),
            _ => {
                let knob = knobs[index as usize % knobs.len()];
                Change::Set { knob, value: another(knob, &experiment.scenario) }
            }
        };
        experiment.insert(Intervention { at: SimTime::from_nanos(at * 1_000_001), change });
    }
    for path in ["api-bank.timeout", "clients-api.attempts", "bank.workers", "clients.rate"] {
        let knob = Knob::find(&experiment.scenario, path).expect("a knob");
        let value = another(knob, &experiment.scenario);
        knob.set(&mut experiment.scenario, value).expect("in range");
    }
    let at = SimTime::from_nanos(37_123_456_789);
    let to = SimTime::from_nanos(48_234_567_891);
    let selection = Selection::Request(2_345);
    let view = ViewState { at, selection, from: SimTime::ZERO, to };
    State { experiment, view, ghost: None, range: None, pair: None }
}

fn json(state: &State) -> String {
    serde_json::to_string_pretty(&File::from(state)).expect("plain data")
}

fn from_json(text: &str) -> Result<State, String> {
    let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
    read_file_value(file).map_err(|error| error.to_string())
}

fn is_a_sentence(error: &LinkError) -> bool {
    let text = error.to_string();
    text.len() > 20 && text.ends_with('.') && !text.contains('\n')
}

#[test]
fn links_of_built_in_scenarios_are_short() {
    for experiment in library::all() {
        let length = encode(&State::new(experiment)).len();
        assert!(length <= 150, "{length} characters");
    }
    // Nobody turns every knob; what each takes is bounded.
    let every_one = 17 * Knob::all(&library::payments().scenario).len();
    let all = [
        ("every knob", every_knob(), every_one),
        ("presets", every_preset(), SHORT),
        ("played", played(), SHORT),
    ];
    for (name, state, most) in all {
        assert_eq!(state.validate(), Ok(()), "{name}");
        let length = encode(&state).len();
        assert!(length <= most, "{name}: {length} characters of {most}");
    }
}

/// The same seen beside what would have been without its last change, under another seed and with
/// another timeout.
fn beside(state: State) -> State {
    let mut ghost = state.experiment.clone();
    ghost.interventions.pop();
    ghost.settle_chaos();
    ghost.seed += 1;
    let knob = Knob::all(&ghost.scenario)[0];
    let value = another(knob, &ghost.scenario);
    knob.set(&mut ghost.scenario, value).expect("in range");
    State { ghost: Some(ghost), ..state }
}

#[test]
fn a_link_with_a_ghost_holds_both_and_is_short_too() {
    let without = |state: &State| State { ghost: None, ..state.clone() };
    let built_in = library::all().into_iter().map(State::new);
    for state in built_in.chain([every_knob(), every_deed(), played()]) {
        let mut change = state.experiment.clone();
        let knob = Knob::all(&change.scenario)[0];
        let value = another(knob, &change.scenario);
        add(&mut change, 30_000, Change::Set { knob, value });
        let one = State { ghost: Some(change), ..state.clone() };
        for state in [one, beside(state)] {
            let link = encode(&state);
            assert_eq!(decode(&link), Ok(state.clone()));
            let alone = encode(&without(&state));
            assert!(alone.starts_with("AQ"), "links without one are as they always were");
            let (both, one) = (link.len(), alone.len());
            assert!(both <= one + 80 && (one > SHORT || both <= SHORT), "{both} after {one}");
        }
    }
}

/// Drawing changes what a scenario is; a link to it says so, with what it was before as its ghost.
#[test]
fn a_link_holds_what_was_drawn() {
    for before in library::all() {
        let drawn = [
            Edit::AddService(1),
            Edit::AddService(1),
            Edit::AddClients(1),
            Edit::Rename(1, "gateway".into()),
            Edit::RemoveCall(0),
            Edit::RemoveNode(1),
        ];
        let mut experiment = before.clone();
        for edit in drawn {
            let Ok((after, _)) = experiment.edited(&edit) else { continue };
            experiment = after;
            let alone = State::new(experiment.clone());
            let with_ghost = State { ghost: Some(before.clone()), ..alone.clone() };
            for state in [alone, with_ghost] {
                assert_eq!(decode(&encode(&state)), Ok(state), "{edit:?}");
            }
        }
        assert_ne!(experiment, before);
    }
}

#[test]
fn a_link_of_a_pair_says_which_side_is_which_and_costs_a_few_letters() {
    let version = |link: &str| URL_SAFE_NO_PAD.decode(link).expect("a link")[0];
    for state in [State::new(library::payments()), beside(played())] {
        let alone = encode(&state);
        for pair in [Side::A, Side::B] {
            let state = State { pair: Some(pair), ..state.clone() };
            let link = encode(&state);
            assert_eq!(decode(&link), Ok(state));
            assert_eq!((version(&link), version(&alone) < 3), (4, true));
            assert!(link.len() <= alone.len() + 12, "{} after {}", link.len(), alone.len());
            let range = Range { from: SimTime::ZERO, to: SimTime::from_millis(900) };
            let marked = State { range: Some(range), ..decode(&link).expect("a link") };
            assert_eq!(decode(&encode(&marked)), Ok(marked));
        }
    }
}

/// Where cards were put is told before everything else, and costs three bytes a card.
#[test]
fn a_link_holds_where_cards_were_put() {
    let put = |mut state: State, turn: usize| {
        let all = [Some(&mut state.experiment), state.ghost.as_mut()];
        for (by, experiment) in all.into_iter().flatten().enumerate() {
            let scenario = &mut experiment.scenario;
            let mut columns = scenario.columns();
            columns.rotate_left(turn * by);
            columns.iter_mut().for_each(|column| column.reverse());
            scenario.arrange(&columns);
        }
        state
    };
    for state in [State::new(library::payments()), every_knob(), beside(played())] {
        let alone = encode(&state);
        for (turn, pair) in [(0, None), (1, None), (0, Some(Side::A))] {
            let before = State { pair, ..state.clone() };
            let placed = put(before.clone(), turn);
            let link = encode(&placed);
            assert_eq!(decode(&link), Ok(placed.clone()));
            assert_ne!(placed, before);
            let cards = placed.experiment.scenario.nodes.len() * (1 + turn);
            assert!(link.len() <= alone.len() + 16 + 4 * cards, "{} letters", link.len());
            let range = Range { from: SimTime::ZERO, to: SimTime::from_millis(900) };
            let marked = State { range: Some(range), ..placed.clone() };
            assert_eq!(decode(&encode(&marked)), Ok(marked));
            let alone = State { ghost: None, pair: None, range: None, ..placed };
            assert_eq!(from_json(&json(&alone)), Ok(alone));
        }
        let mut far = put(state, 0);
        far.experiment.scenario.nodes[0].place = Some(Cell { column: 64, row: 0 });
        assert!(decode(&encode(&far)).is_err_and(|error| is_a_sentence(&error)));
    }
}

#[test]
fn a_ghost_is_checked_like_everything_else() {
    let mut state = beside(played());
    for pair in [None, Some(Side::A)] {
        let link = encode(&State { pair, ..state.clone() });
        let bytes = URL_SAFE_NO_PAD.decode(&link).expect("a link");
        for length in 0..bytes.len() {
            let cut = URL_SAFE_NO_PAD.encode(&bytes[..length]);
            assert!(decode(&cut).is_err_and(|error| is_a_sentence(&error)), "{length} bytes");
        }
        for place in 0..bytes.len() {
            for byte in [0, 1, 0x7f, 0xff] {
                let mut bytes = bytes.clone();
                bytes[place] = byte;
                match decode(&URL_SAFE_NO_PAD.encode(&bytes)) {
                    Ok(state) => assert_eq!(state.validate(), Ok(())),
                    Err(error) => assert!(is_a_sentence(&error), "{error}"),
                }
            }
        }
    }
    state.ghost.as_mut().expect("a ghost").seed = u64::MAX;
    assert!(decode(&encode(&state)).is_err());
}

#[test]
fn a_scenario_of_ones_own_is_a_few_hundred_bytes() {
    let mut state = played();
    state.experiment.scenario.name = "mine".into();
    let length = encode(&state).len();
    assert!(length <= 2 * SHORT, "{length} characters");
    assert_eq!(decode(&encode(&state)), Ok(state));
}

/// The links in `tests/cases/links` were given to people. What they mean may never change: where
/// this fails, the module of their version has to keep the old shapes and turn them into the new
/// ones. Links that are missing are written if `HALF_OPEN_UPDATE` is set; no other is touched.
#[test]
fn links_that_were_made_once_mean_what_they_meant() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cases/links");
    let mut frozen = vec![
        ("v1-payments".to_owned(), State::new(library::payments())),
        ("v1-every-knob".to_owned(), every_knob()),
        ("v1-every-deed".to_owned(), every_deed()),
        ("v1-every-preset".to_owned(), every_preset()),
        ("v1-played".to_owned(), played()),
    ];
    frozen.extend((0..16).map(|n| (format!("v1-generated-{n}"), State::new(generated(n)))));
    frozen.push(("v2-beside".to_owned(), beside(played())));
    let pair = Some(Side::B);
    frozen.push(("v4-side-by-side".to_owned(), State { pair, ..beside(played()) }));
    let pair = Some(Side::A);
    frozen
        .push(("v4-the-same-twice".to_owned(), State { pair, ..State::new(library::payments()) }));
    let mut placed = library::payments();
    placed.scenario.arrange(&[vec![0], vec![3, 1], vec![2]]);
    frozen.push(("v5-put-by-hand".to_owned(), State::new(placed)));
    for (name, state) in frozen {
        let file = |end: &str| directory.join(format!("{name}.{end}"));
        if !file("link").exists() && std::env::var_os("HALF_OPEN_UPDATE").is_some() {
            write(&file("link"), &encode(&state));
            write(&file("half-open.json"), &json(&state));
        }
        let link = read(&file("link"));
        let wanted = from_json(&read(&file("half-open.json"))).expect("a file");
        let decoded = decode(link.trim());
        let both = if state.ghost.is_some() { beside(wanted.clone()) } else { wanted.clone() };
        let both = State { pair: state.pair, ..both };
        assert_eq!(decoded.as_ref(), Ok(&both), "{name}: files hold no ghost");
        let alone = decoded.map(|state| State { ghost: None, pair: None, ..state });
        assert_eq!(alone, Ok(wanted), "{name}");
    }
}

#[allow(clippy::disallowed_methods, reason = "a test may write its own fixtures")]
fn write(path: &PathBuf, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    std::fs::write(path, format!("{text}\n")).expect("a place to write");
}

fn read(path: &PathBuf) -> String {
    std::fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{}: {error}; set HALF_OPEN_UPDATE=1", path.display()))
}

#[test]
fn every_cut_link_is_refused_with_a_sentence() {
    for state in [State::new(library::payments()), played(), State::new(generated(5))] {
        let link = encode(&state);
        for length in 0..link.len() {
            let error = decode(&link[..length]).expect_err("only a part of it");
            assert!(is_a_sentence(&error), "{error}");
        }
        let longer =
            URL_SAFE_NO_PAD.encode([&URL_SAFE_NO_PAD.decode(&link).unwrap()[..], b"x"].concat());
        assert_eq!(decode(&longer), Err(LinkError::Damaged));
    }
}

#[test]
fn what_is_wrong_is_said() {
    let said = |link: &str| decode(link).expect_err("it is wrong").to_string();
    assert!(said("a b").contains("not a link"));
    assert!(said("").contains("damaged"));
    assert!(said(&"A".repeat(MAX_LINK + 1)).contains("100001 characters"));
    assert!(said(&URL_SAFE_NO_PAD.encode([9, 1, 2])).contains("made by a newer Half-Open"));
    let mut state = State::new(library::payments());
    state.experiment.seed = u64::MAX;
    assert!(said(&encode(&state)).starts_with("seed must be between 0 and 9007199254740991, not"));
    state.experiment.seed = 1;
    state.view.at = SimTime::MAX;
    assert!(said(&encode(&state)).starts_with("view.at must be within the run of 60.000 s"));
    let mut state = State::new(library::payments());
    state.view.selection = Selection::Node(9);
    assert_eq!(said(&encode(&state)), "view.selection is not part of this experiment.");
    let mut state = State::new(library::payments());
    let knob = Knob::find(&state.experiment.scenario, "api-bank.timeout").unwrap();
    add(&mut state.experiment, 1_000, Change::Set { knob, value: -1.0 });
    let sentence = said(&encode(&state));
    assert!(
        sentence.starts_with("interventions[0].api-bank.timeout must be between"),
        "{sentence}"
    );
}

#[test]
fn files_say_what_is_wrong_too() {
    let good = json(&every_deed());
    assert_eq!(from_json(&good).as_ref(), Ok(&every_deed()));
    let said = |from: &str, to: &str| {
        assert!(good.contains(from), "the file does not say {from}");
        from_json(&good.replacen(from, to, 1)).expect_err("it is wrong")
    };
    let sentence = said("\"knob\": \"api-bank.timeout\"", "\"knob\": \"api-bank.patience\"");
    assert!(sentence.contains("api-bank.patience is not a setting; there are"), "{sentence}");
    let sentence = said("\"on\": \"bank\"", "\"on\": \"shop\"");
    assert!(sentence.contains("fault.on must be one of clients, api, bank"), "{sentence}");
    let presets = json(&every_preset());
    assert_eq!(from_json(&presets).as_ref(), Ok(&every_preset()));
    let wrong = presets.replacen("\"on\": \"api-bank\"", "\"on\": \"api-shop\"", 1);
    let sentence = from_json(&wrong).expect_err("there is no such line");
    assert!(sentence.contains("set_breaker.on must be one of clients-api, api-bank"), "{sentence}");
    let wrong = presets.replacen("\"buckets\": 100", "\"buckets\": 0", 1);
    let sentence = from_json(&wrong).expect_err("it needs buckets");
    assert!(
        sentence.contains("interventions[1].edges[1].breaker.window.buckets must be"),
        "{sentence}"
    );
    let sentence = said("\"from\": \"api\"", "\"from\": \"shop\"");
    assert!(sentence.contains("edges[1].from must be one of"), "{sentence}");
    let sentence = said("\"count\": 100", "\"count\": 20000");
    assert_eq!(sentence, "clients.count must be between 1 and 10000, not 20000.");
    let sentence = said("\"horizon\": \"60 s\"", "\"horizon\": \"60\"");
    assert!(sentence.contains("as in “300 ms”"), "{sentence}");
    let sentence = said(SCHEMA, "half-open/9");
    assert_eq!(sentence, "The schema “half-open/9” is not known here; this reads “half-open/1”.");
    let header: FileHeader = serde_json::from_str("{\"schema\":\"other/1\",\"x\":[1]}").unwrap();
    assert!(header.check().is_err_and(|error| is_a_sentence(&error)));
}

/// People write less than a program does.
#[test]
fn a_short_file_is_enough() {
    let text = r#"{
        "schema": "half-open/1",
        "seed": 7,
        "scenario": {
            "name": "tiny", "title": "Tiny", "sentence": "",
            "horizon": "2 s",
            "nodes": [
                {"name": "you", "role": {"clients": {"count": 1, "rate": 5, "arrivals": "constant"}}},
                {"name": "api", "role": {"service": {
                    "workers": 1, "queue": 0, "time": {"constant": "10 ms"}, "idempotency": {}
                }}}
            ],
            "edges": [{"from": "you", "to": "api", "policy": {"retry": {"max_attempts": 2}}}]
        },
        "interventions": [
            {"at": "1 s", "change": {"set": {"knob": "api.error_rate", "value": "50 %"}}},
            {"at": "1.5 s", "change": {"set": {"knob": "you-api.timeout", "value": "for ever"}}},
            {"at": "1.5 s", "change": {"set": {"knob": "you-api.backoff", "value": "full"}}}
        ]
    }"#;
    let state = from_json(text).expect("a file");
    assert_eq!(state.view.to, SimTime::from_millis(2_000));
    let values: Vec<f64> = (state.experiment.interventions.iter())
        .map(|i| if let Change::Set { value, .. } = i.change { value } else { f64::NAN })
        .collect();
    assert_eq!(values, [0.5, 0.0, 5.0]);
}

fn states() -> impl Strategy<Value = State> {
    let selection = prop_oneof![
        Just(Selection::Nothing),
        Just(Selection::Edge(0)),
        Just(Selection::Node(1)),
        any::<u32>().prop_map(Selection::Client),
        any::<u32>().prop_map(Selection::Request),
        any::<u32>().prop_map(Selection::Event),
    ];
    (any::<u32>(), selection, 0.0..1.0f64, 0..60_000_000_000u64, 1..1_000_000_000u64).prop_map(
        |(n, selection, place, from, length)| {
            let experiment = generated(n);
            let at = SimTime::ZERO + experiment.scenario.horizon.scaled(place);
            let (from, to) = (SimTime::from_nanos(from), SimTime::from_nanos(from + length));
            State {
                experiment,
                view: ViewState { at, selection, from, to },
                ghost: None,
                range: None,
                pair: None,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_link_holds_everything(state in states()) {
        prop_assert_eq!(decode(&encode(&state)), Ok(state));
    }

    #[test]
    fn so_does_a_file(state in states()) {
        prop_assert_eq!(from_json(&json(&state)), Ok(state));
    }

    #[test]
    fn any_text_is_a_link_or_a_sentence(text in "\\PC{0,300}") {
        if let Err(error) = decode(&text) {
            prop_assert!(is_a_sentence(&error), "{}", error);
        }
    }

    #[test]
    fn any_bytes_are_a_link_or_a_sentence(mut bytes in prop::collection::vec(any::<u8>(), 1..400), version: bool) {
        if version {
            bytes[0] = 1;
        }
        match decode(&URL_SAFE_NO_PAD.encode(&bytes)) {
            Ok(state) => prop_assert_eq!(state.validate(), Ok(())),
            Err(error) => prop_assert!(is_a_sentence(&error), "{}", error),
        }
    }

    /// Whatever else such a link means, it can be simulated.
    #[test]
    fn a_link_with_a_wrong_byte_is_a_link_or_a_sentence(
        n in 0u32..1_000, place: prop::sample::Index, byte: u8,
    ) {
        let mut bytes = URL_SAFE_NO_PAD.decode(encode(&State::new(generated(n)))).unwrap();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        match decode(&URL_SAFE_NO_PAD.encode(&bytes)) {
            Ok(state) => prop_assert_eq!(state.validate(), Ok(())),
            Err(error) => prop_assert!(is_a_sentence(&error), "{}", error),
        }
    }
}

/// What is marked goes with a link, with or without a ghost; one without is as it always was.
#[test]
fn what_is_marked_goes_with_a_link() {
    let plain = State::new(library::payments());
    let range = Range { from: SimTime::from_millis(4_000), to: SimTime::from_nanos(8_000_000_001) };
    let marked = State { range: Some(range), ..plain.clone() };
    assert_eq!(decode(&encode(&marked)), Ok(marked.clone()));
    let mut ghost = library::payments();
    ghost.seed = 7;
    let both = State { ghost: Some(ghost), ..marked };
    assert_eq!(decode(&encode(&both)), Ok(both.clone()));
    assert_eq!(URL_SAFE_NO_PAD.decode(encode(&plain)).map(|bytes| bytes[0]), Ok(1));
    let bytes = URL_SAFE_NO_PAD.decode(encode(&both)).expect("base64");
    for length in 1..bytes.len() {
        assert!(decode(&URL_SAFE_NO_PAD.encode(&bytes[..length])).is_err(), "{length} bytes");
    }
    let twice = [&[3, 0, 0][..], &bytes].concat();
    assert_eq!(decode(&URL_SAFE_NO_PAD.encode(twice)), Err(LinkError::Damaged));
    let late = Range { from: SimTime::ZERO, to: SimTime::from_millis(60_001) };
    let late = State { range: Some(late), ..plain };
    assert!(matches!(decode(&encode(&late)), Err(LinkError::OutOfRange(_))));
}

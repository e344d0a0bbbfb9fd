//! Experiments by number: every policy, fault and deed there is, in arrangements nobody thought of.

use half_open::policy::breaker::{self, Action, Millis, Scope};
use half_open::policy::shed::{self, By};
use half_open::policy::stack::Stack;
use half_open::policy::throttle::limit;
use half_open::policy::{
    balance, budget, bulkhead, cache, deadline, fallback, hedge, idempotency, retry, timeout,
};
use half_open::random::{Distribution, Stream, draw, unit};
use half_open::scenario::knob::{ClientsKnob, EdgeKnob, Spec, Unit};
use half_open::scenario::{
    Arrivals, CallPolicy, Change, Chaos, Clients, Edge, Experiment, Fault, FaultKind, HandRequest,
    Intervention, Knob, Need, Network, Node, NodeId, Order, Role, Scenario, Service, Shape,
    ShapeKind, Target,
};
use half_open::time::{SimDuration, SimTime};

/// Generated experiment number `n`: the same on every machine, valid, and over in milliseconds.
#[must_use]
pub fn generated(n: u32) -> Experiment {
    let mut dice = Dice::new(u64::from(n));
    let scenario = scenario(&mut dice, n);
    let mut experiment = Experiment { scenario, seed: dice.below(1 << 53), interventions: vec![] };
    for _ in 0..dice.below(24) {
        let deed = intervention(&mut dice, &experiment.scenario);
        insert_if_valid(&mut experiment, deed);
    }
    experiment.settle_chaos();
    experiment
}

/// The same experiment after `edits` changes of mind: interventions added, removed, moved in time
/// or replaced, and rarely another seed or another setting at the start.
#[must_use]
pub fn changed(experiment: &Experiment, edits: u32, salt: u32) -> Experiment {
    let mut dice = Dice::new(u64::from(salt) | 1 << 40);
    let mut changed = experiment.clone();
    changed.forget_chaos();
    for _ in 0..edits {
        let count = changed.interventions.len() as u64;
        match dice.below(20) {
            0 => changed.seed = dice.below(1 << 53),
            1 => turn_a_knob(&mut dice, &mut changed.scenario),
            2..=6 if count > 0 => {
                changed.interventions.remove(dice.below(count) as usize);
            }
            7..=10 if count > 0 => {
                let mut moved = changed.interventions.remove(dice.below(count) as usize);
                moved.at = instant(&mut dice, &changed.scenario);
                insert_if_valid(&mut changed, moved);
            }
            _ => {
                let deed = intervention(&mut dice, &changed.scenario);
                insert_if_valid(&mut changed, deed);
            }
        }
    }
    changed.settle_chaos();
    if changed.validate().is_ok() { changed } else { experiment.clone() }
}

/// Draws in a row, by key.
struct Dice {
    case: u64,
    turn: u64,
}

impl Dice {
    const fn new(case: u64) -> Self {
        Self { case, turn: 0 }
    }

    fn bits(&mut self) -> u64 {
        self.turn += 1;
        draw(self.case, Stream::Trace, 0x6765_6e65_7261_7465, self.turn)
    }

    /// A whole number from 0 to `n - 1`.
    fn below(&mut self, n: u64) -> u64 {
        self.bits() % n.max(1)
    }

    fn between(&mut self, min: u64, max: u64) -> u64 {
        min + self.below(max - min + 1)
    }

    fn fraction(&mut self) -> f64 {
        unit(self.bits())
    }

    /// True once in `n` times.
    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    /// 1 ms to 2 s, short ones as often as long ones; half of them whole milliseconds, so that
    /// things happen at the same instant.
    fn duration(&mut self) -> SimDuration {
        let ms = (1 << self.below(11)) + self.below(8);
        let odd = if self.one_in(2) { self.below(1_000_000) } else { 0 };
        SimDuration::from_nanos(ms * 1_000_000 + odd)
    }

    fn distribution(&mut self) -> Distribution {
        let scale = self.duration();
        match self.below(4) {
            0 => Distribution::Constant(scale),
            1 => Distribution::Uniform { min: scale.scaled(0.5), max: scale },
            2 => Distribution::Exponential { mean: scale.scaled(0.5) },
            _ => Distribution::LogNormal { median: scale.scaled(0.5), sigma: self.fraction() },
        }
    }
}

fn scenario(dice: &mut Dice, n: u32) -> Scenario {
    let services = dice.between(1, 4) as u8;
    let population = |dice: &mut Dice| Clients {
        count: dice.between(1, 60) as u32,
        rate: dice.fraction() * 100.0,
        arrivals: dice.of(&[Arrivals::Poisson, Arrivals::Constant, Arrivals::Closed]),
        shape: Shape {
            kind: dice.of(&ShapeKind::ALL),
            times: f64::from(dice.between(0, 5) as u32),
            begins: dice.duration(),
            lasts: dice.duration(),
        },
        recorded: (0..dice.below(40)).map(|n| n * 90_000).collect::<Vec<u64>>().into(),
    };
    let mut nodes =
        vec![Node { name: "clients".into(), role: Role::Clients(population(dice)), place: None }];
    for index in 0..services {
        nodes.push(Node {
            name: format!("s{index}"),
            role: Role::Service(service(dice)),
            place: None,
        });
    }
    let mut edges = vec![edge(dice, 0, 1)];
    for to in 2..=services {
        let from = dice.between(1, u64::from(to) - 1) as NodeId;
        edges.push(edge(dice, from, to));
        if to == services && from != 1 && dice.one_in(2) {
            edges.push(edge(dice, 1, to));
        }
    }
    if dice.one_in(4) {
        nodes.push(Node {
            name: "crowd".into(),
            role: Role::Clients(population(dice)),
            place: None,
        });
        let to = dice.between(1, u64::from(services)) as NodeId;
        edges.push(Edge { need: Need::Required, ..edge(dice, services + 1, to) });
    }
    let mut scenario = Scenario {
        name: format!("generated_{n}"),
        title: format!("Generated case {n}"),
        sentence: String::new(),
        horizon: SimDuration::from_millis(dice.between(3_000, 10_000)),
        nodes,
        edges,
    };
    balance_some(dice, &mut scenario);
    for _ in 0..dice.below(6) {
        turn_a_knob(dice, &mut scenario);
    }
    for edge in 0..scenario.edges.len() {
        // Some callers have no other call, or one that stands in for another one already.
        if scenario.validate().is_err()
            && scenario.edges[edge].policy.fallback.kind == fallback::Kind::Other
        {
            scenario.edges[edge].policy.fallback.kind = fallback::Kind::Static;
        }
    }
    scenario
}

/// Some of those that can choose call one and not all.
fn balance_some(dice: &mut Dice, scenario: &mut Scenario) {
    for node in 0..scenario.nodes.len() {
        let calls = scenario.calls_of(node as NodeId).count();
        if let Role::Service(service) = &mut scenario.nodes[node].role
            && calls > 1
            && dice.one_in(2)
        {
            service.parallel = false;
            service.balance = balance::Settings { on: true, by: dice.of(&balance::By::ALL) };
        }
    }
}

fn service(dice: &mut Dice) -> Service {
    let idempotency = idempotency::Settings {
        enabled: dice.one_in(2),
        required: dice.one_in(6),
        fingerprint: !dice.one_in(4),
        store: dice.of(&[idempotency::StoreWhat::Success, idempotency::StoreWhat::Started]),
        ttl: if dice.one_in(3) { dice.duration() } else { SimDuration::from_secs(3600) },
        retry_after: dice.duration(),
        lock_timeout: dice.one_in(3).then(|| dice.duration()),
    };
    Service {
        workers: dice.between(1, 12) as u32,
        queue: dice.below(30) as u32,
        time: dice.distribution(),
        error_rate: if dice.one_in(3) { dice.fraction() * 0.3 } else { 0.0 },
        idempotency,
        charges: dice.one_in(2),
        versioned: dice.one_in(6),
        propagate: true,
        parallel: dice.one_in(3),
        balance: balance::Settings::default(),
        order: dice.of(&[Order::Fifo, Order::Fifo, Order::Lifo, Order::Adaptive]),
        lifo_above: dice.below(8) as u32,
        record_after: if dice.one_in(3) { dice.duration() } else { SimDuration::ZERO },
        cancels: dice.one_in(3),
        cache: cache::Settings {
            ttl: if dice.one_in(3) { dice.duration() } else { SimDuration::ZERO },
            keys: dice.between(1, 5) as u32,
            single_flight: dice.one_in(2),
            jitter: if dice.one_in(3) { dice.fraction() } else { 0.0 },
        },
        shed: shed::Settings {
            by: dice.of(&[By::Nothing, By::Codel, By::Length, By::Aimd, By::Gradient]),
            codel: shed::codel::Settings { target: dice.duration(), interval: dice.duration() },
            longest: dice.below(12) as u32,
            slow: dice.duration(),
            tolerance: 1.0 + dice.fraction(),
            limits: shed::limiter::Settings { least: dice.between(1, 4) as u32, most: 30 },
        },
    }
}

fn edge(dice: &mut Dice, from: NodeId, to: NodeId) -> Edge {
    let loss = |dice: &mut Dice| if dice.one_in(4) { dice.fraction() * 0.2 } else { 0.0 };
    let network = Network {
        latency: Distribution::with_scale(
            dice.distribution(),
            SimDuration::from_millis(dice.between(1, 20)),
        ),
        lose_requests: loss(dice),
        lose_responses: loss(dice),
    };
    let mut retry =
        retry::Settings { max_attempts: dice.between(1, 5) as u32, ..Default::default() };
    retry.backoff.kind = dice.of(&half_open::policy::backoff::Kind::ALL);
    retry.backoff.base = dice.duration();
    retry.backoff.cap = dice.duration();
    retry.backoff.jitter = if dice.one_in(4) { SimDuration::ZERO } else { dice.duration() };
    retry.on.rejections = dice.one_in(4);
    retry.on.timeouts = !dice.one_in(6);
    retry.honour_retry_after = !dice.one_in(4);
    let mut policy = CallPolicy {
        stack: Stack::numbered(if dice.one_in(3) { dice.below(120) as u32 } else { 0 }),
        deadline: deadline::Settings {
            per_operation: dice.one_in(4).then(|| dice.duration()),
            propagate: !dice.one_in(4),
        },
        timeout: timeout::Settings { per_attempt: (!dice.one_in(6)).then(|| dice.duration()) },
        retry,
        budget: match dice.below(18) {
            preset @ 0..=7 => budget::Settings::PRESETS[preset as usize].1,
            8 => {
                budget::Settings::Throttling(budget::Throttling { max_tokens: 4, token_ratio: 0.3 })
            }
            _ => budget::Settings::None,
        },
        fallback: fallback::Settings {
            kind: if dice.one_in(3) { dice.of(&fallback::Kind::ALL) } else { fallback::Kind::Off },
            call: 0,
        },
        hedge: hedge::Call {
            max_attempts: if dice.one_in(4) { dice.between(2, 4) as u32 } else { 1 },
            after: dice.of(&hedge::After::ALL),
            delay: if dice.one_in(6) { SimDuration::ZERO } else { dice.duration() },
            percentile: dice.below(101) as f64 / 100.0,
        },
        rate_limit: limit::Settings {
            kind: if dice.one_in(4) { dice.of(&limit::Kind::ALL) } else { limit::Kind::Off },
            permits: dice.between(1, 12) as u32,
            per: dice.duration().max(SimDuration::from_millis(1)),
            burst: dice.between(1, 6) as u32,
        },
        bulkhead: bulkhead::Settings {
            max_in_flight: if dice.one_in(4) { dice.between(1, 6) as u32 } else { 0 },
            max_waiting: dice.below(6) as u32,
        },
        breaker_enabled: dice.one_in(2),
        breaker_scope: if from == 0 && dice.one_in(3) { Scope::Client } else { Scope::Caller },
        breaker: breaker_settings(dice),
        keys: dice.of(&[
            idempotency::KeyStrategy::PerOperation,
            idempotency::KeyStrategy::PerAttempt,
            idempotency::KeyStrategy::None,
        ]),
    };
    if policy.breaker.validate().is_err() {
        policy.breaker = breaker::Settings::default();
    }
    let optional = from > 0 && dice.one_in(3);
    let need = if optional { Need::Optional } else { Need::Required };
    Edge { from, to, network, policy, need }
}

/// Any settings; some combinations make no sense together.
fn breaker_settings(dice: &mut Dice) -> breaker::Settings {
    use breaker::{
        Anchor, Cmp, DecideKind, Denominator, EvaluateOn, IgnoredClosed, IgnoredHalfOpen,
        LateResults, MaxWaitTo, OnClose, PermitAccounting, Slow, WindowKind,
    };
    let millis = |dice: &mut Dice| Millis(dice.duration());
    let mut settings = breaker::Settings::default();
    if dice.one_in(4) {
        return settings;
    }
    let window = &mut settings.window;
    window.kind = dice.of(&[
        WindowKind::Consecutive,
        WindowKind::Count,
        WindowKind::Time,
        WindowKind::Tumbling,
        WindowKind::Unbounded,
    ]);
    window.size = dice.between(1, 20) as u32;
    window.duration_ms = millis(dice);
    window.buckets = dice.between(1, 12) as u32;
    window.anchor = dice.of(&[Anchor::Epoch, Anchor::Start, Anchor::FirstEvent, Anchor::Timer]);
    window.min_calls = dice.below(8) as u32;
    settings.trip.failures = dice.one_in(2).then(|| dice.between(1, 6) as u32);
    settings.trip.failure_rate = Some(dice.fraction());
    settings.trip.rate_cmp = dice.of(&[Cmp::AtLeast, Cmp::Above]);
    settings.trip.evaluate_on = dice.of(&[EvaluateOn::Any, EvaluateOn::Failure]);
    settings.trip.round_2dp = dice.one_in(3);
    settings.slow = dice.one_in(3).then(|| Slow {
        threshold_ms: millis(dice),
        rate: dice.fraction(),
        ..Slow::default()
    });
    let windowed = [WindowKind::Time, WindowKind::Tumbling, WindowKind::Unbounded];
    if windowed.contains(&settings.window.kind) {
        settings.denominator =
            dice.of(&[Denominator::Completed, Denominator::Admitted, Denominator::Fires]);
    }
    settings.open.wait_ms = millis(dice);
    settings.open.wait_cmp = dice.of(&[Cmp::AtLeast, Cmp::Above]);
    settings.open.auto = dice.one_in(3);
    settings.open.on_observe = dice.one_in(4);
    if dice.one_in(4) {
        settings.open.schedule_ms = vec![millis(dice), millis(dice)];
    }
    let half_open = &mut settings.half_open;
    half_open.permitted = (!dice.one_in(5)).then(|| dice.between(1, 4) as u32);
    half_open.permit_accounting = dice.of(&[PermitAccounting::InFlight, PermitAccounting::Total]);
    half_open.reprobe_after_ms = dice.one_in(5).then(|| millis(dice));
    half_open.max_wait_ms = dice.one_in(3).then(|| millis(dice));
    half_open.max_wait_to = dice.of(&[MaxWaitTo::Open, MaxWaitTo::Closed]);
    half_open.decide.kind = dice.of(&[
        DecideKind::ConsecutiveSuccess,
        DecideKind::Rate,
        DecideKind::Ratio,
        DecideKind::FailureRatio,
        DecideKind::RateAtExecutions,
    ]);
    half_open.decide.capacity = dice.between(1, 4) as u32;
    half_open.decide.successes = dice.between(1, 4) as u32;
    half_open.decide.failures = dice.between(1, 4) as u32;
    half_open.decide.executions = dice.between(1, 4) as u32;
    settings.ignored.closed = dice.of(&[IgnoredClosed::NotCounted, IgnoredClosed::AsSuccess]);
    settings.ignored.half_open =
        dice.of(&[IgnoredHalfOpen::ReleasePermit, IgnoredHalfOpen::AsSuccess]);
    settings.late_results = dice.of(&[LateResults::Drop, LateResults::CurrentState]);
    settings.on_close = dice.of(&[OnClose::Clear, OnClose::ClearThenRecordProbe, OnClose::Keep]);
    settings.open.jitter = if dice.one_in(3) { dice.fraction() } else { 0.0 };
    settings
}

fn turn_a_knob(dice: &mut Dice, scenario: &mut Scenario) {
    let (knob, value) = knob_and_value(dice, scenario);
    // What does not fit the other settings stays as it was.
    let mut turned = scenario.clone();
    if knob.set(&mut turned, value).is_ok() && turned.validate().is_ok() {
        *scenario = turned;
    }
}

fn knob_and_value(dice: &mut Dice, scenario: &Scenario) -> (Knob, f64) {
    let knob = dice.of(&Knob::all(scenario));
    let Spec { unit, min, max, .. } = knob.spec();
    let most = match knob {
        Knob::Clients(_, ClientsKnob::Count) => 60.0,
        Knob::Clients(..) => 150.0,
        // Eleven copies of each of four attempts are most of what all other cases do.
        Knob::Edge(_, EdgeKnob::Copies) => 4.0,
        _ => 20.0,
    };
    let value = match unit {
        Unit::Duration(_) if dice.one_in(6) => min,
        Unit::Duration(_) => dice.duration().nanos() as f64,
        Unit::Share => dice.fraction(),
        Unit::Rate => dice.fraction() * most,
        Unit::Number => dice.fraction() * max,
        Unit::Count => min + dice.below(most as u64) as f64,
        Unit::Choice(names) => dice.below(names.len() as u64) as f64,
        Unit::Stack => dice.below(120) as f64,
    };
    (knob, value.clamp(min, max))
}

/// Any time within the run, often a round one.
fn instant(dice: &mut Dice, scenario: &Scenario) -> SimTime {
    let horizon = scenario.horizon.nanos();
    let at = dice.below(horizon + 1);
    let rough = if dice.one_in(2) { at - at % 100_000_000 } else { at };
    SimTime::from_nanos(rough)
}

fn intervention(dice: &mut Dice, scenario: &Scenario) -> Intervention {
    let at = instant(dice, scenario);
    let edge = dice.below(scenario.edges.len() as u64) as u8;
    let node = dice.below(scenario.nodes.len() as u64) as u8;
    let change = match dice.below(13) {
        0..=2 => {
            let (knob, value) = knob_and_value(dice, scenario);
            Change::Set { knob, value }
        }
        3..=5 => {
            let on_service = scenario.service(node).is_some();
            let kinds: &[FaultKind] =
                if on_service { &FaultKind::ON_SERVICES } else { &FaultKind::ON_LINES };
            let target = if on_service { Target::Node(node) } else { Target::Edge(edge) };
            let lasts = (!dice.one_in(5)).then(|| dice.duration());
            let flush = on_service && dice.one_in(9);
            let kind = if flush { FaultKind::FlushCache } else { dice.of(kinds) };
            Change::Fault(Fault { target, kind, lasts })
        }
        6 | 7 => Change::Breaker {
            edge,
            action: dice.of(&[
                Action::Open,
                Action::Close,
                Action::ForceOpen,
                Action::Disable,
                Action::MetricsOnly,
                Action::Reset,
                Action::HalfOpen,
            ]),
        },
        8 => Change::Send(hand_request(dice)),
        9 => Change::SetBreaker { edge, settings: Box::new(breaker_settings(dice)) },
        10 => Change::Drop { request: dice.below(200) as u32, edge },
        11 => Change::Chaos(Chaos {
            intensity: f64::from(dice.below(13) as u32),
            each_lasts: SimDuration::from_millis(50 + dice.below(3_000)),
            kinds: 1 + dice.below(u64::from(Chaos::ALL_KINDS)) as u32,
            ..Chaos::on(dice.below(1 << scenario.nodes.len().min(63)), dice.below(100) as u32)
        }),
        _ => Change::Burst(if scenario.clients(node).is_some() { node } else { 0 }),
    };
    Intervention { at, change }
}

fn hand_request(dice: &mut Dice) -> HandRequest {
    let usual = HandRequest::default();
    HandRequest {
        client: dice.below(60) as u32,
        method: dice.of(&["POST", "POST", "POST", "GET"]).into(),
        path: dice.of(&["/api/payments", "/api/payments", "/api/refunds"]).into(),
        key: dice
            .of(&[None, Some("abc-123"), Some("abc-123"), Some("def-456"), Some("")])
            .map(Into::into),
        body: if dice.one_in(4) { "{}".into() } else { usual.body },
        lose_response: dice.one_in(3),
    }
}

/// Some changes contradict what came before them; those are left out.
fn insert_if_valid(experiment: &mut Experiment, deed: Intervention) {
    let index = experiment.insert(deed);
    if experiment.validate().is_err() {
        experiment.interventions.remove(index);
    }
}

//! What the parts of an experiment look like in a link: each field and each choice in its place.
//! A place that was written once means the same for ever.

use half_open::policy::backoff::{self, Kind};
use half_open::policy::breaker::{
    self, Action, Anchor, Cmp, Decide, DecideKind, Denominator, EvaluateOn, Exponential, HalfOpen,
    Ignored, IgnoredClosed, IgnoredHalfOpen, LateResults, MaxWaitTo, OnClose, Open, Overflow,
    PermitAccounting, Slow, Trip, Window, WindowKind,
};
use half_open::policy::budget::{
    self, Active, Compare, Concurrency, DepositOn, Deposits, Quota, Share, Throttling,
};
use half_open::policy::idempotency::{self, KeyStrategy, StoreWhat};
use half_open::policy::{retry, timeout};
use half_open::random::Distribution;
use half_open::scenario::knob::{ClientsKnob, EdgeKnob, ServiceKnob};
use half_open::scenario::{
    Arrivals, CallPolicy, Chaos, Clients, Edge, Fault, FaultKind, Knob, Need, Network, Node, Order,
    Role, Scenario, Service, Target,
};

use super::wire::{Reader, Wire, choices, structures, write_number};
use super::{Selection, Side, ViewState};

structures! {
    ViewState { at, selection, from, to }
    Scenario { name, title, sentence, horizon, nodes, edges }
    idempotency::Settings { enabled, required, fingerprint, store, ttl, retry_after, lock_timeout }
    Network { latency, lose_requests, lose_responses }
    timeout::Settings { per_attempt }
    retry::Settings { max_attempts, backoff, on, honour_retry_after }
    backoff::Settings { kind, base, cap, jitter }
    retry::RetryOn {
        timeouts, connection_failures, server_errors, too_many_requests, in_progress, rejections,
    }
    breaker::Settings {
        window, trip, slow, denominator, open, half_open, ignored, late_results, on_close,
    }
    Window { kind, size, duration_ms, buckets, anchor, min_calls }
    Trip { failures, failure_rate, rate_cmp, evaluate_on, round_2dp }
    Slow { threshold_ms, cmp, rate, rate_cmp }
    Exponential { initial_ms, multiplier, max_ms }
    HalfOpen {
        permitted, permit_accounting, overflow, reprobe_after_ms, max_wait_ms, max_wait_to, decide,
    }
    Decide { kind, rate, min_calls, successes, failures, capacity, executions }
    Ignored { closed, half_open }
    Fault { target, kind, lasts }
    Chaos { seed, intensity, each_lasts, services, kinds, lasts }
    Quota { capacity, retry_cost, timeout_cost, throttled_cost, first_refund }
    Throttling { max_tokens, token_ratio }
    Deposits { ttl, min_per_second, ratio, on }
    Concurrency { ratio, min, of, compare }
    Share { ratio, window, max_attempts }
}

/// What is added to how a wait is compared where its jitter follows: at first there was none.
const JITTERED: u8 = 2;

impl Wire for Open {
    fn read(from: &mut Reader) -> Self {
        let (wait_ms, schedule_ms, exponential) =
            (Wire::read(from), Wire::read(from), Wire::read(from));
        let compared = u8::read(from);
        if compared > JITTERED + 1 {
            from.fail();
        }
        let wait_cmp = if compared % JITTERED == 1 { Cmp::Above } else { Cmp::AtLeast };
        let (auto, on_observe) = (Wire::read(from), Wire::read(from));
        let jitter = if compared < JITTERED { 0.0 } else { Wire::read(from) };
        Self { wait_ms, schedule_ms, exponential, jitter, wait_cmp, auto, on_observe }
    }

    fn write(&self, to: &mut Vec<u8>) {
        let Self { wait_ms, schedule_ms, exponential, jitter, wait_cmp, auto, on_observe } = self;
        wait_ms.write(to);
        schedule_ms.write(to);
        exponential.write(to);
        let jittered = if *jitter == 0.0 { 0 } else { JITTERED };
        (u8::from(*wait_cmp == Cmp::Above) + jittered).write(to);
        auto.write(to);
        on_observe.write(to);
        if jittered > 0 {
            jitter.write(to);
        }
    }
}

impl Wire for Node {
    fn read(from: &mut Reader) -> Self {
        Self { name: Wire::read(from), role: Wire::read(from), place: None }
    }

    /// All but where somebody has put it, for which there was no place: see version 5.
    fn write(&self, to: &mut Vec<u8>) {
        let Self { name, role, place: _ } = self;
        name.write(to);
        role.write(to);
    }
}

impl Wire for Clients {
    fn read(from: &mut Reader) -> Self {
        let (count, rate) = (Wire::read(from), Wire::read(from));
        Self { arrivals: Wire::read(from), ..Self::poisson(count, rate) }
    }

    /// All but how the rate changes, for which there was no place: that is told by knobs.
    fn write(&self, to: &mut Vec<u8>) {
        let Self { count, rate, arrivals, shape: _, recorded: _ } = self;
        count.write(to);
        rate.write(to);
        arrivals.write(to);
    }
}

impl Wire for CallPolicy {
    fn read(from: &mut Reader) -> Self {
        Self {
            timeout: Wire::read(from),
            retry: Wire::read(from),
            breaker_enabled: Wire::read(from),
            breaker: Wire::read(from),
            keys: Wire::read(from),
            ..Self::default()
        }
    }

    /// All but the order, the fallback, the deadline, the retry budget, the hedging, the rate limit, the
    /// bulkhead and whose the breaker is, for which there was no place.
    fn write(&self, to: &mut Vec<u8>) {
        let Self {
            timeout,
            retry,
            breaker_enabled,
            breaker,
            keys,
            // These are told by knobs.
            stack: _,
            deadline: _,
            budget: _,
            fallback: _,
            hedge: _,
            rate_limit: _,
            bulkhead: _,
            breaker_scope: _,
        } = self;
        timeout.write(to);
        retry.write(to);
        breaker_enabled.write(to);
        breaker.write(to);
        keys.write(to);
    }
}

impl Wire for Edge {
    fn read(from: &mut Reader) -> Self {
        let (caller, to) = (Wire::read(from), Wire::read(from));
        let (network, policy) = (Wire::read(from), Wire::read(from));
        Self { from: caller, to, network, policy, need: Need::Required }
    }

    /// All but what the caller makes of its failure, for which there was no place: that is told by
    /// a knob.
    fn write(&self, to: &mut Vec<u8>) {
        let Self { from, to: callee, network, policy, need: _ } = self;
        from.write(to);
        callee.write(to);
        network.write(to);
        policy.write(to);
    }
}

/// What work leaves behind, in the place where at first only a charge was told: one bit for each,
/// one for a `traceparent` that is not passed on, one for calls that are made at once, and one for
/// last come, first served.
const CHARGES: u8 = 1;
const VERSIONED: u8 = 2;
const UNTRACED: u8 = 4;
const PARALLEL: u8 = 8;
const LIFO: u8 = 16;

impl Wire for Service {
    fn read(from: &mut Reader) -> Self {
        let mut service = Self {
            workers: Wire::read(from),
            queue: Wire::read(from),
            time: Wire::read(from),
            error_rate: Wire::read(from),
            idempotency: Wire::read(from),
            ..Self::default()
        };
        let effects = u8::read(from);
        if effects > CHARGES | VERSIONED | UNTRACED | PARALLEL | LIFO {
            from.fail();
        }
        service.charges = effects & CHARGES != 0;
        service.versioned = effects & VERSIONED != 0;
        service.propagate = effects & UNTRACED == 0;
        service.parallel = effects & PARALLEL != 0;
        service.order = if effects & LIFO != 0 { Order::Lifo } else { Order::Fifo };
        service
    }

    fn write(&self, to: &mut Vec<u8>) {
        let Self {
            workers,
            queue,
            time,
            error_rate,
            idempotency,
            charges,
            versioned,
            propagate,
            parallel,
            order,
            // For these there was no place: they are told by knobs.
            lifo_above: _,
            shed: _,
            cache: _,
            balance: _,
            record_after: _,
            cancels: _,
        } = self;
        workers.write(to);
        queue.write(to);
        time.write(to);
        error_rate.write(to);
        idempotency.write(to);
        let effect = |is: bool, bit| if is { bit } else { 0 };
        let effects = effect(*charges, CHARGES) | effect(*versioned, VERSIONED);
        let calls = effect(!propagate, UNTRACED) | effect(*parallel, PARALLEL);
        let order = calls | effect(*order == Order::Lifo, LIFO);
        (effects | order).write(to);
    }
}

choices! {
    Selection {
        0 Nothing, 1 Edge(id), 2 Node(id), 3 Client(id), 4 Request(id), 5 Event(id),
        6 Intervention(index),
    }
    Side { 0 A, 1 B }
    Role { 0 Clients(clients), 1 Service(service) }
    Arrivals { 0 Poisson, 1 Constant, 2 Closed, 3 Recorded }
    Distribution {
        0 Constant(value), 1 Uniform { min, max }, 2 Exponential { mean },
        3 LogNormal { median, sigma }, 4 Normal { mean, deviation },
    }
    StoreWhat { 0 Started, 1 Success }
    KeyStrategy { 0 PerOperation, 1 PerAttempt, 2 None }
    Kind {
        0 None, 1 Constant, 2 Exponential, 3 Essay, 4 CapFirst, 5 Full, 6 Equal, 7 Decorrelated,
    }
    WindowKind { 0 Consecutive, 1 Count, 2 Time, 3 Tumbling, 4 Unbounded }
    Anchor { 0 Epoch, 1 Start, 2 FirstEvent, 3 Timer }
    Cmp { 0 AtLeast, 1 Above }
    EvaluateOn { 0 Any, 1 Failure }
    Denominator { 0 Completed, 1 Admitted, 2 Fires }
    PermitAccounting { 0 Total, 1 InFlight, 2 TotalUnbounded, 3 InFlightUnbounded }
    Overflow { 0 Reject, 1 Wait }
    MaxWaitTo { 0 Open, 1 Closed }
    DecideKind {
        0 Rate, 1 ConsecutiveSuccess, 2 Ratio, 3 FailureRatio, 4 RateAtExecutions,
    }
    IgnoredClosed { 0 NotCounted, 1 AsSuccess }
    IgnoredHalfOpen { 0 ReleasePermit, 1 AsSuccess }
    LateResults { 0 CurrentState, 1 Drop, 2 AdmittingState }
    OnClose { 0 Clear, 1 ClearThenRecordProbe, 2 Keep }
    Action { 0 Open, 1 Close, 2 ForceOpen, 3 Disable, 4 MetricsOnly, 5 Reset, 6 HalfOpen }
    budget::Settings {
        0 None, 1 Quota(tokens), 2 Throttling(tokens), 3 Deposits(deposits), 4 Concurrency(most),
        5 Share(share),
    }
    DepositOn { 0 Request, 1 Answer }
    Active { 0 Attempts, 1 Requests }
    Compare { 0 Below, 1 UpTo }
    Target { 0 Node(id), 1 Edge(id) }
    FaultKind {
        0 Slow(times), 1 Errors(share), 2 FailFast, 3 Hang, 4 Crash { keep_state },
        5 LoseRequests(share), 6 LoseResponses(share), 7 LoseNextResponse, 8 Partition, 9 Delay(by),
        10 FewerWorkers(share), 11 ForgetKeys, 12 FlushCache, 13 Duplicate(share),
    }
    Knob { 0 Edge(id, knob), 1 Service(id, knob), 2 Clients(id, knob) }
    EdgeKnob {
        0 Timeout, 1 Attempts, 2 Backoff, 3 Base, 4 Cap, 5 Jitter, 6 RetryRejections, 7 Breaker,
        8 Window, 9 WindowSize, 10 WindowDuration, 11 MinCalls, 12 Failures, 13 FailureRate,
        14 OpenWait, 15 Probes, 16 Successes, 17 LateResults, 18 Keys, 19 Latency,
        20 LoseRequests, 21 LoseResponses, 22 Need, 23 Budget,
        24 Deadline, 25 PassDeadline, 26 InFlight, 27 Waiting,
        28 RateLimit, 29 Permits, 30 Per, 31 Burst,
        32 Copies, 33 HedgeAfter, 34 HedgeDelay, 35 HedgePercentile,
        36 Stack, 37 Fallback, 38 FallbackCall, 39 BreakerScope, 40 OpenJitter,
    }
    ServiceKnob {
        0 Workers, 1 Queue, 2 Time, 3 Spread, 4 ErrorRate, 5 KeepKeys, 6 RequireKey, 7 KeepWhat,
        8 KeepFor, 9 Propagate, 10 Parallel, 11 Charges, 12 Order, 13 LifoAbove, 14 Shed, 15 Target,
        16 Interval, 17 RecordAfter, 18 Cancels, 19 Longest, 20 Slow, 21 Tolerance,
        22 LimitLeast, 23 LimitMost,
        24 CacheFor, 25 CacheKeys, 26 SingleFlight, 27 CacheJitter, 28 Balance,
    }
    ClientsKnob { 0 Count, 1 Rate, 2 Arrivals, 3 Shape, 4 Times, 5 Begins, 6 Lasts }
}

#[cfg(test)]
mod tests {
    use half_open::policy::breaker::Millis;
    use half_open::scenario::library;

    use super::*;

    /// A scenario in which everything is there that may be absent.
    fn full() -> Scenario {
        let mut scenario = library::payments().scenario;
        for edge in &mut scenario.edges {
            let breaker = &mut edge.policy.breaker;
            breaker.slow = Some(Slow::default());
            breaker.trip.failures = Some(300);
            breaker.open.schedule_ms = vec![Millis::new(1), Millis::new(70_000)];
            breaker.open.exponential = Some(Exponential::default());
            breaker.half_open.permitted = None;
            breaker.half_open.max_wait_ms = Some(Millis::new(5));
        }
        scenario
    }

    #[test]
    fn what_is_written_is_what_postcard_wrote() {
        for scenario in [library::payments().scenario, full()] {
            for edge in &scenario.edges {
                let mut bytes = Vec::new();
                edge.write(&mut bytes);
                // What the caller makes of a failure has no place here.
                let Edge { from, to, network, policy, need: _ } = edge;
                assert_eq!(postcard::to_allocvec(&(from, to, network, policy)), Ok(bytes));
            }
        }
        for knob in Knob::all(&full()) {
            let mut bytes = Vec::new();
            knob.write(&mut bytes);
            assert_eq!(postcard::to_allocvec(&knob), Ok(bytes));
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for scenario in [library::payments().scenario, library::contention().scenario, full()] {
            let mut bytes = Vec::new();
            scenario.write(&mut bytes);
            let mut reader = Reader::new(&bytes);
            assert_eq!(Scenario::read(&mut reader), scenario);
            assert!(reader.is_done());
        }
    }

    #[test]
    fn a_jittered_wait_has_its_jitter_behind_it_and_any_other_is_as_it_was() {
        for wait_cmp in [Cmp::AtLeast, Cmp::Above] {
            let bytes = |jitter| {
                let mut bytes = Vec::new();
                Open { wait_cmp, jitter, ..Open::default() }.write(&mut bytes);
                bytes
            };
            let read = |bytes: &[u8]| {
                let mut reader = Reader::new(bytes);
                let open = Open::read(&mut reader);
                assert!(reader.is_done());
                (open.wait_cmp, open.jitter)
            };
            let usual = Open { wait_cmp, ..Open::default() };
            assert_eq!(postcard::to_allocvec(&usual), Ok(bytes(0.0)));
            assert_eq!(read(&bytes(0.0)), (wait_cmp, 0.0));
            assert_eq!(read(&bytes(0.25)), (wait_cmp, 0.25));
        }
    }

    #[test]
    fn calls_made_at_once_differ_in_one_bit() {
        let bytes = |parallel| {
            let mut bytes = Vec::new();
            Service { parallel, ..Service::default() }.write(&mut bytes);
            bytes
        };
        let (usual, mut parallel) = (bytes(false), bytes(true));
        assert!(Service::read(&mut Reader::new(&parallel)).parallel);
        *parallel.last_mut().expect("not empty") ^= PARALLEL;
        assert_eq!(usual, parallel);
    }

    #[test]
    fn a_service_that_passes_no_traceparent_on_differs_in_one_bit() {
        let bytes = |propagate| {
            let mut bytes = Vec::new();
            Service { propagate, charges: true, ..Service::default() }.write(&mut bytes);
            bytes
        };
        let (usual, mut untraced) = (bytes(true), bytes(false));
        assert_eq!(usual.last(), Some(&CHARGES), "as it was written before there was a choice");
        assert!(!Service::read(&mut Reader::new(&untraced)).propagate);
        assert!(Service::read(&mut Reader::new(&usual)).propagate);
        *untraced.last_mut().expect("not empty") ^= UNTRACED;
        assert_eq!(usual, untraced);
    }

    #[test]
    fn what_postcard_would_not_read_is_refused() {
        let all = [
            &[0x80, 0x80, 0x80, 0x80, 0x10][..],
            &[0x80, 0x80, 0x80, 0x80, 0x80, 0],
            &[0xff, 0xff, 0xff, 0xff, 0x0f],
            &[0x80],
            &[7, 1],
            &[],
        ];
        for bytes in all {
            let mut reader = Reader::new(bytes);
            let read = u32::read(&mut reader);
            let number = postcard::from_bytes(bytes).ok();
            let expected = number.filter(|_| bytes != [7, 1]);
            assert_eq!(reader.is_done().then_some(read), expected, "{bytes:?}");
        }
    }
}

//! What there is to know about each knob: its name, its unit and its range.

use super::{ClientsKnob, EdgeKnob, ServiceKnob, Unit};
use crate::policy::stack::Stack;
use crate::policy::{backoff, shed};

/// What there is to know about a knob.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spec {
    /// The last part of its path, as in `--set api-bank.timeout=300ms`.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What its number means.
    pub unit: Unit,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
}

pub(super) const US: f64 = 1e3;
const MS: f64 = 1e6;
const DAY: f64 = 86_400e9;

const OFF_ON: Unit = Unit::Choice(&[("off", "off"), ("on", "on")]);

impl EdgeKnob {
    pub(super) const fn spec(self) -> Spec {
        const BACKOFFS: Unit = Unit::Choice(&{
            let mut names = [("", ""); backoff::Kind::ALL.len()];
            let mut place = 0;
            while place < names.len() {
                let kind = backoff::Kind::ALL[place];
                names[place] = (kind.name(), kind.label());
                place += 1;
            }
            names
        });
        const WINDOWS: Unit =
            Unit::Choice(&[("consecutive", "in a row"), ("count", "last N"), ("time", "last T")]);
        const LATE: Unit = Unit::Choice(&[("drop", "drop"), ("current_state", "count")]);
        const KEYS: Unit = Unit::Choice(&[
            ("per_operation", "one per operation"),
            ("per_attempt", "one per attempt"),
            ("none", "none"),
        ]);
        const BUDGETS: Unit = Unit::Choice(&[
            ("none", "none"),
            ("aws_standard", "AWS SDK"),
            ("aws_2026", "AWS SDK, 2026"),
            ("grpc", "gRPC"),
            ("finagle", "Finagle"),
            ("linkerd", "Linkerd"),
            ("envoy", "Envoy"),
            ("failsafe_go", "failsafe-go"),
            ("google_sre", "Google SRE"),
        ]);
        const LIMITS: Unit = Unit::Choice(&[
            ("off", "none"),
            ("token_bucket", "token bucket"),
            ("sliding_window", "sliding window"),
        ]);
        const AFTER: Unit = Unit::Choice(&[("delay", "a delay"), ("percentile", "a percentile")]);
        const FALLBACKS: Unit = Unit::Choice(&[
            ("off", "nothing"),
            ("static", "a static answer"),
            ("stale", "the last good answer"),
            ("other", "another service"),
        ]);
        const SCOPES: Unit =
            Unit::Choice(&[("caller", "one for all clients"), ("client", "one each")]);
        const NEEDS: Unit = Unit::Choice(&[("required", "required"), ("optional", "optional")]);
        match self {
            Self::Timeout => {
                spec("timeout", "per attempt", Unit::Duration(Some("for ever")), 0.0, DAY)
            }
            Self::Attempts => spec("attempts", "attempts", Unit::Count, 1.0, 1_000.0),
            Self::Backoff => spec("backoff", "backoff", BACKOFFS, 0.0, 7.0),
            Self::Base => spec("base", "base", Unit::Duration(None), US, DAY),
            Self::Cap => spec("cap", "cap", Unit::Duration(None), US, DAY),
            Self::Jitter => spec("jitter", "jitter", Unit::Duration(None), 0.0, DAY),
            Self::RetryRejections => {
                spec("retry_rejections", "retry what is rejected", OFF_ON, 0.0, 1.0)
            }
            Self::Breaker => spec("breaker", "circuit breaker", OFF_ON, 0.0, 1.0),
            Self::Window => spec("window", "window", WINDOWS, 0.0, 2.0),
            Self::WindowSize => spec("window_size", "last calls", Unit::Count, 1.0, 10_000.0),
            Self::WindowDuration => spec("window_duration", "last", Unit::Duration(None), MS, DAY),
            Self::MinCalls => spec("min_calls", "minimum calls", Unit::Count, 0.0, 10_000.0),
            Self::Failures => spec("failures", "failures in a row", Unit::Count, 1.0, 10_000.0),
            Self::FailureRate => spec("failure_rate", "failure rate", Unit::Share, 0.0, 1.0),
            Self::OpenWait => spec("open_wait", "stays open", Unit::Duration(None), US, DAY),
            Self::Probes => spec("probes", "probes at once", Unit::Count, 1.0, 10_000.0),
            Self::Successes => spec("successes", "successes to close", Unit::Count, 1.0, 10_000.0),
            Self::LateResults => spec("late_results", "late results", LATE, 0.0, 1.0),
            Self::Keys => spec("keys", "idempotency keys", KEYS, 0.0, 2.0),
            Self::Latency => spec("latency", "latency, one way", Unit::Duration(None), US, DAY),
            Self::LoseRequests => spec("lose_requests", "requests lost", Unit::Share, 0.0, 1.0),
            Self::LoseResponses => spec("lose_responses", "responses lost", Unit::Share, 0.0, 1.0),
            Self::Budget => spec("retry_budget", "retry budget", BUDGETS, 0.0, 8.0),
            Self::Deadline => spec("deadline", "deadline", Unit::Duration(Some("none")), 0.0, DAY),
            Self::PassDeadline => spec("pass_deadline", "passes the deadline on", OFF_ON, 0.0, 1.0),
            Self::InFlight => {
                spec("max_in_flight", "max in flight (0: off)", Unit::Count, 0.0, 10_000.0)
            }
            Self::Waiting => spec("max_waiting", "max waiting", Unit::Count, 0.0, 10_000.0),
            Self::RateLimit => spec("rate_limit", "rate limit", LIMITS, 0.0, 2.0),
            Self::Permits => spec("permits", "attempts", Unit::Count, 1.0, 10_000.0),
            Self::Per => spec("permits_per", "in", Unit::Duration(None), MS, DAY),
            Self::Burst => spec("burst", "bucket holds", Unit::Count, 1.0, 10_000.0),
            Self::Copies => spec("copies", "copies in all", Unit::Count, 1.0, 11.0),
            Self::HedgeAfter => spec("hedge_after", "the next one after", AFTER, 0.0, 1.0),
            Self::HedgeDelay => spec("hedge_delay", "delay", Unit::Duration(None), 0.0, DAY),
            Self::HedgePercentile => spec("hedge_percentile", "percentile", Unit::Share, 0.0, 1.0),
            Self::Stack => spec("stack", "order", Unit::Stack, 0.0, (Stack::COUNT - 1) as f64),
            Self::Fallback => spec("fallback", "fallback", FALLBACKS, 0.0, 3.0),
            Self::FallbackCall => {
                spec("fallback_call", "its caller’s call no. (0: the next)", Unit::Count, 0.0, 64.0)
            }
            Self::BreakerScope => spec("breaker_scope", "whose breaker", SCOPES, 0.0, 1.0),
            Self::OpenJitter => spec("open_jitter", "open jitter", Unit::Share, 0.0, 1.0),
            Self::Need => spec("need", "the caller needs it", NEEDS, 0.0, 1.0),
        }
    }
}

impl ServiceKnob {
    pub(super) const fn spec(self) -> Spec {
        const NEXT: Unit = Unit::Choice(&[
            ("fifo", "first"),
            ("lifo", "last"),
            ("adaptive", "last, if many wait"),
        ]);
        const ORDERS: Unit = Unit::Choice(&[
            ("in_turn", "one after another"),
            ("at_once", "all at once"),
            ("one", "one of them"),
        ]);
        const BALANCE: Unit = Unit::Choice(&[
            ("round_robin", "round robin"),
            ("random", "random"),
            ("least_in_flight", "least in flight"),
            ("two_choices", "less of two"),
        ]);
        const SHED: Unit = Unit::Choice(&{
            let mut names = [("", ""); shed::By::ALL.len()];
            let mut place = 0;
            while place < names.len() {
                let by = shed::By::ALL[place];
                names[place] = (by.name(), by.label());
                place += 1;
            }
            names
        });
        const WHAT: Unit = Unit::Choice(&[("started", "all"), ("success", "successes")]);
        match self {
            Self::Workers => spec("workers", "workers", Unit::Count, 1.0, 1000.0),
            Self::Queue => spec("queue", "queue", Unit::Count, 0.0, 100_000.0),
            Self::Time => spec("time", "service time", Unit::Duration(None), US, DAY),
            Self::Spread => spec("spread", "spread (sigma)", Unit::Number, 0.0, 3.0),
            Self::ErrorRate => spec("error_rate", "errors", Unit::Share, 0.0, 1.0),
            Self::KeepKeys => spec("keep_keys", "idempotency keys", OFF_ON, 0.0, 1.0),
            Self::RequireKey => spec("require_key", "key required", OFF_ON, 0.0, 1.0),
            Self::KeepWhat => spec("keep_what", "keeps", WHAT, 0.0, 1.0),
            Self::KeepFor => spec("keep_for", "keeps for", Unit::Duration(None), US, 366.0 * DAY),
            Self::Propagate => spec("propagate", "passes traceparent on", OFF_ON, 0.0, 1.0),
            Self::Order => spec("order", "next is who came", NEXT, 0.0, 2.0),
            Self::LifoAbove => spec("lifo_above", "many: more than", Unit::Count, 0.0, 100_000.0),
            Self::Shed => {
                spec("shed", "sheds load by", SHED, 0.0, (shed::By::ALL.len() - 1) as f64)
            }
            Self::Target => spec("target", "target", Unit::Duration(None), US, DAY),
            Self::Interval => spec("interval", "interval", Unit::Duration(None), US, DAY),
            Self::RecordAfter => {
                const WHEN: Unit = Unit::Duration(Some("with the effect"));
                spec("record_after", "recorded", WHEN, 0.0, DAY)
            }
            Self::Longest => spec("longest", "more wait than", Unit::Count, 0.0, 100_000.0),
            Self::Slow => spec("slow", "slow is above", Unit::Duration(None), US, DAY),
            Self::Tolerance => spec("tolerance", "tolerance", Unit::Number, 1.0, 10.0),
            Self::LimitLeast => spec("limit_least", "limit at least", Unit::Count, 1.0, 10_000.0),
            Self::LimitMost => spec("limit_most", "limit at most", Unit::Count, 1.0, 10_000.0),
            Self::CacheFor => {
                const WHEN: Unit = Unit::Duration(Some("nothing"));
                spec("cache_for", "keeps answers", WHEN, 0.0, DAY)
            }
            Self::CacheKeys => spec("cache_keys", "different keys", Unit::Count, 1.0, 1_000.0),
            Self::SingleFlight => {
                spec("single_flight", "one fetch for all who ask", OFF_ON, 0.0, 1.0)
            }
            Self::CacheJitter => spec("cache_jitter", "or shorter by", Unit::Share, 0.0, 1.0),
            Self::Cancels => spec("cancels", "stops for who has gone", OFF_ON, 0.0, 1.0),
            Self::Charges => spec("charges", "its work charges", OFF_ON, 0.0, 1.0),
            Self::Parallel => spec("calls", "its calls", ORDERS, 0.0, 2.0),
            Self::Balance => spec("balance", "which one", BALANCE, 0.0, 3.0),
        }
    }
}

impl ClientsKnob {
    pub(super) const fn spec(self) -> Spec {
        const GAPS: Unit = Unit::Choice(&[
            ("poisson", "Poisson"),
            ("constant", "constant"),
            ("closed", "closed loop"),
            ("recorded", "recorded"),
        ]);
        const SHAPES: Unit = Unit::Choice(&[
            ("steady", "steady"),
            ("ramp", "ramp"),
            ("spike", "spike"),
            ("daily", "daily"),
        ]);
        match self {
            Self::Count => spec("count", "clients", Unit::Count, 1.0, 10_000.0),
            Self::Rate => spec("rate", "requests", Unit::Rate, 0.0, 100_000.0),
            Self::Arrivals => spec("arrivals", "arrivals", GAPS, 0.0, 3.0),
            Self::Shape => spec("shape", "in the course of time", SHAPES, 0.0, 3.0),
            Self::Times => spec("times", "times the rate", Unit::Number, 0.0, 100.0),
            Self::Begins => spec("begins", "begins at", Unit::Duration(None), 0.0, DAY),
            Self::Lasts => spec("lasts", "lasts", Unit::Duration(None), MS, DAY),
        }
    }
}

const fn spec(name: &'static str, label: &'static str, unit: Unit, min: f64, max: f64) -> Spec {
    Spec { name, label, unit, min, max }
}

//! What things are called in files for other programs. Such a name is never changed.

use half_open::log::{Fallback, Refusal, Shedding, StatusCode, Verdict};
use half_open::scenario::{EdgeId, Scenario};

use super::facts::{Leg, Outcome};

/// `api-bank`, as paths of settings have it.
#[must_use]
pub fn line(scenario: &Scenario, edge: EdgeId) -> String {
    scenario.edge(edge).map_or_else(String::new, |e| {
        format!("{}-{}", scenario.node_name(e.from), scenario.node_name(e.to))
    })
}

pub(super) const fn fallback(fallback: Fallback) -> &'static str {
    match fallback {
        Fallback::Static => "static",
        Fallback::Stale { .. } => "stale",
        Fallback::Call(_) => "other",
    }
}

pub(super) const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answered(StatusCode::Http(_)) => "answered",
        Outcome::Answered(StatusCode::ConnectionFailed) => "connection_failed",
        Outcome::TimedOut => "timed_out",
        Outcome::DeadlineExceeded => "deadline_exceeded",
        Outcome::Rejected(_) => "rejected",
        Outcome::Overtaken => "overtaken",
        Outcome::Duplicate => "duplicate",
        Outcome::Abandoned => "abandoned",
        Outcome::Unfinished => "unfinished",
    }
}

pub(super) const fn refusal(why: Refusal) -> &'static str {
    match why {
        Refusal::Breaker => "breaker",
        Refusal::Bulkhead { .. } => "bulkhead",
        Refusal::RateLimit { .. } => "rate_limit",
    }
}

pub(super) const fn leg(leg: Leg) -> &'static str {
    match leg {
        Leg::Request => "request",
        Leg::Response => "response",
    }
}

pub(super) const fn shedding(why: Shedding) -> &'static str {
    match why {
        Shedding::Waited => "waited",
        Shedding::Standing => "standing_queue",
        Shedding::Length(_) => "queue_length",
        Shedding::Limit(_) => "concurrency_limit",
    }
}

pub(super) const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Replayed => "replayed",
        Verdict::InProgress => "in_progress",
        Verdict::Mismatch => "mismatch",
        Verdict::Missing => "missing",
        Verdict::Conflict => "conflict",
        Verdict::Refused => "refused",
        Verdict::Cached => "cached",
        Verdict::Joined => "joined",
        Verdict::Expired => "expired",
        Verdict::ExpiredAtWork => "expired_at_work",
    }
}

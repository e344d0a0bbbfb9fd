//! Breakers that behave like those of well-known libraries, with the numbers that each has by
//! default.
//!
//! `docs/breakers.md` compares them parameter by parameter, and says where one of them cannot be
//! reproduced and why. What the libraries do was observed by running them, or read in their source
//! and documentation; [`Preset::source`] names the place.

mod numbers;

use super::{HalfOpen, Overflow, Settings};

/// A breaker of a library, ready to use.
///
/// ```
/// use half_open::policy::breaker::{Breaker, Preset};
/// use half_open::time::SimTime;
///
/// let settings = Preset::find("resilience4j").expect("it is built in").settings();
/// let breaker = Breaker::new(&settings, SimTime::ZERO);
/// assert_eq!(settings.window.min_calls, 100);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Preset {
    /// resilience4j 2.4 with a window of calls, its default.
    Resilience4j,
    /// resilience4j 2.4 with a window of seconds.
    Resilience4jTime,
    /// resilience4j 2.4 that becomes half-open by itself.
    Resilience4jAuto,
    /// Polly 8 for .NET.
    Polly,
    /// gobreaker 2 for Go.
    Gobreaker,
    /// gobreaker 2 with the rate of its example.
    GobreakerRatio,
    /// failsafe-go 0.9.
    FailsafeGo,
    /// failsafe-go 0.9 with a failure rate.
    FailsafeGoRate,
    /// cockatiel 3.2 for TypeScript, counting failures in a row.
    Cockatiel,
    /// cockatiel 3.2 with a window of calls.
    CockatielCount,
    /// cockatiel 3.2 with a window of time.
    CockatielSampling,
    /// opossum 9 for Node.js.
    Opossum,
    /// Linkerd 2, for one endpoint.
    Linkerd,
    /// pybreaker 1.4 for Python.
    Pybreaker,
}

impl Preset {
    /// All of them, the variants of a library behind its default.
    pub const ALL: [Self; 14] = [
        Self::Resilience4j,
        Self::Resilience4jTime,
        Self::Resilience4jAuto,
        Self::Polly,
        Self::Gobreaker,
        Self::GobreakerRatio,
        Self::FailsafeGo,
        Self::FailsafeGoRate,
        Self::Cockatiel,
        Self::CockatielCount,
        Self::CockatielSampling,
        Self::Opossum,
        Self::Linkerd,
        Self::Pybreaker,
    ];

    /// The one with this [`name`](Self::name).
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// Its name on the command line and in files, such as `resilience4j-time`. It never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resilience4j => "resilience4j",
            Self::Resilience4jTime => "resilience4j-time",
            Self::Resilience4jAuto => "resilience4j-auto",
            Self::Polly => "polly",
            Self::Gobreaker => "gobreaker",
            Self::GobreakerRatio => "gobreaker-ratio",
            Self::FailsafeGo => "failsafe-go",
            Self::FailsafeGoRate => "failsafe-go-rate",
            Self::Cockatiel => "cockatiel",
            Self::CockatielCount => "cockatiel-count",
            Self::CockatielSampling => "cockatiel-sampling",
            Self::Opossum => "opossum",
            Self::Linkerd => "linkerd",
            Self::Pybreaker => "pybreaker",
        }
    }

    /// Its name for people: library, version, and what sets it apart.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Resilience4j => "resilience4j 2.4",
            Self::Resilience4jTime => "resilience4j 2.4, time window",
            Self::Resilience4jAuto => "resilience4j 2.4, automatic transition",
            Self::Polly => "Polly 8",
            Self::Gobreaker => "gobreaker 2",
            Self::GobreakerRatio => "gobreaker 2, failure ratio",
            Self::FailsafeGo => "failsafe-go 0.9",
            Self::FailsafeGoRate => "failsafe-go 0.9, failure rate",
            Self::Cockatiel => "cockatiel 3.2",
            Self::CockatielCount => "cockatiel 3.2, CountBreaker",
            Self::CockatielSampling => "cockatiel 3.2, SamplingBreaker",
            Self::Opossum => "opossum 9",
            Self::Linkerd => "Linkerd 2",
            Self::Pybreaker => "pybreaker 1.4",
        }
    }

    /// When it opens, for how long, and what closes it, in one sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Resilience4j => {
                "Opens for 60 s when half of the last 100 calls failed or all of them took more \
                 than 60 s; ten probes decide."
            }
            Self::Resilience4jTime => {
                "Opens for 60 s when half of the calls of the last 100 s failed, at least 100 of \
                 them; ten probes decide."
            }
            Self::Resilience4jAuto => {
                "As resilience4j, but half-open as soon as the 60 s are over, not with the next \
                 call."
            }
            Self::Polly => {
                "Opens for 5 s when a tenth of the calls of the last 30 s failed, at least 100 of \
                 them; one probe decides."
            }
            Self::Gobreaker => {
                "Opens for 60 s after six failures in a row; one probe decides, and late results \
                 count nowhere."
            }
            Self::GobreakerRatio => {
                "Opens for 60 s when 60 % of at least three calls let through since it closed have \
                 failed; one probe decides."
            }
            Self::FailsafeGo => "Opens for 60 s after one failure; one probe decides.",
            Self::FailsafeGoRate => {
                "Opens for 60 s when a fifth of the calls of the last 60 s failed, at least five \
                 of them; five probes decide."
            }
            Self::Cockatiel => {
                "Opens for 10 s after five failures in a row; one probe decides, and other calls \
                 wait for it."
            }
            Self::CockatielCount => {
                "Opens for 10 s when more than a fifth of the last 100 calls failed; one probe \
                 decides, and other calls wait for it."
            }
            Self::CockatielSampling => {
                "Opens for 10 s when more than a fifth of the calls of the last 30 s failed, at \
                 least 25 a second; one probe decides, and other calls wait for it."
            }
            Self::Opossum => {
                "Opens for 30 s when more than half of the calls asked for in the last 10 s \
                 failed, however few; one probe decides, and the window outlives it."
            }
            Self::Linkerd => {
                "Opens after seven failures in a row for 1 s, and twice as long each time up to \
                 60 s; one probe decides, and other calls wait for it."
            }
            Self::Pybreaker => {
                "Opens for 60 s after five failures in a row; then every call is a probe, and the \
                 first result decides."
            }
        }
    }

    /// Where the numbers and the behaviour are from: the library's source or documentation.
    #[must_use]
    pub const fn source(self) -> &'static str {
        match self {
            Self::Resilience4j | Self::Resilience4jTime | Self::Resilience4jAuto => {
                "resilience4j 2.4.0, resilience4j.readme.io/docs/circuitbreaker, \
                 CircuitBreakerConfig and CircuitBreakerStateMachine"
            }
            Self::Polly => {
                "Polly 8, www.pollydocs.org/strategies/circuit-breaker, \
                 CircuitBreakerStrategyOptions and CircuitStateController"
            }
            Self::Gobreaker => "sony/gobreaker 2.4.0, README and v2/gobreaker.go",
            Self::GobreakerRatio => "sony/gobreaker 2.4.0, v2/example/http_breaker.go",
            Self::FailsafeGo => {
                "failsafe-go 0.9.7, failsafe-go.dev/circuit-breaker and package circuitbreaker"
            }
            Self::FailsafeGoRate => {
                "failsafe-go 0.9.7, failsafe-go.dev/circuit-breaker, WithFailureRateThreshold"
            }
            Self::Cockatiel => "cockatiel 3.2.1, readme, ConsecutiveBreaker",
            Self::CockatielCount => "cockatiel 3.2.1, readme, CountBreaker",
            Self::CockatielSampling => "cockatiel 3.2.1, readme, SamplingBreaker",
            Self::Opossum => {
                "opossum 9.0.0, nodeshift.dev/opossum, lib/circuit.js and lib/status.js"
            }
            Self::Linkerd => {
                "Linkerd 2, linkerd.io/2/reference/circuit-breaking, and linkerd2-proxy 2.196, \
                 consecutive_failures.rs"
            }
            Self::Pybreaker => "pybreaker 1.4.1, README",
        }
    }

    /// What it is set to. Every one is valid as it is; change what differs.
    #[must_use]
    pub fn settings(self) -> Settings {
        numbers::settings(self)
    }

    /// Whether a call too many waits for the verdict of a probe.
    #[must_use]
    pub const fn holds_calls(self) -> bool {
        matches!(
            self,
            Self::Cockatiel | Self::CockatielCount | Self::CockatielSampling | Self::Linkerd
        )
    }

    /// The same for a scenario: there nobody waits for a verdict, so a call too many is refused.
    #[must_use]
    pub fn in_scenario(self) -> Settings {
        let settings = self.settings();
        let half_open = HalfOpen { overflow: Overflow::Reject, ..settings.half_open };
        Settings { half_open, ..settings }
    }
}

//! The numbers that are always on screen.

use half_open::run::Scene;
use half_open::scenario::Need;
use half_open::time::{SimDuration, SimTime};

/// What was counted from the start up to an instant.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Numbers {
    /// The share of finished operations that succeeded; none if none is finished.
    pub success: Option<f64>,
    /// What 99 of 100 finished operations did not exceed.
    pub p99: Option<SimDuration>,
    /// Attempts over the busiest line per operation; none before the first.
    pub amplification: Option<f64>,
    /// How often somebody was charged.
    pub charges: u32,
    /// How many operations led to a charge.
    pub orders: u32,
    /// The share of finished operations with an answer that lacks a part, where nothing charges and a
    /// part may be missing.
    pub degraded: Option<f64>,
    /// Successes per second, where none of these matters.
    pub goodput: Option<f64>,
}

impl Numbers {
    /// The numbers of a scene.
    #[must_use]
    pub fn of(scene: &Scene) -> Self {
        let scenario = &scene.scenario;
        let mut services = (0u8..).zip(&scenario.nodes).filter_map(|(id, _)| scenario.service(id));
        let charges = services.any(|service| service.charges);
        let optional = scenario.edges.iter().any(|edge| edge.need == Need::Optional);
        let per_second = f64::from(scene.totals.succeeded) / scene.at.seconds().max(1e-3);
        let degraded = f64::from(scene.totals.degraded) / f64::from(scene.totals.finished().max(1));
        let optional = optional || scene.totals.degraded > 0;
        Self {
            success: scene.totals.success(),
            p99: scene.totals.latency.quantile(0.99),
            amplification: scene.amplification(),
            charges: scene.ledger.charges,
            orders: scene.ledger.orders,
            degraded: (optional && !charges).then_some(degraded),
            goodput: (!optional && !charges).then_some(per_second),
        }
    }

    /// `91.8 %`; 100 % means all, and 0 % none.
    #[must_use]
    pub fn success_text(&self) -> String {
        self.success.map_or_else(none, percent)
    }

    /// `612 ms`.
    #[must_use]
    pub fn p99_text(&self) -> String {
        self.p99.map_or_else(none, short)
    }

    /// `1.14×`.
    #[must_use]
    pub fn amplification_text(&self) -> String {
        self.amplification.map_or_else(none, |factor| {
            let hundredths = (factor * 100.0 + 0.5) as u64;
            format!("{}.{:02}×", hundredths / 100, hundredths % 100)
        })
    }

    /// `418 / 418`.
    #[must_use]
    pub fn charges_text(&self) -> String {
        format!("{} / {}", self.charges, self.orders)
    }

    /// `54.2/s`, where nothing charges and nothing is optional.
    #[must_use]
    pub fn goodput_text(&self) -> Option<String> {
        let tenths = (self.goodput? * 10.0 + 0.5) as u64;
        Some(format!("{}.{}/s", tenths / 10, tenths % 10))
    }

    /// `12.5 %` of what is finished, where nothing charges and something is optional.
    #[must_use]
    pub fn degraded_text(&self) -> Option<String> {
        self.degraded.map(percent)
    }

    /// By how much they differ from other ones, in the same order; empty where they do not:
    /// `+3.1`, `−40 ms`.
    #[must_use]
    pub fn beside(&self, other: &Self) -> [String; 4] {
        fn sign(more: bool) -> char {
            if more { '+' } else { '−' }
        }
        let tenths = |share: f64| (share * 1000.0 + 0.5) as i64;
        let success = self.success.zip(other.success).map(|(a, b)| tenths(a) - tenths(b));
        let p99 = self.p99.zip(other.p99).filter(|(a, b)| short(*a) != short(*b));
        let hundredths = |factor: f64| (factor * 100.0 + 0.5) as i64;
        let amplification = self.amplification.zip(other.amplification);
        let amplification = amplification.map(|(a, b)| hundredths(a) - hundredths(b));
        let charges = i64::from(self.charges) - i64::from(other.charges);
        let per_second = |a: f64, b: f64| (a * 10.0 + 0.5) as i64 - (b * 10.0 + 0.5) as i64;
        let goodput = self.goodput.zip(other.goodput).map(|(a, b)| per_second(a, b));
        let degraded = self.degraded.zip(other.degraded).map(|(a, b)| tenths(a) - tenths(b));
        let decimal = |units: i64, one: u64, digits: usize| {
            let all = units.unsigned_abs();
            format!("{}{}.{:0digits$}", sign(units > 0), all / one, all % one)
        };
        [
            success.filter(|by| *by != 0).map_or_else(String::new, |by| decimal(by, 10, 1)),
            p99.map_or_else(String::new, |(a, b)| {
                format!("{}{}", sign(a > b), short(a.max(b) - a.min(b)))
            }),
            amplification.filter(|by| *by != 0).map_or_else(String::new, |by| decimal(by, 100, 2)),
            if let Some(by) = goodput.filter(|by| *by != 0) {
                decimal(by, 10, 1)
            } else if let Some(by) = degraded.filter(|by| *by != 0) {
                decimal(by, 10, 1)
            } else if charges == 0 {
                String::new()
            } else {
                format!("{}{}", sign(charges > 0), charges.unsigned_abs())
            },
        ]
    }

    /// Whether somebody was charged twice.
    #[must_use]
    pub const fn double_charged(&self) -> bool {
        self.charges != self.orders
    }
}

/// `91.8 %`; 100 % means all, and 0 % none.
#[must_use]
pub fn percent(share: f64) -> String {
    let tenths = (share * 1000.0 + 0.5) as u32;
    let tenths = tenths.clamp(u32::from(share > 0.0), 1000 - u32::from(share < 1.0));
    format!("{}.{} %", tenths / 10, tenths % 10)
}

fn none() -> String {
    "–".into()
}

/// A duration in at most three digits and a unit, so that it keeps its place: `612 ms`, `2.1 s`.
#[must_use]
pub fn short(duration: SimDuration) -> String {
    let nanos = duration.nanos();
    // Rounded once: what is rounded twice may go up by half too much.
    let whole = |unit: u64| nanos.saturating_add(unit / 2) / unit;
    match whole(1_000_000) {
        0 if nanos == 0 => "0 ms".into(),
        0 => "<1 ms".into(),
        ms @ 1..=999 => format!("{ms} ms"),
        1000..=99_949 => {
            let tenths = whole(100_000_000);
            format!("{}.{} s", tenths / 10, tenths % 10)
        }
        _ => format!("{} s", whole(1_000_000_000)),
    }
}

/// What is left of a wait, in tenths of a second so that it does not flicker; zero only at its end.
#[must_use]
pub fn tenths(left: SimDuration) -> String {
    let tenths = left.nanos().div_ceil(100_000_000);
    format!("{}.{} s", tenths / 10, tenths % 10)
}

/// `12,345`.
#[must_use]
pub fn grouped(n: impl Into<u64>) -> String {
    let digits = n.into().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `100 clients`, `1 client`, `10,000 clients`; fewer than a million.
#[must_use]
pub fn population(count: u32, name: &str) -> String {
    match (count, name) {
        (1, "clients") => "1 client".into(),
        (1_000.., _) => format!("{},{:03} {name}", count / 1_000, count % 1_000),
        _ => format!("{count} {name}"),
    }
}

/// Minutes, seconds and milliseconds: `0:07.214`.
#[must_use]
pub fn clock(t: SimTime) -> String {
    let ms = (t.nanos() + 500_000) / 1_000_000;
    format!("{}:{:02}.{:03}", ms / 60_000, ms / 1000 % 60, ms % 1000)
}

#[cfg(test)]
mod tests {
    use half_open::run::{Limits, Run, Seeker};
    use half_open::scenario::library;

    use super::*;

    #[test]
    fn times_keep_their_width() {
        assert_eq!(clock(SimTime::from_millis(7_214)), "0:07.214");
        assert_eq!(clock(SimTime::from_millis(61_005)), "1:01.005");
    }

    #[test]
    fn a_wait_is_over_only_at_zero() {
        let text = |ms| tenths(SimDuration::from_millis(ms));
        assert_eq!(
            (text(1_249).as_str(), text(1).as_str(), text(0).as_str()),
            ("1.3 s", "0.1 s", "0.0 s")
        );
    }

    #[test]
    fn durations_keep_their_width() {
        let text = |us| short(SimDuration::from_micros(us));
        assert_eq!(text(0), "0 ms");
        assert_eq!(text(300), "<1 ms");
        assert_eq!(text(612_400), "612 ms");
        assert_eq!(text(999_600), "1.0 s");
        assert_eq!(text(2_149_000), "2.1 s");
        assert_eq!(text(1_049_500), "1.0 s");
        assert_eq!(text(99_960_000), "100 s");
    }

    #[test]
    fn a_hundred_percent_means_all() {
        let text =
            |success| Numbers { success: Some(success), ..Numbers::default() }.success_text();
        assert_eq!(text(1.0), "100.0 %");
        assert_eq!(text(0.999_99), "99.9 %");
        assert_eq!(text(0.918), "91.8 %");
        assert_eq!(text(0.891_57), "89.2 %");
        assert_eq!(text(0.689_9), "69.0 %");
        assert_eq!(text(0.000_01), "0.1 %");
        assert_eq!(text(0.0), "0.0 %");
        assert_eq!(Numbers::default().success_text(), "–");
    }

    #[test]
    fn only_what_differs_is_told_beside_another_run() {
        let one = Numbers {
            success: Some(0.962),
            p99: Some(SimDuration::from_millis(572)),
            amplification: Some(1.35),
            charges: 418,
            orders: 418,
            ..Numbers::default()
        };
        let other = Numbers {
            success: Some(0.9311),
            p99: Some(SimDuration::from_millis(612)),
            amplification: Some(1.14),
            charges: 421,
            orders: 420,
            ..Numbers::default()
        };
        assert_eq!(one.beside(&other), ["+3.1", "−40 ms", "+0.21", "−3"]);
        assert_eq!(other.beside(&one), ["−3.1", "+40 ms", "−0.21", "+3"]);
        assert_eq!(one.beside(&one), ["", "", "", ""]);
        assert_eq!(one.beside(&Numbers::default()), ["", "", "", "+418"]);
    }

    #[test]
    fn where_nothing_charges_it_is_told_how_much_is_degraded() {
        let of = |experiment| {
            let run = Run::new(experiment, Limits::default());
            let end = run.end();
            Numbers::of(Seeker::new().seek(&run, end))
        };
        let payments = of(library::payments());
        assert_eq!(payments.degraded_text(), None);
        let panels = of(library::panels());
        assert_eq!(panels.degraded_text().as_deref(), Some("12.4 %"));
        assert_eq!(panels.success_text(), "87.6 %");
        let mut needed = library::panels();
        needed.scenario.edges.iter_mut().for_each(|edge| edge.need = Need::Required);
        let needed = of(needed);
        assert_eq!(needed.degraded_text(), None);
        assert_eq!(panels.goodput_text(), None);
        let goodput = needed.goodput_text().expect("nothing else matters");
        assert!(goodput.starts_with("4") && goodput.ends_with("/s"), "{goodput}");
        let mut less = panels;
        less.degraded = Some(0.1);
        assert_eq!(panels.beside(&less)[3], "+2.4");
    }

    #[test]
    fn a_double_charge_shows() {
        let numbers =
            Numbers { charges: 419, orders: 418, amplification: Some(1.138), ..Numbers::default() };
        assert!(numbers.double_charged());
        assert_eq!(numbers.charges_text(), "419 / 418");
        assert_eq!(numbers.amplification_text(), "1.14×");
    }
}

//! `half-open schedule`

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use half_open::policy::backoff::{Kind, Settings};
use half_open::random::{Stream, draw, unit};
use half_open::time::SimDuration;
use serde::Serialize;

use crate::input;
use crate::output::{self, Failure, Result};
use half_open_files::number::{Ms, grouped};

/// Clients that come back within this time come back together.
const TOGETHER: SimDuration = SimDuration::from_millis(10);

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// none, constant, exponential, essay, cap_first, full, equal or decorrelated.
    #[arg(long, value_name = "FORMULA", default_value = "essay", value_parser = formula)]
    backoff: Kind,
    /// The first wait, before jitter.
    #[arg(long, value_name = "DURATION", default_value = "100ms", value_parser = input::duration, allow_hyphen_values = true)]
    base: SimDuration,
    /// What a wait may not exceed.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = input::duration, allow_hyphen_values = true)]
    cap: SimDuration,
    /// The width of the jitter, where the formula has one.
    #[arg(long, value_name = "DURATION", default_value = "100ms", value_parser = input::duration, allow_hyphen_values = true)]
    jitter: SimDuration,
    /// After how many failed attempts to stop, 1 to 100.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=100))]
    attempts: u32,
    /// How many operations to draw, 1 to 1,000,000.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    samples: u32,
    /// Also draw when so many clients come back that failed together, 1 to 10,000.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    clients: Option<u32>,
    /// Roll other dice.
    #[arg(long, value_name = "N", default_value_t = 42, allow_negative_numbers = true)]
    seed: u64,
    /// Print a JSON object for each attempt, one a line.
    #[arg(long)]
    json: bool,
}

fn formula(name: &str) -> std::result::Result<Kind, String> {
    let known = || Kind::ALL.map(Kind::name).join(", ");
    Kind::ALL
        .into_iter()
        .find(|kind| kind.name() == name)
        .ok_or_else(|| format!("there are {}", known()))
}

/// The waits after so many failed attempts.
#[derive(Serialize)]
struct Row {
    attempt: u32,
    min_ms: Ms,
    mean_ms: f64,
    max_ms: Ms,
    p50_ms: Ms,
    p99_ms: Ms,
    /// The share of waits that are no shorter than the cap.
    at_cap: f64,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    herd: Option<Herd>,
}

/// Clients that failed at the same instant, and when each comes back.
#[derive(Serialize)]
struct Herd {
    bucket_ms: Ms,
    /// The most clients in one bucket.
    peak: u32,
    /// Every bucket that anybody is in.
    arrivals: Vec<Bucket>,
}

#[derive(Serialize)]
struct Bucket {
    from_ms: Ms,
    clients: u32,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let Arguments { backoff: kind, base, cap, jitter, .. } = *arguments;
    let settings = Settings { kind, base, cap, jitter };
    settings.validate().map_err(|problem| Failure::Unusable(format!("--{problem}.")))?;
    let mut out = BufWriter::new(io::stdout().lock());
    if !arguments.json {
        let formula = kind.label();
        writeln!(
            out,
            "Backoff “{formula}”: base {base}, cap {cap}, jitter {jitter}, {} samples\n",
            grouped(arguments.samples)
        )?;
        writeln!(out, "{}", line(HEADINGS.map(str::to_owned)))?;
    }
    let mut herds = Vec::new();
    for row in rows(&settings, arguments) {
        if arguments.json {
            output::json(&mut out, &row)?;
        } else {
            print(&row, &mut out)?;
            herds.extend(row.herd);
        }
    }
    if let Some(clients) = arguments.clients.filter(|_| !arguments.json) {
        print_herds(&herds, clients, &mut out)?;
    }
    Ok(out.flush()?)
}

/// The schedule, one attempt after another. What is held is one wait for each sample and client,
/// however many attempts there are.
fn rows(settings: &Settings, arguments: &Arguments) -> impl Iterator<Item = Row> {
    let (settings, seed) = (*settings, arguments.seed);
    let mut waits = vec![SimDuration::ZERO; arguments.samples as usize];
    let mut clients = arguments.clients.map(|count| vec![SimDuration::ZERO; count as usize]);
    (0..arguments.attempts).map(move |n| {
        draw_waits(&settings, seed, n, &mut waits);
        let herd = clients.as_mut().map(|clients| {
            draw_waits(&settings, seed, n, clients);
            herd(clients)
        });
        row(&settings, n, &waits, herd)
    })
}

/// The wait after `n + 1` failed attempts, for each sample; `waits` holds the waits before.
fn draw_waits(settings: &Settings, seed: u64, n: u32, waits: &mut [SimDuration]) {
    for (sample, wait) in (0u64..).zip(waits) {
        let u = unit(draw(seed, Stream::Backoff, sample, u64::from(n)));
        *wait = settings.wait(n, *wait, u);
    }
}

fn row(settings: &Settings, n: u32, waits: &[SimDuration], herd: Option<Herd>) -> Row {
    let mut sorted = waits.to_vec();
    sorted.sort_unstable();
    let rank = |share: f64| {
        let rank = (share * sorted.len() as f64).ceil() as usize;
        Ms(sorted.get(rank.max(1) - 1).copied().unwrap_or_default())
    };
    let sum: f64 = sorted.iter().map(|wait| wait.millis()).sum();
    let below = sorted.partition_point(|wait| *wait < settings.cap);
    Row {
        attempt: n + 1,
        min_ms: rank(0.0),
        mean_ms: sum / sorted.len() as f64,
        max_ms: rank(1.0),
        p50_ms: rank(0.5),
        p99_ms: rank(0.99),
        at_cap: (sorted.len() - below) as f64 / sorted.len() as f64,
        herd,
    }
}

/// When clients come back that failed at the same instant, and wait so long.
fn herd(waits: &[SimDuration]) -> Herd {
    let mut buckets = BTreeMap::new();
    for wait in waits {
        *buckets.entry(wait.nanos() / TOGETHER.nanos()).or_insert(0u32) += 1;
    }
    Herd {
        bucket_ms: Ms(TOGETHER),
        peak: buckets.values().copied().max().unwrap_or_default(),
        arrivals: buckets
            .into_iter()
            .map(|(bucket, clients)| Bucket {
                from_ms: Ms(SimDuration::from_nanos(bucket * TOGETHER.nanos())),
                clients,
            })
            .collect(),
    }
}

const HEADINGS: [&str; 7] =
    ["after attempt", "shortest", "median", "mean", "99 %", "longest", "at the cap"];

/// A line of the table.
fn line(cells: [String; 7]) -> String {
    let cell = |(place, text): (usize, &String)| {
        let wide = if place == 0 { HEADINGS[0].chars().count() } else { 10 };
        format!("{text:>wide$}")
    };
    cells.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ")
}

fn print(row: &Row, out: &mut impl Write) -> io::Result<()> {
    let mean = SimDuration::from_nanos_f64(row.mean_ms * 1e6);
    let [min, median, max] = [row.min_ms, row.p50_ms, row.max_ms].map(|wait| wait.0);
    let waits = [min, median, mean, row.p99_ms.0, max].map(short);
    let [min, median, mean, p99, max] = waits;
    let cap = format!("{:.1} %", row.at_cap * 100.0);
    writeln!(out, "{}", line([row.attempt.to_string(), min, median, mean, p99, max, cap]))
}

/// The most columns of a drawn histogram.
const COLUMNS: u64 = 60;
/// From the fewest clients to the most.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The histograms one below another, over the same time and of the same height.
fn print_herds(herds: &[Herd], clients: u32, out: &mut impl Write) -> io::Result<()> {
    let place = |bucket: &Bucket| bucket.from_ms.0.nanos() / TOGETHER.nanos();
    let last = herds.iter().filter_map(|herd| herd.arrivals.last()).map(place).max();
    let buckets = last.unwrap_or_default() + 1;
    let together = buckets.div_ceil(COLUMNS);
    let wide = buckets.div_ceil(together) as usize;
    let columns: Vec<Vec<u32>> = (herds.iter())
        .map(|herd| {
            let mut columns = vec![0; wide];
            for bucket in &herd.arrivals {
                columns[(place(bucket) / together) as usize] += bucket.clients;
            }
            columns
        })
        .collect();
    let most = columns.iter().flatten().copied().max().unwrap_or(1);
    let column = SimDuration::from_nanos(together * TOGETHER.nanos());
    writeln!(
        out,
        "\n{} clients that failed together come back, at most {} in a column of {}:\n",
        grouped(clients),
        grouped(most),
        short(column),
    )?;
    for (attempt, (herd, columns)) in (1u32..).zip(herds.iter().zip(&columns)) {
        let picture: String = columns.iter().map(|count| block(*count, most)).collect();
        let peak = grouped(herd.peak);
        writeln!(out, "{attempt:>13}  │{picture}│  at most {peak} within {TOGETHER}")?;
    }
    let span = short(SimDuration::from_nanos(column.nanos() * wide as u64));
    // Never closer to the beginning than a blank.
    let gap = wide.saturating_sub(3).max(span.chars().count() + 1);
    writeln!(out, "{:>13}   0 s{span:>gap$}", "")
}

/// A column: nothing for nobody, and something for anybody.
fn block(count: u32, most: u32) -> char {
    match (count as usize * HEIGHTS.len()).div_ceil(most.max(1) as usize) {
        0 => ' ',
        height => HEIGHTS[height.min(HEIGHTS.len()) - 1],
    }
}

/// Three digits and a unit: `1.23 s`.
fn short(wait: SimDuration) -> String {
    let nanos = wait.nanos() as f64;
    let (unit, name) = match wait.nanos() {
        0 => return "0 s".into(),
        1..1_000_000 => (1e3, "µs"),
        1_000_000..1_000_000_000 => (1e6, "ms"),
        _ => (1e9, "s"),
    };
    let value = nanos / unit;
    let places = match value {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    let text = format!("{value:.places$}");
    let text = if places > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> SimDuration {
        SimDuration::from_millis(ms)
    }

    /// Base 100 ms, cap 2 s, jitter 100 ms, unless it is said otherwise.
    fn schedule(kind: Kind, set: impl FnOnce(&mut Arguments)) -> Vec<Row> {
        let mut arguments = Arguments {
            backoff: kind,
            base: ms(100),
            cap: ms(2_000),
            jitter: ms(100),
            attempts: 8,
            samples: 100_000,
            clients: None,
            seed: 42,
            json: true,
        };
        set(&mut arguments);
        let Arguments { base, cap, jitter, .. } = arguments;
        rows(&Settings { kind, base, cap, jitter }, &arguments).collect()
    }

    fn near(found: f64, wanted: f64, what: &str) {
        // Four standard errors of a mean of 100,000 draws over all of the range.
        let error = 4.0 * wanted / (12.0f64 * 100_000.0).sqrt() * 2.0;
        assert!((found - wanted).abs() <= error, "{what}: {found}, not {wanted}");
    }

    /// What *Exponential Backoff And Jitter* and the formulas themselves say.
    #[test]
    fn waits_are_those_of_theory() {
        for (n, grown) in [100.0, 200.0, 400.0, 800.0, 1_600.0, 2_000.0, 2_000.0].iter().enumerate()
        {
            let of = |kind: Kind| schedule(kind, |_| ()).swap_remove(n);
            let (full, equal) = (of(Kind::Full), of(Kind::Equal));
            near(full.mean_ms, grown / 2.0, "full, mean");
            near(full.p50_ms.0.millis(), grown / 2.0, "full, median");
            near(full.p99_ms.0.millis(), grown * 0.99, "full, 99 %");
            near(equal.mean_ms, grown * 0.75, "equal, mean");
            assert!(equal.min_ms.0.millis() >= grown / 2.0);
            near(of(Kind::CapFirst).mean_ms, grown + 50.0, "cap, then jitter");
            let jitter = if *grown < 2_000.0 { 50.0 } else { 0.0 };
            near(of(Kind::Essay).mean_ms, grown + jitter, "jitter, then cap");
            for (kind, wait) in
                [(Kind::None, 0.0), (Kind::Constant, 100.0), (Kind::Exponential, *grown)]
            {
                let row = of(kind);
                let all = [row.min_ms, row.max_ms, row.p50_ms, row.p99_ms].map(|w| w.0.millis());
                assert_eq!((all, row.mean_ms), ([wait; 4], wait), "{kind:?}");
            }
        }
    }

    #[test]
    fn a_decorrelated_wait_depends_on_the_one_before() {
        let rows = schedule(Kind::Decorrelated, |it| it.cap = ms(1_000_000));
        // From U(b, 3b) on, each is U(b, 3·previous): the mean is (b + 3·mean) / 2.
        let mut mean = 200.0;
        for row in &rows[..4] {
            near(row.mean_ms, mean, "decorrelated, mean");
            assert!(row.min_ms.0 >= ms(100));
            mean = (100.0 + 3.0 * mean) / 2.0;
        }
        assert!(rows[0].max_ms.0 <= ms(300) && rows[1].max_ms.0 <= ms(900));
        // Over U(2b, 3b) for the first wait, the share of the second that a cap of 6b ends.
        let capped = schedule(Kind::Decorrelated, |it| it.cap = ms(600)).swap_remove(1);
        let share = 0.5 * (1.0 - 5.0 / 3.0 * 1.6f64.ln());
        assert!((capped.at_cap - share).abs() < 0.004, "{} and not {share}", capped.at_cap);
        assert_eq!(capped.max_ms.0, ms(600));
    }

    #[test]
    fn the_share_at_the_cap_is_of_waits_that_are_no_shorter() {
        let at_cap = |kind, base, cap| {
            let set =
                |it: &mut Arguments| (it.base, it.cap, it.jitter) = (ms(base), ms(cap), ms(200));
            schedule(kind, set)[0].at_cap
        };
        let half = |share: f64| (share - 0.5).abs() < 0.01;
        assert!(half(at_cap(Kind::Essay, 1_900, 2_000)));
        assert!(half(at_cap(Kind::CapFirst, 1_900, 2_000)), "what exceeds the cap is at it, too");
        assert_eq!(at_cap(Kind::CapFirst, 2_000, 2_000), 1.0);
        assert_eq!(at_cap(Kind::Exponential, 2_000, 2_000), 1.0);
        assert_eq!(at_cap(Kind::Exponential, 1_999, 2_000), 0.0);
        assert_eq!(at_cap(Kind::Full, 2_000, 2_000), 0.0);
        assert_eq!(at_cap(Kind::None, 2_000, 2_000), 0.0);
        // A constant wait does not look at the cap, and may be longer.
        assert_eq!(at_cap(Kind::Constant, 3_000, 2_000), 1.0);
    }

    #[test]
    fn everybody_is_in_the_histogram() {
        for kind in Kind::ALL {
            for row in schedule(kind, |it| (it.clients, it.samples) = (Some(1_000), 10)) {
                let herd = row.herd.expect("clients");
                let all: u32 = herd.arrivals.iter().map(|bucket| bucket.clients).sum();
                assert_eq!(all, 1_000, "{kind:?}");
                let most = herd.arrivals.iter().map(|bucket| bucket.clients).max();
                assert_eq!(most, Some(herd.peak), "{kind:?}");
            }
        }
    }

    #[test]
    fn the_picture_is_readable() {
        let herds: Vec<Herd> = (schedule(Kind::Full, |it| {
            (it.clients, it.samples, it.attempts) = (Some(100), 1, 2);
        })
        .into_iter())
        .filter_map(|row| row.herd)
        .collect();
        let mut out = Vec::new();
        print_herds(&herds, 100, &mut out).expect("memory");
        let text = String::from_utf8(out).expect("text");
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[1].starts_with("100 clients that failed together come back, at most "));
        assert!(lines[1].ends_with(" in a column of 10 ms:"), "{}", lines[1]);
        let width = |line: &str| line.split('│').nth(1).map(|it| it.chars().count());
        assert_eq!((width(lines[3]), width(lines[4])), (Some(20), Some(20)));
        // The first wait is half as long as the second: it ends in the middle.
        let first = lines[3].split('│').nth(1).unwrap_or_default();
        assert_eq!(first.trim_end().chars().count(), 10);
        assert!(lines[5].ends_with("200 ms"));
        assert!(first.contains('█') && lines[3].ends_with(" within 10 ms"));
        assert_eq!([0, 1, 4, 8].map(|count| block(count, 8)), [' ', '▁', '▄', '█']);
        assert_eq!(block(1, 10_000), '▁');

        let mut out = Vec::new();
        print_herds(&[herd(&[SimDuration::ZERO])], 1, &mut out).expect("memory");
        let text = String::from_utf8(out).expect("text");
        assert!(text.ends_with("   0 s 10 ms\n"), "{text}");
    }

    #[test]
    fn a_wait_has_three_digits() {
        let shown = [0, 999, 1_234, 99_960_000, 100_000_000, 1_234_567_890, 86_400_000_000_000]
            .map(|nanos| short(SimDuration::from_nanos(nanos)));
        assert_eq!(shown, ["0 s", "1 µs", "1.23 µs", "100 ms", "100 ms", "1.23 s", "86400 s"]);
    }
}

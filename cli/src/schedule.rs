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
    #[arg(long, value_name = "DURATION", default_value = "100ms", value_parser = input::duration)]
    base: SimDuration,
    /// What a wait may not exceed.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = input::duration)]
    cap: SimDuration,
    /// The width of the jitter, where the formula has one.
    #[arg(long, value_name = "DURATION", default_value = "100ms", value_parser = input::duration)]
    jitter: SimDuration,
    /// After how many failed attempts to stop, 1 to 100.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=100))]
    attempts: u32,
    /// How many operations to draw, 1 to 1,000,000.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    samples: u32,
    /// Also count when so many clients come back that failed together, 1 to 10,000.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    clients: Option<u32>,
    /// Roll other dice.
    #[arg(long, value_name = "N", default_value_t = 42)]
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
    let mut waits = vec![SimDuration::ZERO; arguments.samples as usize];
    if !arguments.json {
        let formula = kind.label();
        writeln!(
            out,
            "Backoff “{formula}”: base {base}, cap {cap}, jitter {jitter}, {} samples",
            grouped(arguments.samples)
        )?;
    }
    for n in 0..arguments.attempts {
        draw_waits(&settings, arguments.seed, n, &mut waits);
        let herd = arguments.clients.map(|clients| herd(&settings, arguments.seed, n, clients));
        let row = row(&settings, n, &waits, herd);
        if arguments.json {
            output::json(&mut out, &row)?;
        } else {
            print(&row, &mut out)?;
        }
    }
    Ok(out.flush()?)
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

/// Where the clients are that failed together `n + 1` times and wait for the next attempt.
fn herd(settings: &Settings, seed: u64, n: u32, clients: u32) -> Herd {
    let mut waits = vec![SimDuration::ZERO; clients as usize];
    (0..=n).for_each(|n| draw_waits(settings, seed, n, &mut waits));
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

fn print(row: &Row, out: &mut impl Write) -> io::Result<()> {
    let mean = SimDuration::from_nanos_f64(row.mean_ms * 1e6);
    write!(
        out,
        "  after attempt {:<3}  {} to {}, mean {mean}, median {}, 99 % {}, at the cap {:.1} %",
        row.attempt,
        row.min_ms.0,
        row.max_ms.0,
        row.p50_ms.0,
        row.p99_ms.0,
        row.at_cap * 100.0
    )?;
    if let Some(herd) = &row.herd {
        write!(out, ", at most {} clients within {TOGETHER}", herd.peak)?;
    }
    writeln!(out)
}

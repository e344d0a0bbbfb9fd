//! A run written for other tools, piece by piece: nothing ever holds a whole file. Equal runs give
//! equal bytes on every machine.

mod chrome;
mod csv;
mod facts;
mod jaeger;
mod jsonl;
mod lanes;
mod otlp;
mod spans;
mod words;

use std::io::{self, Write};

use half_open::run::Run;

use facts::Facts;
pub use words::line as line_name;

/// What a file can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Spans, as OTLP's JSON.
    Otlp,
    /// Spans, as Jaeger's JSON.
    Jaeger,
    /// Slices, flows and counters, as Chrome's trace events.
    Chrome,
    /// A row for each request.
    Csv,
    /// Every event of the log, a line for each.
    Jsonl,
}

impl Format {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Otlp, Self::Jaeger, Self::Chrome, Self::Csv, Self::Jsonl];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Otlp => "otlp",
            Self::Jaeger => "jaeger",
            Self::Chrome => "chrome",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }

    /// The format of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// What people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Otlp => "OTLP/JSON",
            Self::Jaeger => "Jaeger JSON",
            Self::Chrome => "Chrome trace",
            Self::Csv => "CSV",
            Self::Jsonl => "JSON lines",
        }
    }

    /// What is in it, and what opens it.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Otlp => "Spans for an OpenTelemetry collector or Jaeger.",
            Self::Jaeger => "Spans to be opened in Jaeger from a file.",
            Self::Chrome => "Workers, queues and breakers over time, for Perfetto.",
            Self::Csv => "A row for each request, for a spreadsheet.",
            Self::Jsonl => "Every event of the log and its cause, a line for each.",
        }
    }

    /// How a file's name ends.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Otlp => "otlp.json",
            Self::Jaeger => "jaeger.json",
            Self::Chrome => "trace.json",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// A format at work.
trait Pieces {
    /// Writes the next piece; returns whether there are more.
    fn write(&mut self, facts: &Facts, out: &mut dyn Write) -> io::Result<bool>;
}

/// A run on its way into a file.
pub struct Export {
    facts: Facts,
    pieces: Box<dyn Pieces>,
}

impl Export {
    /// Before anything is written.
    #[must_use]
    pub fn new(run: Run, format: Format) -> Self {
        let facts = Facts::of(run);
        let pieces: Box<dyn Pieces> = match format {
            Format::Otlp => Box::new(otlp::Otlp::default()),
            Format::Jaeger => Box::new(jaeger::Jaeger::default()),
            Format::Chrome => Box::new(chrome::Chrome::new(&facts)),
            Format::Csv => Box::new(csv::Csv::default()),
            Format::Jsonl => Box::new(jsonl::JsonLines::default()),
        };
        Self { facts, pieces }
    }

    /// Writes the next piece, some hundred kilobytes at most in a usual run; returns whether there
    /// are more.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn next(&mut self, out: &mut impl Write) -> io::Result<bool> {
        self.pieces.write(&self.facts, out)
    }
}

/// Writes all of it.
///
/// # Errors
/// Where it cannot be written.
pub fn write(run: &Run, format: Format, out: &mut impl Write) -> io::Result<()> {
    let mut export = Export::new(run.clone(), format);
    while export.next(out)? {}
    out.flush()
}

/// Requests of a run, some at a time.
#[derive(Default)]
struct Batches {
    next: u32,
}

impl Batches {
    /// How many requests make a piece.
    const SIZE: u32 = 64;

    /// The next requests; none if there are no more.
    fn next(&mut self, facts: &Facts) -> Option<std::ops::Range<u32>> {
        let first = self.next;
        self.next = first.saturating_add(Self::SIZE).min(facts.run.log().length().requests);
        (first < self.next).then_some(first..self.next)
    }
}

/// Writes a value as JSON.
fn json(out: &mut dyn Write, value: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer(out, value).map_err(io::Error::from)
}

#[cfg(test)]
mod tests;

//! `--export FORMAT=FILE`: a run for other tools.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;

use half_open::run::Run;
use half_open_files::export::{self, Format};
use half_open_files::short;

use crate::output::{Failure, Result};

/// A file that somebody wants.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    format: Format,
    file: PathBuf,
}

/// The file that stands for standard output.
const STANDARD_OUTPUT: &str = "-";

impl Wanted {
    /// What `--log FILE` asks for.
    pub(crate) fn log(file: PathBuf) -> Self {
        Self { format: Format::Jsonl, file }
    }

    pub(crate) fn is_standard_output(&self) -> bool {
        self.file.as_os_str() == STANDARD_OUTPUT
    }

    /// Makes the file, so that one that cannot be written is known before anything is simulated.
    pub(crate) fn open(&self) -> Result<Opened> {
        let out: Box<dyn Write> = if self.is_standard_output() {
            Box::new(io::stdout().lock())
        } else {
            Box::new(File::create(&self.file).map_err(|error| self.unwritable(&error))?)
        };
        Ok(Opened { wanted: self.clone(), out: BufWriter::with_capacity(1 << 16, out) })
    }

    fn unwritable(&self, error: &io::Error) -> Failure {
        match error.kind() {
            ErrorKind::BrokenPipe => Failure::NobodyListens,
            _ => Failure::unusable(self.file.display(), format!("cannot be written: {error}")),
        }
    }
}

/// A file that waits for a run.
pub(crate) struct Opened {
    wanted: Wanted,
    out: BufWriter<Box<dyn Write>>,
}

impl Opened {
    pub(crate) fn write(mut self, run: &Run) -> Result {
        let written = export::write(run, self.wanted.format, &mut self.out);
        written.map_err(|error| self.wanted.unwritable(&error))
    }
}

/// Reads `FORMAT=FILE`.
pub(crate) fn parse(text: &str) -> std::result::Result<Wanted, String> {
    let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
    let names = names.join(", ");
    let (name, file) = text
        .split_once('=')
        .filter(|(_, file)| !file.is_empty())
        .ok_or_else(|| format!("write a format and a file, as in otlp=run.json: {names}"))?;
    let unknown = || format!("{} is not a format; there are {names}", short(name));
    let format = Format::find(name).ok_or_else(unknown)?;
    Ok(Wanted { format, file: file.into() })
}

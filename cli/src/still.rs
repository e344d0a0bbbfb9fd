//! `half-open still`

use std::io::{self, Write};

use half_open::time::{SimDuration, SimTime};
use half_open_files::still;
use half_open_view::draw::Size;
use half_open_view::gallery;

use crate::input;
use crate::output::{Failure, Result};

/// The shortest and the longest side of a picture, in pixels.
const SIDES: std::ops::RangeInclusive<u16> = 200..=4_000;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A built-in scenario, a link, or a file; `half-open list` names the first.
    source: String,
    /// The moment; without it the one that says most, or that of the link or the file.
    #[arg(long, value_parser = input::duration)]
    at: Option<SimDuration>,
    /// Width and height in pixels, as in 900x400: the stage alone. Without it the whole run is beneath it.
    #[arg(long, value_parser = size)]
    size: Option<Size>,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let mut place = input::place(&arguments.source)?;
    if let Some(at) = arguments.at {
        let horizon = place.experiment.scenario.horizon;
        if at > horizon {
            return Err(Failure::unusable(
                "--at",
                format!("the run is over at {horizon}, not {at}"),
            ));
        }
        place.view.at = SimTime::ZERO + at;
    }
    let picture = still::of(&place, arguments.size.unwrap_or(gallery::SIZE));
    Ok(io::stdout().write_all(picture.as_bytes())?)
}

/// A size of the command line.
fn size(text: &str) -> std::result::Result<Size, String> {
    let side = |text: &str| text.parse::<u16>().ok().filter(|side| SIDES.contains(side));
    let (w, h) = text.split_once('x').unwrap_or_default();
    match (side(w), side(h)) {
        (Some(w), Some(h)) => Ok(Size { w: w.into(), h: h.into() }),
        _ => {
            let (least, most) = (SIDES.start(), SIDES.end());
            Err(format!("must be two numbers from {least} to {most}, as in 900x400"))
        }
    }
}

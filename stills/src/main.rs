//! Writes what embeds need beside their program: `half-open-stills DIRECTORY`.
//!
//! trunk runs it with the directory of the page that it builds. It draws a picture of every built-in
//! scenario at its moment, for pages without script and on paper, and takes the colours of the frame out of the
//! page's style sheet.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use half_open::scenario::library;
use half_open_files::still;
use half_open_view::gallery;

fn main() -> ExitCode {
    let Some(directory) = env::args().nth(1).or_else(|| env::var("TRUNK_STAGING_DIR").ok()) else {
        eprintln!("Say into which directory the stills are to be written.");
        return ExitCode::from(2);
    };
    match write(Path::new(&directory)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{directory}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(directory: &Path) -> io::Result<()> {
    let (stills, embed) = (directory.join("stills"), directory.join("embed"));
    fs::create_dir_all(&stills)?;
    fs::create_dir_all(&embed)?;
    for card in library::names().filter_map(|(name, _)| gallery::card(name)) {
        let picture = still::of(&card.moment, gallery::SIZE);
        fs::write(stills.join(format!("{}.svg", card.name)), picture)?;
    }
    fs::write(embed.join("colours.css"), still::colours(":root"))
}

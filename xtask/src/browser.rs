//! The browser for tests, measurements and pictures.

use std::path::{Path, PathBuf};

use crate::debian;
use crate::shell::{Failure, Result, on_path, say};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Where macOS and Windows keep it.
const PLACES: [&str; 3] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
];

/// A Chromium of this machine, installed from Debian's packages if there is none.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if on_path("apt-get").is_some() {
        say("Installing Chromium, because the page is tested in a real browser \
             (about 1 minute, once).");
        // The fonts come along so that text in pictures is text.
        debian::apt_install(&["chromium", "fonts-dejavu-core", "fonts-liberation"])?;
    }
    find().ok_or_else(|| {
        Failure::new("Please install Chromium or Google Chrome: the page is tested in it.")
    })
}

fn find() -> Option<PathBuf> {
    let on_path = NAMES.iter().find_map(|name| on_path(name));
    on_path.or_else(|| PLACES.iter().map(PathBuf::from).find(|place| Path::exists(place)))
}

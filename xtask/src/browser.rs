//! The browser for tests, measurements and pictures.

use std::path::{Path, PathBuf};

use crate::debian;
use crate::shell::{Failure, Result, on_path, say};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Debian's package of Chromium without a window, and its program.
const BARE: &str = "chromium-headless-shell";

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

/// The same without windows, tabs and menus, which no test of the page sees and each new page pays for:
/// tests take half as long in it. Where there is none, the whole one does.
pub(crate) fn bare() -> Result<PathBuf> {
    let whole = chromium()?;
    if on_path(BARE).is_none()
        && whole == Path::new("/usr/bin/chromium")
        && on_path("apt-get").is_some()
    {
        say(
            "Installing Chromium's headless shell, in which tests run faster (a few seconds, once).",
        );
        // Not everybody may install packages, and it works without.
        if debian::apt_install(&[BARE]).is_err() {
            return Ok(whole);
        }
    }
    Ok(on_path(BARE).unwrap_or(whole))
}

fn find() -> Option<PathBuf> {
    let on_path = NAMES.iter().find_map(|name| on_path(name));
    on_path.or_else(|| PLACES.iter().map(PathBuf::from).find(|place| Path::exists(place)))
}

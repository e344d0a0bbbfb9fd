//! Pictures of the page, taken the same way every time.

use crate::setup::Kit;
use crate::shell::{Result, program, root, run as run_in_view, say};
use crate::{browser, build};

/// `cargo xtask shots [NAME]…`
pub(crate) fn run(names: &[String]) -> Result {
    let kit = Kit::for_tests()?;
    let chromium = browser::chromium()?;
    say("Building the page and taking its pictures into docs/shots/ (about 2 minutes).");
    build::release(&kit)?;
    let script = root().join("tests/browser/shots.mjs");
    run_in_view(program("node").arg(script).args(names).env("HALF_OPEN_CHROMIUM", chromium))
}

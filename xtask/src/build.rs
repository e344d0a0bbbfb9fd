//! The page for any static host.

use crate::setup::Kit;
use crate::shell::{Result, run_quietly, say};

/// `cargo xtask build`
pub(crate) fn run() -> Result {
    let kit = Kit::ready()?;
    say("Building the page into dist/ (about 2 minutes the first time).");
    release(&kit)?;
    say("dist/ is ready: copy it anywhere on a static host, under any path.");
    Ok(())
}

/// Builds `dist/`, silently if all goes well.
pub(crate) fn release(kit: &Kit) -> Result {
    run_quietly(kit.trunk("build")?.arg("--release"))
}

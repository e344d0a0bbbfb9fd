//! The page for any static host.

use std::path::Path;

use crate::setup::Kit;
use crate::shell::{Result, root, run_quietly, say};
use crate::{offline, split};

/// `cargo xtask build`
pub(crate) fn run() -> Result {
    let kit = Kit::ready()?;
    say("Building the page into dist/ (about 2 minutes the first time).");
    release(&kit)?;
    say("dist/ is ready: copy it anywhere on a static host, under any path.");
    Ok(())
}

/// Builds `dist/` once, silently if all goes well.
pub(crate) fn release(kit: &Kit) -> Result {
    if kit.built.get() {
        return Ok(());
    }
    let dist = root().join("dist");
    whole(kit, &dist)?;
    split::split(kit, &dist)?;
    offline::write(&dist)?;
    kit.built.set(true);
    Ok(())
}

/// Builds the page in one piece, as trunk does.
pub(crate) fn whole(kit: &Kit, dist: &Path) -> Result {
    run_quietly(kit.trunk("build")?.arg("--release").arg("--dist").arg(dist))
}

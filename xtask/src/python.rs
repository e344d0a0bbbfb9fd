//! What comes from PyPI, in environments of their own outside the checkout.

use std::path::PathBuf;
use std::time::Duration;

use crate::debian;
use crate::shell::{
    Failure, Result, on_path, program, run_quietly, say, succeeds_within, write_file,
};
use crate::tools::tools_dir;

/// A Python that has these packages, each as `name==version`. They are installed once, under `name`,
/// and again if the list has changed; `why` says what for.
pub(crate) fn with(name: &str, packages: &[&str], why: &str) -> Result<PathBuf> {
    let dir = tools_dir()?.join(name);
    let python = dir.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let stamp = dir.join(".installed");
    let wanted = packages.join("\n");
    if python.is_file() && std::fs::read_to_string(&stamp).is_ok_and(|had| had == wanted) {
        return Ok(python);
    }
    let usual = if cfg!(windows) { "python" } else { "python3" };
    let mut look = program(usual);
    let is_whole = succeeds_within(look.args(["-c", "import ensurepip"]), Duration::from_secs(30));
    if !is_whole && on_path("apt-get").is_some() {
        say("Installing Python with venv (about 1 minute, once).");
        debian::apt_install(&["python3-venv"])?;
    }
    say(format_args!("Installing {why} from PyPI (a few seconds, once)."));
    let without = |_| Failure::new("there is no Python 3 with venv here");
    run_quietly(program(usual).args(["-m", "venv", "--clear"]).arg(&dir)).map_err(without)?;
    let unreachable = |_| Failure::new(format!("{why} could not be installed from PyPI here"));
    let mut pip = program(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    run_quietly(pip.args(packages)).map_err(unreachable)?;
    write_file(&stamp, &wanted)?;
    Ok(python)
}

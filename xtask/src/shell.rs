//! Running other programs, and saying so in sentences.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Why a command of ours stopped: a sentence for the person who typed it.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) type Result<T = ()> = std::result::Result<T, Failure>;

/// Tells what happens next, and why.
pub(crate) fn say(sentence: impl fmt::Display) {
    println!("{sentence}");
}

/// The checkout.
pub(crate) fn root() -> PathBuf {
    // Cargo sets it when it runs us, so that a checkout can be moved; the rest is for bare calls.
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map_or_else(|| here.clone(), Path::to_path_buf)
}

/// A program to be run in the checkout.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root());
    // Cargo points it at its own toolchain's libraries, which are not those of other compilers.
    command.env_remove("LD_LIBRARY_PATH");
    command
}

/// Runs to the end, in full view.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(failed(command)) }
}

/// Runs to the end; what it printed is shown only if it fails.
pub(crate) fn run_quietly(command: &mut Command) -> Result {
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| cannot_start(command, &error))?;
    if output.status.success() {
        return Ok(());
    }
    print!("{}", String::from_utf8_lossy(&output.stdout));
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    Err(failed(command))
}

/// What it prints, without the white space around it.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| cannot_start(command, &error))?;
    if !output.status.success() {
        return Err(failed(command));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether it ends well within this time; says nothing either way.
pub(crate) fn succeeds_within(command: &mut Command, limit: Duration) -> bool {
    let silent = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    silent.spawn().is_ok_and(|child| ends_well(child, limit))
}

fn ends_well(mut child: Child, limit: Duration) -> bool {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if start.elapsed() < limit => {
                std::thread::sleep(Duration::from_millis(50));
            }
            _ => {
                // Gone or stuck: either way there is nothing more to learn from it.
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

/// Where `PATH` finds this program.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let program = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    // On Windows a script such as npm's has no such suffix.
    std::env::split_paths(&path)
        .flat_map(|dir| [dir.join(&program), dir.join(name)])
        .find(|file| file.is_file())
}

/// The text of a file.
pub(crate) fn read_file(path: &Path) -> Result<String> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("Cannot read {}: {error}.", path.display())))
}

/// Writes a file, and the directories above it.
pub(crate) fn write_file(path: &Path, text: &str) -> Result {
    let parents = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    parents
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| Failure::new(format!("Cannot write {}: {error}.", path.display())))
}

/// Writes a file that is not text.
pub(crate) fn write_bytes(path: &Path, bytes: &[u8]) -> Result {
    std::fs::write(path, bytes)
        .map_err(|error| Failure::new(format!("Cannot write {}: {error}.", path.display())))
}

fn cannot_start(command: &Command, error: &std::io::Error) -> Failure {
    Failure::new(format!("Cannot start {}: {error}.", spelled(command)))
}

fn failed(command: &Command) -> Failure {
    Failure::new(format!("Failed: {}", spelled(command)))
}

/// As one would type it.
fn spelled(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

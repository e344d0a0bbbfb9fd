//! The two programs that turn the app into a page, trunk and wasm-bindgen, and mdBook, which shows it in a book.
//!
//! They are built from the crate registry, because that can be reached wherever cargo works, and
//! kept outside the checkout, so that every clone shares them.

use std::path::{Path, PathBuf};

use crate::shell::{Failure, Result, on_path, program, read, read_file, root, run_quietly, say};

/// The newest trunk that the present stable compilers can build.
const TRUNK: &str = "0.21.14";

/// What many books about software are made with.
const MDBOOK: &str = "0.5.4";

/// The directory with a trunk that suits `Trunk.toml`; `None` if the one on `PATH` does.
pub(crate) fn trunk() -> Result<Option<PathBuf>> {
    let found = on_path("trunk").and_then(|path| read(program(path).arg("--version")).ok());
    if found.is_some_and(|version| version.starts_with("trunk 0.21.")) {
        return Ok(None);
    }
    install(&Tool { package: "trunk", program: "trunk", version: TRUNK, locked: true, minutes: 6 })
        .map(Some)
}

/// The directory with the wasm-bindgen that the page was written against; `None` if the one on
/// `PATH` is that.
pub(crate) fn wasm_bindgen() -> Result<Option<PathBuf>> {
    let version = locked_version(&read_file(&root().join("Cargo.lock"))?, "wasm-bindgen")
        .ok_or_else(|| Failure::new("Cargo.lock names no wasm-bindgen."))?;
    let found = on_path("wasm-bindgen").and_then(|path| read(program(path).arg("--version")).ok());
    if found.is_some_and(|text| text.split_whitespace().nth(1) == Some(version.as_str())) {
        return Ok(None);
    }
    install(&Tool {
        package: "wasm-bindgen-cli",
        program: "wasm-bindgen",
        version: &version,
        // Its lock can name crates that are newer than what a mirror has.
        locked: false,
        minutes: 3,
    })
    .map(Some)
}

/// The directory with an mdBook that builds the example; `None` if the one on `PATH` does.
pub(crate) fn mdbook() -> Result<Option<PathBuf>> {
    let found = on_path("mdbook").and_then(|path| read(program(path).arg("--version")).ok());
    if found.is_some_and(|version| version.starts_with("mdbook v0.5.")) {
        return Ok(None);
    }
    install(&Tool {
        package: "mdbook",
        program: "mdbook",
        version: MDBOOK,
        locked: true,
        minutes: 3,
    })
    .map(Some)
}

/// The version of a package in a `Cargo.lock`.
pub(crate) fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?.strip_prefix("version = \"")?;
    version.strip_suffix('"').map(str::to_owned)
}

struct Tool<'a> {
    package: &'a str,
    program: &'a str,
    version: &'a str,
    locked: bool,
    minutes: u32,
}

fn install(tool: &Tool<'_>) -> Result<PathBuf> {
    let dir = tools_dir()?.join(format!("{}-{}", tool.program, tool.version));
    let bin = dir.join("bin");
    if bin.join(format!("{}{}", tool.program, std::env::consts::EXE_SUFFIX)).is_file() {
        return Ok(bin);
    }
    say(format_args!(
        "Building {} {}, which is needed here, into {} (about {} minutes, once).",
        tool.program,
        tool.version,
        dir.display(),
        tool.minutes,
    ));
    let mut command = program("cargo");
    command
        .args(["install", "--quiet", tool.package, "--version", tool.version, "--root"])
        .arg(&dir)
        // Away from the checkout, whose settings are not meant for them.
        .current_dir(std::env::temp_dir())
        // They run for seconds: a fast build serves better than a fast program.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env_remove("CARGO_TARGET_DIR");
    if tool.locked {
        command.arg("--locked");
    }
    if tool.package == "mdbook" {
        // Without what watches, serves and searches it is a third.
        command.arg("--no-default-features");
    }
    run_quietly(&mut command)?;
    Ok(bin)
}

/// Where tools are kept for every checkout.
pub(crate) fn tools_dir() -> Result<PathBuf> {
    if let Some(dir) = std::env::var_os("HALF_OPEN_TOOLS") {
        return Ok(PathBuf::from(dir));
    }
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
    home.map(|home| Path::new(&home).join(".cache/half-open/tools")).ok_or_else(|| {
        Failure::new("There is no home directory; set HALF_OPEN_TOOLS to a directory for tools.")
    })
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    #[test]
    fn reads_a_version_from_a_lock() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(lock, "yew"), None);
    }
}

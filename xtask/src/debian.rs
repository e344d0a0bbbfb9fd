//! What Debian's own packages can do where rustup and GitHub are out of reach.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::shell::{Failure, Result, on_path, program, read, run_quietly, say, write_file};
use crate::wasm::{self, TARGET};

/// Debian's compiler. Unlike rustup's it comes with the sources of its standard library.
pub(crate) const RUSTC: &str = "/usr/bin/rustc";

/// Debian's cargo, which knows only Debian's compiler.
const CARGO: &str = "/usr/bin/cargo";

/// Debian's lints for that compiler.
pub(crate) const CLIPPY: &str = "/usr/bin/cargo-clippy";

const STD_SOURCES: &str = "/usr/lib/rustlib/src/rust/library/std";

const PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "lld"];

/// Installs packages, as root or through sudo.
pub(crate) fn apt_install(packages: &[&str]) -> Result {
    let by_hand = || {
        Failure::new(format!(
            "Please install these Debian packages, or what your system calls them: {}.",
            packages.join(" ")
        ))
    };
    if on_path("apt-get").is_none() {
        return Err(by_hand());
    }
    let is_root = read(program("id").arg("-u")).is_ok_and(|id| id == "0");
    if !is_root && on_path("sudo").is_none() {
        return Err(by_hand());
    }
    let apt_get = |args: &[&str]| {
        let mut command = program(if is_root { "apt-get" } else { "sudo" });
        if !is_root {
            command.args(["--non-interactive", "apt-get"]);
        }
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
        run_quietly(&mut command)
    };
    apt_get(&["update"]).map_err(|_| by_hand())?;
    let install = ["install", "--yes", "--no-install-recommends"];
    apt_get(&[&install, packages].concat()).map_err(|_| by_hand())
}

/// Installs Debian's compiler and builds the standard library for WebAssembly with it.
pub(crate) fn install_compiler() -> Result {
    if !Path::new(STD_SOURCES).exists() || !Path::new(CLIPPY).exists() {
        say("Installing Debian's Rust compiler and its sources, to build the page with \
             (about 1 minute, once).");
        apt_install(&PACKAGES)?;
    }
    if !wasm::can_build(Path::new(RUSTC)) {
        say("Building Rust's standard library for WebAssembly from these sources \
             (about 1 minute, once).");
        build_std()?;
    }
    if wasm::can_build(Path::new(RUSTC)) {
        Ok(())
    } else {
        Err(Failure::new("Debian's compiler still cannot build for WebAssembly; please report it."))
    }
}

/// A linker for WebAssembly. Debian's compiler expects one that its package does not bring, so it
/// gets rustup's, or Debian's own, which is older.
pub(crate) fn linker() -> PathBuf {
    let libraries = read(program("rustc").args(["--print", "target-libdir"])).unwrap_or_default();
    let rustups = Path::new(&libraries).with_file_name("bin").join("rust-lld");
    if rustups.is_file() { rustups } else { PathBuf::from("lld") }
}

/// Builds `std` next to an empty crate and moves it to where the compiler looks for it.
fn build_std() -> Result {
    let dir = std::env::temp_dir().join(format!("half-open-std-{}", std::process::id()));
    write_file(
        &dir.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nedition = \"2024\"\n[lib]\npath = \"lib.rs\"\n",
    )?;
    write_file(&dir.join("lib.rs"), "#![no_std]\n")?;
    let mut build = program(CARGO);
    build
        .current_dir(&dir)
        .args(["build", "--quiet", "--release", "--target", TARGET])
        .arg("-Zbuild-std=std,panic_abort,test")
        .env("RUSTC", RUSTC)
        // Building std is the one thing here that a stable compiler does not do by itself.
        .env("RUSTC_BOOTSTRAP", "1")
        // The page is linked with LTO, which reads bitcode.
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("CARGO_TARGET_DIR", dir.join("target"))
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("CARGO");
    run_quietly(&mut build)?;

    let from = dir.join("target").join(TARGET).join("release/deps");
    let to = Path::new("/usr/lib/rustlib").join(TARGET).join("lib");
    copy_libraries(&from, &to).map_err(|error| {
        Failure::new(format!("Cannot put the standard library into {}: {error}.", to.display()))
    })?;
    let _ = std::fs::remove_dir_all(dir);
    Ok(())
}

fn copy_libraries(from: &Path, to: &Path) -> std::io::Result<()> {
    // A library of an earlier compiler would be found as well, and refused.
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let file = entry?;
        let name = file.file_name();
        let is_library = Path::new(&name).extension() == Some(OsStr::new("rlib"));
        if is_library && !name.to_string_lossy().starts_with("libempty-") {
            std::fs::copy(file.path(), to.join(name))?;
        }
    }
    Ok(())
}

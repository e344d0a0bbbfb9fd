//! The page while one works on it.

use std::net::{Ipv4Addr, TcpListener};

use crate::setup::Kit;
use crate::shell::{Failure, Result, run as run_in_view, say};

/// What `Trunk.toml` says.
const PORT: u16 = 8080;

/// `cargo xtask serve [--port N]`
pub(crate) fn run(args: &[String]) -> Result {
    let port = port(args)?;
    // Known after a build of two minutes otherwise.
    if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err() {
        return Err(Failure::new(format!(
            "Port {port} is in use. Another one: cargo xtask serve --port {}",
            port.saturating_add(1)
        )));
    }
    let kit = Kit::ready()?;
    say(format_args!(
        "Building, then serving on http://127.0.0.1:{port} (about 1 minute the first time). \
         A change rebuilds it: reload to see it. Ctrl-C stops."
    ));
    let mut trunk = kit.trunk("serve")?;
    trunk.args(["--port", &port.to_string()]);
    // dist/ is for the real page, this one is unoptimised.
    trunk.arg("--dist").arg(kit.compiler.target_dir().join("serve"));
    if has_screen() {
        trunk.arg("--open");
    }
    run_in_view(&mut trunk)
}

fn port(args: &[String]) -> Result<u16> {
    match args {
        [] => Ok(PORT),
        [flag, number] if flag == "--port" => number.parse().map_err(|_| {
            Failure::new(format!("“{number}” is not a port; it is a number from 1 to 65535."))
        }),
        _ => Err(Failure::new("cargo xtask serve takes nothing but --port and a number.")),
    }
}

/// Whether a browser window could be seen.
fn has_screen() -> bool {
    cfg!(any(target_os = "macos", target_os = "windows"))
        || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some())
}

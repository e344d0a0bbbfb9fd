//! Half-Open in other people's pages: each example is built with its real tool and played with, and nginx
//! serves the page as `docs/hosting.md` says.

use crate::setup::Kit;
use crate::shell::{Failure, Result, on_path, program, root, run, run_quietly, say};
use crate::wasm::Compiler;
use crate::{browser, build, debian, npm, tools};

/// Builds every example, and lets a browser look at each.
pub(crate) fn check(kit: &Kit) -> Result {
    let chromium = browser::chromium()?;
    let mdbook = tools::mdbook()?.map_or_else(|| "mdbook".into(), |bin| bin.join("mdbook"));
    let vitepress = npm::packages("examples/vitepress")?.join("vitepress");
    npm::packages("examples/reveal")?;
    nginx()?;
    build::release(kit)?;
    let (examples, sites) =
        (root().join("examples"), Compiler::Usual.target_dir().join("examples"));
    let mut book = program(mdbook);
    book.arg("build").arg(examples.join("mdbook")).arg("--dest-dir").arg(sites.join("mdbook"));
    run_quietly(&mut book)?;
    let mut docs = program(vitepress);
    docs.arg("build").arg(examples.join("vitepress/docs"));
    run_quietly(docs.arg("--outDir").arg(sites.join("vitepress")))?;
    let mut test = program("node");
    test.args(["--test", "--test-reporter=spec"]).arg(root().join("tests/browser/examples.mjs"));
    run(test.env("HALF_OPEN_CHROMIUM", chromium).env("HALF_OPEN_SITES", sites))
}

fn nginx() -> Result {
    // Where Debian keeps what only administrators need is not always on the path.
    if on_path("nginx").is_some() || std::path::Path::new("/usr/sbin/nginx").exists() {
        return Ok(());
    }
    if on_path("apt-get").is_none() {
        return Err(Failure::new(
            "Please install nginx: docs/hosting.md says how it serves the page, and that is tested.",
        ));
    }
    say("Installing nginx, because the page is served by it in the tests (a few seconds, once).");
    debian::apt_install(&["nginx-light"])
}

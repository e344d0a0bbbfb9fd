//! The script that `wasm-bindgen` writes: made shorter, and told of the rest of the page.

use crate::shell::{Failure, Result};

/// Where the functions for the module begin.
const FUNCTIONS: &str = "__proto__: null,";
/// Where the module has arrived.
const ARRIVED: &str = "wasm = instance.exports;";

/// The script without what is for readers, with short names for what the module imports. The module
/// calls `fetch` when it needs the rest of itself.
pub(super) fn shortened<'n>(
    script: &str,
    host: &str,
    names: impl Iterator<Item = (&'n str, &'n String)>,
    fetch: &str,
) -> Result<String> {
    let mut script = found(script, &format!("\"{host}\": "), "a: ")?;
    for (long, short) in names {
        script = found(&script, &format!("{long}: function"), &format!("{short}: function"))?;
    }
    let fetches = format!("{FUNCTIONS}\n{fetch}: () => halfOpenRest(wasm),");
    Ok(bare(&found(&script, FUNCTIONS, &fetches)?))
}

/// A script without what is for readers: indentation, and lines that only comment.
pub(super) fn bare(script: &str) -> String {
    let lines = script.lines().map(str::trim);
    let kept = lines.filter(|line| !line.is_empty() && !is_comment(line));
    kept.flat_map(|line| [line, "\n"]).collect()
}

/// The script that shows the memory of the module.
pub(super) fn recorded(script: &str) -> Result<String> {
    found(script, ARRIVED, &format!("{ARRIVED} globalThis.halfOpenMemory = wasm.memory;"))
}

fn is_comment(line: &str) -> bool {
    // An empty line of a comment would make a generator of the method that follows.
    line == "*" || ["//", "/*", "* ", "*/"].iter().any(|start| line.starts_with(start))
}

fn found(script: &str, old: &str, new: &str) -> Result<String> {
    if script.contains(old) {
        return Ok(script.replace(old, new));
    }
    Err(Failure::new(format!("The script of wasm-bindgen does not say “{old}”.")))
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_of_a_comment_is_left() {
        let script =
            "  /**\n   * Goes there.\n   *\n   * @param {string} to\n   */\n  go(to) {\n  }\n";
        assert_eq!(super::bare(script), "go(to) {\n}\n");
    }
}

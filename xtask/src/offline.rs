//! The page without a network: a service worker that knows every file of the built page.

use std::path::Path;

use crate::shell::{Failure, Result, read_file, root, write_file};

/// The worker, beside the page.
const WORKER: &str = "sw.js";
/// What is filled in.
const VERSION: &str = "const VERSION = '';";
const FILES: &str = "const FILES = [];";

/// Writes the worker of a built page, the last of its files.
pub(crate) fn write(dist: &Path) -> Result {
    let mut paths = Vec::new();
    collect(dist, "", &mut paths)?;
    paths.sort();
    let mut list = String::new();
    for path in paths.iter().filter(|path| *path != WORKER) {
        let bytes = std::fs::read(dist.join(path))
            .map_err(|error| Failure::new(format!("Cannot read {path}: {error}.")))?;
        list += &format!("  ['{path}', {}, '{:08x}'],\n", bytes.len(), fnv(&bytes));
    }
    let source = read_file(&root().join("static").join(WORKER))?;
    write_file(&dist.join(WORKER), &filled(&source, &list)?)
}

fn filled(source: &str, list: &str) -> Result<String> {
    if !source.contains(VERSION) || !source.contains(FILES) {
        return Err(Failure::new(format!("static/{WORKER} has no place for the list of files.")));
    }
    let version = format!("const VERSION = '{:08x}';", fnv(list.as_bytes()));
    let files = format!("const FILES = [\n{list}];");
    Ok(source.replacen(VERSION, &version, 1).replacen(FILES, &files, 1))
}

/// Every file below a directory, as addresses have them.
fn collect(dir: &Path, inside: &str, paths: &mut Vec<String>) -> Result {
    let refused = |error| Failure::new(format!("Cannot list {}: {error}.", dir.display()));
    for entry in std::fs::read_dir(dir).map_err(refused)? {
        let entry = entry.map_err(refused)?;
        let name = entry.file_name();
        let path = format!("{inside}{}", name.to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{path}/"), paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

/// FNV-1a with 32 bits: the worker tells with it whether what it fetched is of its version.
fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::{filled, fnv};
    use crate::shell::{read_file, root};

    #[test]
    fn the_hash_is_the_one_that_the_worker_computes() {
        assert_eq!(fnv(b""), 0x811c_9dc5);
        assert_eq!(fnv(b"foobar"), 0xbf9c_f968, "as its authors have it");
    }

    #[test]
    fn another_file_is_another_version() {
        let source = read_file(&root().join("static/sw.js")).unwrap_or_default();
        let [one, other] = ["1", "2"].map(|hash| filled(&source, hash).unwrap_or_default());
        assert!(one.contains("const FILES = [\n1];"));
        let version =
            |text: &str| text.lines().find(|line| line.contains("VERSION = ")).map(str::to_owned);
        assert_ne!(version(&one), version(&other));
    }
}

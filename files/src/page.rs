//! What the page calls. It keeps experiments as links, so links go in and come out.

use half_open_view::link;
use wasm_bindgen::prelude::wasm_bindgen;

/// The link that a file stands for.
///
/// # Errors
/// A sentence about what is wrong in it.
#[wasm_bindgen]
pub fn open(text: &str) -> Result<String, String> {
    crate::read(text).map(|state| link::encode(&state))
}

/// The file that a link stands for.
///
/// # Errors
/// A sentence about what is wrong with it.
#[wasm_bindgen]
pub fn save(link: &str) -> Result<String, String> {
    link::decode(link).map(|state| crate::write(&state)).map_err(|error| error.to_string())
}

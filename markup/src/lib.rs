//! `html!`: the markup of yew's macro of the same name, expanded into calls.
//!
//! Yew's macro builds every element in place, which is four hundred bytes each, and with three
//! hundred elements a tenth of the page. This one calls functions that `src/markup.rs` has once.
//! What the page does not use is not known here: components, properties, dynamic tags.

mod parse;
mod write;

use proc_macro::TokenStream;
use syn::parse_macro_input;

/// One element, or several between `<>` and `</>`, as a node of yew's.
#[proc_macro]
pub fn html(input: TokenStream) -> TokenStream {
    let parse::Root(node) = parse_macro_input!(input as parse::Root);
    write::node(&node).into()
}

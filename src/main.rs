//! Half-Open, the page.

use yew::prelude::{Html, component, html};

/// The whole page.
#[component]
fn App() -> Html {
    html! { <main><h1>{ "Half-Open" }</h1></main> }
}

fn main() {
    yew::Renderer::<App>::new().render();
}

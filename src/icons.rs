//! Small pictures: strokes in the colour of the text around them.

use yew::prelude::*;

use crate::markup::html;

fn icon(paths: Html) -> Html {
    html! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">{ paths }</svg>
    }
}

fn stroke(d: &'static str) -> Html {
    icon(html! { <path d={d} /> })
}

/// Half a disc: the mark of Half-Open.
pub(crate) fn mark() -> Html {
    html! {
        <svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <circle cx="12" cy="12" r="10.5" />
            <path d="M12 1.5a10.5 10.5 0 0 1 0 21z" />
        </svg>
    }
}

/// A triangle.
pub(crate) fn play() -> Html {
    icon(html! { <path class="solid" d="M5 2.5v11l9-5.5z" /> })
}

/// Two bars.
pub(crate) fn pause() -> Html {
    icon(html! { <path class="solid" d="M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z" /> })
}

/// To the left.
pub(crate) fn back() -> Html {
    stroke("M10 3 5 8l5 5")
}

/// To the right.
pub(crate) fn forth() -> Html {
    stroke("m6 3 5 5-5 5")
}

/// Up.
pub(crate) fn up() -> Html {
    stroke("m3 10 5-5 5 5")
}

/// Down.
pub(crate) fn down() -> Html {
    stroke("m3 6 5 5 5-5")
}

/// An arrow that turns back.
pub(crate) fn undo() -> Html {
    stroke("M3 6h6.5a3.5 3.5 0 0 1 0 7H6M6 3 3 6l3 3")
}

/// An arrow that turns forward.
pub(crate) fn redo() -> Html {
    stroke("M13 6H6.5a3.5 3.5 0 0 0 0 7H10M10 3l3 3-3 3")
}

/// A screen on a stand.
pub(crate) fn screen() -> Html {
    stroke("M2.5 2.5h11v7.5h-11zM8 10v3.5M5 13.5h6")
}

/// A die.
pub(crate) fn die() -> Html {
    icon(html! {
        <>
            <rect x="2.5" y="2.5" width="11" height="11" rx="2.5" />
            <circle class="solid" cx="5.8" cy="5.8" r="1" />
            <circle class="solid" cx="10.2" cy="10.2" r="1" />
            <circle class="solid" cx="8" cy="8" r="1" />
        </>
    })
}

/// A cross.
pub(crate) fn cross() -> Html {
    stroke("m4 4 8 8M12 4l-8 8")
}

/// A cross that closes something.
pub(crate) fn close_button(close: Callback<MouseEvent>) -> Html {
    html! {
        <button type="button" class="pill round" aria-label="Close" onclick={close}>
            { cross() }
        </button>
    }
}

/// An open book.
pub(crate) fn book() -> Html {
    stroke(
        "M8 3.5C6.5 2.3 4 2 1.5 2.3v10.4c2.5-.3 5 0 6.5 1.2 1.5-1.2 4-1.5 6.5-1.2V2.3C12 2 9.5 2.3 8 3.5zv10.2",
    )
}

/// Four squares.
pub(crate) fn grid() -> Html {
    stroke("M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h4v4h-4z")
}

/// Three dots.
pub(crate) fn more() -> Html {
    icon(html! {
        <>
            <circle class="solid" cx="3" cy="8" r="1.4" />
            <circle class="solid" cx="8" cy="8" r="1.4" />
            <circle class="solid" cx="13" cy="8" r="1.4" />
        </>
    })
}

/// Three sliders.
pub(crate) fn panel() -> Html {
    stroke("M2.5 4.5h11M2.5 8h11M2.5 11.5h11M6 3v3M10.5 6.5v3M5 10v3")
}

/// A pen.
pub(crate) fn pen() -> Html {
    stroke("M3 13l.8-3.2L10.6 3 13 5.4l-6.8 6.8zM9 4.6 11.4 7")
}

/// Two frames side by side.
pub(crate) fn two() -> Html {
    stroke("M2 3.5h5v9H2zM9 3.5h5v9H9z")
}

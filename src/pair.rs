//! Two settings side by side: the button that shows them, and what stands above each stage.

use half_open_view::numbers::Numbers;
use yew::prelude::*;

use crate::browser;
use crate::icons;
use crate::markup::html;
use crate::store::{Action, Side, Store};

/// The button that opens and closes the pair.
const BUTTON: &str = "side-by-side";

/// Shows two settings side by side, or one again.
pub(crate) fn button(store: &Store) -> Html {
    let open = store.state.forks.pair().is_some();
    html! {
        <button type="button" id={BUTTON} class="pill two" aria-pressed={open.to_string()}
            onclick={store.send(Action::SideBySide(!open))}
            title={if open { "One run again (B or Esc)" } else { "Two settings under the same luck (B)" }}>
            { icons::two() }<span>{ "Side by side" }</span>
        </button>
    }
}

/// Who had the keyboard in what is gone now has it on the button.
pub(crate) fn hold_focus(open: bool) {
    if !open && browser::find("body:focus, :focus").is_none() {
        browser::focus(&format!("#{BUTTON}"));
    }
}

/// What a side is called, a few of its numbers, and whether changes go there.
pub(crate) fn head(store: &Store, side: Side) -> Html {
    let forks = &store.state.forks;
    let (Some(active), Some(branch)) = (forks.pair(), forks.side(side)) else {
        return Html::default();
    };
    let is_active = active == side;
    let (here, there) = (store.scene(Numbers::of), store.ghost_scene(Numbers::of));
    let (mine, other) = if is_active { (Some(here), there) } else { (there, Some(here)) };
    // What a change bought is told on the side that is compared.
    let beside = mine.zip(other).filter(|_| side == Side::B);
    let gaps = beside.map(|(mine, other)| mine.beside(&other)).unwrap_or_default();
    let mine = mine.unwrap_or_default();
    let [success, p99, amplification, _] = gaps;
    let rows = [
        ("success", mine.success_text(), success),
        ("p99", mine.p99_text(), p99),
        ("amplification", mine.amplification_text(), amplification),
    ];
    let hint = if is_active { "changes go here" } else { "let changes go here (X)" };
    html! {
        <div class="head">
            <button type="button" aria-pressed={is_active.to_string()}
                onclick={store.send(Action::Activate(side))}
                title={format!("{}: {hint}", branch.name)}>
                <b>{ side.name() }</b>
                <span>{ branch.name.to_string() }</span>
                <i>{ if is_active { "changes go here" } else { "stays as it is" } }</i>
            </button>
            <dl>
                { for rows.into_iter().map(|(name, value, gap)| html! {
                    <div>
                        <dt>{ name }</dt>
                        <dd>{ value }</dd>
                        <dd class="gap" title="Beside A">{ gap }</dd>
                    </div>
                }) }
            </dl>
        </div>
    }
}

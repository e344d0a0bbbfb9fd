//! The numbers of the part of the time axis that somebody has marked.

use std::cell::RefCell;
use std::rc::Rc;

use half_open::run::Run;
use half_open_view::stretch::Stretch;
use half_open_view::tracks::Viewport;
use yew::prelude::*;

use crate::markup::html;
use crate::store::{Action, Range, Store};

/// What was counted last: it is counted anew only for another run or another part of it.
#[derive(Default)]
pub(crate) struct Marked(RefCell<Option<(Rc<Run>, Range, Stretch)>>);

impl Marked {
    fn counted(&self, run: &Rc<Run>, range: Range) -> Stretch {
        let mut known = self.0.borrow_mut();
        if let Some((of, part, stretch)) = &*known
            && Rc::ptr_eq(of, run)
            && *part == range
        {
            return *stretch;
        }
        let stretch = Stretch::of(run, range);
        *known = Some((run.clone(), range, stretch));
        stretch
    }

    /// A card over the tracks, if something is marked.
    pub(super) fn view(&self, store: &Store) -> Html {
        let state = &store.state;
        let Some(range) = state.brush else { return html! { <></> } };
        let stretch = self.counted(&state.run, range);
        let send = |action| store.send(action);
        let number = |(name, value): (&'static str, String)| {
            html! { <div><dt>{ name }</dt><dd>{ value }</dd></div> }
        };
        let part = Viewport { from: range.from, to: range.to };
        let dispatch = store.dispatch.clone();
        let read = move |_: MouseEvent| {
            dispatch.emit(Action::Table(true));
            dispatch.emit(Action::TableFilter(stretch.query()));
            dispatch.emit(Action::Seek(range.from));
        };
        html! {
            <section class="marked" aria-label="Numbers of the marked part">
                <h2>{ stretch.title() }</h2>
                <dl>{ for stretch.numbers().map(number) }</dl>
                <div class="deeds">
                    <button type="button" onclick={send(Action::Look(part))}>{ "zoom to it" }</button>
                    <button type="button" onclick={Callback::from(read)}>{ "its log" }</button>
                    <button type="button" title="Esc" onclick={send(Action::Brush(None))}>{ "clear" }</button>
                </div>
                <p class="unseen" role="status">{ stretch.sentence() }</p>
            </section>
        }
    }
}

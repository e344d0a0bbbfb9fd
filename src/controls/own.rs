//! Parts that remember something of their own: what is being typed, whether they are open.
//!
//! Everything else on the page is a plain function, because each type of component adds about
//! five kilobytes to the download; this one serves them all.

use std::any::Any;
use std::rc::Rc;

use yew::prelude::*;

/// What a part remembers, whatever that is.
type Memory = Rc<dyn Any>;
type View = Callback<(Option<Memory>, Callback<Memory>), Html>;

/// A part that `view` draws from what it remembers, with a way to remember something else.
pub(crate) fn own<T: Default + 'static>(view: impl Fn(&T, Callback<T>) -> Html + 'static) -> Html {
    let view = Callback::from(move |(memory, set): (Option<Memory>, Callback<Memory>)| {
        let set = set.reform(|memory: T| Rc::new(memory) as Memory);
        match memory.as_deref().and_then(<dyn Any>::downcast_ref) {
            Some(memory) => view(memory, set),
            None => view(&T::default(), set),
        }
    });
    html! { <Own {view} /> }
}

#[derive(Clone, PartialEq, Properties)]
struct OwnProps {
    view: View,
}

struct Own(Option<Memory>);

impl Component for Own {
    type Message = Memory;
    type Properties = OwnProps;

    fn create(_: &Context<Self>) -> Self {
        Self(None)
    }

    fn update(&mut self, _: &Context<Self>, memory: Memory) -> bool {
        self.0 = Some(memory);
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        context.props().view.emit((self.0.clone(), context.link().callback(|memory| memory)))
    }
}

//! What makes this run the one it is: to be compared with what others see, and with what the
//! command line prints.

use half_open::run::Run;
use yew::prelude::*;

use crate::controls::disclosure;
use crate::markup::html;
use crate::store::Store;

/// Seed, events and log hash, out of the way until somebody asks.
pub(super) fn view(store: &Store) -> Html {
    let run = store.state.run.clone();
    disclosure("This run", move || identity(&run))
}

fn identity(run: &Run) -> Html {
    html! {
        <>
            { super::readings(&[
                ("seed", "Decides every random draw", run.experiment().seed.to_string()),
                ("events", "Everything that happens in this run", run.log().len().to_string()),
                ("log hash", "A fingerprint of every event", format!("{:016x}", run.hash())),
            ]) }
            <p class="soft spaced">
                { "Whoever runs this experiment gets this hash: in any browser, or saved as a file \
                   and given to half-open run. " }
                <a href="about/leaves-out.html" target="_blank">{ "What this model leaves out" }</a>
            </p>
        </>
    }
}

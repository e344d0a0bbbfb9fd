//! What makes this run the one it is: to be compared with what others see, and with what the
//! command line prints.

use std::rc::Rc;

use half_open::run::Run;
use yew::prelude::*;

use crate::controls::Disclosure;
use crate::store::Store;

/// Out of the way until somebody asks.
pub(super) fn view(store: &Store) -> Html {
    let run = store.state.run.clone();
    let inside = Callback::from(move |()| html! { <Identity run={run.clone()} /> });
    html! { <Disclosure title="This run" {inside} /> }
}

#[derive(Clone, Properties)]
struct IdentityProps {
    run: Rc<Run>,
}

impl PartialEq for IdentityProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.run, &other.run)
    }
}

/// Seed, events and log hash. The hash is computed when a run is first shown here, not with every
/// frame: Yew renders a component again only if it got another run.
#[component]
fn Identity(IdentityProps { run }: &IdentityProps) -> Html {
    let log = run.log();
    html! {
        <>
            { super::readings(&[
                ("seed", "Decides every random draw", run.experiment().seed.to_string()),
                ("events", "Everything that happens in this run", log.len().to_string()),
                ("log hash", "A fingerprint of every event", format!("{:016x}", log.hash())),
            ]) }
            <p class="soft">
                { "Whoever runs this experiment gets this hash: in any browser, or saved as a file \
                   and given to half-open run." }
            </p>
        </>
    }
}

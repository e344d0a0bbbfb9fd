//! What stays in the foreground while somebody looks at one request or one client.

use crate::link::Selection;
use half_open::log::{Kind, RequestId};
use half_open::run::Run;

/// How visible the rest is.
pub(crate) const DIM: f32 = 0.25;

/// What stays in the foreground; everything, if it is nothing in particular.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Focus {
    /// The request that is looked at, itself or by one of its events.
    pub request: Option<RequestId>,
    /// Whose requests are looked at.
    pub client: Option<u32>,
}

impl Focus {
    /// What a selection leaves in the foreground.
    #[must_use]
    pub fn of(run: &Run, selection: Selection) -> Self {
        let log = run.log();
        let request = match selection {
            Selection::Request(request) => Some(request),
            Selection::Event(id) if id < log.len() => {
                let event = log.event(id);
                let arrived = Some(event.subject).filter(|_| event.kind == Kind::Arrived);
                event.span().map(|span| log.request_of(span)).or(arrived)
            }
            _ => None,
        };
        let request = request.filter(|request| *request < log.length().requests);
        let client = match selection {
            Selection::Client(client) => Some(client),
            _ => request.map(|request| log.request(request).client),
        };
        Self { request, client }
    }

    /// Whether a request is in the foreground.
    #[must_use]
    pub fn holds(self, run: &Run, request: RequestId) -> bool {
        match (self.request, self.client) {
            (Some(followed), _) => followed == request,
            (_, Some(client)) => run.log().request(request).client == client,
            (None, None) => true,
        }
    }
}

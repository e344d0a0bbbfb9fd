//! What somebody looks closer at.

use serde::{Deserialize, Serialize};

use crate::log::{EventId, RequestId};
use crate::scenario::{EdgeId, NodeId};

/// What somebody looks closer at. It goes into links: new variants come last.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// Nothing.
    #[default]
    Nothing,
    /// A line between two nodes, with the policies that guard it.
    Edge(EdgeId),
    /// A population of clients or a service.
    Node(NodeId),
    /// One client of the first population.
    Client(u32),
    /// One request.
    Request(RequestId),
    /// One event.
    Event(EventId),
    /// One of the experiment's interventions.
    Intervention(u32),
}

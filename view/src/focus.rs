//! What stays in the foreground while somebody looks at one request or one client.

use crate::link::Selection;
use half_open::log::{Kind, RequestId};
use half_open::run::Run;
use half_open::scenario::{NodeId, Scenario};

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

/// The same request in another run: it began at the same moment, and draws the same numbers.
#[must_use]
pub fn twin(run: &Run, request: RequestId, other: &Run) -> Option<RequestId> {
    let (log, rows) = (other.log(), &other.index().requests);
    let wanted = run.log().request(request);
    let at = run.log().at(run.index().requests.get(request as usize)?.first);
    let first = rows.partition_point(|row| log.at(row.first) < at);
    let same = (first..rows.len()).take_while(|place| log.at(rows[*place].first) == at);
    same.map(|place| place as RequestId).find(|twin| log.request(*twin) == wanted)
}

/// What a selection is in another run: the same part of the system, or the same request. Nothing, if
/// that run does not have it.
#[must_use]
pub fn counterpart(run: &Run, other: &Run, selection: Selection) -> Selection {
    match selection {
        Selection::Request(_) | Selection::Event(_) => {
            let request = Focus::of(run, selection).request;
            let twin = request.and_then(|request| twin(run, request, other));
            twin.map_or(Selection::Nothing, Selection::Request)
        }
        Selection::Intervention(index) => {
            let done = run.experiment().interventions.get(index as usize);
            let all = &other.experiment().interventions;
            let same = done.and_then(|done| all.iter().position(|other| other == done));
            same.map_or(Selection::Nothing, |index| Selection::Intervention(index as u32))
        }
        _ => same_part(&run.experiment().scenario, &other.experiment().scenario, selection),
    }
}

/// The same part of another system: where the two have the same shape it has the same place, and
/// otherwise the same name.
#[must_use]
pub fn same_part(old: &Scenario, new: &Scenario, part: Selection) -> Selection {
    let found = match part {
        _ if same_shape(old, new) => Some(part),
        Selection::Node(node) => same_node(old, new, node).map(Selection::Node),
        Selection::Edge(edge) => old.edge(edge).and_then(|edge| {
            let ends = (same_node(old, new, edge.from)?, same_node(old, new, edge.to)?);
            let all = (0u8..).zip(&new.edges);
            let mut same = all.filter(|(_, edge)| (edge.from, edge.to) == ends);
            same.next().map(|(id, _)| Selection::Edge(id))
        }),
        _ => None,
    };
    found.unwrap_or_default()
}

/// Whether two systems have the same calls between as many nodes.
#[must_use]
pub fn same_shape(old: &Scenario, new: &Scenario) -> bool {
    let calls = |scenario: &Scenario| -> Vec<_> {
        scenario.edges.iter().map(|edge| (edge.from, edge.to)).collect()
    };
    let populations = old.populations().eq(new.populations());
    populations && old.nodes.len() == new.nodes.len() && calls(old) == calls(new)
}

fn same_node(old: &Scenario, new: &Scenario, node: NodeId) -> Option<NodeId> {
    let name = &old.nodes.get(usize::from(node))?.name;
    new.nodes.iter().position(|other| other.name == *name).map(|place| place as NodeId)
}

#[cfg(test)]
mod tests {
    use super::*;
    use half_open::scenario::{Edit, library};

    #[test]
    fn a_part_is_found_by_its_place_or_by_its_name() {
        let before = library::payments();
        let edited = |edit| before.edited(&edit).expect("it can be drawn").0.scenario;
        let same = |new: &Scenario, part| same_part(&before.scenario, new, part);
        let renamed = edited(Edit::Rename(2, "vault".into()));
        assert_eq!(same(&renamed, Selection::Node(2)), Selection::Node(2));
        let fewer = edited(Edit::RemoveNode(2));
        assert_eq!(same(&fewer, Selection::Node(3)), Selection::Node(2));
        assert_eq!(same(&fewer, Selection::Edge(2)), Selection::Edge(1));
        for gone in [Selection::Node(2), Selection::Edge(1), Selection::Client(7)] {
            assert_eq!(same(&fewer, gone), Selection::Nothing);
        }
        assert_eq!(same(&fewer, Selection::Node(99)), Selection::Nothing);
    }
}

//! In which columns a system is drawn, from where requests come from to where they end. It changes
//! nothing that happens.

use serde::{Deserialize, Serialize};

use super::untangle::untangled;
use super::{NodeId, Scenario};

/// Where somebody has put a node. Cells may be equal, and there may be empty ones between them: what
/// counts is who is before whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// How many columns are before it, at most 63.
    pub column: u8,
    /// How many nodes are above it there, at most 63.
    pub row: u8,
}

/// The nodes of each column, from top to bottom. No column is empty.
pub type Columns = Vec<Vec<NodeId>>;

/// Where in its columns a node is to go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    /// To the side of this node: above it, or below it.
    Beside(NodeId, Side),
    /// Into a column of its own, next to that of this node: before it, or behind it.
    Apart(NodeId, Side),
}

/// One of two sides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// Above, or before.
    Before,
    /// Below, or behind.
    Behind,
}

/// One step of a node among the columns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Within its column.
    Along(Side),
    /// To another column; there is one of its own between any two.
    Across(Side),
}

impl Scenario {
    /// The columns in which it is drawn: what nobody has put anywhere is by its longest distance
    /// from where requests come from, below those that somebody has put there. Where nobody has put
    /// anything anywhere, few calls cross.
    #[must_use]
    pub fn columns(&self) -> Columns {
        let placed = |node: usize| self.nodes[node].place;
        // A service that nobody calls is not where clients are.
        let ids = (0u8..).take(self.nodes.len());
        let first = ids.map(|node| usize::from(self.service(node).is_some()));
        let mut depth: Vec<usize> = first.collect();
        for (node, depth) in depth.iter_mut().enumerate() {
            *depth = placed(node).map_or(*depth, |cell| cell.column.into());
        }
        // A longest path has no more steps than there are nodes.
        for _ in &self.nodes {
            for edge in &self.edges {
                let (from, to) = (usize::from(edge.from), usize::from(edge.to));
                if placed(to).is_none() {
                    depth[to] = depth[to].max(depth[from] + 1).min(4 * super::validate::MAX_NODES);
                }
            }
        }
        let mut all: Vec<NodeId> = (0u8..).take(self.nodes.len()).collect();
        let row = |node: usize| placed(node).map_or(usize::MAX, |cell| cell.row.into());
        all.sort_by_key(|node| (depth[usize::from(*node)], row(usize::from(*node))));
        let together = |a: &NodeId, b: &NodeId| depth[usize::from(*a)] == depth[usize::from(*b)];
        let columns = all.chunk_by(together).map(<[NodeId]>::to_vec).collect();
        if self.is_arranged() { columns } else { untangled(columns, &self.edges) }
    }

    /// Puts every node where these columns have it; what is in none of them finds its place by itself.
    pub fn arrange(&mut self, columns: &[Vec<NodeId>]) {
        for node in &mut self.nodes {
            node.place = None;
        }
        for (column, nodes) in (0u8..).zip(columns) {
            for (row, node) in (0u8..).zip(nodes) {
                if let Some(node) = self.nodes.get_mut(usize::from(*node)) {
                    node.place = Some(Cell { column, row });
                }
            }
        }
    }

    /// Puts every node where the other scenario has it, if the two have the same nodes.
    pub fn arrange_like(&mut self, other: &Self) {
        let names = |scenario: &Self| -> Vec<String> {
            scenario.nodes.iter().map(|node| node.name.clone()).collect()
        };
        if names(self) == names(other) {
            for (node, other) in self.nodes.iter_mut().zip(&other.nodes) {
                node.place = other.place;
            }
        }
    }

    /// Whether somebody has put a node anywhere.
    #[must_use]
    pub fn is_arranged(&self) -> bool {
        self.nodes.iter().any(|node| node.place.is_some())
    }

    /// Whether the same happens in both: whether nothing differs but where nodes are drawn.
    #[must_use]
    pub fn happens_like(&self, other: &Self) -> bool {
        let Self { name, title, sentence, horizon, nodes, edges } = self;
        let told = (name, title, sentence, horizon, edges);
        told == (&other.name, &other.title, &other.sentence, &other.horizon, &other.edges)
            && nodes.len() == other.nodes.len()
            && nodes.iter().zip(&other.nodes).all(|(a, b)| (&a.name, &a.role) == (&b.name, &b.role))
    }
}

/// The columns after a node has gone somewhere. The others make room for it, and close up where it was.
#[must_use]
pub fn moved(mut columns: Columns, node: NodeId, goal: Goal) -> Columns {
    let (Goal::Beside(other, side) | Goal::Apart(other, side)) = goal;
    if other == node || find(&columns, other).is_none() {
        return columns;
    }
    for column in &mut columns {
        column.retain(|id| *id != node);
    }
    columns.retain(|column| !column.is_empty());
    if let Some((column, row)) = find(&columns, other) {
        let behind = usize::from(side == Side::Behind);
        match goal {
            Goal::Beside(..) => columns[column].insert(row + behind, node),
            Goal::Apart(..) => columns.insert(column + behind, vec![node]),
        }
    }
    columns
}

/// The columns after one step of a node; as they were, where there is nowhere to go.
#[must_use]
pub fn stepped(columns: Columns, node: NodeId, step: Step) -> Columns {
    let Some((column, row)) = find(&columns, node) else { return columns };
    let towards = |at: usize, side| match side {
        Side::Before => at.checked_sub(1),
        Side::Behind => Some(at + 1),
    };
    let goal = match step {
        Step::Along(side) => {
            let next = towards(row, side).and_then(|next| columns[column].get(next));
            next.map(|other| Goal::Beside(*other, side))
        }
        Step::Across(side) if columns[column].len() > 1 => {
            let other = columns[column].iter().find(|other| **other != node);
            other.map(|other| Goal::Apart(*other, side))
        }
        Step::Across(side) => {
            let next = towards(column, side).and_then(|next| columns.get(next));
            next.map(|nodes| match nodes.get(nodes.len() / 2) {
                // Alone it is in the middle, and so it is among others.
                Some(middle) if nodes.len() > 1 => Goal::Beside(*middle, Side::Before),
                _ => Goal::Beside(nodes[0], Side::Behind),
            })
        }
    };
    match goal {
        Some(goal) => moved(columns, node, goal),
        None => columns,
    }
}

fn find(columns: &Columns, node: NodeId) -> Option<(usize, usize)> {
    let row = |nodes: &Vec<NodeId>| nodes.iter().position(|id| *id == node);
    columns.iter().enumerate().find_map(|(column, nodes)| Some((column, row(nodes)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Edit, library};

    #[test]
    fn a_node_goes_beside_another_or_into_a_column_of_its_own() {
        let columns = || vec![vec![0], vec![1], vec![2, 3]];
        let go = |node, goal| moved(columns(), node, goal);
        assert_eq!(go(1, Goal::Beside(3, Side::Before)), [vec![0], vec![2, 1, 3]]);
        assert_eq!(go(1, Goal::Beside(0, Side::Behind)), [vec![0, 1], vec![2, 3]]);
        assert_eq!(go(2, Goal::Apart(3, Side::Before)), [[0], [1], [2], [3]]);
        assert_eq!(go(0, Goal::Apart(2, Side::Behind)), [vec![1], vec![2, 3], vec![0]]);
        assert_eq!(go(1, Goal::Beside(1, Side::Behind)), columns(), "beside itself");
        assert_eq!(go(1, Goal::Apart(9, Side::Behind)), columns(), "beside nobody");
    }

    #[test]
    fn steps_lead_everywhere_and_back() {
        let start = vec![vec![0], vec![1], vec![2, 3]];
        let mut columns = start.clone();
        let mut step = |step| {
            columns = stepped(std::mem::take(&mut columns), 3, step);
            columns.clone()
        };
        let (on, back) = (Step::Across(Side::Behind), Step::Across(Side::Before));
        assert_eq!(step(Step::Along(Side::Before)), [vec![0], vec![1], vec![3, 2]]);
        assert_eq!(step(Step::Along(Side::Before)).len(), 3, "it is at the top");
        assert_eq!(step(back), [[0], [1], [3], [2]]);
        assert_eq!(step(back), [vec![0], vec![1, 3], vec![2]]);
        assert_eq!(step(back), [[0], [3], [1], [2]]);
        assert_eq!(step(on), [vec![0], vec![1, 3], vec![2]]);
        assert_eq!(step(on), [[0], [1], [3], [2]]);
        assert_eq!(step(on), [vec![0], vec![1], vec![2, 3]]);
        assert_eq!(step(on), [[0], [1], [2], [3]]);
        assert_eq!(step(on), [[0], [1], [2], [3]], "it is at the end");
    }

    #[test]
    fn what_is_put_somewhere_stays_there_and_what_is_new_goes_behind_its_caller() {
        let mut experiment = library::payments();
        let scenario = &mut experiment.scenario;
        let by_itself = scenario.columns();
        assert_eq!(by_itself, [vec![0], vec![1], vec![2, 3]]);
        scenario.arrange(&[vec![0], vec![3, 1], vec![2]]);
        assert!(scenario.is_arranged());
        assert_eq!(scenario.columns(), [vec![0], vec![3, 1], vec![2]]);
        let (grown, _) = experiment.edited(&Edit::AddService(1)).expect("there is room");
        assert_eq!(grown.scenario.columns(), [vec![0], vec![3, 1], vec![2, 4]]);
        let (fewer, _) = grown.edited(&Edit::RemoveNode(3)).expect("it may go");
        assert_eq!(fewer.scenario.columns(), [vec![0], vec![1], vec![2, 3]]);
        let mut again = experiment.scenario.clone();
        again.arrange(&[]);
        assert_eq!((again.is_arranged(), again.columns()), (false, by_itself));
    }
}

//! In which order the nodes of a column are drawn, so that few calls cross one another: the sweeps of a
//! layered drawing (Sugiyama, Tagawa and Toda, 1981), from the order in which things were drawn.

use super::{Columns, Edge};

/// How often the columns are swept, from the first one to the last or back.
const SWEEPS: usize = 12;
/// Which neighbours of a point are looked at: those before it, or those behind it.
const BEFORE: usize = 0;
const BEHIND: usize = 1;

/// The same columns, each in an order in which fewer calls cross. What need not move does not: where
/// it makes no difference, who was drawn first is above.
pub(super) fn untangled(columns: Columns, edges: &[Edge]) -> Columns {
    let mut layers = Layers::new(&columns, edges);
    let (mut best, mut least) = (columns, layers.crossings());
    for sweep in 0..SWEEPS {
        if least == 0 {
            break;
        }
        layers.swap_neighbours();
        let found = layers.columns();
        let crossings = crossings(&found, edges);
        if crossings < least {
            (best, least) = (found, crossings);
        }
        layers.sweep(sweep % 2);
    }
    while let Some(earlier) = one_back(&best, edges, least) {
        best = earlier;
    }
    best
}

/// Two neighbours in the order in which they were drawn, if that costs nothing.
fn one_back(columns: &Columns, edges: &[Edge], most: usize) -> Option<Columns> {
    let places = columns.iter().enumerate();
    let pairs = places.flat_map(|(at, column)| (1..column.len()).map(move |row| (at, row)));
    let late = pairs.filter(|(at, row)| columns[*at][row - 1] > columns[*at][*row]);
    let swapped = late.map(|(at, row)| {
        let mut columns = columns.clone();
        columns[at].swap(row - 1, row);
        columns
    });
    swapped.into_iter().find(|columns| crossings(columns, edges) <= most)
}

/// How often calls cross where the nodes of these columns lie evenly, one below another, and a call
/// passes a column where the straight line does.
fn crossings(columns: &Columns, edges: &[Edge]) -> usize {
    Layers::new(columns, edges).crossings()
}

/// Puts a point behind those that are as high. The sort of the standard library would be 15 KB of the page.
fn insert(sorted: &mut Vec<(f32, usize)>, point: (f32, usize)) {
    let place = sorted.partition_point(|(height, _)| *height <= point.0);
    sorted.insert(place, point);
}

/// Columns with a point for each node, and for each call in every column that it passes.
struct Layers {
    /// The points of each layer, from top to bottom. Those below `nodes` are nodes.
    order: Vec<Vec<usize>>,
    nodes: usize,
    /// How far from the top of its layer each point is.
    place: Vec<usize>,
    /// The neighbours of each point: in the layer before, and in the one behind.
    near: [Vec<Vec<usize>>; 2],
}

impl Layers {
    fn new(columns: &Columns, edges: &[Edge]) -> Self {
        let nodes = columns.iter().map(Vec::len).sum();
        let mut layers = Self {
            order: Vec::new(),
            nodes,
            place: vec![0; nodes],
            near: [vec![Vec::new(); nodes], vec![Vec::new(); nodes]],
        };
        // Heights are from 0, the top, to 1.
        let mut at = vec![(0, 0.0); nodes];
        let mut heights: Vec<Vec<(f32, usize)>> = Vec::new();
        for (layer, column) in columns.iter().enumerate() {
            let height = |row: usize| (row as f32 + 0.5) / column.len() as f32;
            let rows = column.iter().enumerate();
            let placed = rows.map(|(row, node)| (height(row), usize::from(*node)));
            heights.push(placed.inspect(|(height, node)| at[*node] = (layer, *height)).collect());
        }
        for edge in edges {
            let (from, to) = (usize::from(edge.from), usize::from(edge.to));
            let ((first, start), (last, end)) = (at[from], at[to]);
            let mut before = from;
            let steps = last.saturating_sub(first);
            for step in 1..steps {
                let share = step as f32 / steps as f32;
                let point = layers.place.len();
                layers.place.push(0);
                layers.near.iter_mut().for_each(|near| near.push(Vec::new()));
                insert(&mut heights[first + step], (start + (end - start) * share, point));
                layers.join(before, point);
                before = point;
            }
            if steps > 0 {
                layers.join(before, to);
            }
        }
        for layer in heights {
            layers.order.push(layer.into_iter().map(|(_, point)| point).collect());
        }
        for layer in 0..layers.order.len() {
            layers.number(layer);
        }
        layers
    }

    fn join(&mut self, before: usize, behind: usize) {
        self.near[BEHIND][before].push(behind);
        self.near[BEFORE][behind].push(before);
    }

    fn number(&mut self, layer: usize) {
        for (place, point) in self.order[layer].iter().enumerate() {
            self.place[*point] = place;
        }
    }

    /// The nodes alone.
    fn columns(&self) -> Columns {
        let node = |point: &usize| u8::try_from(*point).ok().filter(|_| *point < self.nodes);
        self.order.iter().map(|layer| layer.iter().filter_map(node).collect()).collect()
    }

    fn crossings(&self) -> usize {
        let pairs = self.order.iter().flat_map(|layer| {
            let above = layer.iter().enumerate();
            above.flat_map(|(place, a)| layer[place + 1..].iter().map(move |b| (*a, *b)))
        });
        pairs.map(|(above, below)| self.crossed(above, below, BEHIND)).sum()
    }

    /// How often the calls of two points of a layer cross on one side.
    fn crossed(&self, above: usize, below: usize, side: usize) -> usize {
        let near = &self.near[side];
        let over =
            |a: &usize| near[below].iter().filter(|b| self.place[*a] > self.place[**b]).count();
        near[above].iter().map(over).sum()
    }

    /// Swaps points that lie one below the other as long as that makes fewer crossings: rather callees
    /// than their callers.
    fn swap_neighbours(&mut self) {
        let mut better = true;
        while std::mem::take(&mut better) {
            for layer in (0..self.order.len()).rev() {
                for row in 1..self.order[layer].len() {
                    let (a, b) = (self.order[layer][row - 1], self.order[layer][row]);
                    let crossed = |a, b| self.crossed(a, b, BEFORE) + self.crossed(a, b, BEHIND);
                    if crossed(b, a) < crossed(a, b) {
                        self.order[layer].swap(row - 1, row);
                        self.number(layer);
                        better = true;
                    }
                }
            }
        }
    }

    /// Sorts every layer by the mean place of what its points have on one side; what has nothing
    /// there stays.
    fn sweep(&mut self, side: usize) {
        let count = self.order.len();
        for step in 0..count {
            let layer = if side == BEFORE { step } else { count - 1 - step };
            let tied = |point: &usize| !self.near[side][*point].is_empty();
            let mean = |point: &usize| {
                let near = &self.near[side][*point];
                near.iter().map(|other| self.place[*other]).sum::<usize>() as f32
                    / near.len() as f32
            };
            let mut sorted: Vec<(f32, usize)> = Vec::new();
            for point in self.order[layer].iter().filter(|point| tied(point)) {
                insert(&mut sorted, (mean(point), *point));
            }
            let tied: Vec<bool> = self.order[layer].iter().map(tied).collect();
            let places = self.order[layer].iter_mut().zip(tied).filter(|(_, tied)| *tied);
            for ((place, _), (_, point)) in places.zip(sorted) {
                *place = point;
            }
            self.number(layer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stream, draw};
    use crate::scenario::{Edit, Experiment, NodeId, Scenario, library};
    use proptest::prelude::*;

    /// Services that call one another, behind one population of clients that calls the first one. Their
    /// numbers begin at 1.
    fn drawn(services: usize, calls: &[(NodeId, NodeId)]) -> Scenario {
        let mut experiment = library::template("one-service").expect("it is there");
        for _ in 1..services {
            experiment = experiment.edited(&Edit::AddService(1)).expect("there is room").0;
        }
        let mut scenario = experiment.scenario;
        let template = scenario.edges[1].clone();
        scenario.edges.truncate(1);
        scenario.edges.extend(calls.iter().map(|(from, to)| Edge {
            from: *from,
            to: *to,
            ..template.clone()
        }));
        scenario
    }

    /// The columns in the order in which things were drawn.
    fn as_drawn(scenario: &Scenario) -> Columns {
        let mut columns = scenario.columns();
        columns.iter_mut().for_each(|column| column.sort_unstable());
        columns
    }

    fn count(scenario: &Scenario) -> [usize; 2] {
        [as_drawn(scenario), scenario.columns()].map(|columns| crossings(&columns, &scenario.edges))
    }

    #[test]
    fn what_need_not_cross_does_not() {
        let swapped = drawn(5, &[(1, 2), (1, 3), (2, 5), (3, 4)]);
        assert_eq!(count(&swapped), [1, 0]);
        assert_eq!(swapped.columns(), [vec![0], vec![1], vec![2, 3], vec![5, 4]]);
        let (a, b) = ([(1, 2), (2, 5), (5, 6)], [(1, 3), (3, 4), (4, 7)]);
        let chains = drawn(7, &[a, b].concat());
        assert_eq!(count(&chains)[1], 0, "two chains");
        let both = drawn(5, &[(1, 2), (1, 3), (2, 4), (2, 5), (3, 4), (3, 5)]);
        assert_eq!(count(&both), [1, 1], "two that both call the same two cross once");
        assert_eq!(both.columns(), as_drawn(&both), "and stay where they were drawn");
        let tree = [(1, 2), (1, 3), (1, 4), (4, 5), (2, 6), (3, 7), (2, 8), (4, 9), (3, 10)];
        assert_eq!(count(&drawn(10, &tree))[1], 0, "a tree");
        let long = drawn(6, &[(1, 2), (1, 3), (2, 4), (4, 5), (3, 6), (5, 6), (1, 5)]);
        assert_eq!(count(&long)[1], 0, "calls that pass columns");
    }

    #[test]
    fn systems_that_come_with_half_open_stay_as_they_were_drawn() {
        let templates = library::templates().filter_map(|(name, _)| library::template(name));
        for experiment in library::all().into_iter().chain(templates) {
            let scenario = &experiment.scenario;
            assert_eq!(scenario.columns(), as_drawn(scenario), "{}", scenario.name);
        }
    }

    /// Callers are drawn before their callees.
    fn systems() -> impl Strategy<Value = Scenario> {
        let calls = prop::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
            0..64,
        );
        (2usize..40, calls).prop_map(|(services, calls)| {
            let calls = calls.into_iter().map(|(from, to)| {
                let from = from.index(services - 1) + 1;
                (from as NodeId, (from + 1 + to.index(services - from)) as NodeId)
            });
            drawn(services, &calls.collect::<Vec<_>>())
        })
    }

    proptest! {
        #[test]
        fn sweeping_never_makes_more_crossings(scenario in systems()) {
            let [drawn, swept] = count(&scenario);
            prop_assert!(swept <= drawn, "{swept} instead of {drawn}");
            let mut all = scenario.columns();
            all.iter_mut().for_each(|column| column.sort_unstable());
            prop_assert_eq!(all, as_drawn(&scenario), "everybody stays in their column");
            if drawn == 0 {
                prop_assert_eq!(scenario.columns(), as_drawn(&scenario), "nobody moves for nothing");
            }
            prop_assert_eq!(one_back(&scenario.columns(), &scenario.edges, swept), None);
        }
    }

    /// The share of all pairs of one column that lie the other way round after a service is added.
    fn turned(experiment: &Experiment, caller: NodeId) -> (usize, usize) {
        let before = experiment.scenario.columns();
        let Ok((grown, _)) = experiment.edited(&Edit::AddService(caller)) else { return (0, 0) };
        let after = grown.scenario.columns();
        let row =
            |node: &NodeId| after.iter().find_map(|column| column.iter().position(|id| id == node));
        let pairs = before.iter().flat_map(|column| {
            (1..column.len()).flat_map(move |b| (0..b).map(move |a| (column[a], column[b])))
        });
        pairs.fold((0, 0), |(turned, all), (a, b)| {
            (turned + usize::from(row(&a) > row(&b)), all + 1)
        })
    }

    #[test]
    fn what_is_added_does_not_shuffle_what_was_there() {
        let (mut moved, mut all, mut crossed) = (0, 0, 0);
        for seed in 0..8 {
            let mut system = library::template("one-service").expect("it is there");
            for last in 1..40u8 {
                let caller = draw(seed, Stream::Trace, 0, last.into()) % u64::from(last) + 1;
                let (turned, pairs) = turned(&system, caller as NodeId);
                (moved, all) = (moved + turned, all + pairs);
                system = system.edited(&Edit::AddService(caller as NodeId)).expect("it has room").0;
            }
            let [drawn, swept] = count(&system.scenario);
            assert_eq!(swept, 0, "it is a tree, seed {seed}");
            crossed += drawn;
        }
        assert!(crossed > 100 && moved * 50 < all, "{moved} of {all} pairs were turned");
    }
}

//! Drawing a system: nodes and calls come and go, and everything else keeps pointing at what it
//! pointed at.

use super::{
    CallPolicy, Change, Clients, Edge, EdgeId, Experiment, Knob, Need, Network, Node, NodeId, Role,
    Scenario, Service, Target,
};
use crate::policy::{Problem, balance, retry, timeout};
use crate::scenario::validate::MAX_NODES;
use crate::time::SimDuration;

/// One step of drawing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Edit {
    /// A new service, which this node calls.
    AddService(NodeId),
    /// New clients, which call this service.
    AddClients(NodeId),
    /// A node calls a service.
    Connect {
        /// The caller.
        from: NodeId,
        /// The callee.
        to: NodeId,
    },
    /// A node goes, and with it the calls from and to it.
    RemoveNode(NodeId),
    /// A call goes.
    RemoveCall(EdgeId),
    /// A node is called something else.
    Rename(NodeId, String),
}

/// Where the nodes and the calls of a scenario are after an edit, by where they were before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Places {
    nodes: Vec<Option<NodeId>>,
    edges: Vec<Option<EdgeId>>,
}

impl Places {
    /// Everything stays where it is.
    fn unmoved(scenario: &Scenario) -> Self {
        Self {
            nodes: (0..scenario.nodes.len()).map(|id| Some(id as NodeId)).collect(),
            edges: (0..scenario.edges.len()).map(|id| Some(id as EdgeId)).collect(),
        }
    }

    /// Where a node is now; none if it is gone.
    #[must_use]
    pub fn node(&self, before: NodeId) -> Option<NodeId> {
        self.nodes.get(usize::from(before)).copied().flatten()
    }

    /// Where a call is now; none if it is gone.
    #[must_use]
    pub fn edge(&self, before: EdgeId) -> Option<EdgeId> {
        self.edges.get(usize::from(before)).copied().flatten()
    }

    fn knob(&self, knob: Knob) -> Option<Knob> {
        Some(match knob {
            Knob::Edge(edge, part) => Knob::Edge(self.edge(edge)?, part),
            Knob::Service(node, part) => Knob::Service(self.node(node)?, part),
            Knob::Clients(node, part) => Knob::Clients(self.node(node)?, part),
        })
    }

    /// The same change of the same thing; none if that is gone.
    fn change(&self, mut change: Change) -> Option<Change> {
        match &mut change {
            Change::Set { knob, .. } => *knob = self.knob(*knob)?,
            Change::Breaker { edge, .. }
            | Change::SetBreaker { edge, .. }
            | Change::Drop { edge, .. } => {
                *edge = self.edge(*edge)?;
            }
            Change::Fault(fault) | Change::Struck(fault) => {
                fault.target = match fault.target {
                    Target::Node(node) => Target::Node(self.node(node)?),
                    Target::Edge(edge) => Target::Edge(self.edge(edge)?),
                };
            }
            Change::Burst(node) => *node = self.node(*node)?,
            // All services are also those that come later.
            Change::Chaos(chaos) if chaos.services == u64::MAX => {}
            Change::Chaos(chaos) => {
                let reached = (0..64).filter(|node| chaos.reaches(*node));
                let reached = reached.filter_map(|node| self.node(node));
                chaos.services = reached.fold(0, |all, node| all | 1 << node);
            }
            Change::Send(_) => {}
        }
        Some(change)
    }
}

impl Experiment {
    /// The experiment after an edit, and where everything is in it. What is done to something that
    /// is gone is not done any more.
    ///
    /// # Errors
    /// A sentence about why that cannot be drawn.
    pub fn edited(&self, edit: &Edit) -> Result<(Self, Places), Problem> {
        let mut after = self.clone();
        let places = after.scenario.draw(edit)?;
        let mut now = after.scenario.clone();
        after.interventions = Vec::with_capacity(self.interventions.len());
        for intervention in &self.interventions {
            let Some(change) = places.change(intervention.change.clone()) else { continue };
            let moved = super::Intervention { at: intervention.at, change };
            // A service with one call left, for example, has no order of calls to change.
            let mut then = now.clone();
            if moved.validate(&mut then).is_ok() {
                now = then;
                after.interventions.push(moved);
            }
        }
        after.settle_chaos();
        after.validate()?;
        Ok((after, places))
    }
}

impl Scenario {
    fn draw(&mut self, edit: &Edit) -> Result<Places, Problem> {
        let fallbacks = (0..self.edges.len() as EdgeId).map(|edge| self.fallback_of(edge));
        let fallbacks: Vec<Option<EdgeId>> = fallbacks.collect();
        let places = self.change_parts(edit)?;
        self.keep_fallbacks(&fallbacks, &places);
        Ok(places)
    }

    fn change_parts(&mut self, edit: &Edit) -> Result<Places, Problem> {
        let places = Places::unmoved(self);
        match edit {
            Edit::AddService(caller) => {
                let name = self.free_name("service");
                let to = self.add_node(name, Role::Service(Service::default()))?;
                self.connect(*caller, to)?;
            }
            Edit::AddClients(callee) => {
                let name = self.free_name("clients");
                let clients = Clients::poisson(100, 20.0);
                let from = self.add_node(name, Role::Clients(clients))?;
                self.connect(from, *callee)?;
            }
            Edit::Connect { from, to } => self.connect(*from, *to)?,
            Edit::RemoveNode(node) => return self.remove_node(*node),
            Edit::RemoveCall(edge) => return self.remove_calls(|id, _| id == *edge),
            Edit::Rename(node, name) => self.rename(*node, name.trim())?,
        }
        Ok(places)
    }

    /// `service`, or `service2` if that is taken, and so on.
    fn free_name(&self, name: &str) -> String {
        let taken = |name: &String| self.nodes.iter().any(|node| node.name == *name);
        let numbered = (2..).map(|n: u32| format!("{name}{n}"));
        let mut names = std::iter::once(name.to_owned()).chain(numbered);
        names.find(|name| !taken(name)).unwrap_or_default()
    }

    fn add_node(&mut self, name: String, role: Role) -> Result<NodeId, Problem> {
        if self.nodes.len() >= MAX_NODES {
            return Err(Problem::new("a system", format!("may have at most {MAX_NODES} nodes")));
        }
        self.nodes.push(Node { name, role, place: None });
        Ok((self.nodes.len() - 1) as NodeId)
    }

    fn connect(&mut self, from: NodeId, to: NodeId) -> Result<(), Problem> {
        let [caller, callee] = [self.known(from)?, self.known(to)?];
        let refused = |message: String| Err(Problem::new(caller, message));
        if from == to {
            return refused("cannot call itself".into());
        }
        if self.clients(to).is_some() {
            return refused(format!("cannot call {callee}: clients answer nobody"));
        }
        if self.edges.iter().any(|edge| (edge.from, edge.to) == (from, to)) {
            return refused(format!("calls {callee} already"));
        }
        if self.clients(from).is_some()
            && let Some(edge) = self.edges.iter().find(|edge| edge.from == from)
        {
            let only = self.node_name(edge.to);
            return refused(format!("calls {only} already, and clients call one service"));
        }
        if let Some(way) = self.way(to, from) {
            let names = way.iter().map(|node| self.node_name(*node));
            let circle: Vec<&str> = std::iter::once(caller).chain(names).collect();
            let circle = circle.join(" → ");
            return refused(format!("cannot call {callee}: calls would go in a circle, {circle}"));
        }
        if self.edges.len() >= MAX_NODES {
            return Err(Problem::new("a system", format!("may have at most {MAX_NODES} calls")));
        }
        // The usual of the scenarios that come with Half-Open: given up after a second, tried once.
        let policy = CallPolicy {
            timeout: timeout::Settings { per_attempt: Some(SimDuration::from_secs(1)) },
            retry: retry::Settings { max_attempts: 1, ..retry::Settings::default() },
            ..CallPolicy::default()
        };
        self.edges.push(Edge {
            from,
            to,
            network: Network::default(),
            policy,
            need: Need::Required,
        });
        Ok(())
    }

    /// The nodes on a way along calls, both ends included.
    fn way(&self, from: NodeId, to: NodeId) -> Option<Vec<NodeId>> {
        let mut came_from = vec![None; self.nodes.len()];
        let mut reached = vec![from];
        let mut next = 0;
        while let Some(node) = reached.get(next).copied() {
            next += 1;
            if node == to {
                let back = std::iter::successors(Some(to), |node| came_from[usize::from(*node)]);
                let mut way: Vec<NodeId> = back.collect();
                way.reverse();
                return Some(way);
            }
            for edge in self.edges.iter().filter(|edge| edge.from == node) {
                if !reached.contains(&edge.to) {
                    came_from[usize::from(edge.to)] = Some(node);
                    reached.push(edge.to);
                }
            }
        }
        None
    }

    fn remove_node(&mut self, gone: NodeId) -> Result<Places, Problem> {
        let name = self.known(gone)?;
        let others = (0..self.nodes.len() as NodeId).filter(|id| *id != gone);
        if !others.clone().any(|id| self.clients(id).is_some()) {
            return Err(Problem::new(name, "cannot go: nobody else sends requests"));
        }
        let mut places = self.remove_calls(|_, edge| edge.from == gone || edge.to == gone)?;
        self.nodes.remove(usize::from(gone));
        places.nodes = vec![None; self.nodes.len() + 1];
        for (after, before) in (0..).zip(others) {
            places.nodes[usize::from(before)] = Some(after);
        }
        for edge in &mut self.edges {
            for end in [&mut edge.from, &mut edge.to] {
                *end = places.node(*end).unwrap_or_default();
            }
        }
        Ok(places)
    }

    fn remove_calls(&mut self, gone: impl Fn(EdgeId, &Edge) -> bool) -> Result<Places, Problem> {
        let mut places = Places::unmoved(self);
        let mut kept = Vec::with_capacity(self.edges.len());
        for (id, edge) in (0..).zip(&self.edges) {
            let stays = !gone(id, edge);
            places.edges[usize::from(id)] = stays.then_some(kept.len() as EdgeId);
            if stays {
                kept.push(edge.clone());
            }
        }
        if kept.is_empty() {
            return Err(Problem::new("the last call", "cannot go: nothing would happen"));
        }
        if kept.len() == self.edges.len() {
            return Err(Problem::new("the call", "is not part of this scenario"));
        }
        self.edges = kept;
        // What only those with calls can be set to is told by knobs that they have no more.
        for id in 0..self.nodes.len() {
            let calls = self.calls_of(id as NodeId).count();
            if let Role::Service(service) = &mut self.nodes[id].role {
                if calls < 2 {
                    (service.parallel, service.balance) = (false, balance::Settings::default());
                }
                service.propagate |= calls == 0;
            }
        }
        Ok(places)
    }

    fn rename(&mut self, id: NodeId, name: &str) -> Result<(), Problem> {
        let old = self.known(id)?;
        if name.is_empty() {
            return Err(Problem::new(old, "needs a name"));
        }
        if self.nodes.iter().any(|node| node.name == name && node.name != old) {
            return Err(Problem::new(old, format!("cannot be called {name}: another one is")));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.len() > 24 || !name.chars().all(plain) {
            let message = "needs a name of 1 to 24 letters, digits or underscores";
            return Err(Problem::new(old, message));
        }
        self.nodes[usize::from(id)].name = name.into();
        Ok(())
    }

    fn known(&self, node: NodeId) -> Result<&str, Problem> {
        let unknown = || Problem::new("the node", "is not part of this scenario");
        self.nodes.get(usize::from(node)).map(|node| node.name.as_str()).ok_or_else(unknown)
    }
}

//! Limits: what anything loaded from outside has to keep to before it is simulated.

use super::{
    Arrivals, Change, Edge, EdgeId, Experiment, Fault, Intervention, Knob, Need, Node, NodeId,
    Role, Scenario, Service, Target,
};
use crate::decimal;
use crate::policy::Problem;
use crate::policy::breaker::{Overflow, Scope};
use crate::random::Distribution;
use crate::time::{SimDuration, SimTime};

/// The most nodes, and the most edges, of a scenario.
pub const MAX_NODES: usize = 64;
/// The most interventions of an experiment.
pub const MAX_INTERVENTIONS: usize = 1_000;
/// The longest run.
pub const MAX_HORIZON: SimDuration = SimDuration::from_secs(24 * 3600);
/// The largest seed: whole numbers up to here are the same to every reader of JSON.
pub const MAX_SEED: u64 = (1 << 53) - 1;
/// The longest text a request sent by hand may carry in each of its parts.
pub const MAX_TEXT: usize = 4_096;

impl Experiment {
    /// Whether everything is within its limits.
    ///
    /// # Errors
    /// The first thing that is not, as a sentence with the field, the value and the range.
    pub fn validate(&self) -> Result<(), Problem> {
        self.scenario.validate()?;
        if self.seed > MAX_SEED {
            let message = format!("must be between 0 and {MAX_SEED}, not {}", self.seed);
            return Err(Problem::new("seed", message));
        }
        let by_hand = |done: &&Intervention| !matches!(done.change, Change::Struck(_));
        let count = self.interventions.iter().filter(by_hand).count();
        if count > MAX_INTERVENTIONS {
            let message = format!("may hold at most {MAX_INTERVENTIONS}, not {count}");
            return Err(Problem::new("interventions", message));
        }
        let mut latest = SimTime::ZERO;
        let mut scenario = self.scenario.clone();
        for (index, intervention) in self.interventions.iter().enumerate() {
            let at = format!("interventions[{index}]");
            if intervention.at < latest {
                let message = format!("must not be earlier than the one before it, at {latest}");
                return Err(Problem::new(&format!("{at}.at"), message));
            }
            if intervention.at > SimTime::ZERO + self.scenario.horizon {
                let (horizon, late) = (self.scenario.horizon, intervention.at);
                let message = format!("must be within the run of {horizon}, not {late}");
                return Err(Problem::new(&format!("{at}.at"), message));
            }
            latest = intervention.at;
            intervention.validate(&mut scenario).map_err(|problem| problem.within(&at))?;
        }
        Ok(())
    }
}

impl Intervention {
    /// Checks the change, and makes it if it is one of settings.
    pub(super) fn validate(&self, scenario: &mut Scenario) -> Result<(), Problem> {
        match &self.change {
            Change::Set { knob, .. } => {
                self.change.apply(scenario)?;
                scenario.validate_around(*knob)
            }
            Change::SetBreaker { edge, .. } => {
                self.change.apply(scenario)?;
                scenario.validate_line(*edge)
            }
            Change::Breaker { edge, .. } => {
                scenario.edge(*edge).map(|_| ()).ok_or_else(|| unknown("breaker.edge"))
            }
            Change::Fault(fault) | Change::Struck(fault) => fault.validate(scenario),
            Change::Chaos(chaos) => chaos.validate(),
            Change::Drop { edge, .. } => {
                scenario.edge(*edge).map(|_| ()).ok_or_else(|| unknown("drop.edge"))
            }
            Change::Send(hand) => {
                let parts = [
                    ("method", Some(&hand.method)),
                    ("path", Some(&hand.path)),
                    ("key", hand.key.as_ref()),
                    ("body", Some(&hand.body)),
                ];
                for (name, text) in parts {
                    let length = text.map_or(0, String::len);
                    if length > MAX_TEXT {
                        let message = format!("may be {MAX_TEXT} bytes long, not {length}");
                        return Err(Problem::new(&format!("send.{name}"), message));
                    }
                }
                Ok(())
            }
            Change::Burst(node) => {
                scenario.clients(*node).map(|_| ()).ok_or_else(|| unknown("burst"))
            }
        }
    }
}

impl Fault {
    /// Whether the fault can strike where it says, with that size, for that long.
    ///
    /// # Errors
    /// A sentence about what is wrong.
    pub fn validate(&self, scenario: &Scenario) -> Result<(), Problem> {
        let fits = match self.target {
            Target::Node(node) => self.kind.strikes_service() && scenario.service(node).is_some(),
            Target::Edge(edge) => !self.kind.strikes_service() && scenario.edge(edge).is_some(),
        };
        if !fits {
            let message = format!("cannot be “{}”", self.kind.label());
            return Err(Problem::new("fault.target", message));
        }
        if let (Some(size), Some((min, max))) = (self.kind.size(), self.kind.size_range())
            && !(min..=max).contains(&size)
        {
            let [min, max, size] = [min, max, size].map(decimal::show);
            let message = format!("must be between {min} and {max}, not {size}");
            return Err(Problem::new("fault.size", message));
        }
        match self.lasts {
            Some(lasts) if lasts == SimDuration::ZERO || lasts > MAX_HORIZON => {
                Err(Problem::new("fault.lasts", "must be between 1 ns and 24 h"))
            }
            _ => Ok(()),
        }
    }
}

impl Scenario {
    /// Whether everything is within its limits.
    ///
    /// # Errors
    /// The first thing that is not, as a sentence with the field, the value and the range.
    pub fn validate(&self) -> Result<(), Problem> {
        if self.horizon == SimDuration::ZERO || self.horizon > MAX_HORIZON {
            let message = format!("must be more than 0 and at most 24 h, not {}", self.horizon);
            return Err(Problem::new("horizon", message));
        }
        for (name, text) in [("name", &self.name), ("title", &self.title)] {
            if text.is_empty() || text.len() > 100 {
                return Err(Problem::new(name, "must be between 1 and 100 bytes long"));
            }
        }
        if self.sentence.len() > 500 {
            return Err(Problem::new("sentence", "may be 500 bytes long"));
        }
        for (name, count) in [("nodes", self.nodes.len()), ("edges", self.edges.len())] {
            if !(1..=MAX_NODES).contains(&count) {
                let message = format!("must be between 1 and {MAX_NODES}, not {count}");
                return Err(Problem::new(name, message));
            }
        }
        self.validate_nodes()?;
        self.validate_edges()?;
        self.validate_direction()?;
        self.validate_fallbacks()?;
        for knob in Knob::all(self) {
            if let Some(value) = knob.get(self) {
                knob.check(self, value)?;
            }
        }
        Ok(())
    }

    /// Whether what a knob belongs to still makes sense, now that it was turned.
    fn validate_around(&self, knob: Knob) -> Result<(), Problem> {
        match knob {
            Knob::Edge(edge, _) => self.validate_line(edge),
            Knob::Service(node, _) | Knob::Clients(node, _) => {
                let index = usize::from(node);
                self.nodes.get(index).map_or(Ok(()), |node| validate_role(index, node))
            }
        }
    }

    fn validate_line(&self, edge: EdgeId) -> Result<(), Problem> {
        let index = usize::from(edge);
        self.edges.get(index).map_or(Ok(()), |edge| validate_call(index, edge))?;
        self.validate_fallbacks()
    }

    fn validate_nodes(&self) -> Result<(), Problem> {
        for (index, node) in self.nodes.iter().enumerate() {
            let at = format!("nodes[{index}]");
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if !(1..=24).contains(&node.name.len()) || !node.name.chars().all(plain) {
                let message = "must be 1 to 24 letters, digits or underscores";
                return Err(Problem::new(&format!("{at}.name"), message));
            }
            if self.nodes[..index].iter().any(|other| other.name == node.name) {
                return Err(Problem::new(&format!("{at}.name"), "is taken by another node"));
            }
            let place = node.place.unwrap_or_default();
            for (name, number) in [("column", place.column), ("row", place.row)] {
                if usize::from(number) >= MAX_NODES {
                    let message = format!("must be between 0 and {}, not {number}", MAX_NODES - 1);
                    return Err(Problem::new(&format!("{at}.place.{name}"), message));
                }
            }
            validate_role(index, node)?;
            self.validate_balance(index, node)?;
        }
        Ok(())
    }

    /// Whoever chooses makes one call, and has something to choose from.
    fn validate_balance(&self, index: usize, node: &Node) -> Result<(), Problem> {
        let Role::Service(Service { parallel, balance, .. }) = &node.role else { return Ok(()) };
        if balance.is_default() {
            return Ok(());
        }
        let problem = |message| Err(Problem::new(&format!("nodes[{index}].balance"), message));
        if balance.on && *parallel {
            return problem("cannot be on where all calls are made at once");
        }
        if self.calls_of(index as NodeId).nth(1).is_none() {
            return problem("needs two calls to choose from");
        }
        Ok(())
    }

    fn validate_edges(&self) -> Result<(), Problem> {
        for (index, edge) in self.edges.iter().enumerate() {
            let at = format!("edges[{index}]");
            if usize::from(edge.from) >= self.nodes.len() {
                return Err(unknown(&format!("{at}.from")));
            }
            if self.service(edge.to).is_none() {
                return Err(Problem::new(&format!("{at}.to"), "must be a service"));
            }
            let twin = |other: &super::Edge| (other.from, other.to) == (edge.from, edge.to);
            if self.edges[..index].iter().any(twin) {
                return Err(Problem::new(&at, "joins two nodes that are joined already"));
            }
            if self.clients(edge.from).is_some() && self.calls_of(edge.from).count() > 1 {
                return Err(Problem::new(&at, "is a second call of the same clients"));
            }
            if self.clients(edge.from).is_some() && edge.need == Need::Optional {
                let message = "must be “required”: clients need what they call";
                return Err(Problem::new(&format!("{at}.need"), message));
            }
            if self.clients(edge.from).is_none() && edge.policy.breaker_scope == Scope::Client {
                let message = "must be “caller”: only clients have a breaker each";
                return Err(Problem::new(&format!("{at}.breaker_scope"), message));
            }
            validate_call(index, edge)?;
        }
        Ok(())
    }

    /// Calls must not go in circles.
    fn validate_direction(&self) -> Result<(), Problem> {
        let mut settled = vec![false; self.nodes.len()];
        for _ in &self.nodes {
            for node in 0..self.nodes.len() {
                let mut calls = self.edges.iter().filter(|edge| usize::from(edge.from) == node);
                settled[node] = calls.all(|edge| settled[usize::from(edge.to)]);
            }
        }
        if settled.iter().all(|settled| *settled) {
            return Ok(());
        }
        Err(Problem::new("edges", "must not lead back to where they started"))
    }
}

fn validate_role(index: usize, node: &Node) -> Result<(), Problem> {
    let at = format!("nodes[{index}]");
    let service = match &node.role {
        Role::Service(service) => service,
        Role::Clients(clients) => {
            if clients.arrivals == Arrivals::Recorded && clients.recorded.is_empty() {
                let message = "cannot be recorded: no arrivals were read from a file";
                return Err(Problem::new(&format!("{at}.arrivals"), message));
            }
            return clients.recorded.validate().map_err(|p| p.within(&at));
        }
    };
    check_distribution(&format!("{at}.time"), &service.time)?;
    service.shed.validate().map_err(|p| p.within(&format!("{at}.shed")))?;
    service.cache.validate().map_err(|p| p.within(&format!("{at}.cache")))?;
    service.idempotency.validate().map_err(|p| p.within(&at))
}

/// What lies between two nodes, and what the caller does about it.
fn validate_call(index: usize, edge: &Edge) -> Result<(), Problem> {
    let at = format!("edges[{index}]");
    check_distribution(&format!("{at}.latency"), &edge.network.latency)?;
    edge.policy.deadline.validate().map_err(|p| p.within(&format!("{at}.deadline")))?;
    edge.policy.fallback.validate().map_err(|p| p.within(&format!("{at}.fallback")))?;
    edge.policy.timeout.validate().map_err(|p| p.within(&at))?;
    edge.policy.retry.validate().map_err(|p| p.within(&at))?;
    edge.policy.rate_limit.validate().map_err(|p| p.within(&format!("{at}.rate_limit")))?;
    edge.policy.hedge.validate().map_err(|p| p.within(&format!("{at}.hedge")))?;
    edge.policy.bulkhead.validate().map_err(|p| p.within(&format!("{at}.bulkhead")))?;
    edge.policy.budget.validate().map_err(|p| p.within(&format!("{at}.budget")))?;
    let of_breaker = |p: Problem| p.within(&format!("{at}.breaker"));
    edge.policy.breaker.validate().map_err(of_breaker)?;
    if edge.policy.breaker.half_open.overflow == Overflow::Wait {
        let message = "can only be “reject” in a scenario: nobody waits for a verdict here";
        return Err(of_breaker(Problem::new("half_open.overflow", message)));
    }
    Ok(())
}

fn unknown(field: &str) -> Problem {
    Problem::new(field, "is not part of this scenario")
}

fn check_distribution(field: &str, distribution: &Distribution) -> Result<(), Problem> {
    let ordered = match *distribution {
        Distribution::Uniform { min, max } => min <= max,
        Distribution::LogNormal { sigma, .. } => (0.0..=3.0).contains(&sigma),
        Distribution::Normal { deviation, .. } => deviation <= MAX_HORIZON,
        Distribution::Constant(_) | Distribution::Exponential { .. } => true,
    };
    if ordered && distribution.scale() <= MAX_HORIZON {
        return Ok(());
    }
    Err(Problem::new(field, "must have min ≤ max, sigma between 0 and 3, and last at most 24 h"))
}

#[cfg(test)]
mod tests {
    use super::super::library;
    use super::*;
    use crate::policy::breaker::Preset;

    fn refused(change: impl FnOnce(&mut Experiment)) -> String {
        let mut experiment = library::payments();
        change(&mut experiment);
        experiment.validate().expect_err("it should be refused").to_string()
    }

    #[test]
    fn every_built_in_experiment_is_valid() {
        for experiment in library::all() {
            assert_eq!(experiment.validate(), Ok(()));
        }
    }

    #[test]
    fn what_is_out_of_range_is_named_with_its_range() {
        let sentence = refused(|e| {
            let Role::Clients(clients) = &mut e.scenario.nodes[0].role else { unreachable!() };
            clients.count = 20_000;
        });
        assert_eq!(sentence, "clients.count must be between 1 and 10000, not 20000");
        let sentence = refused(|e| e.scenario.edges[0].network.lose_requests = f64::NAN);
        assert!(sentence.starts_with("clients-api.lose_requests must be between 0 % and 100 %"));
    }

    #[test]
    fn circles_and_strangers_are_refused() {
        assert!(refused(|e| e.scenario.edges[2].to = 77).contains("must be a service"));
        let circle = refused(|e| {
            let mut back = e.scenario.edges[1].clone();
            (back.from, back.to) = (2, 1);
            e.scenario.edges.push(back);
        });
        assert_eq!(circle, "edges must not lead back to where they started");
    }

    #[test]
    fn a_breaker_that_makes_callers_wait_is_refused() {
        let sentence =
            refused(|e| e.scenario.edges[1].policy.breaker.half_open.overflow = Overflow::Wait);
        assert!(sentence.starts_with("edges[1].breaker.half_open.overflow can only be"));
    }

    #[test]
    fn a_breaker_is_set_to_nothing_that_the_start_would_refuse() {
        let set = |edge, settings| {
            let settings = Box::new(settings);
            let change = Change::SetBreaker { edge, settings };
            move |e: &mut Experiment| {
                e.insert(Intervention { at: SimTime::ZERO, change });
            }
        };
        let sentence = refused(set(1, Preset::Linkerd.settings()));
        assert!(
            sentence
                .starts_with("interventions[0].edges[1].breaker.half_open.overflow can only be"),
            "{sentence}"
        );
        let mut wrong = Preset::Polly.in_scenario();
        wrong.window.buckets = 0;
        let sentence = refused(set(1, wrong));
        assert!(
            sentence.starts_with("interventions[0].edges[1].breaker.window.buckets must be"),
            "{sentence}"
        );
        let sentence = refused(set(9, Preset::Polly.in_scenario()));
        assert_eq!(sentence, "interventions[0].set_breaker.edge is not part of this scenario");
        for preset in Preset::ALL {
            let mut experiment = library::payments();
            set(1, preset.in_scenario())(&mut experiment);
            assert_eq!(experiment.validate(), Ok(()));
            // Somebody may turn any knob next, or begin with it.
            let scenario = experiment.scenario_at(SimTime::ZERO);
            assert_eq!(scenario.validate(), Ok(()), "{}", preset.name());
        }
    }

    #[test]
    fn interventions_keep_their_order_and_their_targets() {
        assert!(refused(|e| e.interventions.swap(0, 1)).contains("must not be earlier"));
        let wrong = refused(|e| {
            if let Change::Fault(fault) = &mut e.interventions[0].change {
                fault.target = Target::Node(0);
            }
        });
        assert_eq!(wrong, "interventions[0].fault.target cannot be “slow ×7”");
    }

    /// A deed in the middle of a run is held to what holds at its start.
    #[test]
    fn a_knob_is_turned_to_nothing_that_the_start_would_refuse() {
        use super::super::knob::EdgeKnob;
        let turned = |knob, value| {
            move |e: &mut Experiment| {
                e.insert(Intervention { at: SimTime::ZERO, change: Change::Set { knob, value } });
            }
        };
        let sentence = refused(turned(Knob::Edge(1, EdgeKnob::Timeout), 1.0));
        assert_eq!(
            sentence,
            "interventions[0].api-bank.timeout must be between 1 µs and 24 h or “for ever”, not 1 ns"
        );
    }

    #[test]
    fn a_window_of_calls_in_a_row_forgets_what_it_cannot_count() {
        use super::super::knob::EdgeKnob;
        let mut experiment = library::payments();
        experiment.scenario.edges[1].policy.breaker.slow = Some(Default::default());
        let change = Change::Set { knob: Knob::Edge(1, EdgeKnob::Window), value: 0.0 };
        experiment.insert(Intervention { at: SimTime::ZERO, change });
        assert_eq!(experiment.validate(), Ok(()));
        assert_eq!(experiment.scenario_at(SimTime::ZERO).edges[1].policy.breaker.slow, None);
    }

    #[test]
    fn what_is_wrong_with_a_number_is_not_rounded_away() {
        use super::super::knob::ServiceKnob;
        let said = |knob, value| {
            let knob = Knob::Service(2, knob);
            knob.check(&library::payments().scenario, value).expect_err("refused").to_string()
        };
        let workers = said(ServiceKnob::Workers, 1.0 + 1e-7);
        assert_eq!(
            workers,
            "bank.workers must be a whole number between 1 and 1000, not 1.0000001"
        );
        let workers = said(ServiceKnob::Workers, 1000.0001);
        assert_eq!(workers, "bank.workers must be between 1 and 1000, not 1000.0001");
        let errors = said(ServiceKnob::ErrorRate, 1.00001);
        assert!(errors.ends_with("between 0 % and 100 %, not 100.001 %"), "{errors}");
        let time = said(ServiceKnob::Time, 5_000.5);
        assert_eq!(time, "bank.time must be a whole number of nanoseconds, not 5000.5");
    }
}

//! What a service need not do, because it has the answer or somebody else is about to.

use super::attempt::{Attempt, Job};
use super::service::Next;
use super::slab::Handle;
use super::task::Sim;
use crate::log::{EventId, Kind, StatusCode, Verdict};
use crate::policy::cache::{self, Cache};
use crate::random::{self, Stream};
use crate::scenario::NodeId;

/// The answers of a service, and who waits for those of others.
pub(super) type Kept = Cache<Handle<Attempt>>;

impl Sim<'_> {
    /// What a request asks a service for, whatever attempts and calls of its operation led there.
    pub(super) fn cache_key(
        &self,
        node: NodeId,
        keys: u32,
        handle: Handle<Attempt>,
    ) -> Option<u32> {
        let mut attempt = self.world.attempts.get(handle)?;
        while let Some(call) = self.world.calls.get(attempt.call)
            && let Some(parent) = call.parent
            && let Some(parent) = self.world.attempts.get(parent)
        {
            attempt = parent;
        }
        let bits = self.draw(Stream::CacheKey, attempt.question.fingerprint, u64::from(node));
        Some((bits % u64::from(keys.max(1))) as u32)
    }

    /// Whether a worker has nothing to do for a request: its answer was kept, or it waits for that of
    /// another one.
    #[cold]
    pub(super) fn need_not_work(
        &mut self,
        node: NodeId,
        handle: Handle<Attempt>,
        settings: &cache::Settings,
    ) -> bool {
        let now = self.world.now;
        let Some(attempt) = self.world.attempts.get(handle) else { return false };
        let (span, plain) = (attempt.span, attempt.question.refusal.is_none());
        if !plain || attempt.deadline.has_passed(now) {
            return false;
        }
        let Some(key) = self.cache_key(node, settings.keys, handle) else { return false };
        let station = &mut self.world.stations[usize::from(node)];
        // What this request writes next is what others will point at.
        let tag = self.log.len();
        let kept = station.kept.get_or_insert_default();
        let (verdict, by, status) = match kept.ask(settings, now, key, tag, handle) {
            cache::Verdict::Miss => return false,
            cache::Verdict::Hit { status, by } => (Verdict::Cached, by, Some(status)),
            cache::Verdict::Joined { by } => (Verdict::Joined, by, None),
        };
        station.take_up(handle);
        let looked = self.log.push(now, Kind::Verdict, span, verdict as u32, by);
        let Some(attempt) = self.world.attempts.get_mut(handle) else { return true };
        (attempt.job, attempt.last) = (Some(Job::new(looked)), looked);
        if let Some(status) = status
            && !self.sticks(node, handle, Next::Answer(status, looked))
        {
            self.let_go(node, handle, StatusCode::Http(status), looked);
        }
        true
    }

    /// Answers a request that was `started`. The answer is kept, if it is a whole one, and goes to all who
    /// have waited for it.
    #[cold]
    pub(super) fn share_answer(
        &mut self,
        node: NodeId,
        handle: Handle<Attempt>,
        started: EventId,
        (status, cause): (StatusCode, EventId),
    ) {
        let responded = self.log.len();
        self.answer(handle, status, cause);
        let Some(service) = self.scenario.service(node) else { return };
        let Some(attempt) = self.world.attempts.get(handle) else { return };
        let again = attempt.retry_after;
        let luck = random::unit(self.draw(Stream::CacheTime, attempt.entity, 0));
        let answer = match status {
            StatusCode::Http(status) if status.is_success() && !status.is_degraded() => {
                Some((status, responded))
            }
            _ => None,
        };
        let now = self.world.now;
        let Some(kept) = &mut self.world.stations[usize::from(node)].kept else { return };
        for waiting in kept.land(&service.cache, now, started, answer, luck) {
            if let Some(attempt) = self.world.attempts.get_mut(waiting) {
                attempt.retry_after = again;
            }
            self.let_go(node, waiting, status, responded);
        }
    }

    /// Whether others wait for what somebody fetches who was `started`: then it goes on, whoever has gone.
    pub(super) fn is_shared(&self, node: NodeId, started: EventId) -> bool {
        let Some(kept) = &self.world.stations[usize::from(node)].kept else { return false };
        let there = |waiting: &Handle<Attempt>| {
            self.world.attempts.get(*waiting).is_some_and(|attempt| attempt.job.is_some())
        };
        kept.who_waits(started).iter().any(there)
    }

    /// Somebody stops fetching something.
    pub(super) fn fetch_no_more(&mut self, node: NodeId, started: EventId) {
        let Some(service) = self.scenario.service(node) else { return };
        let now = self.world.now;
        if let Some(kept) = &mut self.world.stations[usize::from(node)].kept {
            // Nobody there has waited for it.
            let _ = kept.land(&service.cache, now, started, None, 0.0);
        }
    }

    /// The answers that a service has kept are gone.
    pub(super) fn flush_cache(&mut self, node: NodeId) {
        if let Some(kept) = &mut self.world.stations[usize::from(node)].kept {
            kept.flush();
        }
    }
}

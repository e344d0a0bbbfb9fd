//! The server against a list of everything that was ever executed, which it searches anew for each
//! request.

use half_open::policy::idempotency::{
    Answer, Commit, Crash, Endpoint, Preset, Profile, Request, Server, Settings, StoreWhat,
};
use half_open::policy::outcome::Status;
use half_open::time::{SimDuration, SimTime};
use proptest::prelude::*;

struct Execution {
    at: SimTime,
    request: Request<'static>,
}

struct Naive {
    profile: Profile,
    executions: Vec<Execution>,
    side_effects: u64,
}

impl Naive {
    fn answer(&mut self, at: SimTime, request: &Request<'static>) -> Answer {
        let refusal = self.refusal(at, request);
        let executed = !request.request_lost && refusal.is_none();
        if executed {
            let fails = request.crash == Some(Crash::BeforeEffect);
            self.side_effects += u64::from(request.handler_status.is_success() && !fails);
            self.executions.push(Execution { at, request: *request });
        }
        let (status, replayed) = match refusal {
            _ if request.request_lost => (None, false),
            Some((status, replayed)) => (Some(status), replayed),
            None => (request.crash.is_none().then_some(request.handler_status), false),
        };
        let seen = status.filter(|_| !request.response_lost);
        Answer { status, seen, executed, replayed, side_effects: self.side_effects }
    }

    /// Why a request is not executed: the answer to it, and whether that is a replay.
    fn refusal(&self, at: SimTime, request: &Request<'static>) -> Option<(Status, bool)> {
        let Profile { settings, mismatch, .. } = &self.profile;
        if request.rejected {
            return Some((request.handler_status, false));
        }
        if !self.profile.methods.include(request.method) {
            return None;
        }
        let Some(key) = request.key else {
            return settings.required.then_some((Status::BAD_REQUEST, false));
        };
        let by_endpoint = |role| self.profile.endpoint == role;
        let same_place =
            |r: &Request<'_>| (r.method, r.endpoint) == (request.method, request.endpoint);
        // Whoever executed under this key last is the one who decides.
        let Execution { at: since, request: last } = self.executions.iter().rfind(|execution| {
            let r = &execution.request;
            let counts = self.profile.methods.include(r.method);
            let same_key = (r.tenant, r.key) == (request.tenant, Some(key));
            counts && same_key && (!by_endpoint(Endpoint::Lookup) || same_place(r))
        })?;
        let in_one = self.profile.commit == Commit::WithEffect;
        let over = at >= *since + last.processing && (in_one || last.crash.is_none());
        let rolled_back = in_one && last.crash == Some(Crash::BeforeEffect);
        let kept = settings.store == StoreWhat::Started || last.handler_status.is_success();
        let free = match settings.lock_timeout {
            _ if over => rolled_back || !kept || at >= *since + settings.ttl,
            Some(limit) => !in_one && at >= *since + limit,
            None => false,
        };
        if free {
            return None;
        }
        let other_place = by_endpoint(Endpoint::Fingerprint) && !same_place(last);
        if last.payload != request.payload || other_place {
            return Some((*mismatch, false));
        }
        Some(if over { (last.handler_status, true) } else { (Status::CONFLICT, false) })
    }
}

fn request() -> impl Strategy<Value = Request<'static>> {
    use proptest::sample::select;
    let what = (
        select(&["POST", "POST", "POST", "PATCH", "DELETE", "GET"][..]),
        select(&["/pay", "/pay", "/pay", "/refund"][..]),
        select(&["shop", "shop", "café"][..]),
        select(&[Some("a"), Some("a"), Some("b"), None][..]),
        select(&["5000", "5000", "5001"][..]),
    );
    let statuses = &[Status::CREATED, Status::CREATED, Status(402), Status::INTERNAL][..];
    let crashes = &[None, None, Some(Crash::BeforeEffect), Some(Crash::AfterEffect)][..];
    let rarely = || proptest::bool::weighted(0.1);
    let fate = (0..100u64, select(statuses), [rarely(), rarely(), rarely()], select(crashes));
    (what, fate).prop_map(|((method, endpoint, tenant, key, payload), fate)| Request {
        method,
        endpoint,
        tenant,
        key,
        payload,
        processing: SimDuration::from_millis(fate.0),
        handler_status: fate.1,
        request_lost: fate.2[0],
        response_lost: fate.2[1],
        rejected: fate.2[2],
        crash: fate.3,
    })
}

fn profile() -> impl Strategy<Value = Profile> {
    let preset = proptest::sample::select(&Preset::ALL[..]);
    let times = (1..500u64, proptest::option::of(1..200u64));
    (preset, any::<[bool; 2]>(), times).prop_map(|(preset, [required, in_one], (ttl, lock))| {
        let profile = preset.profile();
        let settings = Settings {
            required,
            ttl: SimDuration::from_millis(ttl),
            lock_timeout: lock.map(SimDuration::from_millis),
            ..profile.settings
        };
        let commit = if in_one { Commit::WithEffect } else { Commit::AfterEffect };
        Profile { settings, commit, ..profile }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_server_answers_as_a_list_of_all_executions_would(
        profile in profile(),
        stream in proptest::collection::vec((0..60u64, request()), 1..80),
    ) {
        let mut server = Server::new(profile.clone());
        let mut naive = Naive { profile, executions: Vec::new(), side_effects: 0 };
        let mut ms = 0;
        for (pause, request) in stream {
            ms += pause;
            let at = SimTime::from_millis(ms);
            prop_assert_eq!(server.handle(at, &request), naive.answer(at, &request));
        }
    }
}

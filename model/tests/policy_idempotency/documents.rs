//! What the IETF draft and Stripe's documentation say, sentence by sentence, and what was chosen
//! where they say nothing.

use half_open::policy::idempotency::{
    Answer, Commit, Crash, Endpoint, Preset, Profile, Request, Server, Settings,
};
use half_open::policy::outcome::Status;
use half_open::time::{SimDuration, SimTime};

const DAY_MS: u64 = 86_400_000;

const fn at(ms: u64) -> SimTime {
    SimTime::from_millis(ms)
}

const PAY: Request<'static> = Request {
    tenant: "shop",
    key: Some("abc-123"),
    payload: "{\"amount\":5000}",
    processing: SimDuration::from_millis(100),
    ..Request::post("/payments")
};

/// The status, and whether it was worked for or replayed.
fn told(answer: Answer) -> (u16, &'static str) {
    let how = match (answer.executed, answer.replayed) {
        (true, false) => "executed",
        (false, true) => "replayed",
        (false, false) => "refused",
        (true, true) => "both",
    };
    (answer.status.map_or(0, |status| status.0), how)
}

fn server(preset: Preset) -> Server {
    Server::new(preset.profile())
}

/// What `second` is told a second after `PAY` was sent.
fn after_pay(preset: Preset, second: &Request<'_>) -> (u16, &'static str) {
    let mut server = server(preset);
    server.handle(at(0), &PAY);
    told(server.handle(at(1_000), second))
}

/// Draft: “The resource server SHOULD respond with the result of the previously completed
/// operation, success or an error.” Stripe v1: “including 500 errors”. v2: “re-executes”.
#[test]
fn an_error_is_replayed_by_the_draft_and_v1_and_run_again_by_v2() {
    let failed = Request { handler_status: Status::INTERNAL, ..PAY };
    for (preset, again) in [
        (Preset::Ietf, (500, "replayed")),
        (Preset::StripeV1, (500, "replayed")),
        (Preset::StripeV2, (201, "executed")),
    ] {
        let mut server = server(preset);
        assert_eq!(told(server.handle(at(0), &failed)), (500, "executed"));
        assert_eq!(told(server.handle(at(1_000), &PAY)), again, "{preset:?}");
        assert_eq!(after_pay(preset, &PAY), (201, "replayed"), "{preset:?}");
    }
}

/// Draft: “the resource server SHOULD reply with an HTTP 422 status code”. Stripe:
/// `idempotency_error`.
#[test]
fn another_payload_is_422_or_400() {
    let other = Request { payload: "{\"amount\":5001}", ..PAY };
    assert_eq!(after_pay(Preset::Ietf, &other), (422, "refused"));
    assert_eq!(after_pay(Preset::StripeV1, &other), (400, "refused"));
    assert_eq!(after_pay(Preset::StripeV2, &other), (400, "refused"));
}

/// The order of the two is nowhere defined.
#[test]
fn another_payload_in_flight_is_a_mismatch_not_a_conflict() {
    for (preset, status) in [(Preset::Ietf, 422), (Preset::StripeV1, 400), (Preset::StripeV2, 400)]
    {
        let mut server = server(preset);
        server.handle(at(0), &PAY);
        let other = Request { payload: "", ..PAY };
        assert_eq!(told(server.handle(at(99), &other)), (status, "refused"));
        assert_eq!(told(server.handle(at(99), &PAY)), (409, "refused"));
        // What is done at the same instant is done before.
        assert_eq!(told(server.handle(at(100), &PAY)), (201, "replayed"));
    }
}

/// Draft: “If the `Idempotency-Key` request header is missing for a documented idempotent operation
/// requiring this header … 400”. Stripe requires none.
#[test]
fn a_missing_or_empty_key_is_refused_where_it_is_required_and_no_protection_elsewhere() {
    for preset in Preset::ALL {
        for key in [None, Some("")] {
            let bare = Request { key, ..PAY };
            let mut lax = server(preset);
            assert_eq!(told(lax.handle(at(0), &bare)), (201, "executed"));
            assert_eq!(told(lax.handle(at(1), &bare)), (201, "executed"));
            assert_eq!(lax.handle(at(1_000), &bare).side_effects, 3);
            assert_eq!(lax.remembered(), 0);

            let profile = preset.profile();
            let settings = Settings { required: true, ..profile.settings };
            let mut strict = Server::new(Profile { settings, ..profile });
            assert_eq!(told(strict.handle(at(0), &bare)), (400, "refused"));
            assert_eq!(told(strict.handle(at(0), &PAY)), (201, "executed"));
            let get = Request { method: "GET", ..bare };
            assert_eq!(told(strict.handle(at(1), &get)), (201, "executed"), "GET needs none");
        }
    }
}

/// Stripe v1: “Idempotency Keys are up to 255 characters long”; the draft has no limit.
#[test]
fn stripe_refuses_a_key_of_more_than_255_characters() {
    let (longest, longer) = ("ü".repeat(255), "k".repeat(256));
    let with = |key| Request { key: Some(key), ..PAY };
    for (preset, refused) in
        [(Preset::Ietf, false), (Preset::StripeV1, true), (Preset::StripeV2, true)]
    {
        let mut server = server(preset);
        assert_eq!(told(server.handle(at(0), &with(&longest))), (201, "executed"));
        let wanted = if refused { (400, "refused") } else { (201, "executed") };
        assert_eq!(told(server.handle(at(0), &with(&longer))), wanted, "{preset:?}");
    }
}

/// Stripe: keys can be removed “after they’re at least 24 hours old”; v2 “within 30 days of each
/// other”. That is the age of a key, counted from its first use.
#[test]
fn a_key_is_forgotten_a_day_or_thirty_after_its_first_use() {
    for (preset, days) in [(Preset::Ietf, 1), (Preset::StripeV1, 1), (Preset::StripeV2, 30)] {
        let mut server = server(preset);
        server.handle(at(0), &PAY);
        let forgotten = days * DAY_MS;
        assert_eq!(told(server.handle(at(forgotten - 1), &PAY)), (201, "replayed"));
        assert_eq!(told(server.handle(at(forgotten), &PAY)), (201, "executed"), "{preset:?}");
        assert_eq!(server.handle(at(forgotten), &PAY).side_effects, 2);
    }
}

/// Draft: “implement a unique composite key as the idempotent cache lookup key”; v2: “in the scope
/// of the same account or sandbox”.
#[test]
fn every_client_has_keys_of_its_own() {
    let other = Request { tenant: "café", ..PAY };
    for preset in Preset::ALL {
        assert_eq!(after_pay(preset, &other), (201, "executed"), "{preset:?}");
        let mut shared = Server::new(Profile { by_tenant: false, ..preset.profile() });
        shared.handle(at(0), &PAY);
        assert_eq!(told(shared.handle(at(1_000), &other)), (201, "replayed"), "{preset:?}");
    }
}

/// Stripe v1: `idempotency_error` “when an Idempotency-Key is re-used on a request that does not
/// match the first request's API endpoint and parameters”; v2: “the same idempotency key for the
/// same API”; the draft does not say.
#[test]
fn at_another_endpoint_a_key_is_a_mismatch_or_another_key() {
    let refund = Request { endpoint: "/refunds", ..PAY };
    assert_eq!(after_pay(Preset::Ietf, &refund), (422, "refused"));
    assert_eq!(after_pay(Preset::StripeV1, &refund), (400, "refused"));
    assert_eq!(after_pay(Preset::StripeV2, &refund), (201, "executed"));
    let remove = Request { method: "DELETE", ..PAY };
    assert_eq!(after_pay(Preset::StripeV2, &remove), (201, "executed"), "the method counts too");
    let patch = Request { method: "PATCH", ..PAY };
    assert_eq!(after_pay(Preset::Ietf, &patch), (422, "refused"));

    let blind = Profile { endpoint: Endpoint::Ignored, ..Preset::Ietf.profile() };
    let mut server = Server::new(blind);
    server.handle(at(0), &PAY);
    assert_eq!(told(server.handle(at(1_000), &refund)), (201, "replayed"));
}

/// Stripe v1: “Don’t send idempotency keys in GET and DELETE requests because it has no effect”;
/// v2: “All POST and DELETE API v2 requests accept idempotency keys”. Draft: PUT and DELETE are
/// idempotent by themselves, POST and PATCH are not.
#[test]
fn a_key_has_an_effect_on_some_methods_only() {
    for (preset, with_effect) in [
        (Preset::Ietf, &["POST", "PATCH"][..]),
        (Preset::StripeV1, &["POST"]),
        (Preset::StripeV2, &["POST", "DELETE"]),
    ] {
        for method in ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] {
            let mut server = server(preset);
            let request = Request { method, ..PAY };
            server.handle(at(0), &request);
            let again = told(server.handle(at(1_000), &request));
            let wanted = if with_effect.contains(&method) { "replayed" } else { "executed" };
            assert_eq!(again, (201, wanted), "{preset:?} {method}");
        }
    }
}

/// Stripe v1: “We save results only after the execution of an endpoint begins. If incoming
/// parameters fail validation, or the request conflicts with another request that’s executing
/// concurrently, we don’t save the idempotent result”, and rate limiters “run before the API’s
/// idempotency layer”.
#[test]
fn what_is_turned_away_before_execution_leaves_no_trace() {
    let turned_away = Request { rejected: true, handler_status: Status::TOO_MANY, ..PAY };
    for preset in Preset::ALL {
        let mut server = server(preset);
        assert_eq!(told(server.handle(at(0), &turned_away)), (429, "refused"));
        assert_eq!(server.remembered(), 0);
        assert_eq!(told(server.handle(at(1), &PAY)), (201, "executed"));
        assert_eq!(told(server.handle(at(2), &PAY)), (409, "refused"));
        assert_eq!(told(server.handle(at(101), &PAY)), (201, "replayed"), "no 409 is stored");
        // Not even what is stored is looked at.
        assert_eq!(told(server.handle(at(102), &turned_away)), (429, "refused"));
    }
}

#[test]
fn what_is_lost_shows_at_the_client_only() {
    let mut server = server(Preset::Ietf);
    let nowhere = server.handle(at(0), &Request { request_lost: true, ..PAY });
    assert_eq!((told(nowhere), nowhere.seen, server.remembered()), ((0, "refused"), None, 0));
    let done = server.handle(at(1), &Request { response_lost: true, ..PAY });
    assert_eq!((told(done), done.seen), ((201, "executed"), None));
    let again = server.handle(at(1_000), &PAY);
    assert_eq!((told(again), again.seen), ((201, "replayed"), Some(Status::CREATED)));
    assert_eq!(again.side_effects, 1);
}

/// The first window: the effect is done, its key is not stored. No document says what happens.
#[test]
fn a_crash_after_the_effect_pays_twice_unless_both_are_one_transaction() {
    let dies = Request { crash: Some(Crash::AfterEffect), ..PAY };
    for preset in Preset::ALL {
        let mut in_steps = server(preset);
        assert_eq!(told(in_steps.handle(at(0), &dies)), (0, "executed"));
        assert_eq!(told(in_steps.handle(at(89_999), &PAY)), (409, "refused"), "locked");
        assert_eq!(told(in_steps.handle(at(90_000), &PAY)), (201, "executed"));
        assert_eq!(in_steps.handle(at(90_000), &PAY).side_effects, 2);

        let mut at_once = Server::new(Profile { commit: Commit::WithEffect, ..preset.profile() });
        at_once.handle(at(0), &dies);
        assert_eq!(told(at_once.handle(at(99), &PAY)), (409, "refused"));
        assert_eq!(told(at_once.handle(at(100), &PAY)), (201, "replayed"));
        assert_eq!(at_once.handle(at(101), &PAY).side_effects, 1);
    }
}

/// The second window: a dead worker's lock.
#[test]
fn a_crash_before_the_effect_locks_the_key_until_the_lock_timeout_or_the_rollback() {
    let dies = Request { crash: Some(Crash::BeforeEffect), ..PAY };
    let after = |commit, lock_timeout, ms| {
        let profile = Preset::Ietf.profile();
        let settings = Settings { lock_timeout, ..profile.settings };
        let mut server = Server::new(Profile { settings, commit, ..profile });
        assert_eq!(server.handle(at(0), &dies).side_effects, 0);
        told(server.handle(at(ms), &PAY))
    };
    let limit = Some(SimDuration::from_millis(500));
    assert_eq!(after(Commit::AfterEffect, limit, 499), (409, "refused"));
    assert_eq!(after(Commit::AfterEffect, limit, 500), (201, "executed"));
    assert_eq!(after(Commit::AfterEffect, None, 365 * DAY_MS), (409, "refused"), "for ever");
    for limit in [limit, None] {
        assert_eq!(after(Commit::WithEffect, limit, 99), (409, "refused"));
        assert_eq!(after(Commit::WithEffect, limit, 100), (201, "executed"), "rolled back");
    }
}

#[test]
fn work_that_takes_longer_than_the_lock_is_done_twice_unless_it_is_one_transaction() {
    let slow = Request { processing: SimDuration::from_secs(100), ..PAY };
    let after = |commit| {
        let mut server = Server::new(Profile { commit, ..Preset::Ietf.profile() });
        server.handle(at(0), &slow);
        let second = told(server.handle(at(90_000), &slow));
        // The slow one does not answer for the key any more.
        let third = told(server.handle(at(100_000), &slow));
        (second, third)
    };
    assert_eq!(after(Commit::AfterEffect), ((201, "executed"), (409, "refused")));
    assert_eq!(after(Commit::WithEffect), ((409, "refused"), (201, "replayed")));
}

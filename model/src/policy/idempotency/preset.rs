//! Profiles that do what a document says.

use serde::{Deserialize, Serialize};

use super::{Commit, Endpoint, Methods, Profile, Settings, StoreWhat};
use crate::policy::outcome::Status;
use crate::time::SimDuration;

const DAY: SimDuration = SimDuration::from_secs(86_400);
const DAYS_30: SimDuration = SimDuration::from_secs(30 * 86_400);

/// How long a dead worker keeps its key locked. None of the documents says; this is the number of
/// Brandur Leach's *Implementing Stripe-like Idempotency Keys in Postgres*
/// (`brandur/rocket-rides-atomic`, `api.rb`).
const LOCK: SimDuration = SimDuration::from_secs(90);

/// A document, as a [`Profile`]. `docs/idempotency.md` says where they differ, and what was chosen
/// where they say nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// The IETF draft *The Idempotency-Key HTTP Header Field* after version 06
    /// (`ietf-wg-httpapi/idempotency`).
    #[default]
    Ietf,
    /// Stripe's API v1: *Idempotent requests* and *Advanced error handling* of its documentation.
    StripeV1,
    /// Stripe's API v2: *API v2 overview, Idempotency* of its documentation.
    StripeV2,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ietf, Self::StripeV1, Self::StripeV2];

    /// What it is called on the command line and in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ietf => "ietf",
            Self::StripeV1 => "stripe_v1",
            Self::StripeV2 => "stripe_v2",
        }
    }

    /// The one that is called so.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// What it does.
    #[must_use]
    pub fn profile(self) -> Profile {
        let settings = Settings {
            store: StoreWhat::Started,
            ttl: DAY,
            lock_timeout: Some(LOCK),
            ..Settings::default()
        };
        let draft = Profile {
            settings,
            mismatch: Status::UNPROCESSABLE,
            methods: Methods::PostAndPatch,
            by_tenant: true,
            endpoint: Endpoint::Fingerprint,
            max_key_length: None,
            commit: Commit::AfterEffect,
        };
        let stripe = Profile {
            mismatch: Status::BAD_REQUEST,
            methods: Methods::Post,
            max_key_length: Some(255),
            ..draft.clone()
        };
        match self {
            Self::Ietf => draft,
            Self::StripeV1 => stripe,
            Self::StripeV2 => Profile {
                settings: Settings { store: StoreWhat::Success, ttl: DAYS_30, ..settings },
                methods: Methods::PostAndDelete,
                endpoint: Endpoint::Lookup,
                ..stripe
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_in_range_and_found_by_name() {
        for preset in Preset::ALL {
            assert_eq!(preset.profile().validate(), Ok(()), "{preset:?}");
            assert_eq!(Preset::find(preset.name()), Some(preset));
            let quoted = format!("\"{}\"", preset.name());
            assert_eq!(serde_json::to_string(&preset).ok(), Some(quoted), "as in files");
        }
        assert_eq!(Preset::find("stripe"), None);
    }
}

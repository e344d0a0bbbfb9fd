//! What a service does with a whole request that carries a key: everything in which the documents
//! differ.

use serde::{Deserialize, Serialize};

use super::Settings;
use crate::policy::outcome::Status;
use crate::policy::{Problem, count_within, within};

/// What a service does with keys, method, endpoint and client included. [`Preset`](super::Preset)
/// has those of the documents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    /// What is stored, for how long, and whether a key is required.
    pub settings: Settings,
    /// The answer to a key that comes back with another request, 400 to 499.
    pub mismatch: Status,
    /// On which methods a key has an effect. On all others it is not looked at, nor missed.
    pub methods: Methods,
    /// Whether each client has keys of its own. Otherwise one gets the answers of another who chose
    /// the same key, which the draft warns of.
    pub by_tenant: bool,
    /// What a key means at another endpoint.
    pub endpoint: Endpoint,
    /// The most characters that a key may have, 1 to 65,536; a longer one is refused with 400. None
    /// means any number.
    pub max_key_length: Option<u32>,
    /// When the answer is stored.
    pub commit: Commit,
}

/// On which methods a key has an effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Methods {
    /// POST: Stripe's v1.
    Post,
    /// POST and PATCH, which are not idempotent by themselves (RFC 9110, section 9.2.2): the ones
    /// that the draft names.
    PostAndPatch,
    /// POST and DELETE: Stripe's v2.
    PostAndDelete,
}

impl Methods {
    /// Whether a key has an effect on this method, in whatever case it is written.
    #[must_use]
    pub fn include(self, method: &str) -> bool {
        let names: &[&str] = match self {
            Self::Post => &["POST"],
            Self::PostAndPatch => &["POST", "PATCH"],
            Self::PostAndDelete => &["POST", "DELETE"],
        };
        names.iter().any(|name| name.eq_ignore_ascii_case(method))
    }
}

/// What a key means at another endpoint, which is a method and a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// The endpoint is part of what is compared: there, the key is a mismatch (Stripe's v1).
    Fingerprint,
    /// The endpoint is part of what is looked up: there, it is another key (Stripe's v2).
    Lookup,
    /// Nothing else: there, the answer is replayed.
    Ignored,
}

/// When the answer is stored under its key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Commit {
    /// After the effect, in a step of its own. A worker that dies in between leaves an effect that
    /// nobody remembers; wherever it dies, its key stays locked until the lock timeout, and is then
    /// executed again. So is that of a worker that takes longer than the lock timeout.
    AfterEffect,
    /// In one transaction with the effect. A worker that dies before it ends has done nothing and
    /// frees its key then; one that dies after it has done everything. The lock is that of the
    /// transaction and goes with it, so no lock timeout is needed, and none counts.
    WithEffect,
}

impl Profile {
    /// Whether every parameter is in its range.
    ///
    /// # Errors
    /// The first parameter that is not.
    pub fn validate(&self) -> Result<(), Problem> {
        self.settings.validate()?;
        let (least, most) = (Status(400), Status(499));
        within("mismatch", &self.mismatch, &least, &most, |status| status.0.to_string())?;
        self.max_key_length.map_or(Ok(()), |n| count_within("max_key_length", n, 1, 65_536))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Preset;
    use super::*;

    #[test]
    fn problems_are_named() {
        let said = |profile: Profile| profile.validate().expect_err("out of range").to_string();
        let right = Preset::Ietf.profile();
        let odd = Profile { mismatch: Status::OK, ..right.clone() };
        assert_eq!(said(odd), "mismatch must be between 400 and 499, not 200");
        let none = Profile { max_key_length: Some(0), ..right.clone() };
        assert_eq!(said(none), "max_key_length must be between 1 and 65536, not 0");
        let settings = Settings { ttl: crate::time::SimDuration::ZERO, ..right.settings };
        assert!(said(Profile { settings, ..right }).starts_with("ttl must be between 1 µs"));
    }

    #[test]
    fn methods_are_known_in_any_case() {
        assert!(Methods::Post.include("post") && !Methods::Post.include("PATCH"));
        assert!(Methods::PostAndPatch.include("Patch") && !Methods::PostAndPatch.include("PUT"));
        assert!(Methods::PostAndDelete.include("DELETE") && !Methods::PostAndDelete.include("GET"));
    }
}

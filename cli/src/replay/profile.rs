//! The settings file of `replay --idempotency`: a document by its name, and what is different.

use std::path::Path;

use half_open::policy::Problem;
use half_open::policy::idempotency::{
    Commit, Endpoint, Methods, Preset, Profile, Settings, StoreWhat,
};
use half_open::policy::outcome::Status;
use half_open::time::SimDuration;
use serde::{Deserialize, Deserializer};

use crate::input;
use crate::output::{Failure, Result};

/// Durations are in milliseconds. What is not there is as in the profile.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    profile: Preset,
    key_required: Option<bool>,
    ttl_ms: Option<f64>,
    /// `null` is for ever.
    #[serde(deserialize_with = "given")]
    lock_timeout_ms: Option<Option<f64>>,
    commit: Option<Commit>,
    store: Option<StoreWhat>,
    fingerprint: Option<bool>,
    mismatch: Option<u16>,
    methods: Option<Methods>,
    by_tenant: Option<bool>,
    endpoint: Option<Endpoint>,
    /// `null` is any length.
    #[serde(deserialize_with = "given")]
    max_key_length: Option<Option<u32>>,
}

/// Something that is there, if only to say `null`.
fn given<'de, D, T>(deserializer: D) -> std::result::Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// The profile that a name or a file stands for.
pub(super) fn read(source: &str) -> Result<Profile> {
    if let Some(preset) = Preset::find(source) {
        return Ok(preset.profile());
    }
    let path = Path::new(source);
    if !path.exists() {
        return Err(Failure::Unusable(format!(
            "{} is neither a file nor a profile ({}).",
            input::short(source),
            Preset::ALL.map(Preset::name).join(", ")
        )));
    }
    let text = input::text_of(path)?;
    let file: File =
        half_open_files::read_json(&text).map_err(|error| Failure::unusable(source, error))?;
    file.profile().map_err(|problem| Failure::unusable(source, problem))
}

impl File {
    fn profile(self) -> std::result::Result<Profile, Problem> {
        let preset = self.profile.profile();
        let usual = preset.settings;
        let lock_timeout = match self.lock_timeout_ms {
            Some(ms) => ms.map(|ms| millis("lock_timeout_ms", ms)).transpose()?,
            None => usual.lock_timeout,
        };
        let settings = Settings {
            required: self.key_required.unwrap_or(usual.required),
            fingerprint: self.fingerprint.unwrap_or(usual.fingerprint),
            store: self.store.unwrap_or(usual.store),
            ttl: self.ttl_ms.map_or(Ok(usual.ttl), |ms| millis("ttl_ms", ms))?,
            lock_timeout,
            ..usual
        };
        let profile = Profile {
            settings,
            mismatch: self.mismatch.map_or(preset.mismatch, Status),
            methods: self.methods.unwrap_or(preset.methods),
            by_tenant: self.by_tenant.unwrap_or(preset.by_tenant),
            endpoint: self.endpoint.unwrap_or(preset.endpoint),
            max_key_length: self.max_key_length.unwrap_or(preset.max_key_length),
            commit: self.commit.unwrap_or(preset.commit),
        };
        // In the words of the file.
        let in_ms = |problem: Problem| match problem.field.as_str() {
            field @ ("ttl" | "lock_timeout") => {
                Problem::new(&format!("{field}_ms"), problem.message)
            }
            _ => problem,
        };
        profile.validate().map_err(in_ms)?;
        Ok(profile)
    }
}

fn millis(field: &str, ms: f64) -> std::result::Result<SimDuration, Problem> {
    if ms >= 0.0 {
        return Ok(SimDuration::from_nanos_f64(ms * 1e6));
    }
    Err(Problem::new(field, format!("must be a number of milliseconds, not negative: {ms}")))
}

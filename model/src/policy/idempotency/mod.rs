//! Doing a thing once, however often it is asked for.
//!
//! The client names an operation with a key; the service remembers the key with the answer. Follows
//! the IETF draft *The Idempotency-Key HTTP Header Field* (httpapi working group) and the
//! documentation of Stripe's idempotent requests.
//!
//! [`Settings`] and [`Store`] are what the simulator asks. A [`Profile`] adds what the documents say
//! about whole requests and where they differ, each of them a [`Preset`]; a [`Server`] answers
//! requests by it, one after another, and counts what they did:
//!
//! ```
//! use half_open::policy::idempotency::{Preset, Request, Server};
//! use half_open::policy::outcome::Status;
//! use half_open::time::SimTime;
//!
//! let mut server = Server::new(Preset::Ietf.profile());
//! let pay = Request { key: Some("abc-123"), payload: "5000", ..Request::post("/payments") };
//! // It is paid, but the answer does not arrive.
//! let lost = server.handle(SimTime::ZERO, &Request { response_lost: true, ..pay });
//! assert_eq!((lost.status, lost.seen, lost.side_effects), (Some(Status::CREATED), None, 1));
//! // So the client asks again, and gets that answer without paying again.
//! let again = server.handle(SimTime::from_millis(500), &pay);
//! assert_eq!((again.seen, again.replayed, again.side_effects), (Some(Status::CREATED), true, 1));
//! ```

mod preset;
mod profile;
mod server;
mod settings;
mod store;

pub use preset::Preset;
pub use profile::{Commit, Endpoint, Methods, Profile};
pub use server::{Answer, Crash, Request, Server};
pub use settings::{KeyStrategy, Settings, StoreWhat};
pub use store::{Entry, EntryState, KeyId, Store, Verdict};

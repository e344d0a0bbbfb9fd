//! How much to call, learned from what the callee lets through.
//!
//! An overloaded callee pays for saying no. A client that notices how often it hears it can say no to
//! itself, at no cost to anybody. Two ways to do that:
//!
//! * [`probability`]: turn away a share of the calls at once, the more the more were refused (Google
//!   SRE, failsafe-go).
//! * [`rate`]: find out the rate at which nothing is refused, and make calls wait for it (the
//!   *adaptive* retry mode of the AWS SDKs).
//!
//! Both look at refusals only. A third way needs no refusal:
//!
//! * [`limit`]: so many in so much time (token bucket, sliding window).
//!
//! What is broken, and not busy, is a matter for a
//! [`breaker`](super::breaker).

pub mod limit;
pub mod probability;
pub mod rate;

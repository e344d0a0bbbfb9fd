//! Keys: the store against a map, whole requests against the documents and against a list, and what
//! is promised.

mod documents;
mod naive;
mod promises;
mod store;

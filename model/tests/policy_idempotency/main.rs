//! Keys: the store against a map, whole requests against the documents, and what is promised.

mod documents;
mod promises;
mod store;

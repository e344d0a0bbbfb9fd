//! Breakers behave like the libraries whose names they have: one script for each thing that was
//! observed, or is documented. `docs/breakers.md` is the same in prose.

mod cockatiel;
mod docs;
mod failsafe_go;
mod gobreaker;
mod linkerd;
mod opossum;
mod polly;
mod presets;
mod pybreaker;
mod resilience4j;
mod script;

//! What a client believes of the directory, and what it doesn't.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

#[expect(unreachable_pub, reason = "the fuzz crate exports it")]
#[path = "../../../fuzz/src/chain.rs"]
mod chain;
#[expect(unreachable_pub, reason = "the fuzz crate exports it")]
#[path = "../../../fuzz/src/light_target.rs"]
mod light_target;

mod directory {
    mod certificates;
    mod conflicts;
    mod freshness;
    mod handovers;
    mod name_proofs;
}

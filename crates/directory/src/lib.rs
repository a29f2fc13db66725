//! The name book: a pure state machine with an authenticated map and proofs.

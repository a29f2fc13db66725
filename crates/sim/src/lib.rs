//! A world from one seed: machines, network, clocks, crashes and villains, in virtual time (docs/spec/simulation.md).
//!
//! The machines are the real ones. What is simulated is what the bodies do: connections, timers, entropy, dying. A run
//! that breaks a rule is told by its seed, and happens again from it.

pub mod book;
pub mod check;
pub mod device;
pub mod dice;
pub mod home;
pub mod run;
pub mod story;
pub mod villain;
pub mod weather;
pub mod world;

//! What validators who lie, fall silent, crash or are cut off can't do to the rest, on the engine's own deterministic
//! runtime and simulated network: the code is that of real nodes, from the host down.

mod changes;
mod crashes;
mod liars;
mod safety;
mod split;
mod world;

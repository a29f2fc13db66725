//! Seeded network, clock, crashes and villains that drive the pure machines.

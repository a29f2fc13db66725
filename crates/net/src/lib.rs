//! What node and client share of the network: endpoints under our rules, framed streams, addresses, close codes.
//!
//! Architecture Invariant: an endpoint made here asks nobody that its owner has not named. No address lookup service,
//! no foreign relay, no public resolver, no port mapping, no multicast.
//!
//! NOT its concern: what the frames say.

pub mod address;
pub mod binding;
pub mod close;
pub mod endpoint;
pub mod frame;
mod transport;

//! What two parties of X Chat must agree on byte for byte.
//!
//! Ids, keys, records, wire types, limits and the one codec live here, and with them the verification of what a
//! directory claims. The crate is pure: it knows nothing of network, disk, clock or the consensus engine.
//!
//! Bytes change type as they are believed: [`signed::Signed`] is unverified, what its `verify` returns is not.

pub mod address;
pub mod blob_wire;
pub mod capability;
pub mod certificate;
pub mod codec;
pub mod contact;
pub mod decision;
pub mod directory_wire;
pub mod genesis;
pub mod header;
pub mod identity;
pub mod ids;
pub mod invitation;
pub mod keys;
pub mod light;
pub mod limits;
pub mod mailbox_wire;
pub mod map_proof;
pub mod name;
pub mod name_proof;
pub mod operator;
pub mod peer_wire;
pub mod record;
pub mod signed;
pub mod token;
pub mod work;

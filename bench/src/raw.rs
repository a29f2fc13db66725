//! The raw limits of this machine: what the parts cost without us.

pub(crate) mod blobs;
pub(crate) mod disk;
pub(crate) mod mls;
pub(crate) mod quic;

//! What two devices say to each other directly.
//!
//! A direct offer carries the very envelope that goes to the log; the log stays the promise. The receiver answers after
//! the envelope is decrypted and on disk.

use minicbor::{Decode, Encode};

use crate::codec::Blob;
use crate::ids::{Hash, LogId};
use crate::limits::EPHEMERAL_BYTES_MAX;
use crate::mailbox_wire::EnvelopeBytes;

/// The ALPN of device-to-device connections.
pub const PEER_ALPN: &[u8] = b"xchat/peer/1";

/// A frame between two devices, on one bidirectional stream.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum PeerFrame {
    /// Offers an envelope.
    #[n(0)]
    Offer {
        /// The conversation's log.
        #[n(0)]
        log: LogId,
        /// The epoch it is encrypted under.
        #[n(1)]
        epoch: u64,
        /// The envelope.
        #[n(2)]
        envelope: EnvelopeBytes,
    },
    /// Answers an offer.
    #[n(1)]
    Answer {
        /// The conversation's log.
        #[n(0)]
        log: LogId,
        /// The hash of the envelope.
        #[n(1)]
        envelope: Hash,
        /// What became of it.
        #[n(2)]
        verdict: Verdict,
    },
    /// Passes on an ephemeral envelope. Not answered.
    #[n(2)]
    Ephemeral {
        /// The conversation's log.
        #[n(0)]
        log: LogId,
        /// The epoch.
        #[n(1)]
        epoch: u64,
        /// The envelope.
        #[n(2)]
        envelope: Blob<EPHEMERAL_BYTES_MAX>,
    },
}

/// What became of a directly offered envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Verdict {
    /// Decrypted and on disk, now or before.
    #[n(0)]
    Stored,
    /// Its epoch is over here: the log is to decide.
    #[n(1)]
    StaleEpoch,
    /// Its epoch has not begun here: the log will bring it.
    #[n(2)]
    FutureEpoch,
    /// Not for this device, or not decipherable.
    #[n(3)]
    Refused,
}

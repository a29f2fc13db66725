//! What others could know about this account.

use xchat_blobs::SealedSize;
use xchat_core::error::MachineError;
use xchat_core::exposure::Exposure;

use super::Messenger;
use crate::body::Command;
use crate::error::{CallError, NoNetwork};
use crate::report::Lanes;

impl Messenger {
    /// What others could know about this account, by what this device has told them.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub async fn exposure(&self) -> Result<Exposure, CallError<MachineError>> {
        self.call(|machine, now_ms, rng| machine.exposure(now_ms, rng))
            .await
    }

    /// Under which ids nodes see this device.
    ///
    /// # Errors
    /// [`NoNetwork`] when there is none.
    pub async fn lanes(&self) -> Result<Lanes, CallError<NoNetwork>> {
        self.ask(Command::Lanes).await
    }
}

/// How long a file of so many bytes is once it is sealed: what a home sees of its size (BLB-02).
pub fn sealed_bytes(bytes: u64) -> u64 {
    SealedSize::of_plain(bytes).map_or(bytes, SealedSize::bytes)
}

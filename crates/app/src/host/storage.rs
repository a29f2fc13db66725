//! What takes space on this device, and making room.

use xchat_client::{ConversationId, FileSweep, FileUse};

use super::failures::refused;
use super::{Host, files, library};
use crate::dto;
use crate::failure::Failure;

impl Host {
    /// What takes space on this device.
    pub(crate) async fn storage(&self) -> Result<dto::Storage, Failure> {
        let view = self.messenger.storage().await.map_err(refused)?;
        let used = |used: FileUse| dto::FileUse {
            conversation: used.conversation.0,
            kind: files::kind(used.kind),
            mine: used.is_mine,
            files: used.files,
            bytes: used.bytes,
        };
        Ok(dto::Storage {
            database: view.database_bytes,
            files: view.files.into_iter().map(used).collect(),
            library: library::used(view.library),
        })
    }

    /// Erases files of others from this device.
    pub(crate) async fn sweep(&self, sweep: dto::Sweep) -> Result<dto::Swept, Failure> {
        let wish = FileSweep {
            conversation: sweep.conversation.map(ConversationId),
            bytes_min: sweep.bytes_min.unwrap_or(0),
            before_ms: sweep.before_ms,
        };
        let cleared = self.messenger.clear_files(wish).await.map_err(refused)?;
        Ok(dto::Swept {
            files: cleared.files,
            bytes: cleared.bytes,
        })
    }
}

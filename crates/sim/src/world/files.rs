//! Messages with files.

use xchat_core::content::{File, FileKey, Media, MediaKind};
use xchat_core::io::{BlobFile, ConversationId};
use xchat_core::machine::{NewFile, Outgoing};
use xchat_proto::codec::Text;
use xchat_proto::ids::Hash;

use super::{Pieces, World};
use crate::device::DeviceId;

impl World {
    /// Writes a message with a file, whose text nobody wrote before.
    pub fn send_file(
        &mut self,
        device: DeviceId,
        conversation: ConversationId,
        kind: MediaKind,
        size: u64,
    ) -> Option<String> {
        if !self.devices[device].is_up {
            return None;
        }
        let blob = BlobFile {
            file: self.dice.some(),
            hash: Hash(self.dice.bytes()),
            size,
        };
        self.devices[device].disk.insert(blob.file, Pieces::all_of(&blob));
        let content = File {
            name: Text::default(),
            media_type: Text::default(),
            description: Text::default(),
            size,
            hash: blob.hash,
            key: FileKey {
                key: self.dice.bytes(),
                nonce: self.dice.some(),
            },
            media: Media {
                kind,
                ..Media::default()
            },
        };
        let file = NewFile {
            file: blob.file,
            content,
        };
        let outgoing = Outgoing {
            files: vec![file],
            ..Outgoing::default()
        };
        let text = self.send(device, conversation, outgoing)?;
        self.files.texts.insert(blob.hash, text.clone());
        Some(text)
    }
}

//! Ids for what an archive gives none: the same at every reading.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;

/// Sixteen bytes of a hash: enough that two of a person's items never share one by chance.
pub(crate) type Short = [u8; 16];

/// Makes ids from what an item says, and from how many of the same came before it.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    counts: BTreeMap<Short, u32>,
}

impl Ids {
    /// The id of the next item that says this.
    pub(crate) fn next(&mut self, conversation: &str, parts: &[&[u8]]) -> String {
        let same = short(conversation, parts);
        let count = self.counts.entry(same).or_default();
        *count = count.saturating_add(1);
        let id = short("", &[&same, &count.to_be_bytes()]);
        format!("h{}", HEXLOWER.encode(&id))
    }
}

/// The hash of a conversation and of parts, no two lists of which are alike.
pub(crate) fn short(conversation: &str, parts: &[&[u8]]) -> Short {
    let mut hasher = blake3::Hasher::new_derive_key("xchat v1 archive item");
    for part in std::iter::once(&conversation.as_bytes()).chain(parts) {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        hasher.update(&length.to_be_bytes());
        hasher.update(part);
    }
    let mut id = Short::default();
    hasher.finalize_xof().fill(&mut id);
    id
}

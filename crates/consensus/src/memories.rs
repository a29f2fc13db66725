//! Keeps the duty's memory beside the engine's votes, so that both are lost together or not at all.

use commonware_codec::RangeCfg;
use commonware_storage::metadata::{self, Metadata};
use commonware_utils::sequence::U64;
use xchat_proto::codec;

use crate::duty::Memory;
use crate::error::EngineError;
use crate::links::Runtime;

const MEMORY: u64 = 0;
const MEMORY_BYTES_MAX: usize = 64;

/// The memory on disk.
pub(crate) struct Memories<E: Runtime> {
    store: Option<Metadata<E, U64, Vec<u8>>>,
}

impl<E: Runtime> Memories<E> {
    pub(crate) async fn open(context: E, prefix: &str) -> Result<Self, EngineError> {
        let settings = metadata::Config {
            partition: format!("{prefix}duty"),
            codec_config: (RangeCfg::from(..=MEMORY_BYTES_MAX), ()),
        };
        let store = Metadata::init(context.child("duty"), settings).await;
        Ok(Self {
            store: Some(store.map_err(EngineError::of)?),
        })
    }

    /// What is remembered. None in an empty folder.
    pub(crate) fn present(&self) -> Result<Option<Memory>, EngineError> {
        let bytes = self.store.as_ref().and_then(|store| store.get(&U64::new(MEMORY)));
        let memory = bytes.map(|bytes| codec::decode(bytes, MEMORY_BYTES_MAX));
        memory.transpose().map_err(EngineError::of)
    }

    /// Returns when it is on disk.
    pub(crate) async fn remember(&mut self, memory: Memory) -> Result<(), EngineError> {
        let store = self.store.take().ok_or(EngineError::Ended("the memory"))?;
        let store = store.put_sync(U64::new(MEMORY), codec::encode(&memory)).await;
        self.store = Some(store.map_err(EngineError::of)?);
        Ok(())
    }
}

//! A sealed file as something to read and to seek in.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use xchat_blobs::limits::CHUNK_PLAIN_BYTES;
use xchat_blobs::{Blob, BlobKey, BlobName, BlobStore, OpenError, ReadError, Reading, SealedSize};
use xchat_core::io::{BlobFile, SealedFile};

use super::error::OpenFileError;

/// A sealed file with what opens it.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) blob: Blob,
    pub(crate) key: BlobKey,
    pub(crate) size: u64,
}

impl Opened {
    /// A file of a message. It blocks.
    pub(crate) fn new(store: &BlobStore, sealed: &SealedFile) -> Result<Self, OpenFileError> {
        let BlobFile { file, hash, size } = sealed.blob;
        let sealed_size = SealedSize::of_plain(size).ok_or(OpenFileError::Broken)?;
        let blob = store.open(BlobName::new(file), (*hash.as_bytes()).into(), sealed_size);
        let blob = blob.map_err(|error| match error {
            OpenError::Unknown => OpenFileError::NotHere,
            OpenError::Disk(error) => error.into(),
        })?;
        Ok(Self {
            blob,
            key: BlobKey::new(*sealed.key, sealed.nonce),
            size,
        })
    }

    /// A file of a message that is coming, or is about to. It blocks.
    pub(crate) fn coming(store: &BlobStore, sealed: &SealedFile) -> Result<Self, OpenFileError> {
        let BlobFile { file, hash, size } = sealed.blob;
        let sealed_size = SealedSize::of_plain(size).ok_or(OpenFileError::Broken)?;
        Ok(Self {
            blob: store.create(BlobName::new(file), (*hash.as_bytes()).into(), sealed_size)?,
            key: BlobKey::new(*sealed.key, sealed.nonce),
            size,
        })
    }

    /// A part of it, in pieces.
    pub(crate) fn read(&self, range: Range<u64>) -> Result<Reading, ReadError> {
        self.blob.read_plain(&self.key, self.size, range)
    }

    /// A part of it that fits into memory.
    pub(crate) fn bytes(&self, range: Range<u64>) -> Result<Vec<u8>, ReadError> {
        let mut bytes = Vec::new();
        for piece in self.read(range)? {
            bytes.extend_from_slice(&piece?);
        }
        Ok(bytes)
    }

    /// All of it, to read here and there.
    pub(crate) fn source(&self) -> Source<'_> {
        Source {
            opened: self,
            at: 0,
            chunk: Vec::new(),
            chunk_at: 0,
        }
    }
}

/// Reads a sealed file here and there; it keeps the chunk that was read last.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    opened: &'a Opened,
    at: u64,
    chunk: Vec<u8>,
    chunk_at: u64,
}

impl Source<'_> {
    /// What of the kept chunk lies at the present place.
    fn kept(&self) -> &[u8] {
        let start = self.at.checked_sub(self.chunk_at);
        let start = start.and_then(|start| usize::try_from(start).ok());
        start
            .and_then(|start| self.chunk.get(start..))
            .unwrap_or_default()
    }
}

impl Read for Source<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.opened.size {
            return Ok(0);
        }
        if self.kept().is_empty() {
            let chunk = CHUNK_PLAIN_BYTES as u64;
            let start = self.at / chunk * chunk;
            self.chunk = self
                .opened
                .bytes(start..start.saturating_add(chunk))
                .map_err(io::Error::other)?;
            self.chunk_at = start;
        }
        let kept = self.kept();
        let count = kept.len().min(to.len());
        for (to, from) in to.iter_mut().zip(kept) {
            *to = *from;
        }
        self.at = self.at.saturating_add(count as u64);
        Ok(count)
    }
}

impl Seek for Source<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.opened.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

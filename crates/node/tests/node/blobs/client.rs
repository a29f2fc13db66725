//! A client of the blob service as small as can be, and files to bring.

use std::time::Duration;

use iroh::endpoint::Connection;
use tempfile::TempDir;
use xchat_blobs::{Blob, BlobKey, BlobName, BlobStore, Groups, Imported, ReceiveError, SealedSize};
use xchat_net::address::dialled;
use xchat_net::binding::binding;
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_proto::address::Endpoint;
use xchat_proto::blob_wire::{
    BLOB_ALPN, BlobRefusal, BlobReply, BlobRequest, EraseSecret, GroupRanges, blob_challenge, blob_work_bits,
};
use xchat_proto::capability::{CapabilityClaim, Role};
use xchat_proto::ids::{Hash, LogId};
use xchat_proto::keys::SigningKey;
use xchat_proto::signed::Signed;

use super::super::device::dialler;
use super::super::operators::PATIENCE;

pub(crate) const MIB: u64 = 1024 * 1024;
pub(crate) const SECRET: EraseSecret = EraseSecret([77; 32]);

pub(crate) fn refused(refusal: BlobRefusal) -> BlobReply {
    BlobReply::Refused(refusal)
}

pub(crate) async fn reply(reader: &mut FrameReader) -> BlobReply {
    reader.next().await.unwrap().unwrap()
}

/// Asks again until it is so.
pub(crate) async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap();
}

/// A sealed file on the disk of whoever brings it.
pub(crate) struct File {
    seed: u8,
    plain_bytes: u64,
    imported: Imported,
    store: BlobStore,
    _dir: TempDir,
}

impl File {
    pub(crate) fn new(seed: u8, plain_bytes: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = BlobStore::new(dir.path()).unwrap();
        let plain = plain(seed, plain_bytes);
        let imported = store
            .import(BlobName::new([seed; 16]), &file_key(seed), &plain[..], |_| {
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        Self {
            seed,
            plain_bytes,
            imported,
            store,
            _dir: dir,
        }
    }

    pub(crate) fn name(&self) -> BlobName {
        BlobName::new([self.seed; 16])
    }

    pub(crate) fn blake3(&self) -> blake3::Hash {
        self.imported.hash
    }

    pub(crate) fn size(&self) -> SealedSize {
        self.imported.size
    }

    pub(crate) fn hash(&self) -> Hash {
        Hash(*self.imported.hash.as_bytes())
    }

    pub(crate) fn sealed_bytes(&self) -> u64 {
        self.imported.size.bytes()
    }

    pub(crate) fn plain(&self) -> Vec<u8> {
        plain(self.seed, self.plain_bytes)
    }

    /// What is in a blob that has come.
    pub(crate) fn read(&self, blob: &Blob) -> Vec<u8> {
        let all = 0..self.plain_bytes;
        let pieces = blob
            .read_plain(&file_key(self.seed), self.plain_bytes, all)
            .unwrap();
        pieces.collect::<Result<Vec<_>, _>>().unwrap().concat()
    }

    pub(crate) fn reserve(&self, log: LogId, epoch: u64) -> BlobRequest {
        self.reserve_as(log, epoch, self.sealed_bytes())
    }

    /// The same, with a size that may be another.
    pub(crate) fn reserve_as(&self, log: LogId, epoch: u64, sealed_bytes: u64) -> BlobRequest {
        let hash = self.hash();
        let challenge = blob_challenge(&log, &hash, sealed_bytes);
        BlobRequest::Reserve {
            log,
            epoch,
            hash,
            sealed_bytes,
            erase: SECRET.hash(),
            keep_days: 30,
            work: challenge.solve(blob_work_bits(sealed_bytes), 0..1 << 20).unwrap(),
        }
    }

    pub(crate) fn put(&self, log: LogId, epoch: u64) -> BlobRequest {
        let hash = self.hash();
        BlobRequest::Put { log, epoch, hash }
    }

    pub(crate) fn have(&self, log: LogId, epoch: u64) -> BlobRequest {
        let hash = self.hash();
        BlobRequest::Have { log, epoch, hash }
    }

    pub(crate) fn get(&self, log: LogId, epoch: u64) -> BlobRequest {
        self.get_some(log, epoch, &GroupRanges::all())
    }

    pub(crate) fn get_some(&self, log: LogId, epoch: u64, groups: &GroupRanges) -> BlobRequest {
        BlobRequest::Get {
            log,
            epoch,
            hash: self.hash(),
            groups: groups.clone(),
        }
    }

    pub(crate) fn erase(&self, log: LogId, secret: EraseSecret) -> BlobRequest {
        let hash = self.hash();
        BlobRequest::Erase { log, hash, secret }
    }

    /// The bytes of the stream that brings some groups.
    pub(crate) fn stream(&self, groups: &GroupRanges) -> Vec<u8> {
        let blob = self
            .store
            .open(self.name(), self.imported.hash, self.imported.size)
            .unwrap();
        let serving = blob.serve(&Groups::new(groups.as_slice().iter().cloned()));
        let pieces = serving.collect::<Result<Vec<_>, _>>().unwrap();
        pieces.concat()
    }

    /// Sends the first so many bytes of what is wanted, and finishes the stream. The node may end it before.
    pub(crate) async fn send(&self, writer: &mut FrameWriter, groups: &GroupRanges, up_to: u64) {
        let bytes = self.stream(groups);
        let up_to = usize::try_from(up_to).unwrap_or(usize::MAX).min(bytes.len());
        if writer.stream().write_all(&bytes[..up_to]).await.is_ok() {
            let _ = writer.stream().finish();
        }
    }
}

fn file_key(seed: u8) -> BlobKey {
    BlobKey::new([seed; 32], [seed; 7])
}

fn plain(seed: u8, bytes: u64) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[seed]);
    let mut plain = vec![0; usize::try_from(bytes).unwrap()];
    hasher.finalize_xof().fill(&mut plain);
    plain
}

/// A connection to the blob service.
pub(crate) struct BlobDevice {
    pub(crate) connection: Connection,
    home: Endpoint,
    _endpoint: iroh::Endpoint,
}

impl BlobDevice {
    pub(crate) async fn new(seed: u8, home: &Endpoint) -> Self {
        let endpoint = dialler(seed).await;
        let connection = endpoint.connect(dialled(home).unwrap(), BLOB_ALPN).await.unwrap();
        Self {
            connection,
            home: home.clone(),
            _endpoint: endpoint,
        }
    }

    /// The same, with a proof.
    pub(crate) async fn member(seed: u8, home: &Endpoint, log: LogId, epoch: u64, key: &SigningKey) -> Self {
        let device = Self::new(seed, home).await;
        let proof = device.proof(log, epoch, key);
        assert_eq!(device.ask(proof).await, BlobReply::Done);
        device
    }

    /// The proof of a capability on this connection.
    pub(crate) fn proof(&self, log: LogId, epoch: u64, key: &SigningKey) -> BlobRequest {
        let claim = CapabilityClaim {
            role: Role::Member,
            home: self.home.id,
            log,
            epoch,
            binding: binding(&self.connection).unwrap(),
        };
        BlobRequest::Prove {
            claim: Signed::new(&claim, key).unwrap(),
        }
    }

    /// A new stream with these requests on it.
    pub(crate) async fn open(&self, requests: Vec<BlobRequest>) -> (FrameReader, FrameWriter) {
        let (send, recv) = self.connection.open_bi().await.unwrap();
        let mut writer = FrameWriter::new(send);
        for request in &requests {
            writer.push(request).unwrap();
        }
        writer.flush().await.unwrap();
        (FrameReader::new(recv), writer)
    }

    pub(crate) async fn ask(&self, request: BlobRequest) -> BlobReply {
        let (mut reader, _writer) = self.open(vec![request]).await;
        let reply = tokio::time::timeout(Duration::from_secs(120), reply(&mut reader));
        reply.await.unwrap()
    }

    /// Brings a file for which there is room; the last answer comes back.
    pub(crate) async fn bring(&self, file: &File, log: LogId, epoch: u64) -> BlobReply {
        let (mut reader, mut writer) = self.open(vec![file.put(log, epoch)]).await;
        match reply(&mut reader).await {
            BlobReply::Wanted { groups } => {
                let (_, reply) = tokio::join!(file.send(&mut writer, &groups, u64::MAX), reply(&mut reader));
                reply
            }
            other => other,
        }
    }

    /// Makes room and brings a file.
    pub(crate) async fn store(&self, file: &File, log: LogId, epoch: u64) {
        assert_eq!(self.ask(file.reserve(log, epoch)).await, BlobReply::Done);
        assert_eq!(self.bring(file, log, epoch).await, BlobReply::Stored);
    }

    /// Takes groups of a file.
    pub(crate) async fn take(
        &self,
        file: &File,
        blob: &Blob,
        log: LogId,
        epoch: u64,
        groups: &GroupRanges,
    ) -> Result<(), ReceiveError> {
        let (mut reader, _writer) = self.open(vec![file.get_some(log, epoch, groups)]).await;
        let mut receiving = blob.receive(&Groups::new(groups.as_slice().iter().cloned()));
        if reply(&mut reader).await != BlobReply::Sending {
            return Err(ReceiveError::CutOff);
        }
        let (rest, mut stream) = reader.into_rest();
        receiving.push(&rest)?;
        while let Ok(Some(chunk)) = stream.read_chunk(usize::MAX).await {
            receiving.push(&chunk)?;
        }
        receiving.finish()
    }

    /// Takes groups of a file, and reads it.
    pub(crate) async fn fetch(&self, file: &File, log: LogId, epoch: u64, groups: &GroupRanges) -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let store = BlobStore::new(dir.path()).unwrap();
        let blob = store.create(file.name(), file.blake3(), file.size()).unwrap();
        self.take(file, &blob, log, epoch, groups).await.unwrap();
        file.read(&blob)
    }
}

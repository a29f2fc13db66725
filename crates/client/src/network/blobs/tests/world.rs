//! A home, a client of it, and files.

use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use iroh::endpoint::Connection;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use xchat_blobs::{BlobKey, BlobName, BlobStore, Imported};
use xchat_core::io::{BlobFile, Input};
use xchat_net::endpoint::{EndpointConfig, Listen, Part, bind};
use xchat_node::{NodeConfig, NodeHandle, spawn};
use xchat_proto::blob_wire::BLOB_ALPN;
use xchat_proto::capability::Role;
use xchat_proto::keys::SigningKey;
use xchat_proto::limits::LOG_WORK_BITS;
use xchat_proto::mailbox_wire::{MAILBOX_ALPN, Reply, ReplyFrame, Request, RequestFrame, log_challenge};
use zeroize::Zeroizing;

use super::super::*;
use crate::network::bytes::usage;
use crate::window::Windows;

pub(super) const MIB: u64 = 1024 * 1024;
const LOG: LogId = LogId([3; 32]);
const SECRET: EraseSecret = EraseSecret([4; 32]);

pub(super) fn capability(epoch: u64, key: SigningKey) -> Capability {
    Capability {
        role: Role::Member,
        log: LOG,
        epoch,
        key,
    }
}

/// What a member of the conversation proves.
pub(super) fn member() -> Capability {
    capability(0, key())
}

fn key() -> SigningKey {
    SigningKey::from_seed(&[5; 32])
}

async fn endpoint(seed: u8, alpns: Vec<Vec<u8>>) -> iroh::Endpoint {
    let config = EndpointConfig {
        seed: Zeroizing::new([seed; 32]),
        alpns,
        listen: Listen::Sockets(vec!["127.0.0.1:0".parse().unwrap()]),
        relays: Vec::new(),
        external: Vec::new(),
        part: Part::Client,
    };
    bind(config).await.unwrap()
}

/// Where files come to.
pub(super) fn store() -> (BlobStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (BlobStore::new(folder.path().join("blobs")).unwrap(), folder)
}

/// The most memory that this process has had, in bytes; none where nobody tells.
pub(super) fn peak_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// A file that nobody has in memory.
struct Plain {
    reader: blake3::OutputReader,
}

fn plain(seed: u8, bytes: u64) -> impl Read {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[seed]);
    let reader = hasher.finalize_xof();
    Plain { reader }.take(bytes)
}

impl Read for Plain {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.reader.fill(buffer);
        Ok(buffer.len())
    }
}

/// A sealed file of whoever sends it.
pub(super) struct File {
    seed: u8,
    plain_bytes: u64,
    imported: Imported,
    store: BlobStore,
    folder: TempDir,
}

impl File {
    pub(super) fn new(seed: u8, plain_bytes: u64) -> Self {
        let (store, folder) = store();
        let key = BlobKey::new([seed; 32], [seed; 7]);
        let imported = store
            .import(BlobName::new([seed; 16]), &key, plain(seed, plain_bytes), |_| {
                ControlFlow::Continue(())
            })
            .unwrap();
        Self {
            seed,
            plain_bytes,
            imported,
            store,
            folder,
        }
    }

    pub(super) fn store(&self) -> &BlobStore {
        &self.store
    }

    pub(super) fn as_the_machine_knows_it(&self) -> BlobFile {
        BlobFile {
            file: [self.seed; 16],
            hash: self.hash(),
            size: self.plain_bytes,
        }
    }

    fn name(&self) -> BlobName {
        BlobName::new([self.seed; 16])
    }

    fn hash(&self) -> Hash {
        Hash(*self.imported.hash.as_bytes())
    }

    fn blob(&self) -> Blob {
        self.store
            .open(self.name(), self.imported.hash, self.imported.size)
            .unwrap()
    }

    pub(super) fn sealed_bytes(&self) -> u64 {
        self.imported.size.bytes()
    }

    pub(super) fn groups(&self) -> u64 {
        self.imported.size.groups()
    }

    /// The same blob somewhere else, of which nothing is there.
    pub(super) fn create_in(&self, store: &BlobStore) -> Blob {
        store
            .create(self.name(), self.imported.hash, self.imported.size)
            .unwrap()
    }

    /// Whether all of it has come.
    pub(super) fn is_in(&self, blob: &Blob) -> bool {
        let key = BlobKey::new([self.seed; 32], [self.seed; 7]);
        let mut expected = plain(self.seed, self.plain_bytes);
        let pieces = blob
            .read_plain(&key, self.plain_bytes, 0..self.plain_bytes)
            .unwrap();
        let mut read = 0;
        for piece in pieces {
            let piece = piece.unwrap();
            let mut same = vec![0; piece.len()];
            expected.read_exact(&mut same).unwrap();
            assert!(piece[..] == same[..]);
            read += piece.len() as u64;
        }
        read == self.plain_bytes
    }

    /// What a home gives of it to somebody who has nothing.
    pub(super) fn stream(&self) -> Vec<u8> {
        let pieces = self.blob().serve(&Groups::all()).collect::<Result<Vec<_>, _>>();
        pieces.unwrap().concat()
    }

    /// The disk loses one byte of it.
    pub(super) fn spoil(&self) {
        let name = self.name().to_string();
        let (folder, rest) = name.split_at(2);
        let path = self
            .folder
            .path()
            .join("blobs")
            .join(folder)
            .join(format!("{rest}.data"));
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();
    }
}

/// Somebody who uses a home.
#[derive(Clone)]
pub(super) struct Client {
    homes: Arc<BlobHomes>,
    home: Endpoint,
    /// What is told is of no interest here.
    inputs: mpsc::Sender<Input>,
    used: Arc<Mutex<Vec<crate::network::bytes::Gone>>>,
}

impl Client {
    async fn new(seed: u8, home: Endpoint) -> Self {
        let homes = BlobHomes::new(endpoint(seed, Vec::new()).await, Labour::new());
        Self {
            homes: Arc::new(homes),
            home,
            inputs: mpsc::channel(1).0,
            used: Arc::default(),
        }
    }

    pub(super) fn homes(&self) -> Arc<BlobHomes> {
        self.homes.clone()
    }

    fn meter(&self, there: u64) -> Meter {
        Meter::new(1, self.inputs.clone(), there)
    }

    fn in_use(&self) -> InUse {
        let (in_use, gone) = usage();
        self.used.lock().unwrap().push(gone);
        in_use
    }

    /// Waits until nothing uses a file any more.
    pub(super) async fn is_let_go(&self) {
        let used = std::mem::take(&mut *self.used.lock().unwrap());
        for gone in used {
            gone.wait().await;
        }
    }

    pub(super) async fn put(&self, file: &File) -> Result<(), HomeError> {
        self.put_as(file, &member()).await
    }

    pub(super) async fn put_as(&self, file: &File, capability: &Capability) -> Result<(), HomeError> {
        let address = Address {
            home: &self.home,
            capability,
            hash: file.hash(),
        };
        let in_use = self.in_use();
        let meter = |there| self.meter(there);
        self.homes
            .put(address, &file.blob(), SECRET, &in_use, meter)
            .await
    }

    /// Fetches what is missing.
    pub(super) async fn get(&self, file: &File, blob: &Blob) -> Result<(), HomeError> {
        let capability = member();
        let address = Address {
            home: &self.home,
            capability: &capability,
            hash: file.hash(),
        };
        let missing = blob.missing(&Groups::all()).unwrap();
        let course = Course::new(missing, Windows::default().of(*file.name().bytes()));
        let in_use = self.in_use();
        let meter = |there| self.meter(there);
        self.homes.get(address, blob, course, &in_use, meter).await
    }

    pub(super) async fn erase(&self, file: &File) -> Result<(), HomeError> {
        self.homes.erase(&self.home, LOG, file.hash(), SECRET).await
    }
}

/// A node and a client of it.
pub(super) struct World {
    pub(super) client: Client,
    node: Option<NodeHandle>,
    folder: TempDir,
}

fn config(folder: &Path, log_bytes: u64) -> NodeConfig {
    let mut config = NodeConfig::local(folder.to_owned());
    config.blobs.quotas.log_bytes = log_bytes;
    config.blobs.free_bytes = 0;
    config
}

impl World {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let node = spawn(config(folder.path(), 1 << 30)).await.unwrap();
        create_log(&node).await;
        Self {
            client: Client::new(51, node.endpoint().clone()).await,
            node: Some(node),
            folder,
        }
    }

    pub(super) fn node(&self) -> &NodeHandle {
        self.node.as_ref().unwrap()
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The disk loses every other group of all files below a folder.
    pub(super) fn pierce_files(&self, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.pierce_files(&path);
            } else if path.extension().is_some_and(|end| end == "data") {
                let mut bytes = std::fs::read(&path).unwrap();
                bytes
                    .iter_mut()
                    .step_by(2 * GROUP_BYTES)
                    .for_each(|byte| *byte ^= 1);
                std::fs::write(&path, bytes).unwrap();
            }
        }
    }

    pub(super) async fn stop_node(&mut self) {
        self.node.take().unwrap().shutdown().await;
    }

    /// Starts it again, with this room for a log.
    pub(super) async fn start_node(&mut self, log_bytes: u64) {
        let node = spawn(config(self.folder.path(), log_bytes)).await.unwrap();
        assert_eq!(*node.endpoint(), self.client.home);
        self.node = Some(node);
    }

    pub(super) async fn shut_down(mut self) {
        self.stop_node().await;
    }
}

async fn create_log(node: &NodeHandle) {
    let endpoint = endpoint(52, Vec::new()).await;
    let address = xchat_net::address::dialled(node.endpoint()).unwrap();
    let connection = endpoint.connect(address, MAILBOX_ALPN).await.unwrap();
    let (send, receive) = connection.open_bi().await.unwrap();
    let capability = key().public();
    let challenge = log_challenge(&LOG, &capability);
    let request = Request::CreateConversation {
        log: LOG,
        epoch: 0,
        capability,
        work: challenge.solve(LOG_WORK_BITS, 0..1 << 20).unwrap(),
    };
    let mut writer = FrameWriter::new(send);
    writer.send(&RequestFrame { id: 1, request }).await.unwrap();
    let reply: ReplyFrame = FrameReader::new(receive).next().await.unwrap().unwrap();
    assert_eq!(reply.reply, Reply::Done);
    endpoint.close().await;
}

/// A home that answers what it is told to, then sends what it is told to.
pub(super) struct FakeHome {
    pub(super) client: Client,
    connection: mpsc::Receiver<Connection>,
    streams: Arc<AtomicUsize>,
    _serving: JoinSet<()>,
}

impl FakeHome {
    pub(super) async fn new(seed: u8, replies: Vec<BlobReply>, bytes: Vec<u8>) -> Self {
        let endpoint = endpoint(seed, vec![BLOB_ALPN.to_vec()]).await;
        let home = xchat_net::address::told(&endpoint.addr());
        let (accepted, connection) = mpsc::channel(1);
        let streams = Arc::new(AtomicUsize::new(0));
        let mut serving = JoinSet::new();
        let count = streams.clone();
        serving.spawn(async move {
            let connection = endpoint.accept().await.unwrap().await.unwrap();
            accepted.send(connection.clone()).await.unwrap();
            while let Ok((send, receive)) = connection.accept_bi().await {
                count.fetch_add(1, Ordering::Relaxed);
                let (mut reader, mut writer) = (FrameReader::new(receive), FrameWriter::new(send));
                let mut request: BlobRequest = reader.next().await.unwrap().unwrap();
                if let BlobRequest::Prove { .. } = request {
                    writer.send(&BlobReply::Done).await.unwrap();
                    request = reader.next().await.unwrap().unwrap();
                }
                assert!(!matches!(request, BlobRequest::Prove { .. }));
                for reply in &replies {
                    let _ = writer.send(reply).await;
                }
                let _ = writer.stream().write_all(&bytes).await;
                let _ = writer.stream().finish();
                while let Ok(Some(_)) = reader.bytes().await {}
            }
        });
        Self {
            client: Client::new(seed + 100, home).await,
            connection,
            streams,
            _serving: serving,
        }
    }

    pub(super) fn streams(&self) -> usize {
        self.streams.load(Ordering::Relaxed)
    }

    /// Whether the client has broken with it.
    pub(super) async fn left_as_a_liar(mut self) -> bool {
        let connection = self.connection.recv().await.unwrap();
        CloseCode::of(&connection.closed().await) == Some(CloseCode::Misbehaved)
    }
}

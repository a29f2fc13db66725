//! A network of nodes on a simulated network, and what must be true of it whatever happened.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use commonware_cryptography::ed25519::PublicKey;
use commonware_p2p::simulated::{
    Config as NetworkConfig, Control, Link, Network as SimulatedNetwork, Oracle, Receiver, Sender,
    SocketManager,
};
use commonware_runtime::deterministic::{self, Context};
use commonware_runtime::{Clock as _, Handle, Runner as _, Spawner as _, Supervisor as _};
use commonware_utils::{NZUsize, probability};
use tempfile::TempDir;
use tokio::sync::{Mutex, mpsc, watch};
use xchat_directory::store::{DiskStore, MemoryStore};
use xchat_directory::{Directory, Restore, Retention};
use xchat_proto::certificate::quorum;
use xchat_proto::keys::SigningKey;
use xchat_proto::light::Anchor;
use xchat_proto::operator::{Change, NetworkFile, Operator};

use crate::application::Pace;
use crate::chain::Chain;
use crate::duty::Role;
use crate::error::EngineError;
use crate::host::{self, Settings};
use crate::keys::{Keys, engine_key};
use crate::links::{Links, Network, message_bytes_max, quotas};
use crate::testing::{NOON_MS, key, name, network, operator, registration, vote};

/// Blocks in an epoch.
pub(super) const EPOCH: u64 = 12;
/// Blocks from one snapshot to the next.
const SNAPSHOT_EVERY: u64 = 5;
const PEERS_MAX: usize = 16;
const STEP: Duration = Duration::from_millis(100);

/// The simulated network as a node has it.
pub(super) struct Plain;

impl Network for Plain {
    type Sender = Sender<PublicKey, Context>;
    type Receiver = Receiver<PublicKey>;
    type Peers = SocketManager<PublicKey, Context>;
    type Blocker = Control<PublicKey, Context>;
}

pub(super) struct Running {
    pub(super) chain: Arc<Chain>,
    role: watch::Receiver<Role>,
    handle: Handle<EngineError>,
}

pub(super) struct Node {
    key: SigningKey,
    pub(super) peer: PublicKey,
    /// Counts its disks.
    pub(super) disk: u32,
    pub(super) folder: TempDir,
    pub(super) running: Option<Running>,
}

/// A network of nodes.
pub(super) struct World {
    context: Context,
    oracle: Oracle<PublicKey, Context>,
    pub(super) file: NetworkFile,
    pub(super) nodes: Vec<Node>,
    /// Twins of liars: they count for safety, and for nothing else.
    pub(super) twins: Vec<(TempDir, Running)>,
    links: BTreeSet<(usize, usize)>,
    registered: u32,
}

/// Runs a story on a network of so many validators and of others who are not in the set yet.
pub(super) fn story<F, Fut>(seed: u64, validators: u8, others: u8, tell: F)
where
    F: FnOnce(World) -> Fut,
    Fut: Future<Output = World>,
{
    let settings = deterministic::Config::default()
        .with_seed(seed)
        .with_start_time(UNIX_EPOCH + Duration::from_millis(NOON_MS));
    deterministic::Runner::new(settings).start(|context| async move {
        let world = World::new(context, validators, others).await;
        let world = tell(world).await;
        world.assert_safe();
    });
}

pub(super) fn operator_of(index: usize) -> Operator {
    let seed = u8::try_from(index).unwrap() + 1;
    operator(&key(seed), 10_000 + u16::from(seed))
}

fn keys_of(count: usize) -> Vec<SigningKey> {
    (0..count)
        .map(|index| key(u8::try_from(index).unwrap() + 1))
        .collect()
}

impl World {
    async fn new(context: Context, validators: u8, others: u8) -> Self {
        let settings = NetworkConfig {
            max_size: message_bytes_max(16),
            max_peers_per_set: NZUsize!(PEERS_MAX),
            disconnect_on_block: true,
            tracked_peer_sets: NZUsize!(4),
        };
        let (network_task, oracle) = SimulatedNetwork::new(context.child("network"), settings);
        network_task.start();
        let first = (0..usize::from(validators)).map(operator_of).collect();
        let file = network(first, u32::try_from(EPOCH).unwrap(), NOON_MS - 1_000);
        let nodes = keys_of(usize::from(validators + others))
            .into_iter()
            .map(|key| Node {
                peer: engine_key(&key.public()).unwrap(),
                key,
                disk: 0,
                folder: tempfile::tempdir().unwrap(),
                running: None,
            })
            .collect();
        let mut world = Self {
            context,
            oracle,
            file,
            nodes,
            twins: Vec::new(),
            links: BTreeSet::new(),
            registered: 0,
        };
        world.heal().await;
        world
    }

    pub(super) fn context(&self) -> &Context {
        &self.context
    }

    pub(super) fn all(&self) -> Vec<usize> {
        (0..self.nodes.len()).collect()
    }

    pub(super) fn keys(&self, index: usize) -> Keys {
        Keys::new(&self.nodes[index].key, &self.file.genesis.id()).unwrap()
    }

    fn open(&self, folder: &TempDir) -> (Arc<Chain>, crate::gossip::OwnOperations) {
        let NetworkFile { genesis, operators } = self.file.clone();
        let first = Directory::open(MemoryStore::default(), genesis.clone(), &operators).unwrap();
        let header = first.head().header.clone();
        let store = DiskStore::open(&folder.path().join("directory")).unwrap();
        let mut directory = Directory::open(store, genesis, &operators).unwrap();
        directory.retain(Retention {
            blocks: 10_000,
            snapshot_every: SNAPSHOT_EVERY,
        });
        let (gossip, own) = mpsc::channel(1024);
        let context = self.context.child("clock");
        let clock = Arc::new(move || {
            let since = context.current().duration_since(UNIX_EPOCH).unwrap();
            u64::try_from(since.as_millis()).unwrap()
        });
        (
            Arc::new(Chain::new(directory, header, clock, gossip)),
            Arc::new(Mutex::new(own)),
        )
    }

    /// A node's channels.
    pub(super) async fn plain_links(&self, index: usize) -> Links<Plain> {
        let control = self.oracle.control(self.nodes[index].peer.clone());
        let [votes, certificates, resolver, blocks, backfill, operations] = quotas();
        Links {
            peers: self.oracle.socket_manager(),
            votes: control.register(0, votes).await.unwrap(),
            certificates: control.register(1, certificates).await.unwrap(),
            resolver: control.register(2, resolver).await.unwrap(),
            blocks: control.register(3, blocks).await.unwrap(),
            backfill: control.register(4, backfill).await.unwrap(),
            operations: control.register(5, operations).await.unwrap(),
            blocker: control,
        }
    }

    pub(super) fn run<N: Network>(
        &self,
        index: usize,
        prefix: String,
        folder: &TempDir,
        links: Links<N>,
    ) -> Running {
        let (chain, own) = self.open(folder);
        let (role_sender, role) = watch::channel(Role::Waiting);
        let settings = Settings {
            keys: self.keys(index),
            heartbeat: Duration::from_millis(400),
            pace: Pace {
                gossip: Duration::from_millis(4),
                block: Duration::from_millis(20),
                hurry: Duration::from_millis(50),
            },
            blocks_kept: 1_000,
            prefix,
            listen: operator_of(index).consensus.unwrap().0,
            unused: None,
            peers_max: PEERS_MAX,
        };
        let shared = Arc::clone(&chain);
        let context = self.context.child("node").with_attribute("index", index);
        let handle =
            context.spawn(move |context| host::run(context, settings, shared, links, own, role_sender));
        Running { chain, role, handle }
    }

    /// Starts a node from what its disk holds.
    pub(super) async fn start(&mut self, index: usize) {
        let links = self.plain_links(index).await;
        let node = &self.nodes[index];
        let prefix = format!("n{index}-{}-", node.disk);
        let running = self.run(index, prefix, &node.folder, links);
        self.nodes[index].running = Some(running);
    }

    pub(super) async fn start_all(&mut self) {
        for index in self.all() {
            self.start(index).await;
        }
    }

    /// Kills a node.
    pub(super) async fn crash(&mut self, index: usize) {
        let running = self.nodes[index].running.take().unwrap();
        running.handle.abort();
        let _ = running.handle.await;
        drop(running.role);
        // Its tasks end when they are next looked at; the disk is free then.
        while Arc::strong_count(&running.chain) > 1 {
            self.context.sleep(Duration::from_millis(1)).await;
        }
    }

    /// Gives a crashed node an empty disk.
    pub(super) fn wipe(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        assert!(node.running.is_none());
        node.disk += 1;
        node.folder = tempfile::tempdir().unwrap();
    }

    /// Puts another's newest snapshot in the place of a crashed node's directory, as a node does that is too far
    /// behind. The votes of its engine stay. Returns the snapshot's height.
    pub(super) fn put_snapshot(&mut self, index: usize, from: usize) -> u64 {
        let reader = self.chain(from).reader();
        let folder = tempfile::tempdir().unwrap();
        let store = DiskStore::open(&folder.path().join("directory")).unwrap();
        let genesis = self.file.genesis.clone();
        let anchor = Anchor::genesis(&genesis);
        let mut restore = Restore::open(store, genesis, anchor).unwrap();
        loop {
            let wanted = restore.wanted();
            let part = reader.snapshot_part(wanted.height, wanted.after, 1 << 20);
            let part = part.unwrap().unwrap();
            let handovers = reader.handovers(wanted.known).unwrap();
            let now_ms = self.chain(from).now_ms();
            if restore.add(&part, handovers.as_slice(), now_ms).unwrap() {
                let node = &mut self.nodes[index];
                assert!(node.running.is_none());
                node.folder = folder;
                return part.certified.header.height;
            }
        }
    }

    /// Cuts the network into groups. Who is in none is alone.
    pub(super) async fn partition(&mut self, groups: &[&[usize]]) {
        let together = |one: usize, other: usize| {
            groups
                .iter()
                .any(|group| group.contains(&one) && group.contains(&other))
        };
        for one in self.all() {
            for other in self.all() {
                if one == other {
                    continue;
                }
                let (from, to) = (self.nodes[one].peer.clone(), self.nodes[other].peer.clone());
                match (together(one, other), self.links.contains(&(one, other))) {
                    (true, false) => {
                        let link = Link {
                            latency: Duration::from_millis(10),
                            jitter: Duration::from_millis(3),
                            success_rate: probability!(1.0),
                        };
                        self.oracle.add_link(from, to, link).await.unwrap();
                        self.links.insert((one, other));
                    }
                    (false, true) => {
                        self.oracle.remove_link(from, to).await.unwrap();
                        self.links.remove(&(one, other));
                    }
                    _ => {}
                }
            }
        }
    }

    /// Connects everybody.
    pub(super) async fn heal(&mut self) {
        let all = self.all();
        self.partition(&[&all]).await;
    }

    fn running(&self, index: usize) -> &Running {
        self.nodes[index].running.as_ref().unwrap()
    }

    pub(super) fn chain(&self, index: usize) -> &Arc<Chain> {
        &self.running(index).chain
    }

    pub(super) fn role(&self, index: usize) -> Role {
        *self.running(index).role.borrow()
    }

    pub(super) fn height(&self, index: usize) -> u64 {
        self.chain(index).height()
    }

    pub(super) fn epoch(&self, index: usize) -> u64 {
        self.height(index).saturating_add(1) / EPOCH
    }

    /// The greatest height that any of these nodes has.
    pub(super) fn top(&self, nodes: &[usize]) -> u64 {
        nodes.iter().map(|node| self.height(*node)).max().unwrap_or(0)
    }

    /// Passes blocks to nodes that are behind from those whom they can reach, as the node crate does.
    fn pass_blocks(&self) {
        let running: Vec<usize> = self
            .all()
            .into_iter()
            .filter(|index| self.nodes[*index].running.is_some())
            .collect();
        for behind in &running {
            let sources = running
                .iter()
                .filter(|ahead| self.links.contains(&(**ahead, *behind)));
            let validators = self.file.genesis.validators.as_slice().len();
            let new = sources.clone().chain([behind]);
            let new = new.filter(|node| **node < validators && self.height(**node) == 0);
            if new.count() >= quorum(validators) {
                self.chain(*behind).tell_quorum_is_new();
            }
            let Some(ahead) = sources.max_by_key(|ahead| self.height(**ahead)) else {
                continue;
            };
            let (height, best) = (self.height(*behind), self.height(*ahead));
            let is_voting = self.role(*behind) == Role::Validator;
            if best <= height || (is_voting && best < height + 2 * EPOCH) {
                continue;
            }
            let reader = self.chain(*ahead).reader();
            let (blocks, above) = reader.final_blocks(height + 1, 1 << 20).unwrap();
            self.chain(*behind).import(&blocks, above.as_ref()).unwrap();
        }
    }

    /// Lets time pass until it is so; panics when it is not within this many seconds.
    pub(super) async fn until(&self, what: &str, seconds: u64, mut is_so: impl FnMut(&Self) -> bool) {
        let end = self.context.current() + Duration::from_secs(seconds);
        while !is_so(self) {
            assert!(
                self.context.current() < end,
                "{what}: not within {seconds} s; {}",
                self.places()
            );
            self.pass_blocks();
            self.context.sleep(STEP).await;
        }
    }

    fn places(&self) -> String {
        let place = |node: &Node| match &node.running {
            Some(running) => format!("{}:{:?}", running.chain.height(), *running.role.borrow()),
            None => "down".to_owned(),
        };
        self.nodes.iter().map(place).collect::<Vec<_>>().join(" ")
    }

    /// Lets time pass.
    pub(super) async fn pass(&self, seconds: u64) {
        let end = self.context.current() + Duration::from_secs(seconds);
        while self.context.current() < end {
            self.pass_blocks();
            self.context.sleep(STEP).await;
        }
    }

    /// Lets the nodes become older than the margin by which clocks may differ: from then on, who is let in votes at
    /// once.
    pub(super) async fn grow_up(&self) {
        self.pass(50).await;
    }

    /// Registers a name through one node, and waits until all of these nodes have it.
    pub(super) async fn register(&mut self, through: usize, nodes: &[usize]) {
        self.registered += 1;
        let text = format!("name_{}", self.registered);
        let operation = registration(self.file.genesis.id(), &text, 1);
        self.chain(through).submit(operation, None).unwrap();
        self.until(&text, 60, |world| {
            nodes.iter().all(|node| {
                let reader = world.chain(*node).reader();
                reader.record(&name(&text)).unwrap().is_some()
            })
        })
        .await;
    }

    /// Lets these validators vote for a change of the committee.
    pub(super) fn vote(&self, voters: &[usize], change: &Change) {
        let closes_ms = NOON_MS + 3_600_000;
        for voter in voters {
            let chain = self.chain(*voter);
            let committee = chain.reader().committee().clone();
            let network = self.file.genesis.id();
            let operation = vote(network, &committee, change, closes_ms, &self.nodes[*voter].key);
            chain.submit(operation, None).unwrap();
        }
    }

    /// Whether this operator is in the set, as these nodes see it.
    pub(super) fn validates(&self, operator: usize, nodes: &[usize]) -> bool {
        let key = self.nodes[operator].key.public();
        let has = |node: &usize| self.chain(*node).reader().committee().operator(&key).is_some();
        nodes.iter().all(has)
    }

    /// The heights in a range that carry a node's signature, as another has them.
    pub(super) fn signed_by(&self, signer: usize, seen_by: usize, heights: std::ops::Range<u64>) -> Vec<u64> {
        let reader = self.chain(seen_by).reader();
        let key = self.nodes[signer].key.public();
        // The sets don't change where this is asked.
        let validators = reader.committee().validators();
        let place = validators
            .as_slice()
            .iter()
            .position(|validator| *validator == key)
            .unwrap();
        heights
            .filter(|height| {
                let block = reader.blocks(*height, 0).unwrap().into_iter().next().unwrap();
                block.certificate.is_some_and(|certificate| {
                    certificate
                        .signers(validators.as_slice().len())
                        .unwrap()
                        .contains(&place)
                })
            })
            .collect()
    }
}

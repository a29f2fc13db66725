//! Links against a real node.

use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use tokio::time::timeout;
use xchat_net::endpoint::{EndpointConfig, Listen, Part, bind};
use xchat_node::{NodeConfig, NodeHandle, spawn};
use xchat_proto::capability::Role;
use xchat_proto::codec::Blob;
use xchat_proto::keys::SigningKey;
use xchat_proto::limits::LOG_WORK_BITS;
use xchat_proto::mailbox_wire::{EntryBody, Refusal, Reply, SubscriptionFrame, log_challenge};
use xchat_proto::work::Work;
use zeroize::Zeroizing;

use super::*;

const PATIENCE: Duration = Duration::from_secs(30);
const EPOCH: u64 = 4;

struct World {
    _folder: tempfile::TempDir,
    node: NodeHandle,
    homes: Homes,
    inputs: mpsc::Receiver<Input>,
    key: SigningKey,
    log: LogId,
}

async fn endpoint(seed: u8) -> iroh::Endpoint {
    let config = EndpointConfig {
        seed: Zeroizing::new([seed; 32]),
        alpns: Vec::new(),
        listen: Listen::Sockets(vec!["127.0.0.1:0".parse().unwrap()]),
        relays: Vec::new(),
        external: Vec::new(),
        part: Part::Client,
    };
    bind(config).await.unwrap()
}

async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let node = spawn(NodeConfig::local(folder.path().to_owned())).await.unwrap();
    let (hand_in, inputs) = mpsc::channel(1024);
    let endpoints = LaneEndpoints {
        inbox: endpoint(11).await,
        conversations: endpoint(12).await,
    };
    let mut log = [0; 32];
    ChaCha20Rng::from_seed([9; 32]).fill_bytes(&mut log);
    World {
        _folder: folder,
        node,
        homes: Homes::new(endpoints, Labour::new(), hand_in),
        inputs,
        key: SigningKey::from_seed(&[3; 32]),
        log: LogId(log),
    }
}

impl World {
    fn ask(&mut self, tag: Tag, price: Option<Price>, request: Request) {
        let request = HomeRequest {
            tag,
            home: self.node.endpoint().clone(),
            capability: price.is_none().then(|| self.capability()),
            price,
            request,
        };
        assert!(self.homes.request(Lane::Conversations, request).is_none());
    }

    fn capability(&self) -> Capability {
        Capability {
            role: Role::Member,
            log: self.log,
            epoch: EPOCH,
            key: self.key.clone(),
        }
    }

    fn create(&mut self, tag: Tag) {
        self.create_for(tag, LOG_WORK_BITS);
    }

    /// Creates the log at a price of its own; a home takes more work than it asks for.
    fn create_for(&mut self, tag: Tag, bits: u8) {
        let price = Price {
            challenge: log_challenge(&self.log, &self.key.public()),
            bits,
        };
        let request = Request::CreateConversation {
            log: self.log,
            epoch: EPOCH,
            capability: self.key.public(),
            work: Work(0),
        };
        self.ask(tag, Some(price), request);
    }

    fn append(&mut self, tag: Tag, byte: u8) {
        let request = Request::Append {
            log: self.log,
            epoch: EPOCH,
            envelope: Blob::new(vec![byte; 600]).unwrap(),
        };
        self.ask(tag, None, request);
    }

    fn subscribe(&mut self, from: u64) {
        let request = SubscriptionRequest {
            home: self.node.endpoint().clone(),
            capability: self.capability(),
            log: self.log,
            epoch: EPOCH,
            from,
        };
        assert!(self.homes.subscribe(Lane::Conversations, request).is_none());
    }

    async fn next(&mut self) -> Input {
        timeout(PATIENCE, self.inputs.recv()).await.unwrap().unwrap()
    }

    async fn reply(&mut self) -> (Tag, Result<Reply, Unreachable>) {
        match self.next().await {
            Input::Home { tag, outcome } => (tag, outcome),
            other => panic!("{other:?}"),
        }
    }

    async fn frame(&mut self) -> SubscriptionFrame {
        match self.next().await {
            Input::Subscription {
                frame, epoch: EPOCH, ..
            } => frame,
            other => panic!("{other:?}"),
        }
    }

    async fn index(&mut self) -> u64 {
        match self.frame().await {
            SubscriptionFrame::Entry(entry) => {
                assert!(matches!(entry.body, EntryBody::Envelope(_)));
                entry.index
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_stay_in_order() {
    let mut world = world().await;
    world.create(1);
    assert_eq!(world.reply().await, (1, Ok(Reply::Done)));
    for number in 0..40 {
        world.append(100 + u64::from(number), number);
    }
    for index in 0..40 {
        assert_eq!(world.reply().await, (100 + index, Ok(Reply::Appended { index })));
    }
    assert_eq!(world.homes.links(), 1);
    world.homes.shut_down().await;
    world.node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_for_one_log_holds_up_no_other() {
    let mut world = world().await;
    // Long enough that the others are answered meanwhile, on a busy machine too.
    world.create_for(1, LOG_WORK_BITS + 7);
    let behind = Request::FetchCard { log: world.log };
    let beside = Request::FetchCard { log: LogId([5; 32]) };
    for (tag, request) in [(2, behind), (3, beside)] {
        let request = HomeRequest {
            tag,
            home: world.node.endpoint().clone(),
            capability: None,
            price: None,
            request,
        };
        assert!(world.homes.request(Lane::Conversations, request).is_none());
    }
    let mut tags = Vec::new();
    for _ in 0..3 {
        tags.push(world.reply().await.0);
    }
    assert!(tags.ends_with(&[1, 2]) || tags.ends_with(&[2, 1]), "{tags:?}");
    world.homes.shut_down().await;
    world.node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_brings_what_was_and_what_comes() {
    let mut world = world().await;
    world.create(1);
    assert_eq!(world.reply().await, (1, Ok(Reply::Done)));
    world.append(2, 1);
    assert_eq!(world.reply().await, (2, Ok(Reply::Appended { index: 0 })));
    world.subscribe(0);
    assert_eq!(world.index().await, 0);
    assert_eq!(world.frame().await, SubscriptionFrame::CaughtUp);
    world.append(3, 2);
    let (mut indexes, mut replies) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        match world.next().await {
            Input::Home { tag, .. } => replies.push(tag),
            Input::Subscription {
                frame: SubscriptionFrame::Entry(entry),
                ..
            } => indexes.push(entry.index),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((indexes, replies), (vec![1], vec![3]));
    // The one that takes its place begins where it is told, and the old one says nothing more.
    world.subscribe(1);
    assert_eq!(world.index().await, 1);
    assert_eq!(world.frame().await, SubscriptionFrame::CaughtUp);
    world.homes.unsubscribe(&world.log.clone());
    world.homes.shut_down().await;
    world.node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_log_is_told_by_the_home() {
    let mut world = world().await;
    world.append(5, 1);
    let (tag, outcome) = world.reply().await;
    assert_eq!(tag, 5);
    assert!(matches!(outcome, Ok(Reply::Refused(_))), "{outcome:?}");
    world.subscribe(0);
    let frame = world.frame().await;
    let is_refused = matches!(
        frame,
        SubscriptionFrame::Refused(Refusal::UnknownLog | Refusal::NotProved)
    );
    assert!(is_refused, "{frame:?}");
    world.homes.shut_down().await;
    world.node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_fails_with_the_node() {
    let mut world = world().await;
    world.create(1);
    assert_eq!(world.reply().await, (1, Ok(Reply::Done)));
    world.append(2, 1);
    assert_eq!(world.reply().await, (2, Ok(Reply::Appended { index: 0 })));
    world.subscribe(1);
    assert_eq!(world.frame().await, SubscriptionFrame::CaughtUp);
    let home = world.node.endpoint().clone();
    world.node.shutdown().await;
    match timeout(PATIENCE, world.inputs.recv()).await.unwrap().unwrap() {
        Input::SubscriptionLost { log, epoch: EPOCH } => assert_eq!(log, world.log),
        other => panic!("{other:?}"),
    }
    for tag in [7, 8] {
        let request = HomeRequest {
            tag,
            home: home.clone(),
            capability: None,
            price: None,
            request: Request::FetchCard { log: world.log },
        };
        assert!(world.homes.request(Lane::Conversations, request).is_none());
    }
    for expected in [7, 8] {
        match timeout(PATIENCE, world.inputs.recv()).await.unwrap().unwrap() {
            Input::Home {
                tag,
                outcome: Err(Unreachable),
            } => assert_eq!(tag, expected),
            other => panic!("{other:?}"),
        }
    }
    world.homes.shut_down().await;
}

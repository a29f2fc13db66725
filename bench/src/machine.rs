//! What a message costs the machine of each side: no network, and a disk in memory where there is one.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use xchat_client::{ConversationId, Event, NodeId, Profile};
use xchat_core::io::{Input, Output, Tag};
use xchat_core::machine::Machine;
use xchat_proto::keys::SigningKey;
use xchat_proto::mailbox_wire::{Reply, Request, SubscriptionFrame};
use xchat_proto::peer_wire::PeerFrame;

use crate::Plan;
use crate::clock::{Stopwatch, now_ms};
use crate::people::{Net, Person, Ways};
use crate::raw::mls;
use crate::report::{Figure, Report};
use crate::sample::Sample;

/// Where files are in memory, on systems that have such a place.
const MEMORY: &str = "/dev/shm";
const WARM_UP: usize = 50;
/// Within one epoch: a commit is not what is measured here.
const MESSAGES: usize = 300;
/// As long as what the raw figure encrypts.
const TEXT_BYTES: usize = 256;

/// One side.
struct Side {
    machine: Machine,
    rng: ChaCha20Rng,
    endpoint: NodeId,
}

/// What a side wants done after a step.
#[derive(Default)]
struct Wanted {
    frames: Vec<PeerFrame>,
    appends: Vec<Tag>,
    messages: usize,
}

impl Side {
    async fn of(person: Person, seed: u8) -> anyhow::Result<Self> {
        person.messenger.shutdown().await;
        let machine = Profile::open(person.folder(), None)?.machine(now_ms())?;
        let seed_of_endpoint = machine.endpoint_seed().context("there is no account")?;
        Ok(Self {
            machine,
            rng: ChaCha20Rng::from_seed([seed; 32]),
            endpoint: NodeId(SigningKey::from_seed(&seed_of_endpoint).public().0),
        })
    }

    fn handle(&mut self, input: Input) -> anyhow::Result<()> {
        Ok(self.machine.handle(now_ms(), &mut self.rng, input)?)
    }

    /// Is told that its logs hold nothing new, and that it is connected to the other.
    fn meet(&mut self, other: NodeId) -> anyhow::Result<()> {
        while let Some(output) = self.machine.poll_output() {
            if let Output::Subscribe { log, epoch, .. } = output {
                self.handle(Input::Subscription {
                    log,
                    epoch,
                    frame: SubscriptionFrame::CaughtUp,
                })?;
            }
        }
        self.handle(Input::PeerUp(other))
    }

    fn wanted(&mut self) -> Wanted {
        let mut wanted = Wanted::default();
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Peer { frame, .. } => wanted.frames.push(frame),
                Output::Home {
                    tag,
                    request: Request::Append { .. },
                    ..
                } => wanted.appends.push(tag),
                Output::Event(Event::Message(_)) => wanted.messages = wanted.messages.saturating_add(1),
                _ => {}
            }
        }
        wanted
    }
}

#[derive(Default)]
struct Costs {
    send: Sample,
    receive: Sample,
    settle: Sample,
}

pub(crate) async fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let folder = in_memory().map_or_else(|| plan.folder(), |folder| Ok(tempfile::tempdir_in(folder)?))?;
    let net = Net::new(&folder.path().join("node")).await?;
    let friends = net.friends(folder.path(), Ways::All).await?;
    let mut alice = Side::of(friends.alice, 1).await?;
    let mut bob = Side::of(friends.bob, 2).await?;
    net.shutdown().await;
    alice.meet(bob.endpoint)?;
    bob.meet(alice.endpoint)?;
    alice.wanted();
    bob.wanted();
    messages(&mut alice, &mut bob, friends.at_alice, WARM_UP)?;
    let costs = messages(&mut alice, &mut bob, friends.at_alice, MESSAGES)?;
    let raw = mls::costs(MESSAGES)?;
    for (name, sample, beside) in [
        (
            "machine.send",
            &costs.send,
            Some(("OpenMLS encrypts 256 bytes, its store in memory", &raw.encrypt)),
        ),
        (
            "machine.receive",
            &costs.receive,
            Some(("OpenMLS decrypts 256 bytes, its store in memory", &raw.decrypt)),
        ),
        ("machine.settle", &costs.settle, None),
    ] {
        let p50 = Figure::new(format!("{name}.p50"), "ms", sample.p50_ms());
        report.add(match beside {
            Some((what, raw)) => p50.beside(what, raw.p50_ms()),
            None => p50,
        })?;
        report.add(Figure::new(format!("{name}.p99"), "ms", sample.p99_ms()))?;
    }
    Ok(())
}

fn in_memory() -> Option<PathBuf> {
    let folder = Path::new(MEMORY);
    folder.is_dir().then(|| folder.to_owned())
}

/// Messages from one side to the other, one after the other, with the answers of the other side and of the home.
fn messages(
    alice: &mut Side,
    bob: &mut Side,
    conversation: ConversationId,
    count: usize,
) -> anyhow::Result<Costs> {
    let text = "a".repeat(TEXT_BYTES);
    let mut costs = Costs::default();
    for _ in 0..count {
        let watch = Stopwatch::start();
        alice
            .machine
            .send_text(now_ms(), &mut alice.rng, conversation, &text)?;
        costs.send.add(watch.elapsed());
        let sent = alice.wanted();
        let offer = sent
            .frames
            .into_iter()
            .next()
            .context("nothing was offered directly")?;

        let input = Input::Peer {
            peer: alice.endpoint,
            frame: offer,
        };
        let watch = Stopwatch::start();
        bob.handle(input)?;
        costs.receive.add(watch.elapsed());
        let received = bob.wanted();
        anyhow::ensure!(received.messages == 1, "the message did not arrive");
        let answer = received
            .frames
            .into_iter()
            .next()
            .context("the offer was not answered")?;

        let watch = Stopwatch::start();
        alice.handle(Input::Peer {
            peer: bob.endpoint,
            frame: answer,
        })?;
        for tag in sent.appends {
            let outcome = Ok(Reply::Appended { index: 0 });
            alice.handle(Input::Home { tag, outcome })?;
        }
        costs.settle.add(watch.elapsed());
        alice.wanted();
    }
    Ok(costs)
}

//! Rules of docs/spec/conversation.md about devices that were away for longer than a home keeps entries.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use xchat_core::io::{ConversationId, ConversationState, ConversationView, Input};
use xchat_core::machine::DeleteFor;
use xchat_proto::codec::Blob;
use xchat_proto::ids::LogId;
use xchat_proto::keys::SigningKey;
use xchat_proto::limits::{DAY_MS, RETENTION_MS};
use xchat_proto::mailbox_wire::{Entry, EntryBody, Refusal, Reply, Request, SubscriptionFrame};
use xchat_sim::device::DeviceId;
use xchat_sim::run;
use xchat_sim::villain::Villain;
use xchat_sim::weather::Weather;
use xchat_sim::world::World;

use crate::people::{ALICE, BOB, contact, log, look_into, machine, open_epoch};

/// Alice and Bob in a conversation that both have accepted. Only the log lies between them.
fn pair(seed: u64) -> World {
    let mut world = World::new(seed, Weather::fine()).unwrap();
    world.add_device("alice", 0).unwrap();
    world.add_device("bob", 0).unwrap();
    world.separate(ALICE, BOB);
    world.run_for(10_000);
    contact(&mut world, ALICE, "bob");
    assert_eq!(view(&world, ALICE).state, ConversationState::Active);
    world
}

fn view(world: &World, device: DeviceId) -> ConversationView {
    machine(world, device).conversations().unwrap().pop().unwrap()
}

fn conversation(world: &World, device: DeviceId) -> ConversationId {
    view(world, device).id
}

fn shown(world: &World, device: DeviceId) -> usize {
    let id = conversation(world, device);
    machine(world, device).messages(id, None, 500).unwrap().len()
}

fn write_many(world: &mut World, device: DeviceId, count: usize) {
    let conversation = conversation(world, device);
    for _ in 0..count {
        world.write(device, conversation).unwrap();
    }
}

fn epoch_of(world: &World, device: DeviceId) -> u64 {
    world.devices[device].epochs[&log(world)]
}

/// What a home was heard to say, and asked.
#[derive(Default)]
struct Heard {
    expired: Cell<u32>,
    subscriptions: Cell<u32>,
    requests: Cell<u32>,
}

fn add(to: &Cell<u32>) {
    to.set(to.get() + 1);
}

/// Listens, and changes nothing.
struct Listener(Rc<Heard>);

impl Villain for Listener {
    fn frames(
        &mut self,
        _: &SigningKey,
        _: LogId,
        _: u64,
        frames: Vec<SubscriptionFrame>,
    ) -> Vec<SubscriptionFrame> {
        let is_expired =
            |frame: &SubscriptionFrame| matches!(frame, SubscriptionFrame::Refused(Refusal::Expired { .. }));
        if frames.iter().any(is_expired) {
            add(&self.0.expired);
        }
        frames
    }
}

fn listen(world: &mut World) -> Rc<Heard> {
    let heard = Rc::<Heard>::default();
    world.home.villain = Some(Box::new(Listener(Rc::clone(&heard))));
    heard
}

#[test]
fn cnv_13_what_expired_in_the_same_epoch_is_sent_again() {
    for (seed, count) in [(1, 3), (2, 64), (3, 150)] {
        let mut world = pair(seed);
        let heard = listen(&mut world);
        write_many(&mut world, ALICE, 2);
        world.run_for(5_000);
        world.switch_off(ALICE);
        // Within a week: nobody's leaf is old, and the epoch stays.
        write_many(&mut world, BOB, count);
        world.run_for(5_000);
        let before = open_epoch(&world);
        world.switch_off(BOB);
        world.skip(RETENTION_MS + 2 * DAY_MS);
        world.switch_on(ALICE);
        world.run_for(2_000);
        assert_eq!(heard.expired.get(), 1, "asked for what is gone, once");
        assert_eq!(shown(&world, ALICE), 2, "nothing of it is there any more");
        assert_eq!(view(&world, ALICE).trouble, None);
        assert!(epoch_of(&world, ALICE) >= before, "the group is sound");
        // Settled means that both show the same, each text once, all of them delivered.
        run::rest(&mut world).unwrap();
        assert_eq!(shown(&world, ALICE), count + 2);
        assert_eq!(shown(&world, BOB), count + 2);
    }
}

#[test]
fn act_08_what_is_deleted_for_oneself_is_asked_for_as_it_was_changed_last() {
    let mut world = pair(30);
    world.switch_off(ALICE);
    let at_bob = conversation(&world, BOB);
    let first = world.write(BOB, at_bob).unwrap();
    let his = machine(&world, BOB).messages(at_bob, None, 1).unwrap().remove(0);
    world.edit(BOB, &his);
    let edited = machine(&world, BOB).messages(at_bob, None, 1).unwrap().remove(0);
    let second = world.write(BOB, at_bob).unwrap();
    world.run_for(5_000);
    let deleted = world.call(BOB, |machine, now_ms, rng| {
        machine.delete(now_ms, rng, his.row, DeleteFor::Me)
    });
    deleted.unwrap().unwrap();
    world.switch_off(BOB);
    world.skip(RETENTION_MS + 2 * DAY_MS);
    world.switch_on(ALICE);
    world.switch_on(BOB);
    world.run_for(5 * 60_000);
    let at_alice = conversation(&world, ALICE);
    let hers = machine(&world, ALICE).messages(at_alice, None, 9).unwrap();
    let texts: Vec<String> = hers.into_iter().map(|message| message.text).collect();
    assert_eq!(texts, [edited.text.clone(), second]);
    // She has it: nothing of it is left at Bob's.
    let sql = "SELECT count(*) FROM message WHERE instr(content, CAST(?1 AS BLOB)) > 0";
    for text in [first, edited.text] {
        assert_eq!(look_into(&mut world, BOB, sql, &text), 0);
    }
}

/// Days go by: leaves grow old, and whoever is there renews its own.
fn pass_weeks(world: &mut World, days: u64) {
    for _ in 0..days / 8 {
        world.skip(8 * DAY_MS);
        world.run_for(30_000);
    }
    world.skip(days % 8 * DAY_MS);
    world.run_for(30_000);
}

#[test]
fn cnv_13_a_commit_that_is_still_there_is_followed() {
    let mut world = pair(4);
    world.switch_off(ALICE);
    write_many(&mut world, BOB, 20);
    world.run_for(5_000);
    let before = open_epoch(&world);
    pass_weeks(&mut world, 8);
    write_many(&mut world, BOB, 5);
    world.run_for(5_000);
    assert!(open_epoch(&world) > before, "Bob has renewed his leaf");
    world.skip(RETENTION_MS - 6 * DAY_MS);
    let heard = listen(&mut world);
    world.switch_on(ALICE);
    world.run_for(30_000);
    assert_eq!(heard.expired.get(), 1, "the beginning of the epoch is gone");
    // Whoever is taken in anew has a state in between.
    assert_eq!(view(&world, ALICE).state, ConversationState::Active);
    run::rest(&mut world).unwrap();
    assert_eq!(
        heard.expired.get(),
        1,
        "its end was there, and the epoch after it"
    );
    assert_eq!(shown(&world, ALICE), 25);
}

#[test]
fn cnv_14_a_device_whose_epoch_is_gone_is_taken_in_anew() {
    for seed in 5..8 {
        let mut world = pair(seed);
        write_many(&mut world, ALICE, 2);
        write_many(&mut world, BOB, 2);
        world.run_for(5_000);
        // What Alice writes now stays with her.
        world.cut(ALICE, None);
        write_many(&mut world, ALICE, 3);
        world.switch_off(ALICE);
        let before = epoch_of(&world, ALICE);
        write_many(&mut world, BOB, 80);
        pass_weeks(&mut world, 48);
        write_many(&mut world, BOB, 40);
        pass_weeks(&mut world, 64);
        write_many(&mut world, BOB, 30);
        world.run_for(5_000);
        assert!(open_epoch(&world) > before + 3);
        // Nobody hears her for a while.
        world.switch_off(BOB);
        world.switch_on(ALICE);
        world.run_for(60_000);
        let waiting = view(&world, ALICE);
        assert_eq!(waiting.state, ConversationState::Joining);
        assert!(waiting.trouble.unwrap().contains("away for longer"));
        assert_eq!(epoch_of(&world, ALICE), before, "she can't follow");
        // What she writes waits; a crash changes nothing.
        write_many(&mut world, ALICE, 2);
        world.crash(ALICE);
        world.run_for(60_000);
        write_many(&mut world, ALICE, 2);
        run::rest(&mut world).unwrap();
        for device in [ALICE, BOB] {
            assert_eq!(shown(&world, device), 2 + 2 + 3 + 150 + 2 + 2);
            assert_eq!(view(&world, device).trouble, None);
        }
        // She has a new leaf under the same device, and it is one like any other.
        write_many(&mut world, ALICE, 1);
        write_many(&mut world, BOB, 1);
        run::rest(&mut world).unwrap();
        assert_eq!(shown(&world, ALICE), 163);
    }
}

/// Envelopes, and the inbox in which each was laid.
type Deposits = RefCell<Vec<(LogId, Vec<u8>)>>;

/// Keeps what is deposited.
struct Keeper(Rc<Deposits>);

impl Villain for Keeper {
    fn reply(&mut self, _: &SigningKey, request: &Request, reply: Reply) -> Reply {
        if let Request::Deposit { log, envelope, .. } = request {
            self.0.borrow_mut().push((*log, envelope.as_slice().to_vec()));
        }
        reply
    }
}

#[test]
fn con_04_a_request_counts_once() {
    let mut world = pair(9);
    world.switch_off(ALICE);
    pass_weeks(&mut world, 104);
    let kept = Rc::<Deposits>::default();
    world.home.villain = Some(Box::new(Keeper(Rc::clone(&kept))));
    let before = open_epoch(&world);
    world.switch_on(ALICE);
    world.run_for(30_000);
    assert_eq!(view(&world, ALICE).trouble, None, "she is in again");
    assert_eq!(kept.borrow().len(), 2, "a request and an invitation");
    run::rest(&mut world).unwrap();
    let after = open_epoch(&world);
    assert!(after > before);
    // The home shows both of them everything once more.
    for (log, bytes) in kept.take() {
        for device in [ALICE, BOB] {
            let body = EntryBody::Envelope(Blob::new(bytes.clone()).unwrap());
            let frame = SubscriptionFrame::Entry(Entry { index: 0, body });
            let input = Input::Subscription { log, epoch: 0, frame };
            world
                .call(device, |machine, now_ms, rng| machine.handle(now_ms, rng, input))
                .unwrap()
                .unwrap();
        }
    }
    world.run_for(60_000);
    assert_eq!(open_epoch(&world), after, "nobody is removed and added again");
    assert_eq!(view(&world, ALICE).state, ConversationState::Active);
    write_many(&mut world, ALICE, 1);
    run::rest(&mut world).unwrap();
}

/// How a home lies about what it keeps.
#[derive(Debug, Clone, Copy)]
enum Lie {
    /// The epoch is closed and gone.
    Closed,
    /// Everything is, up to an absurd index.
    Absurd,
    /// A little more each time.
    More,
    /// It is all there, and then it isn't.
    InTurn,
}

/// Says of conversations that what is asked for has expired.
struct Liar {
    lie: Lie,
    heard: Rc<Heard>,
}

impl Liar {
    fn refusal(&self, epoch: u64) -> Refusal {
        let first = u64::from(self.heard.subscriptions.get()) * 1_000;
        match self.lie {
            Lie::Closed => Refusal::Expired {
                open: epoch + 1,
                first: 0,
            },
            Lie::Absurd => Refusal::Expired {
                open: u64::MAX,
                first: u64::MAX,
            },
            Lie::More | Lie::InTurn => Refusal::Expired { open: epoch, first },
        }
    }
}

impl Villain for Liar {
    fn frames(
        &mut self,
        _: &SigningKey,
        _: LogId,
        epoch: u64,
        frames: Vec<SubscriptionFrame>,
    ) -> Vec<SubscriptionFrame> {
        if epoch == 0 {
            return frames;
        }
        add(&self.heard.subscriptions);
        let refused = SubscriptionFrame::Refused(self.refusal(epoch));
        match self.lie {
            Lie::InTurn => vec![SubscriptionFrame::CaughtUp, refused],
            _ => vec![refused],
        }
    }

    fn reply(&mut self, _: &SigningKey, request: &Request, reply: Reply) -> Reply {
        match request {
            Request::Append { epoch, .. } | Request::SubmitCommit { epoch, .. } => {
                add(&self.heard.requests);
                Reply::Refused(self.refusal(*epoch))
            }
            Request::Deposit { .. } | Request::FetchKeyPackage { .. } => {
                add(&self.heard.requests);
                reply
            }
            _ => reply,
        }
    }
}

#[test]
fn cnv_15_a_home_that_says_expired_for_ever_causes_no_flood_and_no_harm() {
    for (seed, lie) in [Lie::Closed, Lie::Absurd, Lie::More, Lie::InTurn]
        .into_iter()
        .enumerate()
    {
        let mut world = pair(20 + seed as u64);
        write_many(&mut world, ALICE, 2);
        world.run_for(5_000);
        let heard = Rc::<Heard>::default();
        let liar = Liar {
            lie,
            heard: Rc::clone(&heard),
        };
        world.home.villain = Some(Box::new(liar));
        // Connections break, so that all is asked for again.
        world.skip(DAY_MS);
        write_many(&mut world, ALICE, 3);
        write_many(&mut world, BOB, 3);
        let hour_ms = 60 * 60 * 1000;
        world.run_for(hour_ms);
        let first = (heard.subscriptions.get(), heard.requests.get());
        world.run_for(hour_ms);
        let second = (
            heard.subscriptions.get() - first.0,
            heard.requests.get() - first.1,
        );
        // Both devices, each with a dozen envelopes that wait.
        assert!(first.0 < 200 && second.0 < 150, "{lie:?}: {first:?}, {second:?}");
        assert!(
            first.1 < 1_500 && second.1 < 1_500,
            "{lie:?}: {first:?}, {second:?}"
        );
        for device in [ALICE, BOB] {
            assert!(view(&world, device).state <= ConversationState::Active, "{lie:?}");
        }
        world.home.villain = None;
        write_many(&mut world, ALICE, 1);
        run::rest(&mut world).unwrap();
        assert_eq!(shown(&world, BOB), 2 + 3 + 3 + 1, "{lie:?}");
    }
}

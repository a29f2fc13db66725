//! Rules of docs/spec/conversation.md that need whole machines: two or three people, one home, one directory.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use xchat_core::contacts::ContactError;
use xchat_core::io::{ConversationState, Event, Input, Lane, MessageState, Output};
use xchat_core::machine::Machine;
use xchat_proto::codec::{self, Blob};
use xchat_proto::directory_wire::DirectoryRequest;
use xchat_proto::ids::{Hash, LogId, NodeId};
use xchat_proto::invitation::SealedEnvelope;
use xchat_proto::limits::{DAY_MS, ENVELOPE_BYTES_MAX, GENERATION_MAX, UNACKNOWLEDGED_MAX};
use xchat_proto::mailbox_wire::{Entry, EntryBody, Reply, Request, SubscriptionFrame};
use xchat_proto::peer_wire::{PeerFrame, Verdict};
use xchat_sim::device::DeviceId;
use xchat_sim::home::Said;
use xchat_sim::run;
use xchat_sim::world::World;

use crate::people::{ALICE, BOB, contact, log, machine, name, open_epoch, people, with};

/// Alice and Bob in a conversation that both have accepted.
fn pair(seed: u64) -> World {
    let mut world = people(seed, 2);
    contact(&mut world, ALICE, "bob");
    world
}

fn write_many(world: &mut World, device: DeviceId, other: &str, count: usize) {
    let conversation = with(world, device, other);
    for _ in 0..count {
        world.write(device, conversation).unwrap();
    }
}

/// A number out of the database of a device that ends here.
fn count(world: &mut World, device: DeviceId, sql: &str) -> i64 {
    let connection = world.devices[device].machine.take().unwrap().into_connection();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn cnv_07_at_most_a_window_waits_encrypted() {
    let mut world = pair(1);
    world.cut(ALICE, None);
    world.cut(ALICE, Some(BOB));
    write_many(&mut world, ALICE, "bob", 150);
    let sealed = "SELECT count(*) FROM outbox WHERE envelope IS NOT NULL";
    let found = count(&mut world, ALICE, sealed);
    assert_eq!(usize::try_from(found), Ok(UNACKNOWLEDGED_MAX));
}

#[test]
fn cnv_07_what_a_closed_segment_did_not_take_arrives_once() {
    for seed in 0..6 {
        let mut world = pair(seed);
        let before = open_epoch(&world);
        world.cut(ALICE, None);
        world.cut(ALICE, Some(BOB));
        write_many(&mut world, ALICE, "bob", 150);
        // Both leaves have grown old: somebody commits while Alice's envelopes are of the epoch before.
        world.skip(8 * DAY_MS);
        // Settled means that both show the same, each text once, all of them delivered.
        run::rest(&mut world).unwrap();
        assert!(open_epoch(&world) > before);
        let conversation = with(&world, BOB, "alice");
        let shown = machine(&world, BOB).messages(conversation, None, 500).unwrap();
        assert_eq!(shown.len(), 150);
    }
}

#[test]
fn cnv_08_no_epoch_has_500_messages_of_a_device() {
    let mut world = pair(2);
    let before = open_epoch(&world);
    for _ in 0..16 {
        write_many(&mut world, ALICE, "bob", 100);
        world.run_for(2_000);
    }
    run::rest(&mut world).unwrap();
    assert!(open_epoch(&world) - before >= 1600 / u64::from(GENERATION_MAX));
    let generation = count(&mut world, ALICE, "SELECT max(generation) FROM conversation");
    assert!(generation < i64::from(GENERATION_MAX));
}

#[test]
fn cnv_08_the_log_may_be_faster_than_the_reply_to_a_commit() {
    // The two come on streams of their own, in either order, at each of several epochs.
    for seed in 0..2 {
        let mut world = pair(seed);
        let before = open_epoch(&world);
        for _ in 0..40 {
            write_many(&mut world, ALICE, "bob", 40);
            world.run_for(2_000);
        }
        run::rest(&mut world).unwrap();
        assert!(
            open_epoch(&world) - before >= 3,
            "seed {seed}: a later commit was never submitted"
        );
    }
}

#[test]
fn cnv_08_a_commit_is_stored_before_it_leaves_and_made_once() {
    let mut world = pair(3);
    // With the home away all goes directly, until no more may be encrypted in this epoch.
    world.home.crash();
    for _ in 0..12 {
        write_many(&mut world, ALICE, "bob", 50);
        world.run_for(1_000);
    }
    let pending = "SELECT value, hash FROM pending_commit";
    let read = |machine: Machine| {
        let connection = machine.into_connection();
        let row = connection.query_row(pending, [], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?))
        });
        (connection, row.unwrap())
    };
    let (connection, first) = read(world.devices[ALICE].machine.take().unwrap());
    let sent = "SELECT generation FROM conversation";
    let generation: i64 = connection.query_row(sent, [], |row| row.get(0)).unwrap();
    assert!(generation < i64::from(GENERATION_MAX));
    let (now_ms, mark) = (world.now_ms, world.devices[ALICE].mark);
    let mut rng = ChaCha20Rng::from_seed([9; 32]);
    let mut again = Machine::open(connection, mark, now_ms, &mut rng).unwrap();
    again.handle(now_ms, &mut rng, Input::Wake).unwrap();
    let (_, second) = read(again);
    assert!(first == second, "byte for byte the same after a crash");
}

#[test]
fn cnv_09_an_old_copy_encrypts_nothing_and_comes_back_as_another_device() {
    let mut world = pair(4);
    write_many(&mut world, ALICE, "bob", 3);
    world.run_for(5_000);
    let before = machine(&world, ALICE).identity().unwrap().device;
    // As if the database had been put back: the mark beside it is a later one.
    let connection = world.devices[ALICE].machine.take().unwrap().into_connection();
    let mut rng = ChaCha20Rng::from_seed([8; 32]);
    let opened = Machine::open(connection, Some([9; 32]), world.now_ms, &mut rng).unwrap();
    let states: Vec<_> = opened
        .conversations()
        .unwrap()
        .iter()
        .map(|view| view.state)
        .collect();
    assert_eq!(states, [ConversationState::Restored]);
    assert_ne!(opened.identity().unwrap().device, before);
    let connection = opened.into_connection();
    let sealed = "SELECT count(*) FROM outbox WHERE envelope IS NOT NULL";
    assert_eq!(
        connection
            .query_row(sealed, [], |row| row.get::<_, i64>(0))
            .unwrap(),
        0
    );
}

#[test]
fn con_04_a_device_that_lost_its_place_is_taken_in_anew() {
    let mut world = pair(5);
    write_many(&mut world, ALICE, "bob", 3);
    world.run_for(5_000);
    world.has_villains = true;
    world.devices[ALICE].mark = Some([9; 32]);
    world.crash(ALICE);
    world.run_for(25_000);
    // What is a disaster elsewhere is the beginning of this story.
    world.violations.retain(|what| !what.contains("Restored"));
    world.run_for(120_000);
    assert_eq!(world.violations, [""; 0]);
    write_many(&mut world, ALICE, "bob", 2);
    write_many(&mut world, BOB, "alice", 2);
    run::rest(&mut world).unwrap();
    let conversation = with(&world, BOB, "alice");
    let view = machine(&world, BOB).conversation(conversation).unwrap().unwrap();
    assert_eq!(view.state, ConversationState::Active);
    assert_eq!(
        machine(&world, BOB)
            .messages(conversation, None, 50)
            .unwrap()
            .len(),
        7
    );
}

/// What Bob's device answers to an offer.
fn verdict(world: &mut World, peer: NodeId, log: LogId, epoch: u64) -> Verdict {
    let answer = world.call(BOB, |machine, now_ms, rng| {
        let envelope = Blob::new(vec![7; 600]).unwrap();
        let frame = PeerFrame::Offer { log, epoch, envelope };
        machine.handle(now_ms, rng, Input::Peer { peer, frame }).unwrap();
        while let Some(output) = machine.poll_output() {
            if let Output::Peer {
                frame: PeerFrame::Answer { verdict, .. },
                ..
            } = output
            {
                return verdict;
            }
        }
        panic!("no answer");
    });
    answer.unwrap()
}

#[test]
fn cnv_10_an_offer_is_taken_in_the_present_epoch_from_a_member_only() {
    let mut world = pair(6);
    let (log, epoch) = (log(&world), open_epoch(&world));
    let alice = world.devices[ALICE].endpoint().unwrap().id;
    assert_eq!(verdict(&mut world, alice, log, epoch - 1), Verdict::StaleEpoch);
    assert_eq!(verdict(&mut world, alice, log, epoch + 1), Verdict::FutureEpoch);
    assert_eq!(verdict(&mut world, alice, log, epoch), Verdict::Refused);
    let stranger = NodeId([3; 32]);
    assert_eq!(verdict(&mut world, stranger, log, epoch - 1), Verdict::Refused);
    assert_eq!(
        verdict(&mut world, alice, LogId([3; 32]), epoch),
        Verdict::Refused
    );
}

/// Feeds Alice's machine one input.
fn tell_alice(world: &mut World, input: Input) {
    world
        .call(ALICE, |machine, now_ms, rng| {
            machine.handle(now_ms, rng, input).unwrap();
        })
        .unwrap();
}

#[test]
fn cnv_10_an_answer_shows_delivery_also_when_the_home_was_faster() {
    let mut world = pair(7);
    let conversation = with(&world, ALICE, "bob");
    let bob = world.devices[BOB].endpoint().unwrap().id;
    world.cut(ALICE, Some(BOB));
    let (mut append, mut offered) = (None, None);
    world
        .call(ALICE, |machine, now_ms, rng| {
            machine.handle(now_ms, rng, Input::PeerUp(bob)).unwrap();
            machine.send_text(now_ms, rng, conversation, "hello").unwrap();
            while let Some(output) = machine.poll_output() {
                match output {
                    Output::Home {
                        tag,
                        request: Request::Append { .. },
                        ..
                    } => append = Some(tag),
                    Output::Peer {
                        frame: PeerFrame::Offer { log, envelope, .. },
                        ..
                    } => {
                        offered = Some((log, Hash::of_envelope(envelope.as_slice())));
                    }
                    _ => {}
                }
            }
        })
        .unwrap();
    let state = |world: &World| {
        let newest = machine(world, ALICE).messages(conversation, None, 1).unwrap();
        newest[0].state
    };
    let (log, envelope) = offered.unwrap();
    let outcome = Ok(Reply::Appended { index: 1_000 });
    tell_alice(
        &mut world,
        Input::Home {
            tag: append.unwrap(),
            outcome,
        },
    );
    assert_eq!(state(&world), MessageState::Sent);
    let verdict = Verdict::Stored;
    let frame = PeerFrame::Answer {
        log,
        envelope,
        verdict,
    };
    tell_alice(&mut world, Input::Peer { peer: bob, frame });
    assert_eq!(state(&world), MessageState::Delivered);
}

/// What lies in a device's inbox, read with its own capability; and its log.
fn inbox_of(world: &mut World, device: DeviceId) -> (LogId, Vec<Entry>) {
    let it = &mut world.devices[device];
    let connection = it.machine.take().unwrap().into_connection();
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let mut opened = Machine::open(connection, it.mark, world.now_ms, &mut rng).unwrap();
    let mut found = None;
    while let Some(output) = opened.poll_output() {
        match output {
            Output::Subscribe {
                lane: Lane::Inbox,
                capability,
                log,
                ..
            } => found = Some((capability, log)),
            Output::Mark(mark) => it.mark = Some(mark),
            _ => {}
        }
    }
    it.machine = Some(opened);
    let (capability, log) = found.unwrap();
    let connection = u64::MAX;
    world.home.connect(connection, Hash([5; 32]));
    let request = Request::Read {
        log,
        epoch: 0,
        from: 0,
    };
    let mut sent = world
        .home
        .request(world.now_ms, connection, 1, Some(&capability), request);
    let Some(Said::Reply {
        reply: Reply::Entries { entries, .. },
        ..
    }) = sent.pop().map(|sent| sent.what)
    else {
        panic!("no entries");
    };
    (log, entries.into_vec())
}

fn envelope(entries: &[Entry]) -> Vec<u8> {
    let [
        Entry {
            body: EntryBody::Envelope(bytes),
            ..
        },
    ] = entries
    else {
        panic!("not one deposit");
    };
    bytes.as_slice().to_vec()
}

/// Alice has invited Bob, who is not there. The world, Bob's inbox, and what lies in it.
fn invited(seed: u64) -> (World, LogId, Vec<u8>) {
    let mut world = people(seed, 3);
    world.devices[BOB].is_up = false;
    world
        .call(ALICE, |machine, now_ms, rng| {
            machine.contact(now_ms, rng, name("bob")).unwrap();
        })
        .unwrap();
    world.run_for(10_000);
    let (log, entries) = inbox_of(&mut world, BOB);
    let bytes = envelope(&entries);
    (world, log, bytes)
}

/// Gives a device a deposit, as its home would, and says how many message requests it then looks up.
fn looked_up_after(machine: &mut Machine, now_ms: u64, log: LogId, bytes: &[u8]) -> usize {
    let mut rng = ChaCha20Rng::from_seed([6; 32]);
    let body = EntryBody::Envelope(Blob::new(bytes.to_vec()).unwrap());
    let frame = SubscriptionFrame::Entry(Entry { index: 0, body });
    let input = Input::Subscription { log, epoch: 0, frame };
    machine.handle(now_ms, &mut rng, input).unwrap();
    let mut lookups = 0;
    while let Some(output) = machine.poll_output() {
        if let Output::Directory {
            request: DirectoryRequest::Lookup { name: asked, .. },
            ..
        } = output
        {
            lookups += usize::from(asked == name("alice"));
        }
    }
    lookups
}

#[test]
fn con_01_an_invitation_tells_the_home_nothing() {
    let (world, _, bytes) = invited(7);
    let sealed: SealedEnvelope = codec::decode(&bytes, ENVELOPE_BYTES_MAX).unwrap();
    assert!(sealed.ciphertext.as_slice().len() > 512);
    let alice = machine(&world, ALICE).identity().unwrap();
    let conversation = with(&world, ALICE, "bob");
    assert!(
        machine(&world, ALICE)
            .conversation(conversation)
            .unwrap()
            .is_some()
    );
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(!holds(b"alice") && !holds(&alice.device.0) && !holds(alice.account.as_bytes()));
}

#[test]
fn con_03_a_deposit_is_judged_from_itself() {
    let (mut world, log, bytes) = invited(8);
    let now_ms = world.now_ms;
    let bob = world.devices[BOB].machine.as_mut().unwrap();
    let mut spoilt = bytes.clone();
    for at in [0, 40, bytes.len() / 2, bytes.len() - 1] {
        spoilt[at] ^= 1;
        assert_eq!(looked_up_after(bob, now_ms, log, &spoilt), 0);
        spoilt[at] ^= 1;
    }
    assert_eq!(looked_up_after(bob, now_ms, log, &[]), 0);
    assert_eq!(
        looked_up_after(bob, now_ms, log, &bytes),
        1,
        "the whole one is looked into"
    );
    assert!(bob.requests().unwrap().is_empty());
    // Somebody else's inbox opens nothing of it.
    let (carol_log, entries) = inbox_of(&mut world, 2);
    assert!(entries.is_empty());
    let carol = world.devices[2].machine.as_mut().unwrap();
    assert_eq!(looked_up_after(carol, now_ms, carol_log, &bytes), 0);
}

#[test]
fn con_05_a_request_shows_when_the_directory_has_proved_its_sender() {
    let (mut world, _, _) = invited(9);
    world.weather.directory_losses = 1000;
    world.crash(BOB);
    world.run_for(60_000);
    assert!(world.devices[BOB].is_up);
    assert!(machine(&world, BOB).requests().unwrap().is_empty());
    world.weather.directory_losses = 0;
    world.run_for(120_000);
    let shown = machine(&world, BOB).requests().unwrap();
    assert_eq!(
        shown
            .iter()
            .map(|request| request.from.as_str())
            .collect::<Vec<_>>(),
        ["alice"]
    );
    // Alice sees nothing of it.
    let conversation = with(&world, ALICE, "bob");
    world.write(ALICE, conversation).unwrap();
    world.run_for(10_000);
    let states = machine(&world, ALICE).messages(conversation, None, 9).unwrap();
    assert!(states.iter().all(|message| message.state <= MessageState::Sent));
}

#[test]
fn dir_20_a_device_refuses_to_go_back_also_after_a_restart() {
    let mut world = people(10, 3);
    let carol = name("carol");
    let lookup = DirectoryRequest::Lookup {
        name: carol.clone(),
        known: 0,
    };
    let old = world.book.answer(world.now_ms, lookup).unwrap();
    world.run_for(60_000);
    // Alice has verified something newer since.
    let contact = |world: &mut World, who: &'static str| {
        world.call(ALICE, |machine, now_ms, rng| {
            machine.contact(now_ms, rng, name(who)).unwrap();
        });
        world.run_for(10_000);
    };
    contact(&mut world, "nobody");
    let connection = world.devices[ALICE].machine.take().unwrap().into_connection();
    let (mark, now_ms) = (world.devices[ALICE].mark, world.now_ms);
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let mut alice = Machine::open(connection, mark, now_ms, &mut rng).unwrap();
    alice.contact(now_ms, &mut rng, carol.clone()).unwrap();
    let mut asked = None;
    while let Some(output) = alice.poll_output() {
        if let Output::Directory {
            tag,
            request: DirectoryRequest::Lookup { name, .. },
            ..
        } = output
            && name == carol
        {
            asked = Some(tag);
        }
    }
    let (tag, outcome) = (asked.unwrap(), Ok(old));
    alice
        .handle(now_ms, &mut rng, Input::Directory { tag, outcome })
        .unwrap();
    let mut refused = false;
    while let Some(output) = alice.poll_output() {
        if let Output::Event(Event::ContactFailed { error, .. }) = output {
            refused = matches!(error, ContactError::ProofRefused(why) if why.contains("height"));
        }
    }
    assert!(refused);
}

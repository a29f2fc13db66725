//! What a device watches: its own record and those of its contacts; and how it comes by a name and gives it up.

use xchat_core::account::RegistrationError;
use xchat_core::contacts::ContactError;
use xchat_core::database;
use xchat_core::directory::{OwnRecordChange, RecordPart, TrustError};
use xchat_core::io::{ConversationId, Event, Input, Output};
use xchat_core::lookup::NameStanding;
use xchat_core::machine::Machine;
use xchat_core::phrase::Phrase;
use xchat_core::safety::{ContactChange, Verification};
use xchat_proto::genesis::Parameters;
use xchat_proto::ids::{Hash, LogId};
use xchat_proto::invitation::{NetworkInvitation, Pass};
use xchat_proto::keys::SigningKey;
use xchat_proto::limits::DAY_MS;
use xchat_proto::mailbox_wire::SubscriptionFrame;
use xchat_proto::signed::Signed;
use xchat_proto::token::Token;
use xchat_sim::device::DeviceId;
use xchat_sim::villain::Villain;
use xchat_sim::weather::Weather;
use xchat_sim::world::{World, parameters};

use crate::people::{ALICE, BOB, contact, machine, name, with};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

fn world(operators: usize, parameters: Parameters) -> World {
    let mut world = World::with_operators(5, Weather::fine(), operators, parameters).unwrap();
    for name in ["alice", "bob"] {
        world.add_device(name, 0).unwrap();
    }
    world.run_for(10_000);
    world
}

/// A profile beside the world's devices, whose outputs the world's directory answers.
struct Beside {
    machine: Machine,
    dice: xchat_sim::dice::Dice,
}

impl Beside {
    fn new(world: &World, invitation: &NetworkInvitation) -> Self {
        let mut dice = xchat_sim::dice::Dice::new(77, 77);
        let connection = database::in_memory().unwrap();
        let mut machine = Machine::open(connection, None, world.now_ms, dice.rng()).unwrap();
        machine
            .join_network(world.now_ms, dice.rng(), invitation)
            .unwrap();
        Self { machine, dice }
    }

    /// Asks how a name stands.
    fn standing(&mut self, world: &mut World, of: &str) -> NameStanding {
        let now_ms = world.now_ms;
        self.machine.look_up(now_ms, self.dice.rng(), name(of)).unwrap();
        loop {
            match self.machine.poll_output().unwrap() {
                Output::Directory { tag, request, .. } => {
                    let outcome = Ok(world.book.answer(now_ms, request).unwrap());
                    let input = Input::Directory { tag, outcome };
                    self.machine.handle(now_ms, self.dice.rng(), input).unwrap();
                }
                Output::Event(Event::NameLookedUp { standing, .. }) => return standing.unwrap(),
                _ => {}
            }
        }
    }
}

fn words_of_alice(world: &mut World) -> Phrase {
    let connection = database::in_memory().unwrap();
    let invitation = world.invitation().unwrap();
    let it = &mut world.devices[ALICE];
    it.machine = Some(
        Machine::open(
            connection,
            None,
            world.now_ms,
            xchat_sim::dice::Dice::new(3, 3).rng(),
        )
        .unwrap(),
    );
    it.mark = None;
    let phrase = world
        .call(ALICE, |machine, now_ms, rng| {
            machine.join_network(now_ms, rng, &invitation).unwrap();
            let phrase = machine.create_account(now_ms, rng).unwrap();
            machine.register(now_ms, rng, name("alicia")).unwrap();
            phrase
        })
        .unwrap();
    world.run_for(10_000);
    phrase
}

fn change(world: &World, device: DeviceId) -> Option<OwnRecordChange> {
    machine(world, device).own_record_change().unwrap()
}

/// A new device on which somebody types the words.
fn restored(world: &mut World, phrase: &Phrase, who: &str) -> DeviceId {
    let device = world.add_device("restored", 0).unwrap();
    let empty = Machine::open(
        database::in_memory().unwrap(),
        None,
        world.now_ms,
        xchat_sim::dice::Dice::new(4, 4).rng(),
    );
    world.devices[device].machine = Some(empty.unwrap());
    world.devices[device].mark = None;
    world.devices[device].name = name(who);
    let invitation = world.invitation().unwrap();
    let words = phrase.words().join(" ");
    world
        .call(device, |machine, now_ms, rng| {
            machine.join_network(now_ms, rng, &invitation).unwrap();
            let phrase = Phrase::parse(&words).unwrap();
            machine.restore(now_ms, rng, phrase, name(who)).unwrap();
        })
        .unwrap();
    device
}

#[test]
fn wat_05_a_change_of_the_own_record_from_elsewhere_is_told_and_stays_until_it_is_seen() {
    let mut world = world(2, parameters());
    let phrase = words_of_alice(&mut world);
    assert_eq!(change(&world, ALICE), None);
    restored(&mut world, &phrase, "alicia");
    // Nothing is done at Alice's, and she hears of it.
    world.run_for(4 * MINUTE_MS);
    let found = change(&world, ALICE).unwrap();
    assert!(found.sequence > 0);
    for part in [RecordPart::IdentityKey, RecordPart::Devices, RecordPart::Inbox] {
        assert!(found.parts.contains(&part), "{part:?}");
    }
    let told = |world: &World| {
        let alarms = world.devices[ALICE].alarms.iter();
        alarms
            .filter(|event| matches!(event, Event::OwnRecordChanged(_)))
            .count()
    };
    assert_eq!(told(&world), 1);
    world.crash(ALICE);
    world.run_for(10 * MINUTE_MS);
    assert_eq!(change(&world, ALICE), Some(found));
    world
        .call(ALICE, |machine, now_ms, rng| {
            machine.acknowledge_own_record_change(now_ms, rng)
        })
        .unwrap()
        .unwrap();
    assert_eq!(change(&world, ALICE), None);
    world.run_for(20 * MINUTE_MS);
    assert_eq!(
        (change(&world, ALICE), told(&world)),
        (None, 1),
        "the same is not told twice"
    );
}

#[test]
fn wat_06_a_record_is_renewed_before_its_term_ends() {
    let mut world = world(
        1,
        Parameters {
            term_ms: 2 * HOUR_MS,
            grace_ms: 3 * HOUR_MS,
            ..parameters()
        },
    );
    for _ in 0..9 {
        world.run_for(HOUR_MS);
        let invitation = world.invitation().unwrap();
        let mut beside = Beside::new(&world, &invitation);
        assert_eq!(beside.standing(&mut world, "alice"), NameStanding::Taken);
    }
    // Whoever is away for longer has it back as long as it rests, and is told.
    world.switch_off(ALICE);
    world.skip(2 * HOUR_MS + 30 * MINUTE_MS);
    world.switch_on(ALICE);
    world.run_for(MINUTE_MS);
    assert_eq!(change(&world, ALICE).unwrap().parts, [RecordPart::Lapsed]);
    world.run_for(HOUR_MS);
    let invitation = world.invitation().unwrap();
    assert_eq!(
        Beside::new(&world, &invitation).standing(&mut world, "alice"),
        NameStanding::Taken
    );
}

#[test]
fn wat_07_a_name_that_is_given_up_rests_and_conversations_go_on() {
    let mut world = world(2, parameters());
    contact(&mut world, ALICE, "bob");
    world
        .call(ALICE, |machine, now_ms, rng| machine.release_name(now_ms, rng))
        .unwrap()
        .unwrap();
    world.run_for(10_000);
    let identity = machine(&world, ALICE).identity().unwrap();
    assert!(identity.released && !identity.registered);
    assert!(
        world.devices[ALICE]
            .alarms
            .contains(&Event::Released(name("alice")))
    );
    assert_eq!(change(&world, ALICE), None, "she did it herself");
    let invitation = world.invitation().unwrap();
    let standing = Beside::new(&world, &invitation).standing(&mut world, "alice");
    assert!(matches!(standing, NameStanding::Resting { .. }), "{standing:?}");
    let (at_alice, at_bob) = (with(&world, ALICE, "bob"), with(&world, BOB, "alice"));
    world.crash(ALICE);
    world.run_for(30_000);
    let hers = world.write(ALICE, at_alice).unwrap();
    let his = world.write(BOB, at_bob).unwrap();
    world.run_for(20_000);
    assert!(world.devices[BOB].shown.iter().any(|(_, text)| *text == hers));
    assert!(world.devices[ALICE].shown.iter().any(|(_, text)| *text == his));
    let again = world.call(ALICE, |machine, now_ms, rng| {
        machine.register(now_ms, rng, name("alice"))
    });
    assert_eq!(again, Some(Err(RegistrationError::NameReleased)));
    let carol = world.add_device("carol", 0).unwrap();
    world.run_for(10_000);
    let begun = world.call(carol, |machine, now_ms, rng| {
        machine.contact(now_ms, rng, name("alice"))
    });
    begun.unwrap().unwrap();
    world.run_for(10_000);
    assert_eq!(
        world.devices[carol].contact_errors.as_slice(),
        [ContactError::UnknownName]
    );
}

#[test]
fn wat_10_the_words_take_back_a_name_that_was_given_up() {
    let mut world = world(2, parameters());
    let phrase = words_of_alice(&mut world);
    // Whoever has her device gives up her name with it.
    world
        .call(ALICE, |machine, now_ms, rng| machine.release_name(now_ms, rng))
        .unwrap()
        .unwrap();
    world.run_for(10_000);
    assert!(machine(&world, ALICE).identity().unwrap().released);
    let account = machine(&world, ALICE).identity().unwrap().account;
    world.devices[ALICE].machine = None;

    let back = restored(&mut world, &phrase, "alicia");
    world.run_for(20_000);
    let identity = machine(&world, back).identity().unwrap();
    assert!(identity.registered && !identity.released);
    assert_eq!(identity.account, account);
    contact(&mut world, BOB, "alicia");
    let (at_bob, at_back) = (with(&world, BOB, "alicia"), with(&world, back, "bob"));
    let his = world.write(BOB, at_bob).unwrap();
    let hers = world.write(back, at_back).unwrap();
    world.run_for(20_000);
    assert!(world.devices[back].shown.iter().any(|(_, text)| *text == his));
    assert!(world.devices[BOB].shown.iter().any(|(_, text)| *text == hers));
}

fn pass(world: &World, bearer: u8, expires_ms: u64) -> Pass {
    let operator = &world.operators[0].key;
    let token = Token {
        network: world.book.genesis().id(),
        operator: operator.public(),
        bearer: SigningKey::from_seed(&[bearer; 32]).public(),
        expires_ms,
    };
    Pass {
        token: Signed::new(&token, operator).unwrap(),
        bearer: Hash([bearer; 32]),
    }
}

/// A device that is invited with a pass, and what it paid for its name with: so many bits of work.
fn invited(world: &mut World, who: &str, pass: Pass) -> Vec<u8> {
    let device = world.add_device(who, 0).unwrap();
    let mut dice = xchat_sim::dice::Dice::new(u64::from(who.as_bytes()[0]), 5);
    let connection = database::in_memory().unwrap();
    let mut machine = Machine::open(connection, None, world.now_ms, dice.rng()).unwrap();
    let invitation = NetworkInvitation {
        pass: Some(pass),
        ..world.invitation().unwrap()
    };
    machine
        .join_network(world.now_ms, dice.rng(), &invitation)
        .unwrap();
    machine.create_account(world.now_ms, dice.rng()).unwrap();
    // Its name is another one than that of the device in whose place it comes.
    machine
        .register(world.now_ms, dice.rng(), name(&format!("{who}_guest")))
        .unwrap();
    world.paid_bits.clear();
    world.switch_off(device);
    world.devices[device].machine = Some(machine);
    world.devices[device].mark = None;
    world.switch_on(device);
    world.run_for(30_000);
    assert!(world.devices[device].is_registered(), "{who}");
    let onward = self::machine(world, device).invitation().unwrap().unwrap();
    assert_eq!(onward.pass, None, "it is not handed on");
    std::mem::take(&mut world.paid_bits)
}

#[test]
fn wat_08_a_pass_pays_once_and_work_pays_when_it_is_of_no_use() {
    let mut world = world(2, parameters());
    let tomorrow = world.now_ms + DAY_MS;
    let good = pass(&world, 1, tomorrow);
    assert_eq!(invited(&mut world, "carol", good.clone()), Vec::<u8>::new());
    assert_eq!(invited(&mut world, "dave", good), [1], "it is spent");
    let old = pass(&world, 2, world.now_ms - 1);
    assert_eq!(invited(&mut world, "erin", old), [1]);
}

#[test]
fn wat_08_a_name_costs_what_it_costs_by_now() {
    let mut world = world(
        1,
        Parameters {
            registrations_per_hour: 6,
            ..parameters()
        },
    );
    world.paid_bits.clear();
    for who in ["carol", "dave", "erin", "frank", "grace", "heidi"] {
        world.add_device(who, 0).unwrap();
        world.run_for(10_000);
    }
    assert!((0..world.devices.len()).all(|device| world.devices[device].is_registered()));
    let bits = &world.paid_bits;
    assert!(bits.is_sorted() && bits[bits.len() - 1] > bits[0], "{bits:?}");
}

#[test]
fn wat_09_who_was_away_for_too_long_needs_a_new_invitation_and_takes_it() {
    let mut world = world(
        2,
        Parameters {
            trust_ms: 30 * DAY_MS,
            ..parameters()
        },
    );
    let early = machine(&world, BOB).invitation().unwrap().unwrap();
    let of_bob = |world: &World| machine(world, BOB).invitation().unwrap().unwrap();
    let renew = |world: &mut World, invitation: &NetworkInvitation| {
        world
            .call(ALICE, |machine, now_ms, rng| {
                machine.renew_trust(now_ms, rng, invitation)
            })
            .unwrap()
    };
    let fresh = of_bob(&world);
    assert!(matches!(renew(&mut world, &fresh), Err(TrustError::NotNeeded)));
    world.switch_off(ALICE);
    for _ in 0..8 {
        world.skip(5 * DAY_MS);
        world.run_for(10 * MINUTE_MS);
    }
    world.switch_on(ALICE);
    world.run_for(10_000);
    let begun = world.call(ALICE, |machine, now_ms, rng| {
        machine.contact(now_ms, rng, name("bob"))
    });
    begun.unwrap().unwrap();
    world.run_for(10_000);
    assert_eq!(
        world.devices[ALICE].contact_errors.as_slice(),
        [ContactError::TrustExpired]
    );
    assert!(matches!(renew(&mut world, &early), Err(TrustError::TooOld)));
    let bare = world.invitation().unwrap();
    assert!(matches!(renew(&mut world, &bare), Err(TrustError::NoCheckpoint)));
    let other = World::with_operators(6, Weather::fine(), 1, parameters())
        .unwrap()
        .invitation()
        .unwrap();
    assert!(matches!(renew(&mut world, &other), Err(TrustError::OtherNetwork)));
    let fresh = of_bob(&world);
    renew(&mut world, &fresh).unwrap();
    world.run_for(10_000);
    contact(&mut world, ALICE, "bob");
    with(&world, ALICE, "bob");
}

/// A home that says nothing of what is in its logs.
struct Mute;

impl Villain for Mute {
    fn frames(
        &mut self,
        _: &SigningKey,
        _: LogId,
        _: u64,
        _: Vec<SubscriptionFrame>,
    ) -> Vec<SubscriptionFrame> {
        Vec::new()
    }
}

/// Alice's profile comes back as an old copy: she takes another device key.
fn old_copy(world: &mut World) {
    world.switch_off(ALICE);
    world.devices[ALICE].mark = Some([9; 32]);
    world.switch_on(ALICE);
    world.run_for(5 * MINUTE_MS);
}

#[test]
fn saf_07_a_new_device_of_somebody_who_was_compared_stops_what_is_written() {
    let mut world = world(2, parameters());
    world.has_villains = true;
    contact(&mut world, ALICE, "bob");
    let at_bob = with(&world, BOB, "alice");
    let verify = |world: &mut World, is_verified: bool| {
        let call = world.call(BOB, |machine, now_ms, rng| {
            machine.set_verified(now_ms, rng, at_bob, is_verified)
        });
        call.unwrap().unwrap();
    };
    let send = |world: &mut World| {
        let sent = world.call(BOB, |machine, now_ms, rng| {
            machine.send_text(now_ms, rng, at_bob, "hi")
        });
        sent.unwrap().map_err(|error| error.code())
    };
    verify(&mut world, true);
    old_copy(&mut world);
    let view = machine(&world, BOB).conversation(at_bob).unwrap().unwrap();
    assert_eq!(
        (view.verification, view.change),
        (Verification::Changed, Some(ContactChange::Device))
    );
    assert_eq!(send(&mut world).unwrap_err(), "identity-changed");
    verify(&mut world, true);
    let view = machine(&world, BOB).conversation(at_bob).unwrap().unwrap();
    assert_eq!((view.verification, view.change), (Verification::Verified, None));
    world.has_villains = true;
    send(&mut world).unwrap();
}

/// Bob has compared Alice's number, and hears nothing of her new device but what the directory says.
fn told_by_the_directory_alone() -> (World, ConversationId) {
    let mut world = world(2, parameters());
    world.has_villains = true;
    contact(&mut world, ALICE, "bob");
    let at_bob = with(&world, BOB, "alice");
    world
        .call(BOB, |machine, now_ms, rng| {
            machine.set_verified(now_ms, rng, at_bob, true)
        })
        .unwrap()
        .unwrap();
    world.switch_off(BOB);
    old_copy(&mut world);
    world.switch_off(ALICE);
    world.home.villain = Some(Box::new(Mute));
    world.run_for(10 * MINUTE_MS);
    world.switch_on(BOB);
    world.run_for(MINUTE_MS);
    let view = machine(&world, BOB).conversation(at_bob).unwrap().unwrap();
    assert_eq!(view.change, None, "he has not asked yet");
    (world, at_bob)
}

#[test]
fn saf_07_a_new_device_shows_though_only_the_directory_knows_of_it() {
    for is_opened in [true, false] {
        let (mut world, at_bob) = told_by_the_directory_alone();
        if is_opened {
            world
                .call(BOB, |machine, now_ms, rng| {
                    machine.open_conversation(now_ms, rng, at_bob)
                })
                .unwrap()
                .unwrap();
            world.run_for(10_000);
        } else {
            world.run_for(DAY_MS);
        }
        let view = machine(&world, BOB).conversation(at_bob).unwrap().unwrap();
        assert_eq!(view.verification, Verification::Changed);
        assert_eq!(view.change, Some(ContactChange::Device));
        let sent = world.call(BOB, |machine, now_ms, rng| {
            machine.send_text(now_ms, rng, at_bob, "hi")
        });
        assert_eq!(sent.unwrap().unwrap_err().code(), "identity-changed");
    }
}

//! Asking for names: what a device believes of the directory, and how much it keeps in mind.

use std::collections::BTreeMap;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use xchat_core::database;
use xchat_core::io::{Event, Input, Output, Tag, Unreachable};
use xchat_core::lookup::{LookupError, NameStanding};
use xchat_core::machine::Machine;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest};
use xchat_proto::limits::DAY_MS;
use xchat_proto::name::Name;
use xchat_sim::weather::Weather;
use xchat_sim::world::World;

use crate::people::name;

/// A network in which Alice has a name, and a profile that has joined it and has no account.
struct Lab {
    world: World,
    machine: Machine,
    rng: ChaCha20Rng,
    /// The question on its way for each name.
    asked: BTreeMap<Name, Tag>,
    heard: BTreeMap<Tag, Result<NameStanding, LookupError>>,
}

impl Lab {
    fn new() -> Self {
        let mut world = World::new(1, Weather::fine()).unwrap();
        world.add_device("alice", 0).unwrap();
        world.run_for(10_000);
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let connection = database::in_memory().unwrap();
        let mut machine = Machine::open(connection, None, world.now_ms, &mut rng).unwrap();
        let invitation = world.invitation().unwrap();
        machine.join_network(world.now_ms, &mut rng, &invitation).unwrap();
        Self {
            world,
            machine,
            rng,
            asked: BTreeMap::new(),
            heard: BTreeMap::new(),
        }
    }

    fn look_up(&mut self, text: &str) -> Tag {
        let tag = self
            .machine
            .look_up(self.world.now_ms, &mut self.rng, name(text))
            .unwrap();
        self.listen();
        tag
    }

    fn listen(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Directory {
                    tag,
                    request: DirectoryRequest::Lookup { name, .. },
                    ..
                } => {
                    self.asked.insert(name, tag);
                }
                Output::Event(Event::NameLookedUp { tag, standing }) => {
                    assert!(self.heard.insert(tag, standing).is_none(), "answered twice");
                }
                _ => {}
            }
        }
    }

    fn reply(&mut self, text: &str, outcome: Result<DirectoryReply, Unreachable>) {
        let tag = self.asked.remove(&name(text)).unwrap();
        let input = Input::Directory { tag, outcome };
        self.machine
            .handle(self.world.now_ms, &mut self.rng, input)
            .unwrap();
        self.listen();
    }

    /// What the directory says about a name.
    fn says(&mut self, text: &str) -> DirectoryReply {
        let lookup = DirectoryRequest::Lookup {
            name: name(text),
            known: 0,
        };
        self.world.book.answer(self.world.now_ms, lookup).unwrap()
    }

    fn standing(&mut self, text: &str) -> Result<NameStanding, LookupError> {
        let tag = self.look_up(text);
        if self.asked.contains_key(&name(text)) {
            let reply = self.says(text);
            self.reply(text, Ok(reply));
        }
        self.heard.remove(&tag).unwrap()
    }
}

#[test]
fn dir_21_a_names_standing_is_proved_and_needs_no_account() {
    let mut lab = Lab::new();
    assert_eq!(lab.standing("alice"), Ok(NameStanding::Taken));
    assert_eq!(lab.standing("@Alice"), Ok(NameStanding::Taken));
    assert_eq!(lab.standing("nobody_here"), Ok(NameStanding::Free));
    let before = lab.asked.len();
    assert_eq!(lab.standing("admin"), Ok(NameStanding::Reserved));
    assert_eq!(lab.asked.len(), before, "a reserved name is not asked for");
}

#[test]
fn dir_21_what_does_not_hold_is_an_error_of_its_own() {
    let mut lab = Lab::new();
    let of_nobody = lab.says("nobody_here");
    let tag = lab.look_up("alice");
    lab.reply("alice", Ok(of_nobody));
    let heard = lab.heard.get(&tag).cloned().unwrap().unwrap_err();
    assert_eq!(heard.code(), "proof-refused");
    let tag = lab.look_up("alice");
    lab.reply("alice", Err(Unreachable));
    assert_eq!(lab.heard.get(&tag), Some(&Err(LookupError::Unreachable)));
    let old = lab.says("alice");
    lab.world.now_ms += DAY_MS;
    let tag = lab.look_up("alice");
    lab.reply("alice", Ok(old));
    assert_eq!(lab.heard.get(&tag), Some(&Err(LookupError::ClockOff)));
    let mut outside = Machine::open(
        database::in_memory().unwrap(),
        None,
        lab.world.now_ms,
        &mut lab.rng,
    )
    .unwrap();
    let asked = outside.look_up(lab.world.now_ms, &mut lab.rng, name("alice"));
    assert_eq!(asked, Err(LookupError::NoNetwork));
}

#[test]
fn dir_21_of_many_questions_the_oldest_give_way() {
    let mut lab = Lab::new();
    let tags: Vec<Tag> = (0..100)
        .map(|number| lab.look_up(&format!("name_{number}")))
        .collect();
    let given_up: Vec<Tag> = lab.heard.keys().copied().collect();
    assert_eq!(given_up.as_slice(), &tags[..84]);
    assert!(
        lab.heard
            .values()
            .all(|standing| *standing == Err(LookupError::Superseded))
    );
    // Each is answered once, in whatever order the directory answers.
    for number in (0..tags.len()).rev() {
        let text = format!("name_{number}");
        let reply = lab.says(&text);
        lab.reply(&text, Ok(reply));
    }
    let free = lab
        .heard
        .values()
        .filter(|standing| **standing == Ok(NameStanding::Free));
    assert_eq!(free.count(), 16);
    assert_eq!(lab.heard.len(), 100);
}

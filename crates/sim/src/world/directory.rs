//! The way to the directory and back.

use xchat_core::io::{Input, Price, Tag, Unreachable};
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest};
use xchat_proto::ids::NodeId;
use xchat_proto::keys::SigningKey;
use xchat_proto::operator::Change;
use xchat_proto::record::{Fee, Operation};

use super::homes::solve;
use super::{Happening, World};
use crate::book::SimOperator;
use crate::device::DeviceId;

/// How long an attempt may take before it is given up, in milliseconds.
const TIMEOUT_MS: u64 = 10_000;

impl World {
    pub(super) fn ask_directory(
        &mut self,
        device: DeviceId,
        (tag, node): (Tag, NodeId),
        price: Option<Price>,
        mut request: DirectoryRequest,
    ) {
        if let (
            Some(price),
            DirectoryRequest::Submit {
                operation: Operation::Register { fee, .. },
            },
        ) = (price, &mut request)
        {
            *fee = Fee::Work(solve(&price.challenge, price.bits));
            self.paid_bits.push(price.bits);
        }
        let life = self.devices[device].life;
        let lost = self.dice.chance(self.weather.directory_losses);
        if lost {
            return self.no_answer(device, life, tag);
        }
        let delay = self.delay();
        self.after(delay, Happening::AtDirectory(device, life, (tag, node), request));
    }

    fn no_answer(&mut self, device: DeviceId, life: u64, tag: Tag) {
        let late = self.dice.below(TIMEOUT_MS);
        self.after(late, Happening::Directory(device, life, tag, None));
    }

    pub(super) fn at_directory(
        &mut self,
        device: DeviceId,
        life: u64,
        (tag, node): (Tag, NodeId),
        request: DirectoryRequest,
    ) {
        let is_home = node == self.home.id();
        let is_away = is_home && (!self.home.is_up() || self.cut_from_home.contains(&device));
        let is_node = self.operators.iter().any(|operator| operator.node == node);
        if is_away || !is_node || self.silent_nodes.contains(&node) {
            return self.no_answer(device, life, tag);
        }
        let now_ms = self.now_ms;
        let book = self.truths.get_mut(&device).unwrap_or(&mut self.book);
        let mut villain = match self.liars.get_mut(&node) {
            Some(liar) => Some(liar),
            None => self.home.villain.as_mut().filter(|_| is_home),
        };
        let instead = villain
            .as_mut()
            .and_then(|villain| villain.instead(now_ms, &request));
        let reply = match instead {
            Some(reply) => reply,
            None => match book.answer(now_ms, request.clone()) {
                Ok(reply) => match villain {
                    Some(villain) => villain.directory(now_ms, &request, reply),
                    None => reply,
                },
                Err(error) => return self.violate(format!("the directory can't go on: {error}")),
            },
        };
        if self.dice.chance(self.weather.directory_losses) {
            return self.no_answer(device, life, tag);
        }
        let delay = self.delay();
        self.after(delay, Happening::Directory(device, life, tag, Some(reply)));
    }

    pub(super) fn directory_reply(
        &mut self,
        device: DeviceId,
        life: u64,
        tag: Tag,
        reply: Option<DirectoryReply>,
    ) {
        let outcome = reply.ok_or(Unreachable);
        self.give_to(device, life, Input::Directory { tag, outcome });
    }

    /// One more operator, or one less: a quorum of those who are there has it so.
    pub fn change_operators(&mut self) {
        let count = self.book.validators().as_slice().len();
        let joins = count < 2 || (count < 5 && self.dice.chance(500));
        // The home's operator stays.
        let leaver = 1 + self.dice.place(count.max(2) - 1);
        self.change_operator((!joins).then_some(leaver));
        self.note(|world| {
            let count = world.book.validators().as_slice().len();
            format!("{count} operators decide from height {} on", world.book.height())
        });
    }

    /// The operator in a place leaves, counted among those who decide, in the order in which they came; or a new one
    /// comes.
    pub fn change_operator(&mut self, leaver: Option<usize>) {
        let validators = self.book.validators();
        let mut present = self
            .operators
            .iter()
            .filter(|it| validators.as_slice().contains(&it.key.public()));
        let changed = match leaver.map(|place| present.nth(place)) {
            Some(None) => return,
            Some(Some(operator)) => {
                let key = operator.key.public();
                self.book.change(self.now_ms, &Change::Remove { key }, None)
            }
            None => {
                let operator = self.new_operator();
                let change = Change::Add {
                    operator: operator.described(),
                };
                let changed = self.book.change(self.now_ms, &change, Some(&operator));
                self.operators.push(operator);
                changed
            }
        };
        if let Err(why) = changed {
            self.violate(format!("the operators can't be changed: {why}"));
        }
    }

    fn new_operator(&mut self) -> SimOperator {
        SimOperator {
            key: SigningKey::from_seed(&self.dice.bytes()),
            node: NodeId(SigningKey::from_seed(&self.dice.bytes()).public().0),
        }
    }
}

//! The way to the directory and back.

use xchat_core::io::{Input, Price, Tag, Unreachable};
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest};
use xchat_proto::record::Operation;

use super::homes::solve;
use super::{Happening, World};
use crate::device::DeviceId;

/// How long an attempt may take before it is given up, in milliseconds.
const TIMEOUT_MS: u64 = 10_000;

impl World {
    pub(super) fn ask_directory(
        &mut self,
        device: DeviceId,
        tag: Tag,
        price: Option<Price>,
        mut request: DirectoryRequest,
    ) {
        if let (
            Some(price),
            DirectoryRequest::Submit {
                operation: Operation::Register { work, .. },
            },
        ) = (price, &mut request)
        {
            *work = solve(&price.challenge, price.bits);
        }
        let life = self.devices[device].life;
        let lost = self.dice.chance(self.weather.directory_losses);
        if lost {
            return self.no_answer(device, life, tag);
        }
        let delay = self.delay();
        self.after(delay, Happening::AtDirectory(device, life, tag, request));
    }

    fn no_answer(&mut self, device: DeviceId, life: u64, tag: Tag) {
        let late = self.dice.below(TIMEOUT_MS);
        self.after(late, Happening::Directory(device, life, tag, None));
    }

    pub(super) fn at_directory(&mut self, device: DeviceId, life: u64, tag: Tag, request: DirectoryRequest) {
        if !self.home.is_up() || self.cut_from_home.contains(&device) {
            return self.no_answer(device, life, tag);
        }
        let asked = request.clone();
        let reply = match self.book.answer(self.now_ms, request) {
            Ok(reply) => reply,
            Err(error) => return self.violate(format!("the directory can't go on: {error}")),
        };
        let reply = match &mut self.home.villain {
            Some(villain) => villain.directory(self.now_ms, &asked, reply),
            None => reply,
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
}

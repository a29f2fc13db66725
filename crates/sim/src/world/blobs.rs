//! Files on their way: a file is some pieces, and they travel one by one. What bodies verify is true here: a piece that
//! is taken is the right one, and a lie is noticed.

use std::collections::BTreeMap;

use xchat_core::io::{BlobFailure, BlobFile, BlobInput, BlobOutput, BlobSource, Capability, Input, Tag};
use xchat_proto::ids::{Hash, LogId, NodeId};

use super::pieces::{PIECE_BYTES, Pieces};
use super::{Happening, World};
use crate::device::DeviceId;

/// How long a stalled stream may go unnoticed, in milliseconds.
const PATIENCE_MS: u64 = 30_000;

/// A file at the home.
#[derive(Debug, Clone)]
pub struct Placed {
    /// What of it is there.
    pub pieces: Pieces,
    epoch: u64,
    secret: [u8; 32],
}

/// What a home does with files, where it does not just keep them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobVice {
    /// It gives something else.
    Lies,
    /// It never gives the end.
    Truncates,
    /// It says that it has stored a file, and has not.
    Loses,
    /// It has no room.
    Refuses,
    /// It takes no file of this size.
    TakesNone,
}

enum Way {
    Put {
        capability: Capability,
        secret: [u8; 32],
    },
    FromHome {
        capability: Capability,
    },
    FromPeer {
        peer: NodeId,
        log: LogId,
        granted: Option<(DeviceId, u64, [u8; 16])>,
    },
    Withdraw {
        log: LogId,
        secret: [u8; 32],
    },
}

/// A file on its way.
pub(crate) struct Carrying {
    device: DeviceId,
    life: u64,
    tag: Tag,
    blob: BlobFile,
    way: Way,
    is_asked: bool,
    is_dead: bool,
    moved: u64,
}

/// All that is known of files outside the machines.
#[derive(Default)]
pub struct Files {
    /// What is at the home.
    pub home: BTreeMap<(LogId, Hash), Placed>,
    /// What the home does with it.
    pub vice: Option<BlobVice>,
    /// When it was asked for a file, or brought one.
    pub asked_home_ms: Vec<u64>,
    /// What devices were answered that asked for files.
    pub answers: Vec<bool>,
    /// The most that a device had under way at a time.
    pub most_at_once: usize,
    /// The texts that files were sent with.
    pub(crate) texts: BTreeMap<Hash, String>,
    carrying: BTreeMap<u64, Carrying>,
}

impl World {
    pub(super) fn carry_blob(&mut self, device: DeviceId, output: BlobOutput) {
        match output {
            BlobOutput::Put {
                tag,
                capability,
                blob,
                secret,
                ..
            } => {
                self.begin_blob(device, tag, blob, Way::Put { capability, secret });
            }
            BlobOutput::Get { tag, from, blob } => {
                let way = match from {
                    BlobSource::Home { capability, .. } => Way::FromHome { capability },
                    BlobSource::Peer { peer, log } => Way::FromPeer {
                        peer,
                        log,
                        granted: None,
                    },
                };
                let none = Pieces::none_of(&blob);
                self.devices[device].disk.entry(blob.file).or_insert(none);
                self.begin_blob(device, tag, blob, way);
            }
            BlobOutput::Withdraw {
                tag,
                log,
                hash,
                secret,
                ..
            } => {
                let blob = BlobFile {
                    file: [0; 16],
                    hash,
                    size: 0,
                };
                self.begin_blob(device, tag, blob, Way::Withdraw { log, secret });
            }
            BlobOutput::Stop { tag } => {
                self.files
                    .carrying
                    .retain(|_, it| (it.device, it.tag) != (device, tag));
            }
            BlobOutput::Erase { file } => {
                if let Some(erased) = self.devices[device].disk.remove(&file) {
                    self.note(|world| {
                        format!("{} erases {:?}", world.devices[device].name.as_str(), erased.hash)
                    });
                }
            }
            BlobOutput::Grant { ask, blob } => self.answer_ask(device, ask, Some(blob)),
            BlobOutput::Deny { ask } => self.answer_ask(device, ask, None),
        }
    }

    fn begin_blob(&mut self, device: DeviceId, tag: Tag, blob: BlobFile, way: Way) {
        let (id, life, delay) = (self.fresh_id(), self.devices[device].life, self.delay());
        let carrying = Carrying {
            device,
            life,
            tag,
            blob,
            way,
            is_asked: false,
            is_dead: false,
            moved: 0,
        };
        self.files.carrying.insert(id, carrying);
        let own = self.files.carrying.values().filter(|it| it.device == device);
        self.files.most_at_once = self.files.most_at_once.max(own.count());
        self.after(delay, Happening::Blob(id));
    }

    /// A device is gone: what it was doing with files ends, and some of what it wrote last is lost.
    pub(super) fn forget_blobs_of(&mut self, device: DeviceId) {
        self.files.carrying.retain(|_, it| it.device != device);
        let mut disk = std::mem::take(&mut self.devices[device].disk);
        for pieces in disk.values_mut().filter(|pieces| !pieces.is_whole()) {
            pieces.here.retain(|_| self.dice.chance(700));
        }
        self.devices[device].disk = disk;
    }

    /// What the machine doesn't know is removed.
    pub(super) fn sweep_blobs(&mut self, device: DeviceId) {
        let it = &mut self.devices[device];
        let known = it.machine.as_ref().map(|machine| machine.blob_files());
        match known {
            Some(Ok(known)) => it.disk.retain(|file, _| known.contains(file)),
            Some(Err(error)) => self.violate(format!("files can't be listed: {error}")),
            None => {}
        }
    }

    fn reaches_home(&self, device: DeviceId) -> bool {
        self.home.is_up() && !self.cut_from_home.contains(&device)
    }

    /// The next piece of a file, or what is said before the first.
    pub(super) fn blob_moves(&mut self, id: u64) {
        let Some(mut carrying) = self.files.carrying.remove(&id) else {
            return;
        };
        if self.devices[carrying.device].life != carrying.life {
            return;
        }
        let outcome = match &carrying.way {
            _ if carrying.is_dead => Outcome::Ends(Err(BlobFailure::Unreachable)),
            Way::FromPeer { .. } => self.move_from_peer(id, &mut carrying),
            Way::Put { .. } | Way::FromHome { .. } | Way::Withdraw { .. } => {
                let breaks = self.dice.chance(self.weather.breaks);
                match self.reaches_home(carrying.device) && !breaks {
                    true => {
                        if carrying.moved == 0 {
                            self.files.asked_home_ms.push(self.now_ms);
                        }
                        self.move_with_home(&mut carrying)
                    }
                    false => Outcome::Dies,
                }
            }
        };
        let Carrying {
            device,
            life,
            tag,
            moved,
            ..
        } = carrying;
        match outcome {
            Outcome::Moved => {
                let delay = self.delay();
                self.files.carrying.insert(id, carrying);
                self.after(delay, Happening::Blob(id));
                if self.dice.chance(200) {
                    let bytes = moved.saturating_mul(PIECE_BYTES);
                    self.give_to(device, life, Input::Blob(BlobInput::Progress { tag, bytes }));
                }
            }
            Outcome::Waits => {
                self.files.carrying.insert(id, carrying);
            }
            Outcome::Dies => {
                // That a stream is dead is noticed after a while.
                carrying.is_dead = true;
                self.files.carrying.insert(id, carrying);
                let late = self.dice.below(PATIENCE_MS);
                self.after(late, Happening::Blob(id));
            }
            Outcome::Ends(outcome) => self.blob_ends(device, life, tag, outcome),
        }
    }

    pub(super) fn blob_ends(
        &mut self,
        device: DeviceId,
        life: u64,
        tag: Tag,
        outcome: Result<(), BlobFailure>,
    ) {
        self.note(|world| {
            format!(
                "{}'s transfer {tag}: {outcome:?}",
                world.devices[device].name.as_str()
            )
        });
        self.give_to(device, life, Input::Blob(BlobInput::Done { tag, outcome }));
    }

    fn move_with_home(&mut self, carrying: &mut Carrying) -> Outcome {
        let hash = carrying.blob.hash;
        match &carrying.way {
            Way::Withdraw { log, secret } => {
                let place = (*log, hash);
                let outcome = match self.files.home.get(&place) {
                    None => Err(BlobFailure::Unknown),
                    Some(placed) if placed.secret != *secret => Err(BlobFailure::Denied),
                    Some(_) => Ok(()),
                };
                if outcome.is_ok() {
                    self.files.home.remove(&place);
                }
                Outcome::Ends(outcome)
            }
            Way::Put { capability, secret } => {
                let (log, epoch, secret) = (capability.log, capability.epoch, *secret);
                self.move_to_home(carrying, (log, epoch), secret)
            }
            Way::FromHome { capability } => {
                let (log, epoch) = (capability.log, capability.epoch);
                self.move_from_home(carrying, (log, epoch))
            }
            Way::FromPeer { .. } => Outcome::Dies,
        }
    }

    fn move_to_home(
        &mut self,
        carrying: &mut Carrying,
        (log, epoch): (LogId, u64),
        secret: [u8; 32],
    ) -> Outcome {
        let vice = self.files.vice;
        if self.home.open_epoch(&log) != Some(epoch) {
            return Outcome::Ends(Err(BlobFailure::Denied));
        }
        match vice {
            Some(BlobVice::Refuses) => return Outcome::Ends(Err(BlobFailure::NoRoom)),
            Some(BlobVice::TakesNone) => return Outcome::Ends(Err(BlobFailure::TooLarge)),
            _ => {}
        }
        let own = self.devices[carrying.device].disk.get(&carrying.blob.file);
        if own.is_none_or(|own| !own.is_whole() || own.hash != carrying.blob.hash) {
            return Outcome::Ends(Err(BlobFailure::Lost));
        }
        let placed = self
            .files
            .home
            .entry((log, carrying.blob.hash))
            .or_insert_with(|| Placed {
                pieces: Pieces::none_of(&carrying.blob),
                epoch,
                secret,
            });
        if placed.secret != secret {
            return Outcome::Ends(Err(BlobFailure::Taken));
        }
        let Some(piece) = placed.pieces.next() else {
            if vice == Some(BlobVice::Loses) {
                self.files.home.remove(&(log, carrying.blob.hash));
            }
            return Outcome::Ends(Ok(()));
        };
        placed.pieces.here.insert(piece);
        carrying.moved += 1;
        Outcome::Moved
    }

    fn move_from_home(&mut self, carrying: &mut Carrying, (log, epoch): (LogId, u64)) -> Outcome {
        let placed = self.files.home.get(&(log, carrying.blob.hash));
        let refusal = match placed {
            Some(placed) if placed.epoch > epoch => Some(BlobFailure::Denied),
            Some(placed) if placed.pieces.is_whole() => None,
            _ => Some(BlobFailure::Unknown),
        };
        if let Some(refusal) = refusal {
            return Outcome::Ends(Err(refusal));
        }
        let here = self.devices[carrying.device].disk.get(&carrying.blob.file);
        let is_last = here.is_some_and(|here| here.here.len() as u64 + 1 == here.of);
        match self.files.vice {
            Some(BlobVice::Lies) if carrying.moved >= 1 => Outcome::Ends(Err(BlobFailure::Corrupt)),
            Some(BlobVice::Truncates) if is_last => Outcome::Ends(Err(BlobFailure::Unreachable)),
            _ => self.take_piece(carrying),
        }
    }

    fn take_piece(&mut self, carrying: &mut Carrying) -> Outcome {
        let none = Pieces::none_of(&carrying.blob);
        let pieces = self.devices[carrying.device]
            .disk
            .entry(carrying.blob.file)
            .or_insert(none);
        let Some(piece) = pieces.next() else {
            return Outcome::Ends(Ok(()));
        };
        pieces.here.insert(piece);
        carrying.moved += 1;
        Outcome::Moved
    }

    /// Whether two devices are connected, as both ends know.
    fn are_connected(&self, a: DeviceId, b: DeviceId) -> bool {
        self.peers.contains_key(&(a.min(b), a.max(b)))
    }

    fn move_from_peer(&mut self, id: u64, carrying: &mut Carrying) -> Outcome {
        let Way::FromPeer { peer, log, granted } = &carrying.way else {
            return Outcome::Dies;
        };
        let (peer, log, granted) = (*peer, *log, *granted);
        let breaks = self.dice.chance(self.weather.peer_breaks);
        let other = self
            .device_at(peer)
            .filter(|other| self.are_connected(carrying.device, *other));
        let (Some(other), false) = (other, breaks) else {
            return Outcome::Dies;
        };
        if !std::mem::replace(&mut carrying.is_asked, true) {
            let Some(own) = self.node_of(carrying.device) else {
                return Outcome::Dies;
            };
            let (life, hash) = (self.devices[other].life, carrying.blob.hash);
            // The answer finds it by its number.
            let asked = BlobInput::Asked {
                ask: id,
                peer: own,
                log,
                hash,
            };
            let delay = self.delay();
            self.after(delay, Happening::Asked(other, life, Box::new(asked)));
            return Outcome::Waits;
        }
        let Some((giver, life, file)) = granted else {
            return Outcome::Waits;
        };
        let theirs = self.devices[giver].disk.get(&file);
        let gives = self.devices[giver].life == life
            && theirs.is_some_and(|theirs| theirs.is_whole() && theirs.hash == carrying.blob.hash);
        match gives {
            true => self.take_piece(carrying),
            false => Outcome::Ends(Err(BlobFailure::Unreachable)),
        }
    }

    /// A question for a file arrives. When it is lost, whoever asked gives up after a while.
    pub(super) fn asked(&mut self, device: DeviceId, life: u64, asked: BlobInput) {
        let BlobInput::Asked { ask, .. } = &asked else {
            return;
        };
        let ask = *ask;
        self.after(PATIENCE_MS, Happening::Unanswered(ask));
        self.give_to(device, life, Input::Blob(asked));
    }

    /// A question that has no answer by now gets none.
    pub(super) fn unanswered(&mut self, ask: u64) {
        let is_waiting = self
            .files
            .carrying
            .get(&ask)
            .is_some_and(|it| matches!(it.way, Way::FromPeer { granted: None, .. }));
        if is_waiting
            && let Some(Carrying {
                device, life, tag, ..
            }) = self.files.carrying.remove(&ask)
        {
            self.blob_ends(device, life, tag, Err(BlobFailure::Unreachable));
        }
    }

    fn answer_ask(&mut self, device: DeviceId, ask: u64, answer: Option<BlobFile>) {
        let (delay, life) = (self.delay(), self.devices[device].life);
        self.files.answers.push(answer.is_some());
        let Some(carrying) = self.files.carrying.get_mut(&ask) else {
            return;
        };
        match (&mut carrying.way, answer) {
            (Way::FromPeer { granted, .. }, Some(blob)) => {
                *granted = Some((device, life, blob.file));
                self.after(delay, Happening::Blob(ask));
            }
            _ => {
                let Carrying {
                    device, life, tag, ..
                } = *carrying;
                self.files.carrying.remove(&ask);
                self.after(
                    delay,
                    Happening::BlobEnds(device, life, tag, Err(BlobFailure::Unknown)),
                );
            }
        }
    }
}

enum Outcome {
    Moved,
    /// Somebody else goes on with it.
    Waits,
    Dies,
    Ends(Result<(), BlobFailure>),
}

//! Nodes that lie about the directory, each in its own way.

use std::collections::BTreeMap;

use xchat_proto::codec::{Bounded, encode};
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, RejectReason};
use xchat_proto::ids::{Hash, NetworkId};
use xchat_proto::keys::SigningKey;
use xchat_proto::light::Handover;
use xchat_proto::name_proof::Certified;

use crate::book::Book;
use crate::dice::Dice;
use crate::villain::Villain;

/// A way to lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// It answers every question as it answered it first.
    Replays,
    /// Nobody has any name.
    NobodyHasIt,
    /// The blocks have another time.
    OtherTime,
    /// The certificates have another signature in them.
    OtherSignature,
    /// The blocks are another network's.
    OtherNetwork,
    /// The validators are its own keys from now on.
    OwnValidators,
    /// It can't answer now, whatever it is asked.
    Withholds,
    /// It answers other questions.
    Foreign,
    /// Every change is final, or against the rules; none is passed on.
    Untrue,
}

impl Lie {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Replays,
        Self::NobodyHasIt,
        Self::OtherTime,
        Self::OtherSignature,
        Self::OtherNetwork,
        Self::OwnValidators,
        Self::Withholds,
        Self::Foreign,
        Self::Untrue,
    ];

    /// One of them.
    pub fn any(dice: &mut Dice) -> Self {
        Self::ALL[dice.place(Self::ALL.len())]
    }
}

/// A node that lies in one way.
pub struct Liar {
    lie: Lie,
    first: BTreeMap<Vec<u8>, DirectoryReply>,
    submitted: u64,
}

impl Liar {
    /// A node that lies so.
    pub fn new(lie: Lie) -> Self {
        Self {
            lie,
            first: BTreeMap::new(),
            submitted: 0,
        }
    }

    fn distort(&self, certified: &mut Certified) {
        match self.lie {
            Lie::OtherTime => certified.header.time_ms += 1,
            Lie::OtherNetwork => certified.header.network = NetworkId([9; 32]),
            Lie::OtherSignature => {
                let mut bytes = certified.certificate.as_slice().to_vec();
                if let Some(last) = bytes.last_mut() {
                    *last ^= 1;
                }
                // The header is another one too: one that is known is not looked at again.
                certified.header.operations = Hash([9; 32]);
                if let Ok(certificate) = xchat_proto::certificate::Certificate::new(bytes) {
                    certified.certificate = certificate;
                }
            }
            _ => {}
        }
    }

    /// A change of the validators to the liar's own key, with the certificate of something else.
    fn handover(&self, certified: &Certified) -> Option<Handover> {
        let own = SigningKey::from_seed(&[9; 32]).public();
        Some(Handover {
            certified: certified.clone(),
            validators: Bounded::new(vec![own]).ok()?,
        })
    }
}

impl Villain for Liar {
    fn instead(&mut self, _: u64, request: &DirectoryRequest) -> Option<DirectoryReply> {
        match (self.lie, request) {
            (Lie::Withholds, _) => Some(DirectoryReply::Unavailable),
            (Lie::Foreign, _) => Some(DirectoryReply::Accepted { height: 1 }),
            (Lie::Untrue, DirectoryRequest::Submit { .. }) => {
                self.submitted += 1;
                Some(match self.submitted % 2 {
                    0 => DirectoryReply::Accepted { height: 1 },
                    _ => DirectoryReply::Rejected {
                        reason: RejectReason::BadSignature,
                    },
                })
            }
            _ => None,
        }
    }

    fn directory(&mut self, _: u64, request: &DirectoryRequest, reply: DirectoryReply) -> DirectoryReply {
        match reply {
            reply if self.lie == Lie::Replays => {
                // Whatever is known by then: the question is the same.
                let question = match request {
                    DirectoryRequest::Lookup { name, .. } => encode(name),
                    DirectoryRequest::Operators { .. } => b"operators".to_vec(),
                    other => encode(other),
                };
                self.first.entry(question).or_insert(reply).clone()
            }
            DirectoryReply::Name {
                mut proof,
                mut handovers,
            } => {
                self.distort(&mut proof.certified);
                if self.lie == Lie::NobodyHasIt {
                    proof.value = None;
                }
                if self.lie == Lie::OwnValidators {
                    let all = handovers.as_slice().iter().cloned();
                    let all = all.chain(self.handover(&proof.certified)).collect();
                    handovers = Bounded::new(all).unwrap_or(handovers);
                }
                DirectoryReply::Name { proof, handovers }
            }
            DirectoryReply::Operators { mut proof, handovers } => {
                self.distort(&mut proof.certified);
                if self.lie == Lie::NobodyHasIt {
                    proof.value = None;
                }
                DirectoryReply::Operators { proof, handovers }
            }
            DirectoryReply::Header { mut lineage } => {
                self.distort(&mut lineage.certified);
                DirectoryReply::Header { lineage }
            }
            reply => reply,
        }
    }
}

/// A node that shows another truth, signed by the same operators.
pub struct TwoFaced(pub Book);

impl Villain for TwoFaced {
    fn instead(&mut self, now_ms: u64, request: &DirectoryRequest) -> Option<DirectoryReply> {
        self.0.answer(now_ms, request.clone()).ok()
    }
}

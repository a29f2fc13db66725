//! Villains: homes and directories that lie. What an honest one would say passes through them.

pub mod liar;

use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest};
use xchat_proto::ids::LogId;
use xchat_proto::keys::SigningKey;
use xchat_proto::mailbox_wire::{Reply, Request, SubscriptionFrame};

/// What a lying home or directory does with the truth. By default, nothing.
pub trait Villain {
    /// Changes the frames of a subscription.
    fn frames(
        &mut self,
        _key: &SigningKey,
        _log: LogId,
        _epoch: u64,
        frames: Vec<SubscriptionFrame>,
    ) -> Vec<SubscriptionFrame> {
        frames
    }

    /// Changes a reply.
    fn reply(&mut self, _key: &SigningKey, _request: &Request, reply: Reply) -> Reply {
        reply
    }

    /// Answers for the directory without asking it.
    fn instead(&mut self, _now_ms: u64, _request: &DirectoryRequest) -> Option<DirectoryReply> {
        None
    }

    /// Changes what the directory says.
    fn directory(
        &mut self,
        _now_ms: u64,
        _request: &DirectoryRequest,
        reply: DirectoryReply,
    ) -> DirectoryReply {
        reply
    }
}

//! A simulated home: the real mailbox, and the connections of clients to it.

use std::collections::BTreeMap;

use xchat_core::io::Capability;
use xchat_mailbox::store::{MemoryStore, StoreError};
use xchat_mailbox::{Applied, Command, EphemeralNotice, Mailbox, OpenError, Route, Session, Subscription};
use xchat_proto::capability::CapabilityClaim;
use xchat_proto::ids::{Hash, LogId, NodeId};
use xchat_proto::keys::SigningKey;
use xchat_proto::mailbox_wire::{Refusal, Reply, Request, SubscriptionFrame};
use xchat_proto::signed::Signed;

use crate::villain::Villain;

/// A connection of a client.
pub type ConnectionId = u64;
/// A subscription stream.
pub type StreamId = u64;

/// What a home sends.
#[derive(Debug)]
pub struct Sent {
    /// On which connection.
    pub connection: ConnectionId,
    /// What.
    pub what: Said,
}

/// What a home says.
#[derive(Debug)]
pub enum Said {
    /// The reply to a request.
    Reply {
        /// Of which tag.
        tag: u64,
        /// The reply.
        reply: Reply,
    },
    /// A frame of a subscription.
    Frame {
        /// The stream.
        stream: StreamId,
        /// The frame.
        frame: SubscriptionFrame,
    },
}

struct Connected {
    session: Session,
    binding: Hash,
    streams: BTreeMap<StreamId, Subscription>,
}

/// A home that is up or down; what it has committed stays.
pub struct Home {
    key: SigningKey,
    id: NodeId,
    mailbox: Option<Mailbox<MemoryStore>>,
    disk: Option<MemoryStore>,
    connections: BTreeMap<ConnectionId, Connected>,
    /// Who it pretends to be honest for.
    pub villain: Option<Box<dyn Villain>>,
}

impl Home {
    /// A new home.
    ///
    /// # Errors
    /// [`OpenError`] when its mailbox does not open.
    pub fn new(key: SigningKey) -> Result<Self, OpenError> {
        let mailbox = Mailbox::open(key.clone(), MemoryStore::new())?;
        Ok(Self {
            id: mailbox.home(),
            key,
            mailbox: Some(mailbox),
            disk: None,
            connections: BTreeMap::new(),
            villain: None,
        })
    }

    /// Its id.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// Its key, for its villain.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Whether it is up.
    pub fn is_up(&self) -> bool {
        self.mailbox.is_some()
    }

    /// Falls: connections and all that is in memory are gone.
    pub fn crash(&mut self) {
        if let Some(mailbox) = self.mailbox.take() {
            self.disk = Some(mailbox.into_store());
        }
        self.connections.clear();
    }

    /// Comes up again on what it had committed.
    ///
    /// # Errors
    /// [`OpenError`] when its mailbox does not open.
    pub fn restart(&mut self) -> Result<(), OpenError> {
        if let Some(disk) = self.disk.take() {
            self.mailbox = Some(Mailbox::open(self.key.clone(), disk)?);
        }
        Ok(())
    }

    /// Drops what is older than the retention, as a node does once an hour.
    ///
    /// # Errors
    /// [`StoreError`] when its store fails.
    pub fn expire(&mut self, now_ms: u64) -> Result<(), StoreError> {
        if let Some(mailbox) = &mut self.mailbox {
            while mailbox.expire(now_ms)? {}
        }
        Ok(())
    }

    /// The open epoch of a log.
    pub fn open_epoch(&self, log: &LogId) -> Option<u64> {
        self.mailbox.as_ref()?.open_epoch(log).ok()
    }

    /// A client connected.
    pub fn connect(&mut self, connection: ConnectionId, binding: Hash) {
        let connected = Connected {
            session: Session::new(self.id, binding),
            binding,
            streams: BTreeMap::new(),
        };
        self.connections.insert(connection, connected);
    }

    /// A connection is gone.
    pub fn disconnect(&mut self, connection: ConnectionId) {
        self.connections.remove(&connection);
    }

    /// A client stopped a subscription stream.
    pub fn stop(&mut self, connection: ConnectionId, stream: StreamId) {
        if let Some(connected) = self.connections.get_mut(&connection)
            && connected.streams.remove(&stream).is_some()
        {
            connected.session.unsubscribed();
        }
    }

    fn prove(&mut self, connection: ConnectionId, capability: Option<&Capability>) -> Result<(), Refusal> {
        let (Some(capability), Some(mailbox)) = (capability, self.mailbox.as_ref()) else {
            return Ok(());
        };
        let Some(connected) = self.connections.get_mut(&connection) else {
            return Ok(());
        };
        let claim = CapabilityClaim {
            role: capability.role,
            home: self.id,
            log: capability.log,
            epoch: capability.epoch,
            binding: connected.binding,
        };
        let claim = Signed::new(&claim, &capability.key).map_err(|_| Refusal::Malformed)?;
        match connected.session.route(Request::Prove { claim }, mailbox) {
            Route::Reply(Reply::Refused(refusal)) => Err(refusal),
            _ => Ok(()),
        }
    }

    /// A request arrived.
    pub fn request(
        &mut self,
        now_ms: u64,
        connection: ConnectionId,
        tag: u64,
        capability: Option<&Capability>,
        request: Request,
    ) -> Vec<Sent> {
        // As on the wire: the proof goes before the request, whose own reply tells when it did not hold.
        let _ = self.prove(connection, capability);
        let (Some(mailbox), Some(connected)) = (self.mailbox.as_ref(), self.connections.get_mut(&connection))
        else {
            return Vec::new();
        };
        let asked = request.clone();
        let mut sent = Vec::new();
        let reply = match connected.session.route(request, mailbox) {
            Route::Reply(reply) => reply,
            Route::Write(command) => self.write(now_ms, command, &mut sent),
            Route::Priced(priced) => match priced.settle() {
                Ok(command) => self.write(now_ms, command, &mut sent),
                Err(refusal) => Reply::Refused(refusal),
            },
            Route::Ephemeral(notice) => {
                self.pass_on(&notice, &mut sent);
                Reply::Done
            }
            Route::Subscribe(_) => Reply::Refused(Refusal::Malformed),
        };
        let reply = match &mut self.villain {
            Some(villain) => villain.reply(&self.key, &asked, reply),
            None => reply,
        };
        let what = Said::Reply { tag, reply };
        sent.push(Sent { connection, what });
        sent
    }

    fn write(&mut self, now_ms: u64, command: Command, sent: &mut Vec<Sent>) -> Reply {
        let failed = Reply::Refused(Refusal::StorageFailed);
        let Some(mailbox) = self.mailbox.as_mut() else {
            return failed;
        };
        let Applied { mut replies, notices } = mailbox.apply(vec![command], now_ms);
        for notice in notices {
            for (connection, connected) in &mut self.connections {
                let mut ended = Vec::new();
                for (stream, subscription) in &mut connected.streams {
                    let frames = match subscription.follow(&notice) {
                        Some(frames) => frames,
                        None => caught_up(subscription, mailbox),
                    };
                    let cut_off = push(
                        &mut self.villain,
                        &self.key,
                        (*connection, *stream),
                        subscription,
                        frames,
                        sent,
                    );
                    if cut_off || subscription.is_ended() {
                        ended.push(*stream);
                    }
                }
                for stream in ended {
                    connected.streams.remove(&stream);
                    connected.session.unsubscribed();
                }
            }
        }
        replies.pop().unwrap_or(failed)
    }

    fn pass_on(&self, notice: &EphemeralNotice, sent: &mut Vec<Sent>) {
        for (connection, connected) in &self.connections {
            for (stream, subscription) in &connected.streams {
                if subscription.log() == notice.log && subscription.epoch() == notice.epoch {
                    let frame = SubscriptionFrame::Ephemeral(notice.envelope.clone());
                    sent.push(Sent {
                        connection: *connection,
                        what: Said::Frame {
                            stream: *stream,
                            frame,
                        },
                    });
                }
            }
        }
    }

    /// A subscription stream was opened.
    pub fn subscribe(
        &mut self,
        connection: ConnectionId,
        stream: StreamId,
        capability: &Capability,
        from: u64,
    ) -> Vec<Sent> {
        let proved = self.prove(connection, Some(capability));
        let (Some(mailbox), Some(connected)) = (self.mailbox.as_ref(), self.connections.get_mut(&connection))
        else {
            return Vec::new();
        };
        let request = Request::Subscribe {
            log: capability.log,
            epoch: capability.epoch,
            from,
        };
        let route = match proved {
            Ok(()) => connected.session.route(request, mailbox),
            Err(refusal) => Route::Reply(Reply::Refused(refusal)),
        };
        let mut sent = Vec::new();
        match route {
            Route::Subscribe(mut subscription) => {
                let frames = caught_up(&mut subscription, mailbox);
                let cut_off = push(
                    &mut self.villain,
                    &self.key,
                    (connection, stream),
                    &subscription,
                    frames,
                    &mut sent,
                );
                if cut_off || subscription.is_ended() {
                    connected.session.unsubscribed();
                } else {
                    connected.streams.insert(stream, subscription);
                }
            }
            Route::Reply(Reply::Refused(refusal)) => {
                let mut frames = vec![SubscriptionFrame::Refused(refusal)];
                if let Some(villain) = &mut self.villain {
                    frames = villain.frames(&self.key, capability.log, capability.epoch, frames);
                }
                sent.extend(frames.into_iter().map(|frame| Sent {
                    connection,
                    what: Said::Frame { stream, frame },
                }));
            }
            _ => {}
        }
        sent
    }
}

fn caught_up(subscription: &mut Subscription, mailbox: &Mailbox<MemoryStore>) -> Vec<SubscriptionFrame> {
    let mut all = Vec::new();
    loop {
        let frames = subscription.catch_up(mailbox);
        if frames.is_empty() {
            return all;
        }
        all.extend(frames);
    }
}

/// Whether it refuses to go on, truly or not.
fn push(
    villain: &mut Option<Box<dyn Villain>>,
    key: &SigningKey,
    (connection, stream): (ConnectionId, StreamId),
    subscription: &Subscription,
    frames: Vec<SubscriptionFrame>,
    sent: &mut Vec<Sent>,
) -> bool {
    let frames = match villain {
        Some(villain) => villain.frames(key, subscription.log(), subscription.epoch(), frames),
        None => frames,
    };
    let is_refused = |frame: &SubscriptionFrame| matches!(frame, SubscriptionFrame::Refused(_));
    let cut_off = frames.iter().any(is_refused);
    sent.extend(frames.into_iter().map(|frame| Sent {
        connection,
        what: Said::Frame { stream, frame },
    }));
    cut_off
}

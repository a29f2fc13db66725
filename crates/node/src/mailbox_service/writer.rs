//! The one writer: whatever queued up during the last durable commit is the next one.
//!
//! No timer: a lone append is written at once, and the more there is to write the more each flush of the disk carries.
//! The writer has a thread of its own, so the disk holds up nobody else.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use xchat_mailbox::{BlobCommand, BlobDone, BlobFile, Command, Route, Session};
use xchat_proto::blob_wire::BlobRefusal;
use xchat_proto::mailbox_wire::{Refusal, Reply, ReplyFrame, Request};

use super::{Shared, SharedMailbox};
use crate::clock;
use crate::limits::{BYTES_PER_COMMIT_MAX, COMMANDS_PER_COMMIT_MAX};

/// Where the replies of a stream go. As many as the stream has requests in flight: that is its bound.
pub(crate) type Replies = mpsc::UnboundedSender<Vec<ReplyFrame>>;

/// One thing to write.
#[derive(Debug)]
pub(crate) enum Write {
    /// A command that was admitted.
    Admitted(Command),
    /// A request that needs nothing but a proved capability: it is admitted here, where the mailbox is at hand anyway.
    Asked(Request),
}

/// What one stream wants written.
#[derive(Debug)]
pub(crate) struct Writes {
    pub(crate) session: Arc<Mutex<Session>>,
    pub(crate) replies: Replies,
    pub(crate) writes: Vec<(u64, Write)>,
    pub(crate) bytes: usize,
    /// Given back when the writes are done.
    pub(crate) room: OwnedSemaphorePermit,
}

/// A change of what is known of a blob, and where its result goes.
#[derive(Debug)]
pub(crate) struct BlobWrite {
    pub(crate) command: BlobCommand,
    pub(crate) done: oneshot::Sender<Result<BlobDone, BlobRefusal>>,
}

/// A job of the writer.
#[derive(Debug)]
pub(crate) enum Job {
    Write(Writes),
    Blob(BlobWrite),
    Expire,
    /// Forgets some blobs whose last day is over; their files, if there were any, go back.
    ExpireBlobs(oneshot::Sender<Option<Vec<BlobFile>>>),
}

/// Runs until nobody can send jobs any more.
pub(crate) fn run(shared: &Shared, mut jobs: mpsc::Receiver<Job>) {
    let mut is_expiring = false;
    loop {
        // While something expires, the next batch is not waited for: expiry goes on between batches.
        let first = match is_expiring {
            true => jobs.try_recv().ok(),
            false => match jobs.blocking_recv() {
                Some(job) => Some(job),
                None => return,
            },
        };
        let mut round = Round::default();
        round.take(first, &mut jobs);
        is_expiring |= round.expire;
        for expired in std::mem::take(&mut round.expire_blobs) {
            expire_blobs(shared, expired);
        }
        round.write(shared);
        if is_expiring {
            is_expiring = expire(shared) && !jobs.is_closed();
        }
    }
}

fn expire(shared: &Shared) -> bool {
    let Ok(mut mailbox) = shared.mailbox.write() else {
        return false;
    };
    match mailbox.expire(clock::now_ms()) {
        Ok(is_unfinished) => is_unfinished,
        Err(error) => {
            tracing::warn!(%error, "what has expired can't be removed");
            false
        }
    }
}

fn expire_blobs(shared: &Shared, expired: oneshot::Sender<Option<Vec<BlobFile>>>) {
    let Ok(mut mailbox) = shared.mailbox.write() else {
        return;
    };
    match mailbox.expire_blobs(clock::now_ms()) {
        // Should nobody be left to remove the files, the next start does.
        Ok(files) => drop(expired.send(files)),
        Err(error) => tracing::warn!(%error, "blobs that have expired can't be removed"),
    }
}

#[derive(Default)]
struct Round {
    jobs: Vec<Writes>,
    blobs: Vec<BlobWrite>,
    expire_blobs: Vec<oneshot::Sender<Option<Vec<BlobFile>>>>,
    commands: usize,
    bytes: usize,
    expire: bool,
}

impl Round {
    fn take(&mut self, first: Option<Job>, jobs: &mut mpsc::Receiver<Job>) {
        let mut next = first;
        while let Some(job) = next {
            match job {
                Job::Expire => self.expire = true,
                Job::ExpireBlobs(expired) => self.expire_blobs.push(expired),
                Job::Blob(write) => {
                    self.commands = self.commands.saturating_add(1);
                    self.blobs.push(write);
                }
                Job::Write(writes) => {
                    self.commands = self.commands.saturating_add(writes.writes.len());
                    self.bytes = self.bytes.saturating_add(writes.bytes);
                    self.jobs.push(writes);
                }
            }
            let is_full = self.commands >= COMMANDS_PER_COMMIT_MAX || self.bytes >= BYTES_PER_COMMIT_MAX;
            next = match is_full {
                true => None,
                false => jobs.try_recv().ok(),
            };
        }
    }

    fn write(self, shared: &Shared) {
        if self.jobs.is_empty() && self.blobs.is_empty() {
            return;
        }
        let mut commands = Vec::with_capacity(self.commands);
        let mut answers = Answers::default();
        let Ok(mut mailbox) = shared.mailbox.write() else {
            // A panic of ours left the mailbox as nobody knows: nothing is acknowledged any more.
            tracing::error!("the mailbox has failed");
            return;
        };
        for job in self.jobs {
            answers.begin(job.replies, job.room);
            for (id, write) in job.writes {
                match admitted(write, &job.session, &mailbox) {
                    Ok(command) => {
                        answers.wait(id);
                        commands.push(command);
                    }
                    Err(reply) => answers.give(id, reply),
                }
            }
        }
        let (on_blobs, told): (Vec<_>, Vec<_>) = self
            .blobs
            .into_iter()
            .map(|write| (write.command, write.done))
            .unzip();
        let count = commands.len().saturating_add(on_blobs.len());
        let (applied, done) = mailbox.apply_all(commands, &on_blobs, clock::now_ms());
        if !on_blobs.is_empty() {
            count_blobs(&mailbox, shared);
        }
        drop(mailbox);
        for (told, done) in told.into_iter().zip(done) {
            // Who has gone asks again.
            let _ = told.send(done);
        }
        shared.counters.commands.add(count);
        shared.counters.commits.one_more();
        shared.hub.publish(applied.notices);
        answers.send(applied.replies);
    }
}

/// Counts what blobs take now.
pub(crate) fn count_blobs(mailbox: &SharedMailbox, shared: &Shared) {
    if let Ok(bytes) = mailbox.blob_bytes() {
        shared.counters.blob_bytes.set(bytes);
    }
}

fn admitted(write: Write, session: &Mutex<Session>, mailbox: &SharedMailbox) -> Result<Command, Reply> {
    let request = match write {
        Write::Admitted(command) => return Ok(command),
        Write::Asked(request) => request,
    };
    let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
    match session.route(request, mailbox) {
        Route::Write(command) => Ok(command),
        Route::Reply(reply) => Err(reply),
        Route::Priced(_) | Route::Ephemeral(_) | Route::Subscribe(_) => {
            Err(Reply::Refused(Refusal::Malformed))
        }
    }
}

/// The replies of a round, for each job in the order of its requests.
#[derive(Default)]
struct Answers {
    jobs: Vec<Answer>,
}

/// The replies of one job: given, or to come from the mailbox.
struct Answer {
    to: Replies,
    replies: Vec<(u64, Option<Reply>)>,
    room: OwnedSemaphorePermit,
}

impl Answers {
    fn begin(&mut self, to: Replies, room: OwnedSemaphorePermit) {
        let replies = Vec::new();
        self.jobs.push(Answer { to, replies, room });
    }

    fn add(&mut self, id: u64, reply: Option<Reply>) {
        if let Some(answer) = self.jobs.last_mut() {
            answer.replies.push((id, reply));
        }
    }

    fn wait(&mut self, id: u64) {
        self.add(id, None);
    }

    fn give(&mut self, id: u64, reply: Reply) {
        self.add(id, Some(reply));
    }

    fn send(self, applied: Vec<Reply>) {
        let mut applied = applied.into_iter();
        for answer in self.jobs {
            let frames = answer.replies.into_iter().map(|(id, reply)| {
                let reply = reply.or_else(|| applied.next());
                let reply = reply.unwrap_or(Reply::Refused(Refusal::StorageFailed));
                ReplyFrame { id, reply }
            });
            // Who has gone learns it from the log.
            let _ = answer.to.send(frames.collect());
            drop(answer.room);
        }
    }
}

//! A stream of requests: numbered, answered in any order, as many at a time as the protocol allows.
//!
//! What arrived together is worked off together, and what is answered together leaves in one piece: no single request
//! has a task or a flush. With too much in flight, nothing more is read, and QUIC holds the client back.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::{self, Instant};
use xchat_mailbox::{Command, Route};
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_proto::limits::REQUESTS_IN_FLIGHT_MAX;
use xchat_proto::mailbox_wire::{Refusal, Reply, ReplyFrame, Request, RequestFrame};

use super::StreamError;
use super::client::Client;
use super::writer::{Job, Replies, Write, Writes};
use crate::limits::{FRAME_TIMEOUT, LOOKUPS_PER_RUN_MAX, WAITING_BYTES_MAX};

/// What a small request counts beside its envelope.
const REQUEST_BYTES: usize = 256;

pub(super) async fn serve(
    jobs: &mpsc::Sender<Job>,
    client: Arc<Client>,
    first: RequestFrame,
    reader: FrameReader,
    writer: FrameWriter,
) -> Result<(), StreamError> {
    let (replies, answered) = mpsc::unbounded_channel();
    let stream = RequestStream {
        jobs,
        client,
        reader,
        writer,
        replies,
        answered,
        ready: VecDeque::from([first]),
        in_flight: 1,
        is_finished: false,
        frame_started: None,
    };
    stream.run().await
}

struct RequestStream<'s> {
    jobs: &'s mpsc::Sender<Job>,
    client: Arc<Client>,
    reader: FrameReader,
    writer: FrameWriter,
    replies: Replies,
    answered: mpsc::UnboundedReceiver<Vec<ReplyFrame>>,
    /// Read and not yet begun. They count as in flight.
    ready: VecDeque<RequestFrame>,
    in_flight: usize,
    /// The client sends nothing more.
    is_finished: bool,
    /// When the frame began of which the rest has not come: a trickle doesn't prolong its time.
    frame_started: Option<Instant>,
}

impl RequestStream<'_> {
    async fn run(mut self) -> Result<(), StreamError> {
        loop {
            self.decode()?;
            self.begin().await?;
            while let Ok(replies) = self.answered.try_recv() {
                self.answer(replies)?;
            }
            self.writer.flush().await?;
            if !self.ready.is_empty() {
                continue;
            }
            if self.is_finished && self.in_flight == 0 {
                // A stream that the client has stopped needs no end.
                let _ = self.writer.stream().finish();
                return Ok(());
            }
            self.wait().await?;
        }
    }

    /// Takes the frames that have arrived, as many as may be in flight.
    fn decode(&mut self) -> Result<(), StreamError> {
        while self.in_flight < REQUESTS_IN_FLIGHT_MAX {
            let Some(frame) = self.reader.arrived()? else {
                break;
            };
            self.ready.push_back(frame);
            self.frame_started = None;
            self.in_flight = self.in_flight.saturating_add(1);
        }
        Ok(())
    }

    /// Waits until something arrives or is answered.
    async fn wait(&mut self) -> Result<(), StreamError> {
        let may_read = !self.is_finished && self.in_flight < REQUESTS_IN_FLIGHT_MAX;
        // What is left after `decode` is the beginning of a frame, unless we hold back reading.
        let is_inside_frame = may_read && self.reader.is_inside_frame();
        let now = Instant::now();
        let started = self.frame_started.filter(|_| is_inside_frame).unwrap_or(now);
        self.frame_started = is_inside_frame.then_some(started);
        let left = FRAME_TIMEOUT.saturating_sub(now.saturating_duration_since(started));
        tokio::select! {
            Some(replies) = self.answered.recv() => self.answer(replies)?,
            more = self.reader.fill(), if may_read => self.is_finished = !more?,
            () = time::sleep(left), if is_inside_frame => {
                return Err(StreamError::TimedOut);
            }
        }
        Ok(())
    }

    fn answer(&mut self, replies: Vec<ReplyFrame>) -> Result<(), StreamError> {
        self.in_flight = self.in_flight.saturating_sub(replies.len());
        for reply in &replies {
            self.writer.push(reply)?;
        }
        Ok(())
    }

    /// Begins the next requests: either all that only write, or some that must be looked up. So they stay in order.
    async fn begin(&mut self) -> Result<(), StreamError> {
        let mut writes = Vec::new();
        let mut bytes = 0_usize;
        while let Some(frame) = self.ready.pop_front_if(|frame| only_writes(&frame.request)) {
            bytes = bytes.saturating_add(weight(&frame.request));
            writes.push((frame.id, Write::Asked(frame.request)));
        }
        if !writes.is_empty() {
            return self.write(writes, bytes).await;
        }
        let mut run = Vec::new();
        while run.len() < LOOKUPS_PER_RUN_MAX {
            let Some(frame) = self.ready.pop_front_if(|frame| !only_writes(&frame.request)) else {
                break;
            };
            let is_page = matches!(frame.request, Request::Read { .. });
            run.push(frame);
            if is_page {
                // A page may be large: it leaves before the next is read.
                break;
            }
        }
        match run.is_empty() {
            true => Ok(()),
            false => self.look_up(run).await,
        }
    }

    async fn look_up(&mut self, run: Vec<RequestFrame>) -> Result<(), StreamError> {
        let bytes = run.iter().map(|frame| weight(&frame.request)).sum();
        let looked_up = self.client.clone().look_up(move |client| {
            let routed = run
                .into_iter()
                .map(|frame| (frame.id, admit(client, frame.request)));
            routed.collect::<Vec<_>>()
        });
        let mut writes = Vec::new();
        let mut replies = Vec::new();
        for (id, admitted) in looked_up.await.ok_or(StreamError::Stopping)? {
            match admitted {
                Ok(command) => writes.push((id, Write::Admitted(command))),
                Err(reply) => replies.push(ReplyFrame { id, reply }),
            }
        }
        self.answer(replies)?;
        match writes.is_empty() {
            true => Ok(()),
            false => self.write(writes, bytes).await,
        }
    }

    async fn write(&mut self, writes: Vec<(u64, Write)>, bytes: usize) -> Result<(), StreamError> {
        let permits = u32::try_from(bytes.min(WAITING_BYTES_MAX)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.client.shared().room).acquire_many_owned(permits);
        let job = Job::Write(Writes {
            session: self.client.shared_session(),
            replies: self.replies.clone(),
            writes,
            bytes,
            room: room.await.map_err(|_| StreamError::Stopping)?,
        });
        self.jobs.send(job).await.map_err(|_| StreamError::Stopping)
    }
}

/// Whether the request needs nothing but a proved capability before it is written.
fn only_writes(request: &Request) -> bool {
    matches!(
        request,
        Request::Append { .. }
            | Request::SubmitCommit { .. }
            | Request::TrimInbox { .. }
            | Request::PublishCard { .. }
            | Request::PublishKeyPackages { .. }
    )
}

/// What a request takes of the room, in bytes.
fn weight(request: &Request) -> usize {
    let bytes = match request {
        Request::Append { envelope, .. } | Request::Deposit { envelope, .. } => envelope.as_slice().len(),
        Request::SubmitCommit { value, .. } => value.envelope.as_slice().len(),
        Request::PublishKeyPackages {
            one_time,
            last_resort,
            ..
        } => {
            let all = one_time.as_slice().iter().chain(last_resort);
            all.map(|key_package| key_package.as_slice().len()).sum()
        }
        _ => 0,
    };
    bytes.saturating_add(REQUEST_BYTES)
}

/// The command of a request, or its reply.
fn admit(client: &Client, request: Request) -> Result<Command, Reply> {
    if matches!(request, Request::Subscribe { .. }) {
        // A subscription has a stream of its own.
        return Err(Reply::Refused(Refusal::Malformed));
    }
    match client.route(request) {
        Route::Reply(reply) => Err(reply),
        Route::Write(command) => Ok(command),
        Route::Priced(priced) => priced.settle().map_err(Reply::Refused),
        Route::Ephemeral(notice) => {
            client.shared().hub.pass_on(notice);
            Err(Reply::Done)
        }
        Route::Subscribe(_) => Err(Reply::Refused(Refusal::Malformed)),
    }
}

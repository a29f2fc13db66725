//! Files: taking them in, sending them, and reading those of messages.

use std::fs;
use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::time::{Instant, timeout_at};
use xchat_blobs::Reading;
use xchat_blobs::limits::{CHUNK_PLAIN_BYTES, GROUPS_PER_CHUNK, PIECE_BYTES};
use xchat_core::io::{ConversationId, FileView, MessageView, TransferState};
use xchat_core::machine::{ActError, FileError, Outgoing, SendError};

use super::Messenger;
use crate::error::{CallError, Coded};
use crate::media::{
    Copies, OpenFileError, Opened, Quality, UploadError, UploadId, UploadNote, UploadView, UploadWriter,
    describe, numbered, own_name,
};
use crate::window::Window;

/// Files of one name in a folder: the next is refused.
const SAME_NAMES_MAX: u32 = 1_000;

/// Why a message with files was not sent.
#[derive(Debug, Error)]
pub enum SendFilesError {
    /// A file is not there any more.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// The message was not taken.
    #[error(transparent)]
    Send(#[from] SendError),
}

impl Coded for SendFilesError {
    fn code(&self) -> &'static str {
        match self {
            Self::Upload(error) => error.code(),
            Self::Send(error) => error.code(),
        }
    }

    fn retryable(&self) -> bool {
        match self {
            Self::Upload(error) => error.retryable(),
            Self::Send(error) => error.retryable(),
        }
    }
}

/// How long what is read next may take to come. Whoever gives it is slow at most for half of that (TRF-16).
const PATIENCE: Duration = Duration::from_secs(60);

/// A file of a message, to be read. What its message says of it is a claim. It keeps the messenger running.
#[derive(Debug)]
pub struct OpenFile {
    /// What is known of it.
    pub view: FileView,
    opened: Opened,
    whose: Whose,
    /// There while the file comes.
    window: Option<Arc<Window>>,
}

/// Which file is read.
#[derive(Debug, Clone)]
struct Whose {
    messenger: Messenger,
    row: i64,
    part: u32,
}

impl Whose {
    /// A file that turns out not to be all here can be fetched once more.
    async fn noted<T>(&self, done: Result<T, OpenFileError>) -> Result<T, OpenFileError> {
        if let Err(OpenFileError::NotHere) = &done {
            let (row, part) = (self.row, self.part);
            let noted = self
                .messenger
                .call(move |machine, now_ms, rng| machine.lose_file(now_ms, rng, row, part))
                .await;
            if let Err(error) = noted {
                tracing::warn!(%error, "that a file is damaged could not be noted");
            }
        }
        done
    }
}

impl OpenFile {
    /// A part of the file, in pieces. While the file comes, what is read next is fetched before all else.
    pub fn pieces(&self, range: Range<u64>) -> Pieces {
        Pieces {
            reading: Some(Begun {
                opened: self.opened.clone(),
                rest: range.start..range.end.min(self.opened.size),
                reading: None,
            }),
            whose: self.whose.clone(),
            window: self.window.clone(),
        }
    }
}

/// A part of a file, in pieces of some 256 KiB; each is verified and opened when it is asked for.
#[derive(Debug)]
pub struct Pieces {
    /// Nothing at the end, and after an error.
    reading: Option<Begun>,
    whose: Whose,
    window: Option<Arc<Window>>,
}

/// A part of a file that is being read.
#[derive(Debug)]
struct Begun {
    opened: Opened,
    /// What is still to be read.
    rest: Range<u64>,
    reading: Option<Reading>,
}

impl Pieces {
    /// The next piece; nothing at the end, and after an error. Of a file that is coming, it is waited for, a minute at
    /// most.
    ///
    /// # Errors
    /// [`OpenFileError::NotHere`] when it hasn't come, and others when it can't be read.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, OpenFileError> {
        let Some(begun) = self.reading.take() else {
            return Ok(None);
        };
        let read = match &self.window {
            Some(window) => read_or_wait(begun, window).await,
            None => at_disk(move || Ok(read_on(begun)))
                .await
                .and_then(|(begun, read)| Ok((begun, read?))),
        };
        let (begun, piece) = self.whose.noted(read).await?;
        if !begun.rest.is_empty() {
            self.reading = Some(begun);
        }
        Ok((!piece.is_empty()).then_some(piece))
    }
}

/// Reads on, and waits for what hasn't come yet.
async fn read_or_wait(begun: Begun, window: &Arc<Window>) -> Result<(Begun, Vec<u8>), OpenFileError> {
    let mut begun = begun;
    let mut arrivals = window.arrivals();
    let mut waiting = None;
    let until = Instant::now() + PATIENCE;
    loop {
        let (now, read) = at_disk(move || Ok(read_on(begun))).await?;
        begun = now;
        match read {
            Err(OpenFileError::NotHere) => {}
            read => return Ok((begun, read?)),
        }
        // Said once: until then, what comes may have been just this.
        waiting.get_or_insert_with(|| window.wait_for(group_of(begun.rest.start)));
        if timeout_at(until, arrivals.changed()).await.is_err() {
            return Err(OpenFileError::NotHere);
        }
    }
}

/// The first group that is needed to read a place of a file.
fn group_of(place: u64) -> u64 {
    (place / CHUNK_PLAIN_BYTES as u64).saturating_mul(GROUPS_PER_CHUNK)
}

/// Reads a piece, or what of it is here.
fn read_on(mut begun: Begun) -> (Begun, Result<Vec<u8>, OpenFileError>) {
    let mut piece = Vec::new();
    while piece.len() < PIECE_BYTES && !begun.rest.is_empty() {
        match begun.next() {
            Ok(chunk) => piece.extend_from_slice(&chunk),
            Err(OpenFileError::NotHere) if !piece.is_empty() => break,
            Err(error) => return (begun, Err(error)),
        }
    }
    (begun, Ok(piece))
}

impl Begun {
    /// The next chunk, or what of it belongs to the part. After an error it can be tried again.
    fn next(&mut self) -> Result<Bytes, OpenFileError> {
        let mut reading = match self.reading.take() {
            Some(reading) => reading,
            None => self.opened.read(self.rest.clone())?,
        };
        let chunk = reading.next().transpose()?.unwrap_or_default();
        self.rest.start = match chunk.len() {
            // There is nothing more, whatever was promised.
            0 => self.rest.end,
            read => self.rest.start.saturating_add(read as u64),
        };
        self.reading = Some(reading);
        Ok(chunk)
    }
}

/// Runs what waits for the disk where that may wait.
pub(super) async fn at_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, OpenFileError> + Send + 'static,
) -> Result<T, OpenFileError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| OpenFileError::Storage(error.to_string()))?
}

impl Messenger {
    /// Begins to take a file in, piece by piece. Its name is made fit for others; what it is, is told by its content.
    ///
    /// # Errors
    /// [`UploadError`] when too many are taken in or wait already, or the disk fails.
    pub async fn begin_upload(
        &self,
        name: impl Into<String>,
        quality: Quality,
    ) -> Result<UploadWriter, CallError<UploadError>> {
        Ok(UploadWriter::begin(&self.files, name.into(), quality).await?)
    }

    /// Takes a file in, however large, in constant memory. It waits here, sealed, until it is sent or dropped, for a
    /// day at most and until the messenger stops.
    ///
    /// # Errors
    /// [`UploadError`] when it can't be read, what it tells can't be taken out, or the disk fails.
    pub async fn upload(
        &self,
        mut reader: impl AsyncRead + Unpin,
        name: impl Into<String>,
        quality: Quality,
    ) -> Result<UploadView, CallError<UploadError>> {
        let mut writer = self.begin_upload(name, quality).await?;
        let mut buffer = vec![0; PIECE_BYTES];
        loop {
            let count = reader.read(&mut buffer).await;
            let count = count.map_err(|error| UploadError::Unreadable(error.to_string()))?;
            match buffer.get(..count) {
                None | Some([]) => return Ok(writer.finish().await?),
                Some(bytes) => writer.push(bytes).await?,
            }
        }
    }

    /// Drops a file that is not to be sent.
    ///
    /// # Errors
    /// [`UploadError::Unknown`] when it isn't there any more.
    pub fn drop_upload(&self, id: UploadId) -> Result<(), UploadError> {
        match self.files.drop_one(id) {
            true => Ok(()),
            false => Err(UploadError::Unknown),
        }
    }

    /// Says of a file what its content doesn't.
    ///
    /// # Errors
    /// [`UploadError`] when it isn't there any more, or what is said is too long.
    pub fn describe_upload(&self, id: UploadId, note: UploadNote) -> Result<UploadView, UploadError> {
        self.files.change(id, |file| describe(file, note))
    }

    /// Gives a file a preview that only the user's side can make: a picture out of a film.
    ///
    /// # Errors
    /// [`UploadError`] when it isn't there any more, or the picture can't be prepared.
    pub async fn preview_upload(
        &self,
        id: UploadId,
        picture: Vec<u8>,
    ) -> Result<UploadView, CallError<UploadError>> {
        let prepared = self
            .files
            .workers
            .prepare(picture, xchat_media::Quality::Standard);
        let picture = prepared.await?;
        let view = self.files.change(id, move |file| {
            if (file.media.width, file.media.height) == (0, 0) {
                (file.media.width, file.media.height) = (picture.width, picture.height);
            }
            (file.media.thumbhash, file.media.preview) = (picture.thumbhash, picture.preview);
            Ok(())
        });
        Ok(view?)
    }

    /// Writes a message with files that were taken in, in this order. When this returns, it is on disk and on its way;
    /// its files follow. When it is not taken, the files wait as before.
    ///
    /// # Errors
    /// [`SendFilesError`] when a file isn't there any more, or the conversation takes no message.
    pub async fn send_files(
        &self,
        conversation: ConversationId,
        outgoing: Outgoing,
        uploads: &[UploadId],
    ) -> Result<MessageView, CallError<SendFilesError>> {
        let taken = self.files.take(uploads).map_err(SendFilesError::from)?;
        self.call(move |machine, now_ms, rng| {
            let outgoing = Outgoing {
                files: taken.to_send(),
                ..outgoing
            };
            let view = machine.send(now_ms, rng, conversation, outgoing)?;
            // Here, and not where the answer comes: nobody may wait for it any more.
            taken.sent();
            Ok(view)
        })
        .await
    }

    /// Writes the message in a row into a conversation once more, with copies of its files. Where it is from is not
    /// told.
    ///
    /// # Errors
    /// [`ActError`] when there is no such message, its files aren't here, or the conversation takes none.
    pub async fn forward(
        &self,
        row: i64,
        conversation: ConversationId,
    ) -> Result<MessageView, CallError<ActError>> {
        let found = self.call(move |machine, _, _| machine.files(row)).await;
        let found = match found {
            Ok(found) => found,
            Err(CallError::Stopped) => return Err(CallError::Stopped),
            Err(CallError::Refused(FileError::Machine(error))) => return Err(ActError::from(error).into()),
            // What is missing is said below.
            Err(CallError::Refused(_)) => Vec::new(),
        };
        if found.iter().any(|(.., is_here)| !is_here) {
            return Err(ActError::NoCopies.into());
        }
        let files = Arc::clone(&self.files);
        let copies = at_disk(move || {
            let mut copies = Copies::default();
            for (file, sealed, _) in found {
                copies.add(&files, file, &sealed)?;
            }
            Ok(copies)
        });
        let copies = copies.await.map_err(|error| {
            tracing::warn!(%error, "a file could not be copied");
            ActError::NoCopies
        })?;
        self.call(move |machine, now_ms, rng| {
            let view = machine.forward(now_ms, rng, row, conversation, copies.to_send())?;
            copies.sent();
            Ok(view)
        })
        .await
    }

    /// Opens a file of a message. What of it has come can be read; what is coming, when it has.
    ///
    /// # Errors
    /// [`OpenFileError`] when there is no such file, or nothing of it is here.
    pub async fn open_file(&self, row: i64, part: u32) -> Result<OpenFile, CallError<OpenFileError>> {
        let (view, sealed) = self
            .call(move |machine, _, _| {
                let view = machine.file(row, part)?;
                let (sealed, _) = machine.sealed_file(row, part)?;
                Ok::<_, OpenFileError>((view, sealed))
            })
            .await?;
        let (files, messenger) = (Arc::clone(&self.files), self.clone());
        let whose = Whose { messenger, row, part };
        let is_coming = matches!(view.transfer, TransferState::Running | TransferState::Waiting(_));
        let window = is_coming.then(|| self.windows.of(sealed.blob.file));
        let opened = at_disk(move || match is_coming {
            true => Opened::coming(&files.store, &sealed),
            false => Opened::new(&files.store, &sealed),
        });
        let opened = whose.noted(opened.await).await?;
        Ok(OpenFile {
            view,
            opened,
            whose,
            window,
        })
    }

    /// Saves a file of a message in a folder, and gives where. None that is there is overwritten.
    ///
    /// # Errors
    /// [`OpenFileError`] when it hasn't come yet, or can't be written.
    pub async fn save_file(
        &self,
        row: i64,
        part: u32,
        folder: &Path,
    ) -> Result<PathBuf, CallError<OpenFileError>> {
        let file = self.open_file(row, part).await?;
        let OpenFile {
            view, opened, whose, ..
        } = file;
        let folder = folder.to_owned();
        let saved = at_disk(move || save(&opened, &folder, &own_name(&view.name))).await;
        Ok(whose.noted(saved).await?)
    }

    /// Fetches a file of a message, also one that was paused, and tries again at once what waits.
    ///
    /// # Errors
    /// [`FileError`] when there is no such file.
    pub async fn fetch_file(&self, row: i64, part: u32) -> Result<(), CallError<FileError>> {
        self.call(move |machine, now_ms, rng| machine.fetch_file(now_ms, rng, row, part))
            .await
    }

    /// Stops the transfer of a file until it is resumed, also over a restart.
    ///
    /// # Errors
    /// [`FileError`] when it is not on its way.
    pub async fn pause_file(&self, row: i64, part: u32) -> Result<(), CallError<FileError>> {
        self.call(move |machine, now_ms, rng| machine.pause_file(now_ms, rng, row, part))
            .await
    }

    /// Goes on with a transfer that was paused or refused.
    ///
    /// # Errors
    /// [`FileError`] when it is not on its way.
    pub async fn resume_file(&self, row: i64, part: u32) -> Result<(), CallError<FileError>> {
        self.call(move |machine, now_ms, rng| machine.resume_file(now_ms, rng, row, part))
            .await
    }

    /// Gives up a download: what has come of the file is erased.
    ///
    /// # Errors
    /// [`FileError`] when no file is coming.
    pub async fn cancel_file(&self, row: i64, part: u32) -> Result<(), CallError<FileError>> {
        self.call(move |machine, now_ms, rng| machine.cancel_file(now_ms, rng, row, part))
            .await
    }
}

/// Writes a file under its name, or the next one that is free. It is there whole or not at all.
fn save(opened: &Opened, folder: &Path, name: &str) -> Result<PathBuf, OpenFileError> {
    for number in 1..=SAME_NAMES_MAX {
        let path = folder.join(numbered(name, number));
        let file = fs::File::options().write(true).create_new(true).open(&path);
        let mut file = match file {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(error.into()),
        };
        let written = write_all(opened, &mut file);
        if written.is_err() {
            drop(file);
            // What failed before is what is told.
            let _still_there = fs::remove_file(&path);
        }
        return written.map(|()| path);
    }
    Err(OpenFileError::Storage("too many files have this name".to_owned()))
}

fn write_all(opened: &Opened, file: &mut fs::File) -> Result<(), OpenFileError> {
    for piece in opened.read(0..opened.size)? {
        file.write_all(&piece?)?;
    }
    Ok(file.sync_all()?)
}

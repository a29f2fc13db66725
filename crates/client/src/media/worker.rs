//! Pictures are decoded in a process of their own: a decoder that is safe in memory can still be made to eat time and
//! memory, and a process can be ended.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;
use xchat_media::limits::{AVATAR_SIDE, PREVIEW_BYTES_MAX, THUMBHASH_BYTES_MAX};
use xchat_media::{PrepareError, Prepared, Quality};
use xchat_proto::codec::{self, Blob};

use super::error::UploadError;

/// The largest picture that is prepared, in bytes. Larger ones go as files.
pub const PICTURE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// What is around a picture in an answer, at most.
const ANSWER_REST_MAX: usize = 16 * 1024;
/// Pictures that are prepared at a time.
const AT_A_TIME: usize = 2;
/// For one picture.
const TIME: Duration = Duration::from_secs(15);
/// The argument that makes the program a worker.
const VERB: &str = "media-worker";

/// A worker says so once nothing that comes can harm.
const READY: u8 = 0x52;
const DONE: u8 = 0;
const NOT_DECODABLE: u8 = 1;
const TOO_LARGE: u8 = 2;
const UNUSUAL: u8 = 3;
const DAMAGED: u8 = 4;
const STANDARD: u8 = 0;
const ORIGINAL: u8 = 1;
const AVATAR: u8 = 2;

/// What a worker is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Job {
    /// Make of a picture what is sent.
    Prepare(Quality),
    /// Make of it the small picture of a person.
    Avatar,
}

/// A picture as the worker has prepared it.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub(crate) struct Picture {
    #[n(0)]
    pub(crate) width: u32,
    #[n(1)]
    pub(crate) height: u32,
    #[n(2)]
    pub(crate) is_animated: bool,
    #[n(3)]
    pub(crate) thumbhash: Blob<THUMBHASH_BYTES_MAX>,
    #[n(4)]
    pub(crate) preview: Blob<PREVIEW_BYTES_MAX>,
    #[n(5)]
    pub(crate) bytes: Blob<PICTURE_BYTES_MAX>,
}

impl Picture {
    fn of(prepared: Prepared) -> Option<Self> {
        Some(Self {
            width: prepared.width,
            height: prepared.height,
            is_animated: prepared.is_animated,
            thumbhash: Blob::new(prepared.thumbhash).ok()?,
            preview: Blob::new(prepared.preview).ok()?,
            bytes: Blob::new(prepared.bytes).ok()?,
        })
    }

    fn of_avatar(bytes: Vec<u8>) -> Option<Self> {
        Some(Self {
            width: AVATAR_SIDE,
            height: AVATAR_SIDE,
            is_animated: false,
            thumbhash: Blob::default(),
            preview: Blob::default(),
            bytes: Blob::new(bytes).ok()?,
        })
    }
}

/// What a worker does: says that it is ready, reads one picture from `input`, up to its end, and writes what came of it
/// to `output`. The process confines itself before it calls this: it touches nothing but the two.
///
/// # Errors
/// When either can't be used.
pub fn run_media_worker(input: impl Read, mut output: impl Write) -> io::Result<()> {
    output.write_all(&[READY])?;
    output.flush()?;
    let mut bytes = Vec::new();
    let limit = PICTURE_BYTES_MAX as u64;
    input.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    let answer = match bytes.split_first() {
        Some((&STANDARD, picture)) => answer(picture, Job::Prepare(Quality::Standard)),
        Some((&ORIGINAL, picture)) => answer(picture, Job::Prepare(Quality::Original)),
        Some((_, picture)) => answer(picture, Job::Avatar),
        None => Err(DAMAGED),
    };
    match answer {
        Ok(picture) => {
            output.write_all(&[DONE])?;
            output.write_all(&codec::encode(&picture))?;
        }
        Err(refusal) => output.write_all(&[refusal])?,
    }
    output.flush()
}

fn answer(picture: &[u8], job: Job) -> Result<Picture, u8> {
    let refusal = |error| match error {
        PrepareError::NotDecodable(_) => NOT_DECODABLE,
        PrepareError::TooLarge => TOO_LARGE,
        PrepareError::Unusual => UNUSUAL,
        _ => DAMAGED,
    };
    let quality = match job {
        Job::Prepare(quality) => quality,
        Job::Avatar => {
            let bytes = xchat_media::avatar(picture).map_err(refusal)?;
            return Picture::of_avatar(bytes).ok_or(TOO_LARGE);
        }
    };
    let prepared = xchat_media::prepare(picture, quality).map_err(refusal)?;
    Picture::of(prepared).ok_or(TOO_LARGE)
}

fn refused(code: u8) -> UploadError {
    match code {
        TOO_LARGE => UploadError::PictureTooLarge,
        UNUSUAL => UploadError::PictureUnusual,
        _ => UploadError::PictureDamaged,
    }
}

/// Prepares pictures, some at a time.
#[derive(Debug)]
pub(crate) struct Workers {
    program: Option<PathBuf>,
    permits: Semaphore,
}

impl Workers {
    /// With a program that becomes a worker, or in this process when there is none.
    pub(crate) fn new(program: Option<PathBuf>) -> Self {
        Self {
            program,
            permits: Semaphore::new(AT_A_TIME),
        }
    }

    /// Prepares a picture.
    pub(crate) async fn prepare(&self, picture: Vec<u8>, quality: Quality) -> Result<Picture, UploadError> {
        self.work(picture, Job::Prepare(quality)).await
    }

    /// Makes the small picture of a person.
    pub(crate) async fn avatar(&self, picture: Vec<u8>) -> Result<Vec<u8>, UploadError> {
        let made = self.work(picture, Job::Avatar).await?;
        Ok(made.bytes.into_vec())
    }

    async fn work(&self, picture: Vec<u8>, job: Job) -> Result<Picture, UploadError> {
        if picture.len() >= PICTURE_BYTES_MAX {
            return Err(UploadError::PictureTooLarge);
        }
        let permit = self.permits.acquire().await;
        let _permit = permit.map_err(|_| UploadError::WorkerFailed)?;
        match &self.program {
            None => {
                let work = tokio::task::spawn_blocking(move || answer(&picture, job));
                work.await
                    .map_err(|_| UploadError::WorkerFailed)?
                    .map_err(refused)
            }
            Some(program) => {
                let mut command = Command::new(program);
                command
                    .arg(VERB)
                    .env_clear()
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .stderr(Stdio::null())
                    .kill_on_drop(true);
                let child = command.spawn().map_err(|error| {
                    tracing::error!(%error, "no worker for pictures can be started");
                    UploadError::WorkerFailed
                })?;
                // Dropped with what it was doing when the time is over, and so killed.
                let answer = tokio::time::timeout(TIME, ask(child, &picture, job)).await;
                read(&answer.map_err(|_| UploadError::PictureTooLarge)??)
            }
        }
    }
}

/// Hands a picture to a worker, and takes its answer.
async fn ask(mut child: Child, picture: &[u8], job: Job) -> Result<Vec<u8>, UploadError> {
    let (Some(stdin), Some(mut stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(UploadError::WorkerFailed);
    };
    match stdout.read_u8().await {
        Ok(READY) => {}
        Ok(_) | Err(_) => return Err(UploadError::WorkerFailed),
    }
    let (given, answer) = tokio::join!(give(stdin, picture, job), take(&mut stdout));
    let ended = child.wait().await;
    match (given, answer, ended) {
        (Ok(()), Ok(answer), Ok(status)) if status.success() => Ok(answer),
        // It died over the picture: that is what too large a picture does.
        _ => Err(UploadError::PictureTooLarge),
    }
}

async fn give(mut stdin: ChildStdin, picture: &[u8], job: Job) -> io::Result<()> {
    let job = match job {
        Job::Prepare(Quality::Standard) => STANDARD,
        Job::Prepare(Quality::Original) => ORIGINAL,
        Job::Avatar => AVATAR,
    };
    stdin.write_all(&[job]).await?;
    stdin.write_all(picture).await?;
    stdin.shutdown().await
}

async fn take(stdout: &mut ChildStdout) -> io::Result<Vec<u8>> {
    let limit = PICTURE_BYTES_MAX.saturating_add(ANSWER_REST_MAX) as u64;
    let mut answer = Vec::new();
    stdout.take(limit).read_to_end(&mut answer).await?;
    Ok(answer)
}

/// Reads an answer. A worker that was taken over could write anything, so it is believed like a peer.
fn read(answer: &[u8]) -> Result<Picture, UploadError> {
    match answer.split_first() {
        Some((&DONE, picture)) => {
            codec::decode(picture, picture.len()).map_err(|_| UploadError::WorkerFailed)
        }
        Some((&refusal, _)) => Err(refused(refusal)),
        None => Err(UploadError::WorkerFailed),
    }
}

#[cfg(test)]
mod tests;

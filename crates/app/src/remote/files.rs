//! Files, given to the running profile and taken from it as streams: no file is held in memory.

use std::path::Path;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::stream;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::{Request, Response, header};
use hyper_util::rt::TokioIo;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Remote, gone};
use crate::dto::{Quality, Upload};
use crate::failure::{Failure, FailureBody, Kind};

const PIECE_BYTES: usize = 256 * 1024;
/// In bytes: an upload with its preview, or a failure.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// How long the running profile may be silent.
const IDLE_TIME: Duration = Duration::from_secs(240);

/// Letters and digits as they are, and every other byte as a number.
fn encoded(text: &str) -> String {
    let letter = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(letter).collect()
}

impl Remote {
    /// Gives a file to the running profile.
    ///
    /// # Errors
    /// When the file can't be read, or what the running profile answers.
    pub(crate) async fn give(&self, file: File, name: &str, quality: Quality) -> Result<Upload, Failure> {
        let quality = match quality {
            Quality::Standard => "standard",
            Quality::Original => "original",
            Quality::Untouched => "untouched",
        };
        let path = format!("/api/uploads?name={}&quality={quality}", encoded(name));
        let pieces = stream::unfold(Some(file), |file| async {
            let mut file = file?;
            let mut piece = Vec::new();
            match (&mut file).take(PIECE_BYTES as u64).read_to_end(&mut piece).await {
                Ok(0) => None,
                Ok(_) => Some((Ok(Bytes::from(piece)), Some(file))),
                Err(error) => Some((Err(error), None)),
            }
        });
        let request = self.request("POST", &path, Body::from_stream(pieces))?;
        let response = self.send(request).await?;
        let is_done = response.status().is_success();
        let answer = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect();
        let answer = answer.await.map_err(gone)?.to_bytes();
        match is_done {
            true => serde_json::from_slice(&answer).map_err(gone),
            false => Err(failure(&answer)),
        }
    }

    /// Gives the owner's picture to the running profile.
    ///
    /// # Errors
    /// What the running profile answers.
    pub(crate) async fn give_picture(&self, picture: Vec<u8>) -> Result<(), Failure> {
        let response = self
            .send(self.request("PUT", "/api/me/picture", Body::from(picture))?)
            .await?;
        let is_done = response.status().is_success();
        let answer = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect();
        let answer = answer.await.map_err(gone)?.to_bytes();
        match is_done {
            true => Ok(()),
            false => Err(failure(&answer)),
        }
    }

    /// Takes a file of a message from the running profile, into a file here.
    ///
    /// # Errors
    /// When it can't be written, isn't there, or does not come to its end.
    pub(crate) async fn take(&self, row: i64, part: u32, path: &Path, file: File) -> Result<(), Failure> {
        let request = self.request("GET", &format!("/api/attachments/{row}/{part}"), Body::empty())?;
        let response = self.send(request).await?;
        if !response.status().is_success() {
            let answer = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect();
            return Err(failure(&answer.await.map_err(gone)?.to_bytes()));
        }
        write(response.into_body(), path, file).await
    }

    fn request(&self, method: &str, path: &str, body: Body) -> Result<Request<Body>, Failure> {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.authority())
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.file.token))
            .body(body)
            .map_err(Failure::bug)
    }

    async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, Failure> {
        let stream = TokioIo::new(self.connect().await?);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream)
            .await
            .map_err(gone)?;
        // It ends with the body of the answer, or with this process.
        tokio::spawn(connection);
        sender.send_request(request).await.map_err(gone)
    }
}

async fn write(mut body: Incoming, path: &Path, mut file: File) -> Result<(), Failure> {
    let unwritten = |error: std::io::Error| Failure::storage(path.display(), &error);
    loop {
        let frame = tokio::time::timeout(IDLE_TIME, body.frame()).await;
        let Some(frame) = frame.map_err(gone)? else {
            return file.sync_all().await.map_err(unwritten);
        };
        if let Ok(piece) = frame.map_err(gone)?.into_data() {
            file.write_all(&piece).await.map_err(unwritten)?;
        }
    }
}

fn failure(answer: &[u8]) -> Failure {
    match serde_json::from_slice::<FailureBody>(answer) {
        Ok(body) => body.error,
        Err(_) => Failure::new(
            Kind::Unreachable,
            "daemon-gone",
            "the running profile answered nothing",
        ),
    }
}

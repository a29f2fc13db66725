//! The running profile, spoken to over its local interface.

mod files;

use std::net::Ipv4Addr;
use std::time::Duration;

use axum::body::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::dto::{Challenge, Event, Hello, Proof};
use crate::entropy;
use crate::failure::{Failure, FailureBody, Kind};
use crate::profile::daemon_file::DaemonFile;

/// In bytes: a page of 500 messages of 64 KiB each, escaped.
const ANSWER_BYTES_MAX: usize = 256 * 1024 * 1024;
/// A process on this machine that takes longer to say who it is isn't ours.
const CHALLENGE_TIME: Duration = Duration::from_secs(2);

/// The running profile.
#[derive(Debug, Clone)]
pub(crate) struct Remote {
    file: DaemonFile,
    patience: Duration,
}

impl Remote {
    /// The process that wrote the file, if it still runs and proves that it did (API-03). No token is shown to it
    /// before.
    pub(crate) async fn verified(file: DaemonFile, patience: Duration) -> Option<Self> {
        let remote = Self { file, patience };
        let nonce = entropy::secret().ok()?;
        let challenge = Challenge { nonce: nonce.clone() };
        let asked = remote.ask::<_, Proof>(Method::POST, "/api/challenge", Some(&challenge), false);
        let answer = tokio::time::timeout(CHALLENGE_TIME, asked).await.ok()?.ok()?;
        remote.file.verifies(&nonce, &answer.proof).then_some(remote)
    }

    /// The port of its local interface.
    pub(crate) fn port(&self) -> u16 {
        self.file.port
    }

    /// Reads something.
    ///
    /// # Errors
    /// What the running profile answers, or that it doesn't.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.patiently(self.ask::<(), T>(Method::GET, path, None, true))
            .await
    }

    /// Does something.
    ///
    /// # Errors
    /// As [`Remote::get`].
    pub(crate) async fn post<B: Serialize + Sync, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, Failure> {
        self.patiently(self.ask(Method::POST, path, Some(body), true))
            .await
    }

    /// Sets something.
    ///
    /// # Errors
    /// As [`Remote::get`].
    pub(crate) async fn put<B: Serialize + Sync>(&self, path: &str, body: &B) -> Result<(), Failure> {
        self.patiently(self.ask(Method::PUT, path, Some(body), true))
            .await
    }

    /// Sets some of something.
    ///
    /// # Errors
    /// As [`Remote::get`].
    pub(crate) async fn patch<B: Serialize + Sync>(&self, path: &str, body: &B) -> Result<(), Failure> {
        self.patiently(self.ask(Method::PATCH, path, Some(body), true))
            .await
    }

    /// Takes something away.
    ///
    /// # Errors
    /// As [`Remote::get`].
    pub(crate) async fn delete(&self, path: &str) -> Result<(), Failure> {
        self.patiently(self.ask::<(), ()>(Method::DELETE, path, None, true))
            .await
    }

    async fn patiently<T>(&self, asked: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        match tokio::time::timeout(self.patience, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(Failure::new(
                Kind::Unreachable,
                "timeout",
                "the running profile did not answer in time",
            )
            .advise("Try again, or wait longer with --timeout")),
        }
    }

    async fn ask<B: Serialize, T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
        with_token: bool,
    ) -> Result<T, Failure> {
        let bytes = match body {
            Some(body) => serde_json::to_vec(body).map_err(Failure::bug)?,
            None => Vec::new(),
        };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.authority())
            .header(header::CONTENT_TYPE, "application/json");
        if with_token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", self.file.token));
        }
        let request = request
            .body(Full::new(Bytes::from(bytes)))
            .map_err(Failure::bug)?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(self.connect().await?))
                .await
                .map_err(gone)?;
        let connection = tokio::spawn(connection);
        let response = sender.send_request(request).await.map_err(gone)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX)
            .collect()
            .await
            .map_err(gone)?
            .to_bytes();
        connection.abort();
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(gone);
        }
        match serde_json::from_slice::<FailureBody>(&body) {
            Ok(body) => Err(body.error),
            Err(error) => Err(gone(error)),
        }
    }

    /// Follows what happens.
    ///
    /// # Errors
    /// When the stream doesn't come to stand.
    pub(crate) async fn events(&self) -> Result<RemoteEvents, Failure> {
        let url = format!("ws://{}/api/events", self.authority());
        let (mut socket, _) = tokio_tungstenite::client_async(url, self.connect().await?)
            .await
            .map_err(gone)?;
        let hello = Hello {
            token: self.file.token.clone(),
        };
        let text = serde_json::to_string(&hello).map_err(Failure::bug)?;
        socket.send(Frame::text(text)).await.map_err(gone)?;
        let mut events = RemoteEvents { socket };
        match events.next().await {
            Some(Event::Ready) => Ok(events),
            _ => Err(gone("the stream of events was refused")),
        }
    }

    async fn connect(&self) -> Result<TcpStream, Failure> {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.file.port))
            .await
            .map_err(gone)
    }

    fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.file.port)
    }
}

/// The stream of a running profile's events.
#[derive(Debug)]
pub(crate) struct RemoteEvents {
    socket: WebSocketStream<TcpStream>,
}

impl RemoteEvents {
    /// The next event, or nothing more once the profile stops.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            match self.socket.next().await?.ok()? {
                Frame::Text(text) => {
                    // A newer profile may tell of what this command doesn't know.
                    if let Ok(event) = serde_json::from_str(&text) {
                        return Some(event);
                    }
                }
                Frame::Close(_) => return None,
                _ => {}
            }
        }
    }
}

fn gone(error: impl std::fmt::Display) -> Failure {
    Failure::new(
        Kind::Unreachable,
        "daemon-gone",
        format!("the running profile does not answer ({error})"),
    )
    .advise("Try again; if it hangs, stop it")
}

//! The stream of events: a WebSocket whose first frame is the token (API-10).

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket, WebSocketUpgrade};
use axum::response::Response;

use super::Api;
use crate::dto::{Event, Hello, Scope};
use crate::failure::{Failure, FailureBody};

/// Until the first frame must be there.
const HELLO_TIME: Duration = Duration::from_secs(10);
/// In bytes. A reader has nothing to say but its token.
const FRAME_BYTES_MAX: usize = 4 * 1024;
/// Until a reader must have taken an event.
const WRITE_TIME: Duration = Duration::from_secs(20);
/// A status for applications (RFC 6455, section 7.4.2).
const CLOSE_UNAUTHORIZED: u16 = 4401;
/// The profile has not been begun or unlocked.
const CLOSE_NOT_OPEN: u16 = 4409;

/// Follows what happens. The first frame is `{"token": "..."}`; then come `{"type":"ready"}` and the events.
/// Scope `read`.
#[utoipa::path(get, path = "/api/events", security(()),
    responses((status = 101, description = "A WebSocket", body = Event),
        (status = "default", body = FailureBody)))]
pub(crate) async fn follow(
    State(api): State<Api>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let upgrade = upgrade.map_err(|_| Failure::usage("this path is a WebSocket"))?;
    Ok(upgrade
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .on_upgrade(move |socket| stream(api, socket)))
}

async fn stream(api: Api, mut socket: WebSocket) {
    let Ok(Some(token)) = tokio::time::timeout(HELLO_TIME, hello(&mut socket)).await else {
        return close(socket, CLOSE_UNAUTHORIZED, "unauthorized").await;
    };
    if !may_read(&api, &token) {
        return close(socket, CLOSE_UNAUTHORIZED, "unauthorized").await;
    }
    let mut events = match api.door.host() {
        Ok(host) => host.subscribe(),
        Err(failure) => return close(socket, CLOSE_NOT_OPEN, &failure.code).await,
    };
    let mut next = Some(Event::Ready);
    while let Some(event) = next {
        // A token that was revoked meanwhile sees nothing more.
        if !may_read(&api, &token) {
            return close(socket, CLOSE_UNAUTHORIZED, "unauthorized").await;
        }
        let Ok(text) = serde_json::to_string(&event) else {
            return;
        };
        let sent = tokio::time::timeout(WRITE_TIME, socket.send(Frame::Text(text.into()))).await;
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
        next = tokio::select! {
            event = events.next() => event,
            () = hung_up(&mut socket) => None,
        };
    }
}

async fn hello(socket: &mut WebSocket) -> Option<String> {
    match socket.recv().await? {
        Ok(Frame::Text(text)) => serde_json::from_str::<Hello>(&text).ok().map(|hello| hello.token),
        _ => None,
    }
}

fn may_read(api: &Api, token: &str) -> bool {
    api.keys
        .caller(token)
        .is_some_and(|caller| caller.may(Scope::Read).is_ok())
}

/// Pings are answered while it waits; what else a reader says is not listened to.
async fn hung_up(socket: &mut WebSocket) {
    while let Some(Ok(frame)) = socket.recv().await {
        if matches!(frame, Frame::Close(_)) {
            return;
        }
    }
}

async fn close(mut socket: WebSocket, code: u16, reason: &str) {
    let frame = CloseFrame {
        code,
        reason: reason.into(),
    };
    let _gone = tokio::time::timeout(WRITE_TIME, socket.send(Frame::Close(Some(frame)))).await;
}

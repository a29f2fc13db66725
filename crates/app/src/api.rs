//! The local face: HTTP and WebSocket on 127.0.0.1, for the commands, the page and bots (docs/spec/local-api.md).
//!
//! NOT its concern: what the messenger does with what it is asked.

mod account;
mod caller;
mod chats;
mod conversations;
mod directory;
mod document;
mod events;
mod exposure;
mod guard;
mod imports;
mod input;
mod keys;
mod library;
mod me;
mod media;
mod messages;
mod names;
mod network;
mod page;
mod peer;
mod range;
mod requests;
mod safety;
mod search;
mod server;
mod sessions;
mod storage;
mod uploads;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, patch, post, put};

pub(crate) use self::keys::Keys;
pub(crate) use self::server::{listen, serve};
use crate::door::Door;
use crate::failure::{Failure, FailureBody, Kind};

/// In bytes. A text has at most 64 KiB, and JSON may double that and more: six letters for a control character.
const BODY_BYTES_MAX: usize = 512 * 1024;

/// What every handler has at hand.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    /// The way to the messenger.
    pub(crate) door: Arc<Door>,
    /// Who may do what.
    pub(crate) keys: Arc<Keys>,
    /// The port on 127.0.0.1, which the Host header must name.
    pub(crate) port: u16,
}

/// A message, and what is done to it.
fn acts() -> Router<Api> {
    Router::new()
        .route(
            "/api/messages/{row}",
            get(messages::one).put(messages::edit).delete(messages::delete),
        )
        .route("/api/messages/{row}/reactions", post(messages::react))
        .route("/api/messages/{row}/vote", put(messages::vote))
        .route("/api/messages/{row}/end", post(messages::end_poll))
        .route("/api/messages/{row}/forward", post(messages::forward))
        .route("/api/messages/{row}/versions", get(messages::versions))
        .route(
            "/api/messages/{row}/pin",
            put(messages::pin).delete(messages::unpin),
        )
        .route("/api/conversations/{id}/pins", get(messages::pins))
        .route("/api/conversations/{id}/files", get(messages::gallery))
}

/// Files that wait to be sent, and those of messages.
fn files() -> Router<Api> {
    Router::new()
        .route("/api/media-ticket", post(media::ticket))
        .route("/media/{ticket}/{row}/{part}", get(media::by_ticket))
        .route("/media/{ticket}/avatars/{account}", get(me::avatar_by_ticket))
        .route("/media/{ticket}/library/{id}", get(library::by_ticket))
        .route("/api/library", get(library::list).post(library::add))
        .route(
            "/api/library/{id}",
            patch(library::change).delete(library::remove),
        )
        .route("/api/avatars/{account}", get(me::avatar))
        .route("/api/attachments/{row}/{part}", get(media::by_token))
        .route("/api/attachments/{row}/{part}/{action}", post(media::act))
        .route(
            "/api/uploads/{id}",
            delete(uploads::remove).patch(uploads::describe),
        )
}

/// The picture of the owner, as it is given.
fn pictures() -> Router<Api> {
    Router::new()
        .route("/api/me/picture", put(me::set_picture).delete(me::remove_picture))
        .layer(DefaultBodyLimit::max(me::PICTURE_BYTES_MAX))
}

/// Pictures that a page has made of films.
fn previews() -> Router<Api> {
    Router::new()
        .route("/api/uploads/{id}/preview", put(uploads::preview))
        .layer(DefaultBodyLimit::max(uploads::PREVIEW_BYTES_MAX))
}

/// A file may be as large as it may be, and take as long as it takes; it may not pause (API-17).
fn uploads() -> Router<Api> {
    Router::new()
        .route("/api/uploads", post(uploads::take))
        .layer(DefaultBodyLimit::disable())
}

/// All routes, guarded.
fn router(api: Api) -> Router {
    Router::new()
        .route("/", get(page::index))
        .route("/assets/{name}", get(page::asset))
        .route("/api/openapi.json", get(document::read))
        .route("/api/challenge", post(sessions::challenge))
        .route("/api/session", post(sessions::exchange))
        .route("/api/codes", post(sessions::new_code))
        .route(
            "/api/tokens",
            get(sessions::list_tokens).post(sessions::create_token),
        )
        .route("/api/tokens/{id}", delete(sessions::revoke_token))
        .route("/api/profile", get(account::profile))
        .route("/api/begin", post(account::begin))
        .route("/api/unlock", post(account::unlock))
        .route("/api/passphrase", post(account::set_passphrase))
        .route("/api/names/{name}", get(names::look_up))
        .route("/api/account", post(account::create))
        .route("/api/words", get(account::words).delete(account::forget_words))
        .route("/api/registration", post(account::register))
        .route("/api/restoration", post(account::restore))
        .route("/api/network", get(network::invitation).post(network::join))
        .route("/api/network/report", get(network::report))
        .route("/api/network/directory", get(directory::read))
        .route("/api/network/evidence", get(directory::evidence))
        .route(
            "/api/network/evidence/acknowledgement",
            post(directory::acknowledge_evidence),
        )
        .route("/api/network/trust", post(directory::renew_trust))
        .route("/api/record", get(directory::own_record))
        .route("/api/record/acknowledgement", post(directory::acknowledge_record))
        .route("/api/release", post(directory::release))
        .route(
            "/api/conversations",
            get(conversations::list).post(conversations::begin),
        )
        .route(
            "/api/conversations/{id}/messages",
            get(messages::list).post(messages::send),
        )
        .route("/api/conversations/{id}/open", post(directory::open_conversation))
        .route("/api/conversations/{id}/safety", get(safety::number))
        .route("/api/conversations/{id}/verification", post(safety::set_verified))
        .route("/api/conversations/{id}/comparison", post(safety::compare))
        .route("/api/search", get(search::search))
        .merge(taken_over())
        .route("/api/requests", get(requests::list))
        .route("/api/requests/{id}/accept", post(requests::accept))
        .route("/api/requests/{id}/decline", post(requests::decline))
        .route("/api/events", get(events::follow))
        .merge(about_conversations())
        .merge(acts())
        .merge(files())
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .merge(previews())
        .merge(pictures())
        .layer(from_fn(guard::time_limit))
        .merge(uploads())
        .layer(from_fn_with_state(api.port, guard::same_machine))
        .layer(from_fn(guard::headers))
        .with_state(api)
}

/// Conversations of other messengers.
fn taken_over() -> Router<Api> {
    Router::new()
        .route("/api/imports", get(imports::list).post(imports::start))
        .route("/api/imports/stop", post(imports::stop))
        .route(
            "/api/imports/{id}",
            patch(imports::change).delete(imports::remove),
        )
        .route("/api/imports/{id}/messages", get(imports::messages))
        .route("/api/search/imported", get(imports::search))
}

/// What is set about conversations and people.
fn about_conversations() -> Router<Api> {
    Router::new()
        .route(
            "/api/conversations/{id}",
            get(conversations::one).patch(chats::change).delete(chats::clear),
        )
        .route(
            "/api/conversations/{id}/draft",
            get(chats::draft).put(chats::set_draft),
        )
        .route("/api/pinned", put(chats::order_pinned))
        .route("/api/scheduled", get(chats::scheduled).post(chats::schedule))
        .route(
            "/api/scheduled/{id}",
            patch(chats::reschedule).delete(chats::unschedule),
        )
        .route("/api/scheduled/{id}/send", post(chats::send_scheduled))
        .route("/api/storage", get(storage::uses))
        .route("/api/exposure", get(exposure::read))
        .route("/api/storage/sweep", post(storage::sweep))
        .route("/api/folders", get(chats::folders).put(chats::set_folders))
        .route("/api/messages/{row}/star", post(chats::star))
        .route("/api/starred", get(chats::starred))
        .route("/api/blocks", get(chats::blocks).post(chats::block))
        .route("/api/blocks/{account}", delete(chats::unblock))
        .route(
            "/api/settings",
            get(chats::settings).patch(chats::change_settings),
        )
        .route("/api/conversations/{id}/timer", put(chats::set_timer))
        .route("/api/conversations/{id}/read", post(conversations::mark_read))
        .route("/api/conversations/{id}/typing", post(conversations::typing))
        .route("/api/me", get(me::about).patch(me::change))
        .route("/api/note", post(conversations::note))
        .route("/api/presence", post(conversations::presence))
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.kind.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, axum::Json(FailureBody { error: self })).into_response()
    }
}

async fn no_such_path() -> Failure {
    nothing_here()
}

fn nothing_here() -> Failure {
    Failure::new(Kind::NotFound, "unknown-path", "there is nothing at this path")
        .advise("/api/openapi.json lists what there is")
}

async fn no_such_method() -> Response {
    let failure = Failure::usage("this path doesn't know this method");
    (
        StatusCode::METHOD_NOT_ALLOWED,
        axum::Json(FailureBody { error: failure }),
    )
        .into_response()
}

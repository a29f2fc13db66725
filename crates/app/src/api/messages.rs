//! Messages, and what is done to them.

use axum::Json;
use axum::extract::State;

use super::Api;
use super::caller::Caller;
use super::input::{Asked, Body, Number};
use crate::dto::{
    ConversationRef, Deletion, Edit, GalleryPage, Message, Page, ReactionWish, Scope, Text, Version, VoteWish,
};
use crate::failure::{Failure, FailureBody};
use crate::host::Place;

/// Messages of a page.
const PAGE: usize = 50;
/// The most that a page may have.
const PAGE_MAX: usize = 500;

/// The newest messages, or those before, after or around a row, or around a time; oldest first. Scope `read`.
#[utoipa::path(get, path = "/api/conversations/{id}/messages",
    params(("id" = i64, Path, description = "The conversation"), Page),
    responses((status = 200, body = Vec<Message>), (status = "default", body = FailureBody)))]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
    Asked(page): Asked<Page>,
) -> Result<Json<Vec<Message>>, Failure> {
    caller.may(Scope::Read)?;
    let limit = page.limit.unwrap_or(PAGE);
    if limit == 0 || limit > PAGE_MAX {
        return Err(Failure::usage(format!("a page has 1 to {PAGE_MAX} messages")));
    }
    api.door
        .host()?
        .messages(id, place(&page)?, limit)
        .await
        .map(Json)
}

fn place(page: &Page) -> Result<Place, Failure> {
    let given = [
        page.before.map(Place::Before),
        page.after.map(Place::After),
        page.around.map(Place::Around),
        page.at_ms.map(Place::At),
    ];
    let mut given = given.into_iter().flatten();
    match (given.next(), given.next()) {
        (place, None) => Ok(place.unwrap_or(Place::Newest)),
        _ => Err(Failure::usage(
            "a page is at one place: before, after, around or at_ms",
        )),
    }
}

/// One message. Scope `read`.
#[utoipa::path(get, path = "/api/messages/{row}",
    params(("row" = i64, Path, description = "The message")),
    responses((status = 200, body = Message), (status = "default", body = FailureBody)))]
pub(crate) async fn one(
    State(api): State<Api>,
    caller: Caller,
    Number(row): Number,
) -> Result<Json<Message>, Failure> {
    caller.may(Scope::Read)?;
    api.door.host()?.message(row).await.map(Json)
}

/// Sends a message; the answer means that it is on disk here. Scope `send`, and `read` when it answers a message,
/// which is quoted in the answer. A picture of the library: owner only.
#[utoipa::path(post, path = "/api/conversations/{id}/messages", request_body = Text,
    params(("id" = i64, Path, description = "The conversation")),
    responses((status = 200, body = Message), (status = "default", body = FailureBody)))]
pub(crate) async fn send(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
    Body(wish): Body<Text>,
) -> Result<Json<Message>, Failure> {
    caller.may(Scope::Send)?;
    if wish.reply_to.is_some() {
        caller.may(Scope::Read)?;
    }
    if wish.library.is_some() {
        caller.must_own()?;
    }
    api.door.host()?.send(id, wish).await.map(Json)
}

/// Gives an own message another text. Scope `send`.
#[utoipa::path(put, path = "/api/messages/{row}", request_body = Edit,
    params(("row" = i64, Path, description = "The message")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn edit(
    State(api): State<Api>,
    caller: Caller,
    Number(row): Number,
    Body(Edit { text }): Body<Edit>,
) -> Result<Json<()>, Failure> {
    caller.may(Scope::Send)?;
    api.door.host()?.edit(row, &text).await.map(Json)
}

/// Deletes an own message for everyone: scope `send`. Or any on this device alone: only the owner.
#[utoipa::path(delete, path = "/api/messages/{row}",
    params(("row" = i64, Path, description = "The message"), Deletion),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Number(row): Number,
    Asked(Deletion { everyone }): Asked<Deletion>,
) -> Result<Json<()>, Failure> {
    if everyone {
        caller.may(Scope::Send)?;
    } else {
        caller.must_own()?;
    }
    api.door.host()?.delete(row, everyone).await.map(Json)
}

/// Reacts to a message with an emoji, or takes that back. Scope `send`.
#[utoipa::path(post, path = "/api/messages/{row}/reactions", request_body = ReactionWish,
    params(("row" = i64, Path, description = "The message")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn react(
    State(api): State<Api>,
    caller: Caller,
    Number(row): Number,
    Body(ReactionWish { emoji, on }): Body<ReactionWish>,
) -> Result<Json<()>, Failure> {
    caller.may(Scope::Send)?;
    api.door.host()?.react(row, &emoji, on).await.map(Json)
}

/// Pins a message for all who are in its conversation. Scope `send`.
#[utoipa::path(put, path = "/api/messages/{row}/pin",
    params(("row" = i64, Path, description = "The message")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn pin(
    State(api): State<Api>,
    caller: Caller,
    Number(row): Number,
) -> Result<Json<()>, Failure> {
    caller.may(Scope::Send)?;
    api.door.host()?.pin(row, true).await.map(Json)
}

/// Takes a pin away, whoever set it. Scope `send`.
#[utoipa::path(delete, path = "/api/messages/{row}/pin",
    params(("row" = i64, Path, description = "The message")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn unpin(
    State(api): State<Api>,
    caller: Caller,
    Number(row): Number,
) -> Result<Json<()>, Failure> {
    caller.may(Scope::Send)?;
    api.door.host()?.pin(row, false).await.map(Json)
}

/// Votes in a poll, in place of what was voted for before. Scope `send`.
#[utoipa::path(put, path = "/api/messages/{row}/vote", request_body = VoteWish,
    params(("row" = i64, Path, description = "The message")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn vote(
    State(api): State<Api>,
    caller: Caller,
    Number(row): Number,
    Body(wish): Body<VoteWish>,
) -> Result<Json<()>, Failure> {
    caller.may(Scope::Send)?;
    api.door.host()?.vote(row, wish).await.map(Json)
}

/// Ends an own poll: nobody votes any more. Scope `send`.
#[utoipa::path(post, path = "/api/messages/{row}/end",
    params(("row" = i64, Path, description = "The message")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn end_poll(
    State(api): State<Api>,
    caller: Caller,
    Number(row): Number,
) -> Result<Json<()>, Failure> {
    caller.may(Scope::Send)?;
    api.door.host()?.end_poll(row).await.map(Json)
}

/// The pinned messages of a conversation, at most 50, the one that was pinned last first. Scope `read`.
#[utoipa::path(get, path = "/api/conversations/{id}/pins",
    params(("id" = i64, Path, description = "The conversation")),
    responses((status = 200, body = Vec<Message>), (status = "default", body = FailureBody)))]
pub(crate) async fn pins(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
) -> Result<Json<Vec<Message>>, Failure> {
    caller.may(Scope::Read)?;
    api.door.host()?.pins(id).await.map(Json)
}

/// Messages of a conversation with pictures and films, with sounds, or with other files, the newest here first. Scope
/// `read`.
#[utoipa::path(get, path = "/api/conversations/{id}/files",
    params(GalleryPage, ("id" = i64, Path, description = "The conversation")),
    responses((status = 200, body = Vec<Message>), (status = "default", body = FailureBody)))]
pub(crate) async fn gallery(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
    Asked(page): Asked<GalleryPage>,
) -> Result<Json<Vec<Message>>, Failure> {
    caller.may(Scope::Read)?;
    let limit = page.limit.unwrap_or(PAGE);
    if limit == 0 || limit > PAGE_MAX {
        return Err(Failure::usage(format!("a page has 1 to {PAGE_MAX} messages")));
    }
    api.door.host()?.gallery(id, page, limit).await.map(Json)
}

/// Writes a message into a conversation once more, with its files; where it is from is not told. Scopes `read` and
/// `send`.
#[utoipa::path(post, path = "/api/messages/{row}/forward", request_body = ConversationRef,
    params(("row" = i64, Path, description = "The message")),
    responses((status = 200, body = Message), (status = "default", body = FailureBody)))]
pub(crate) async fn forward(
    State(api): State<Api>,
    caller: Caller,
    Number(row): Number,
    Body(to): Body<ConversationRef>,
) -> Result<Json<Message>, Failure> {
    caller.may(Scope::Read)?;
    caller.may(Scope::Send)?;
    api.door.host()?.forward(row, to.conversation).await.map(Json)
}

/// All texts that a message had, the first first. Scope `read`.
#[utoipa::path(get, path = "/api/messages/{row}/versions",
    params(("row" = i64, Path, description = "The message")),
    responses((status = 200, body = Vec<Version>), (status = "default", body = FailureBody)))]
pub(crate) async fn versions(
    State(api): State<Api>,
    caller: Caller,
    Number(row): Number,
) -> Result<Json<Vec<Version>>, Failure> {
    caller.may(Scope::Read)?;
    api.door.host()?.versions(row).await.map(Json)
}

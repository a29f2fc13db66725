//! What is set about conversations and people.

use axum::Json;
use axum::extract::State;

use super::Api;
use super::caller::Caller;
use super::input::{Asked, Body, Number, Word};
use crate::dto::{
    BlockWish, Blocked, ChatChange, ConversationOrder, Draft, Folder, LaterChange, LaterWish, Message,
    ProfileSettings, Scheduled, Scope, SettingsChange, StarredPage, Switch, Timer,
};
use crate::failure::{Failure, FailureBody};

/// Messages of a page.
const PAGE: usize = 50;
/// The most that a page may have.
const PAGE_MAX: usize = 500;

/// Sets how long after they were read messages disappear, for all in the conversation; they see that it was set. Scope
/// `send`.
#[utoipa::path(put, path = "/api/conversations/{id}/timer", request_body = Timer,
    params(("id" = i64, Path, description = "The conversation")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn set_timer(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
    Body(Timer { timer_s }): Body<Timer>,
) -> Result<Json<()>, Failure> {
    caller.may(Scope::Send)?;
    api.door.host()?.set_timer(id, timer_s).await.map(Json)
}

/// Sets something about a conversation on this device. Owner only.
#[utoipa::path(patch, path = "/api/conversations/{id}", request_body = ChatChange,
    params(("id" = i64, Path, description = "The conversation")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn change(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
    Body(change): Body<ChatChange>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.change_chat(id, change).await.map(Json)
}

/// Deletes a conversation from this device, with all that was said. Owner only.
#[utoipa::path(delete, path = "/api/conversations/{id}",
    params(("id" = i64, Path, description = "The conversation")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn clear(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.clear_chat(id).await.map(Json)
}

/// What the owner has begun to write. Owner only.
#[utoipa::path(get, path = "/api/conversations/{id}/draft",
    params(("id" = i64, Path, description = "The conversation")),
    responses((status = 200, body = Draft), (status = "default", body = FailureBody)))]
pub(crate) async fn draft(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
) -> Result<Json<Draft>, Failure> {
    caller.must_own()?;
    api.door.host()?.draft(id).await.map(Json)
}

/// Keeps what the owner has begun to write. Owner only.
#[utoipa::path(put, path = "/api/conversations/{id}/draft", request_body = Draft,
    params(("id" = i64, Path, description = "The conversation")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn set_draft(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
    Body(draft): Body<Draft>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.set_draft(id, draft).await.map(Json)
}

/// Sets which conversations always stand first, in their order. Owner only.
#[utoipa::path(put, path = "/api/pinned", request_body = ConversationOrder,
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn order_pinned(
    State(api): State<Api>,
    caller: Caller,
    Body(order): Body<ConversationOrder>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.order_pinned(order).await.map(Json)
}

/// Puts a star on a message, or takes it away; nobody else is told. Owner only.
#[utoipa::path(post, path = "/api/messages/{row}/star", request_body = Switch,
    params(("row" = i64, Path, description = "The message")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn star(
    State(api): State<Api>,
    caller: Caller,
    Number(row): Number,
    Body(Switch { on }): Body<Switch>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.star(row, on).await.map(Json)
}

/// Messages with a star, of all conversations, the newest here first. Scope `read`.
#[utoipa::path(get, path = "/api/starred", params(StarredPage),
    responses((status = 200, body = Vec<Message>), (status = "default", body = FailureBody)))]
pub(crate) async fn starred(
    State(api): State<Api>,
    caller: Caller,
    Asked(page): Asked<StarredPage>,
) -> Result<Json<Vec<Message>>, Failure> {
    caller.may(Scope::Read)?;
    let limit = page.limit.unwrap_or(PAGE);
    if limit == 0 || limit > PAGE_MAX {
        return Err(Failure::usage(format!("a page has 1 to {PAGE_MAX} messages")));
    }
    api.door.host()?.starred(page.before, limit).await.map(Json)
}

/// All who are blocked, the latest first. Owner only.
#[utoipa::path(get, path = "/api/blocks",
    responses((status = 200, body = Vec<Blocked>), (status = "default", body = FailureBody)))]
pub(crate) async fn blocks(State(api): State<Api>, caller: Caller) -> Result<Json<Vec<Blocked>>, Failure> {
    caller.must_own()?;
    api.door.host()?.blocks().await.map(Json)
}

/// Blocks somebody: nothing of theirs is stored, shown or answered, and they are not told. Owner only.
#[utoipa::path(post, path = "/api/blocks", request_body = BlockWish,
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn block(
    State(api): State<Api>,
    caller: Caller,
    Body(wish): Body<BlockWish>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.block(wish).await.map(Json)
}

/// Blocks an account no more. Owner only.
#[utoipa::path(delete, path = "/api/blocks/{account}",
    params(("account" = String, Path, description = "The account, in hexadecimal digits")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn unblock(
    State(api): State<Api>,
    caller: Caller,
    Word(account): Word,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.unblock(&account).await.map(Json)
}

/// What holds for the whole profile: what others are told, from whom requests are taken. Owner only.
#[utoipa::path(get, path = "/api/settings",
    responses((status = 200, body = ProfileSettings), (status = "default", body = FailureBody)))]
pub(crate) async fn settings(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Json<ProfileSettings>, Failure> {
    caller.must_own()?;
    api.door.host()?.settings().await.map(Json)
}

/// Sets something for the whole profile. Owner only.
#[utoipa::path(patch, path = "/api/settings", request_body = SettingsChange,
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn change_settings(
    State(api): State<Api>,
    caller: Caller,
    Body(change): Body<SettingsChange>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.change_settings(change).await.map(Json)
}

/// Texts that wait for their time, and those that could not be sent then; the earliest first. Owner only.
#[utoipa::path(get, path = "/api/scheduled",
    responses((status = 200, body = Vec<Scheduled>), (status = "default", body = FailureBody)))]
pub(crate) async fn scheduled(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Json<Vec<Scheduled>>, Failure> {
    caller.must_own()?;
    api.door.host()?.scheduled().await.map(Json)
}

/// Has a text sent later. Owner only.
#[utoipa::path(post, path = "/api/scheduled", request_body = LaterWish,
    responses((status = 200, body = Scheduled), (status = "default", body = FailureBody)))]
pub(crate) async fn schedule(
    State(api): State<Api>,
    caller: Caller,
    Body(wish): Body<LaterWish>,
) -> Result<Json<Scheduled>, Failure> {
    caller.must_own()?;
    api.door.host()?.schedule(wish).await.map(Json)
}

/// Gives a text that waits another time or another text; one that could not be sent waits again. Owner only.
#[utoipa::path(patch, path = "/api/scheduled/{id}", request_body = LaterChange,
    params(("id" = i64, Path, description = "The text")),
    responses((status = 200, body = Scheduled), (status = "default", body = FailureBody)))]
pub(crate) async fn reschedule(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
    Body(change): Body<LaterChange>,
) -> Result<Json<Scheduled>, Failure> {
    caller.must_own()?;
    api.door.host()?.reschedule(id, change).await.map(Json)
}

/// Sends a text that waits at once. Owner only.
#[utoipa::path(post, path = "/api/scheduled/{id}/send",
    params(("id" = i64, Path, description = "The text")),
    responses((status = 200, body = Message), (status = "default", body = FailureBody)))]
pub(crate) async fn send_scheduled(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
) -> Result<Json<Message>, Failure> {
    caller.must_own()?;
    api.door.host()?.send_scheduled(id).await.map(Json)
}

/// Takes back a text that waits for its time. Owner only.
#[utoipa::path(delete, path = "/api/scheduled/{id}",
    params(("id" = i64, Path, description = "The text")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn unschedule(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.unschedule(id).await.map(Json)
}

/// The owner's folders of conversations, in their order. Owner only.
#[utoipa::path(get, path = "/api/folders",
    responses((status = 200, body = Vec<Folder>), (status = "default", body = FailureBody)))]
pub(crate) async fn folders(State(api): State<Api>, caller: Caller) -> Result<Json<Vec<Folder>>, Failure> {
    caller.must_own()?;
    api.door.host()?.folders().await.map(Json)
}

/// Sets the owner's folders, all of them. Owner only.
#[utoipa::path(put, path = "/api/folders", request_body = Vec<Folder>,
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn set_folders(
    State(api): State<Api>,
    caller: Caller,
    Body(folders): Body<Vec<Folder>>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.set_folders(folders).await.map(Json)
}

//! Conversations.

use axum::Json;
use axum::extract::State;

use super::Api;
use super::caller::Caller;
use super::input::{Body, Number};
use crate::dto::{Conversation, ConversationRef, NameWish, Row, Scope, Switch};
use crate::failure::{Failure, FailureBody};

/// Lists the conversations. Scope `read`.
#[utoipa::path(get, path = "/api/conversations",
    responses((status = 200, body = Vec<Conversation>), (status = "default", body = FailureBody)))]
pub(crate) async fn list(State(api): State<Api>, caller: Caller) -> Result<Json<Vec<Conversation>>, Failure> {
    caller.may(Scope::Read)?;
    api.door.host()?.conversations().await.map(Json)
}

/// Begins a conversation with somebody, or finds the one that there is. Scope `send`.
#[utoipa::path(post, path = "/api/conversations", request_body = NameWish,
    responses((status = 200, body = ConversationRef), (status = "default", body = FailureBody)))]
pub(crate) async fn begin(
    State(api): State<Api>,
    caller: Caller,
    Body(wish): Body<NameWish>,
) -> Result<Json<ConversationRef>, Failure> {
    caller.may(Scope::Send)?;
    let conversation = api.door.host()?.contact(&wish.name).await?;
    Ok(Json(ConversationRef { conversation }))
}

/// Makes or finds the note to oneself. Scope `send`.
#[utoipa::path(post, path = "/api/note",
    responses((status = 200, body = ConversationRef), (status = "default", body = FailureBody)))]
pub(crate) async fn note(State(api): State<Api>, caller: Caller) -> Result<Json<ConversationRef>, Failure> {
    caller.may(Scope::Send)?;
    let conversation = api.door.host()?.note().await?;
    Ok(Json(ConversationRef { conversation }))
}

/// One conversation. Scope `read`.
#[utoipa::path(get, path = "/api/conversations/{id}", params(("id" = i64, Path, description = "The conversation")),
    responses((status = 200, body = Conversation), (status = "default", body = FailureBody)))]
pub(crate) async fn one(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
) -> Result<Json<Conversation>, Failure> {
    caller.may(Scope::Read)?;
    api.door.host()?.conversation(id).await.map(Json)
}

/// Marks everything up to a row as read. Scope `send`.
#[utoipa::path(post, path = "/api/conversations/{id}/read", request_body = Row,
    params(("id" = i64, Path, description = "The conversation")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn mark_read(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
    Body(Row { row }): Body<Row>,
) -> Result<Json<()>, Failure> {
    caller.may(Scope::Send)?;
    api.door.host()?.mark_read(id, row).await.map(Json)
}

/// Shows that somebody is typing here, or no longer. Scope `send`.
#[utoipa::path(post, path = "/api/conversations/{id}/typing", request_body = Switch,
    params(("id" = i64, Path, description = "The conversation")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn typing(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
    Body(Switch { on }): Body<Switch>,
) -> Result<Json<()>, Failure> {
    caller.may(Scope::Send)?;
    api.door.host()?.set_typing(id, on).await.map(Json)
}

/// Says whether the owner is looking. Owner only.
#[utoipa::path(post, path = "/api/presence", request_body = Switch,
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn presence(
    State(api): State<Api>,
    caller: Caller,
    Body(Switch { on }): Body<Switch>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.set_present(on).await.map(Json)
}

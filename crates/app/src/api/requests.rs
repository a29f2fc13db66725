//! Message requests.

use axum::Json;
use axum::extract::State;

use super::Api;
use super::caller::Caller;
use super::input::Number;
use crate::dto::{ConversationRef, Request, Scope};
use crate::failure::{Failure, FailureBody};

/// Lists the message requests. Scope `read`.
#[utoipa::path(get, path = "/api/requests",
    responses((status = 200, body = Vec<Request>), (status = "default", body = FailureBody)))]
pub(crate) async fn list(State(api): State<Api>, caller: Caller) -> Result<Json<Vec<Request>>, Failure> {
    caller.may(Scope::Read)?;
    api.door.host()?.requests().await.map(Json)
}

/// Accepts a message request. Scope `requests`.
#[utoipa::path(post, path = "/api/requests/{id}/accept",
    params(("id" = i64, Path, description = "The request")),
    responses((status = 200, body = ConversationRef), (status = "default", body = FailureBody)))]
pub(crate) async fn accept(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
) -> Result<Json<ConversationRef>, Failure> {
    caller.may(Scope::Requests)?;
    let conversation = api.door.host()?.accept(id).await?;
    Ok(Json(ConversationRef { conversation }))
}

/// Declines a message request; its sender is not told. Scope `requests`.
#[utoipa::path(post, path = "/api/requests/{id}/decline",
    params(("id" = i64, Path, description = "The request")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn decline(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
) -> Result<Json<()>, Failure> {
    caller.may(Scope::Requests)?;
    api.door.host()?.decline(id).await.map(Json)
}

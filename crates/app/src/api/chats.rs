//! What is set about conversations.

use axum::Json;
use axum::extract::State;

use super::Api;
use super::caller::Caller;
use super::input::{Body, Number};
use crate::dto::{Scope, Timer};
use crate::failure::{Failure, FailureBody};

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

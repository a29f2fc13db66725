//! Making sure who the other person is.

use axum::Json;
use axum::extract::State;

use super::Api;
use super::caller::Caller;
use super::input::{Body, Number};
use crate::dto::{Comparison, Safety, ScannedCode, Scope, Switch};
use crate::failure::{Failure, FailureBody};

/// The safety number of a conversation. Scope `read`.
#[utoipa::path(get, path = "/api/conversations/{id}/safety",
    params(("id" = i64, Path, description = "The conversation")),
    responses((status = 200, body = Safety), (status = "default", body = FailureBody)))]
pub(crate) async fn number(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
) -> Result<Json<Safety>, Failure> {
    caller.may(Scope::Read)?;
    api.door.host()?.safety(id).await.map(Json)
}

/// Says that the owner has made sure who the other person is, or takes that back. Owner only.
#[utoipa::path(post, path = "/api/conversations/{id}/verification", request_body = Switch,
    params(("id" = i64, Path, description = "The conversation")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn set_verified(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
    Body(Switch { on }): Body<Switch>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.set_verified(id, on).await.map(Json)
}

/// Compares a code that was scanned from the other person's screen. When both sides show the same, the other person
/// counts as verified. Owner only.
#[utoipa::path(post, path = "/api/conversations/{id}/comparison", request_body = ScannedCode,
    params(("id" = i64, Path, description = "The conversation")),
    responses((status = 200, body = Comparison), (status = "default", body = FailureBody)))]
pub(crate) async fn compare(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
    Body(ScannedCode { code }): Body<ScannedCode>,
) -> Result<Json<Comparison>, Failure> {
    caller.must_own()?;
    let matches = api.door.host()?.compare(id, &code).await?;
    Ok(Json(Comparison { matches }))
}

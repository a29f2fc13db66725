//! What others could know about this account.

use axum::Json;
use axum::extract::State;

use super::Api;
use super::caller::Caller;
use crate::dto::Exposure;
use crate::failure::{Failure, FailureBody};

/// What nodes could know about this account, by what they were told. It says who talks to whom: owner only.
#[utoipa::path(get, path = "/api/exposure",
    responses((status = 200, body = Exposure), (status = "default", body = FailureBody)))]
pub(crate) async fn read(State(api): State<Api>, caller: Caller) -> Result<Json<Exposure>, Failure> {
    caller.must_own()?;
    api.door.host()?.exposure().await.map(Json)
}

//! What takes space on this device, and making room.

use axum::Json;
use axum::extract::State;

use super::Api;
use super::caller::Caller;
use super::input::Body;
use crate::dto::{Storage, Sweep, Swept};
use crate::failure::{Failure, FailureBody};

/// What takes space on this device. Owner only.
#[utoipa::path(get, path = "/api/storage",
    responses((status = 200, body = Storage), (status = "default", body = FailureBody)))]
pub(crate) async fn uses(State(api): State<Api>, caller: Caller) -> Result<Json<Storage>, Failure> {
    caller.must_own()?;
    api.door.host()?.storage().await.map(Json)
}

/// Erases files of others from this device, those for which all that is given fits. Their messages stay, and each file
/// can be fetched again as long as somebody has it. Owner only.
#[utoipa::path(post, path = "/api/storage/sweep", request_body = Sweep,
    responses((status = 200, body = Swept), (status = "default", body = FailureBody)))]
pub(crate) async fn sweep(
    State(api): State<Api>,
    caller: Caller,
    Body(wish): Body<Sweep>,
) -> Result<Json<Swept>, Failure> {
    caller.must_own()?;
    api.door.host()?.sweep(wish).await.map(Json)
}

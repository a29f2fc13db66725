//! The network: joining it, inviting into it, and what of it is in reach.

use axum::Json;
use axum::extract::State;

use super::Api;
use super::caller::Caller;
use super::input::Body;
use crate::dto::{Invitation, Link, Report, Scope};
use crate::failure::{Failure, FailureBody};

/// The invitation into this network. Scope `network`.
#[utoipa::path(get, path = "/api/network",
    responses((status = 200, body = Invitation), (status = "default", body = FailureBody)))]
pub(crate) async fn invitation(State(api): State<Api>, caller: Caller) -> Result<Json<Invitation>, Failure> {
    caller.may(Scope::Network)?;
    api.door.host()?.invitation().await.map(Json)
}

/// Joins the network of an invitation. Owner only.
#[utoipa::path(post, path = "/api/network", request_body = Link,
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn join(
    State(api): State<Api>,
    caller: Caller,
    Body(Link { link }): Body<Link>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.join(&link).await.map(Json)
}

/// What is reachable and what isn't. Scope `network`.
#[utoipa::path(get, path = "/api/network/report",
    responses((status = 200, body = Report), (status = "default", body = FailureBody)))]
pub(crate) async fn report(State(api): State<Api>, caller: Caller) -> Result<Json<Report>, Failure> {
    caller.may(Scope::Network)?;
    api.door.host()?.report().await.map(Json)
}

//! The directory: who decides, whether they have lied, and what became of the own record.

use axum::Json;
use axum::extract::State;

use super::Api;
use super::caller::Caller;
use super::input::{Body, Number};
use crate::dto::{Directory, Evidence, Link, NameWish, OwnRecord, Scope};
use crate::failure::{Failure, FailureBody};

/// What this device has verified of the network's directory; `null` without a network. Scope `network`.
#[utoipa::path(get, path = "/api/network/directory",
    responses((status = 200, body = Option<Directory>), (status = "default", body = FailureBody)))]
pub(crate) async fn read(State(api): State<Api>, caller: Caller) -> Result<Json<Option<Directory>>, Failure> {
    caller.may(Scope::Network)?;
    api.door.host()?.directory().await.map(Json)
}

/// Proofs that the network's operators have shown two truths. Scope `network`.
#[utoipa::path(get, path = "/api/network/evidence",
    responses((status = 200, body = Vec<Evidence>), (status = "default", body = FailureBody)))]
pub(crate) async fn evidence(State(api): State<Api>, caller: Caller) -> Result<Json<Vec<Evidence>>, Failure> {
    caller.may(Scope::Network)?;
    api.door.host()?.evidence().await.map(Json)
}

/// The owner has seen the proofs. Until then nobody new is looked up. Owner only.
#[utoipa::path(post, path = "/api/network/evidence/acknowledgement",
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn acknowledge_evidence(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.acknowledge_evidence().await.map(Json)
}

/// Takes from an invitation who decides by now, when this device has not seen the network for too long. Owner only.
#[utoipa::path(post, path = "/api/network/trust", request_body = Link,
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn renew_trust(
    State(api): State<Api>,
    caller: Caller,
    Body(Link { link }): Body<Link>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.renew_trust(&link).await.map(Json)
}

/// A change of the own record that was made elsewhere, until it is acknowledged. Scope `network`.
#[utoipa::path(get, path = "/api/record",
    responses((status = 200, body = OwnRecord), (status = "default", body = FailureBody)))]
pub(crate) async fn own_record(State(api): State<Api>, caller: Caller) -> Result<Json<OwnRecord>, Failure> {
    caller.may(Scope::Network)?;
    api.door.host()?.own_record().await.map(Json)
}

/// The owner has seen the change. Owner only.
#[utoipa::path(post, path = "/api/record/acknowledgement",
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn acknowledge_record(State(api): State<Api>, caller: Caller) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.acknowledge_record().await.map(Json)
}

/// Gives the username up; its owner names it once more. Answers when that is final. Owner only.
#[utoipa::path(post, path = "/api/release", request_body = NameWish,
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn release(
    State(api): State<Api>,
    caller: Caller,
    Body(wish): Body<NameWish>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.release(&wish.name).await.map(Json)
}

/// Says that a conversation is opened: whether the other person has changed is asked, unless it was lately. Scope
/// `read`.
#[utoipa::path(post, path = "/api/conversations/{id}/open",
    params(("id" = i64, Path, description = "The conversation")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn open_conversation(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
) -> Result<Json<()>, Failure> {
    caller.may(Scope::Read)?;
    api.door.host()?.open_conversation(id).await.map(Json)
}

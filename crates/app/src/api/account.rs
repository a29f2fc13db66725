//! The account: who this is, and how it comes to be.

use axum::Json;
use axum::extract::State;

use super::Api;
use super::caller::Caller;
use super::input::Body;
use crate::dto::{NameWish, Profile, RestorationWish, Scope, Words};
use crate::failure::{Failure, FailureBody};

/// Says who this profile is and where it stands. Scope `read`.
#[utoipa::path(get, path = "/api/profile",
    responses((status = 200, body = Profile), (status = "default", body = FailureBody)))]
pub(crate) async fn profile(State(api): State<Api>, caller: Caller) -> Result<Json<Profile>, Failure> {
    caller.may(Scope::Read)?;
    api.host.profile().await.map(Json)
}

/// Creates the account, and shows its 24 words this once. Owner only.
#[utoipa::path(post, path = "/api/account",
    responses((status = 200, body = Words), (status = "default", body = FailureBody)))]
pub(crate) async fn create(State(api): State<Api>, caller: Caller) -> Result<Json<Words>, Failure> {
    caller.must_own()?;
    let words = api.host.create_account().await?;
    Ok(Json(Words { words }))
}

/// Registers a username, and answers when the network has it on record. Owner only.
#[utoipa::path(post, path = "/api/registration", request_body = NameWish,
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn register(
    State(api): State<Api>,
    caller: Caller,
    Body(wish): Body<NameWish>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.host.register(&wish.name).await.map(Json)
}

/// Brings an account back with its words and name, and answers when that is final. Owner only.
#[utoipa::path(post, path = "/api/restoration", request_body = RestorationWish,
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn restore(
    State(api): State<Api>,
    caller: Caller,
    Body(wish): Body<RestorationWish>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.host.restore(&wish.words, &wish.name).await.map(Json)
}

//! The account: who this is, and how it comes to be.

use axum::Json;
use axum::extract::State;

use super::Api;
use super::caller::Caller;
use super::input::Body;
use crate::dto::{
    Beginning, NameWish, Passphrase, PassphraseChange, Profile, RememberedWords, RestorationWish, Scope,
    Words,
};
use crate::failure::{Failure, FailureBody};

/// Says who this profile is and where it stands. Scope `read`.
#[utoipa::path(get, path = "/api/profile",
    responses((status = 200, body = Profile), (status = "default", body = FailureBody)))]
pub(crate) async fn profile(State(api): State<Api>, caller: Caller) -> Result<Json<Profile>, Failure> {
    caller.may(Scope::Read)?;
    api.door.profile().await.map(Json)
}

/// Begins the profile: with a network of its own, or in the one of an invitation. Owner only.
#[utoipa::path(post, path = "/api/begin", request_body = Beginning,
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn begin(
    State(api): State<Api>,
    caller: Caller,
    Body(Beginning { invitation }): Body<Beginning>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.begin(invitation).await.map(Json)
}

/// Unlocks the profile. Owner only.
#[utoipa::path(post, path = "/api/unlock", request_body = Passphrase,
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn unlock(
    State(api): State<Api>,
    caller: Caller,
    Body(Passphrase { passphrase }): Body<Passphrase>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.unlock(passphrase).await.map(Json)
}

/// Sets, changes or removes the passphrase of the profile. Owner only.
#[utoipa::path(post, path = "/api/passphrase", request_body = PassphraseChange,
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn set_passphrase(
    State(api): State<Api>,
    caller: Caller,
    Body(PassphraseChange { passphrase }): Body<PassphraseChange>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.set_passphrase(passphrase).await.map(Json)
}

/// The 24 words of the account that was made since the program was started, until they are forgotten. Owner only.
#[utoipa::path(get, path = "/api/words",
    responses((status = 200, body = RememberedWords), (status = "default", body = FailureBody)))]
pub(crate) async fn words(State(api): State<Api>, caller: Caller) -> Result<Json<RememberedWords>, Failure> {
    caller.must_own()?;
    let words = api.door.host()?.words();
    Ok(Json(RememberedWords { words }))
}

/// Forgets the words: they are on paper, or their owner does without. Owner only.
#[utoipa::path(delete, path = "/api/words",
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn forget_words(State(api): State<Api>, caller: Caller) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.forget_words();
    Ok(Json(()))
}

/// Creates the account, and shows its 24 words. Again, as long as it has no name and they are remembered. Owner only.
#[utoipa::path(post, path = "/api/account",
    responses((status = 200, body = Words), (status = "default", body = FailureBody)))]
pub(crate) async fn create(State(api): State<Api>, caller: Caller) -> Result<Json<Words>, Failure> {
    caller.must_own()?;
    let words = api.door.host()?.create_account().await?;
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
    api.door.host()?.register(&wish.name).await.map(Json)
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
    api.door.host()?.restore(&wish.words, &wish.name).await.map(Json)
}

//! The challenge, one-time codes, sessions, and the tokens of bots.

use axum::extract::State;
use axum::{Extension, Json};

use super::Api;
use super::caller::Caller;
use super::input::{Body, Word};
use super::peer::Peer;
use crate::clock;
use crate::dto::{Challenge, Code, NewToken, Proof, Session, Token, TokenWish};
use crate::failure::{Failure, FailureBody};

/// In characters.
const NONCE_LENGTH_MAX: usize = 128;

/// Proves that this is the running profile, before a token is shown to it.
#[utoipa::path(post, path = "/api/challenge", request_body = Challenge, security(()),
    responses((status = 200, body = Proof), (status = "default", body = FailureBody)))]
pub(crate) async fn challenge(
    State(api): State<Api>,
    Body(Challenge { nonce }): Body<Challenge>,
) -> Result<Json<Proof>, Failure> {
    if nonce.is_empty() || nonce.len() > NONCE_LENGTH_MAX {
        return Err(Failure::usage(format!(
            "a nonce has 1 to {NONCE_LENGTH_MAX} characters"
        )));
    }
    Ok(Json(Proof {
        proof: api.keys.proof(&nonce),
    }))
}

/// Gives a session's token for a one-time code.
#[utoipa::path(post, path = "/api/session", request_body = Code, security(()),
    responses((status = 200, body = Session), (status = "default", body = FailureBody)))]
pub(crate) async fn exchange(
    State(api): State<Api>,
    Extension(peer): Extension<Peer>,
    Body(Code { code }): Body<Code>,
) -> Result<Json<Session>, Failure> {
    let token = api
        .keys
        .exchange(&code, clock::now_ms(), || peer.is_own(api.port))?;
    Ok(Json(Session { token }))
}

/// Makes a one-time code. Owner only.
#[utoipa::path(post, path = "/api/codes",
    responses((status = 200, body = Code), (status = "default", body = FailureBody)))]
pub(crate) async fn new_code(State(api): State<Api>, caller: Caller) -> Result<Json<Code>, Failure> {
    caller.must_own()?;
    Ok(Json(Code {
        code: api.keys.new_code()?,
    }))
}

/// Lists the tokens of bots. Owner only.
#[utoipa::path(get, path = "/api/tokens",
    responses((status = 200, body = Vec<Token>), (status = "default", body = FailureBody)))]
pub(crate) async fn list_tokens(State(api): State<Api>, caller: Caller) -> Result<Json<Vec<Token>>, Failure> {
    caller.must_own()?;
    Ok(Json(api.keys.tokens()))
}

/// Makes a bot's token; its secret is shown this once. Owner only.
#[utoipa::path(post, path = "/api/tokens", request_body = TokenWish,
    responses((status = 200, body = NewToken), (status = "default", body = FailureBody)))]
pub(crate) async fn create_token(
    State(api): State<Api>,
    caller: Caller,
    Body(wish): Body<TokenWish>,
) -> Result<Json<NewToken>, Failure> {
    caller.must_own()?;
    api.keys.create_token(wish).map(Json)
}

/// Revokes a bot's token, at once. Owner only.
#[utoipa::path(delete, path = "/api/tokens/{id}", params(("id" = String, Path, description = "The token's id")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn revoke_token(
    State(api): State<Api>,
    caller: Caller,
    Word(id): Word,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.keys.revoke_token(&id).map(Json)
}

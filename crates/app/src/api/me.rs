//! What people say of themselves.

use axum::Json;
use axum::body::{Body as RawBody, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;

use super::Api;
use super::caller::Caller;
use super::input::{Body, Word};
use crate::dto::{About, AboutChange, Scope};
use crate::failure::{Failure, FailureBody, Kind};
pub(super) use crate::host::me::PICTURE_BYTES_MAX;

/// What the owner says of themselves. Scope `read`.
#[utoipa::path(get, path = "/api/me",
    responses((status = 200, body = About), (status = "default", body = FailureBody)))]
pub(crate) async fn about(State(api): State<Api>, caller: Caller) -> Result<Json<About>, Failure> {
    caller.may(Scope::Read)?;
    api.door.host()?.about().await.map(Json)
}

/// Sets what the owner says of themselves: it is sent to those who have accepted, and to others when they do. Owner
/// only.
#[utoipa::path(patch, path = "/api/me", request_body = AboutChange,
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn change(
    State(api): State<Api>,
    caller: Caller,
    Body(change): Body<AboutChange>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.change_about(change).await.map(Json)
}

/// Sets the owner's picture, from a picture of at most 32 MiB as the raw body: its middle, made small. Owner only.
#[utoipa::path(put, path = "/api/me/picture",
    request_body(content = [u8], content_type = "application/octet-stream"),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn set_picture(
    State(api): State<Api>,
    caller: Caller,
    picture: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    let picture =
        picture.map_err(|_| Failure::new(Kind::Refused, "too-large", "the picture is too large"))?;
    if picture.is_empty() {
        return Err(Failure::usage("the body must hold a picture"));
    }
    api.door.host()?.set_picture(picture.to_vec()).await.map(Json)
}

/// Takes the owner's picture away. Owner only.
#[utoipa::path(delete, path = "/api/me/picture",
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn remove_picture(State(api): State<Api>, caller: Caller) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.set_picture(Vec::new()).await.map(Json)
}

/// The picture of an account, a JPEG of 256 points a side. Scope `read`.
#[utoipa::path(get, path = "/api/avatars/{account}",
    params(("account" = String, Path, description = "The account, in hexadecimal digits")),
    responses((status = 200, body = [u8]), (status = "default", body = FailureBody)))]
pub(crate) async fn avatar(
    State(api): State<Api>,
    caller: Caller,
    Word(account): Word,
) -> Result<Response, Failure> {
    caller.may(Scope::Read)?;
    read(&api, &account).await
}

/// The picture of an account, by a session's ticket.
#[utoipa::path(get, path = "/media/{ticket}/avatars/{account}", security(()),
    params(("ticket" = String, Path, description = "The session's ticket"),
        ("account" = String, Path, description = "The account, in hexadecimal digits")),
    responses((status = 200, body = [u8]), (status = "default", body = FailureBody)))]
pub(crate) async fn avatar_by_ticket(
    State(api): State<Api>,
    Path((ticket, account)): Path<(String, String)>,
) -> Result<Response, Failure> {
    super::media::check_ticket(&api, &ticket)?;
    read(&api, &account).await
}

async fn read(api: &Api, account: &str) -> Result<Response, Failure> {
    let avatar = api.door.host()?.avatar(account).await?;
    let mut response = Response::new(RawBody::from(avatar));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(super::media::POLICY),
    );
    Ok(response)
}

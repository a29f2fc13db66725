//! Files that are given to be sent.

use std::time::Duration;

use axum::Json;
use axum::body::{Body as RawBody, Bytes};
use axum::extract::State;
use futures_util::StreamExt;

use super::Api;
use super::caller::Caller;
use super::input::{Asked, Body, Id};
use crate::dto::{Scope, Upload, UploadNote, UploadWish};
use crate::failure::{Failure, FailureBody, Kind};

/// How long a body may pause.
const IDLE_TIME: Duration = Duration::from_secs(60);
/// For preparing what has come: pictures of several others may be first.
const PREPARING_TIME: Duration = Duration::from_secs(180);
/// The largest picture that is taken as a preview, in bytes.
pub(super) const PREVIEW_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Takes a file of at most 4 GiB in, as the raw body, and gives the id to send it by. It is sealed as it comes; what
/// it is, is told by its content; it waits for a day at most. Scope `send`.
#[utoipa::path(post, path = "/api/uploads", params(UploadWish),
    request_body(content = [u8], content_type = "application/octet-stream"),
    responses((status = 200, body = Upload), (status = "default", body = FailureBody)))]
pub(crate) async fn take(
    State(api): State<Api>,
    caller: Caller,
    Asked(wish): Asked<UploadWish>,
    body: RawBody,
) -> Result<Json<Upload>, Failure> {
    caller.may(Scope::Send)?;
    let mut intake = api.door.host()?.begin_upload(wish).await?;
    let mut pieces = body.into_data_stream();
    loop {
        let piece = tokio::time::timeout(IDLE_TIME, pieces.next()).await;
        match piece.map_err(|_| cut_off())? {
            None => break,
            Some(piece) => intake.push(&piece.map_err(|_| cut_off())?).await?,
        }
    }
    let finished = tokio::time::timeout(PREPARING_TIME, intake.finish()).await;
    let late = |_| Failure::new(Kind::Unreachable, "timeout", "preparing the file took too long");
    finished.map_err(late)?.map(Json)
}

fn cut_off() -> Failure {
    Failure::new(Kind::Unreachable, "cut-off", "the file did not come to its end")
}

/// Drops a file that is not to be sent. Scope `send`.
#[utoipa::path(delete, path = "/api/uploads/{id}", params(("id" = u64, Path, description = "The file")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn remove(State(api): State<Api>, caller: Caller, Id(id): Id) -> Result<Json<()>, Failure> {
    caller.may(Scope::Send)?;
    api.door.host()?.drop_upload(id).map(Json)
}

/// Says of a file what its content doesn't. Scope `send`.
#[utoipa::path(patch, path = "/api/uploads/{id}", request_body = UploadNote,
    params(("id" = u64, Path, description = "The file")),
    responses((status = 200, body = Upload), (status = "default", body = FailureBody)))]
pub(crate) async fn describe(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id,
    Body(note): Body<UploadNote>,
) -> Result<Json<Upload>, Failure> {
    caller.may(Scope::Send)?;
    api.door.host()?.describe_upload(id, note).map(Json)
}

/// Gives a film a preview, as the raw body: a picture of at most 4 MiB, which is prepared like any other. Scope `send`.
#[utoipa::path(put, path = "/api/uploads/{id}/preview", params(("id" = u64, Path, description = "The file")),
    request_body(content = [u8], content_type = "image/jpeg"),
    responses((status = 200, body = Upload), (status = "default", body = FailureBody)))]
pub(crate) async fn preview(
    State(api): State<Api>,
    caller: Caller,
    Id(id): Id,
    picture: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Json<Upload>, Failure> {
    caller.may(Scope::Send)?;
    let picture =
        picture.map_err(|_| Failure::new(Kind::Refused, "too-large", "the picture is too large"))?;
    api.door
        .host()?
        .preview_upload(id, picture.to_vec())
        .await
        .map(Json)
}

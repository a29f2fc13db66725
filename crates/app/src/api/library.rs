//! The library of GIFs and stickers.

use axum::Json;
use axum::body::Body as RawBody;
use axum::extract::{Path, State};
use axum::response::Response;

use super::Api;
use super::caller::Caller;
use super::input::{Asked, Body, Number};
use super::media;
use crate::dto::{LibraryAdded, LibraryAddition, LibraryChange, LibraryPage, LibraryWish};
use crate::failure::{Failure, FailureBody};

/// The most that a page may have.
const PAGE_MAX: usize = 200;

/// Some of the pictures that are kept to be sent again: favourites first, and of both what was used last first. Owner
/// only.
#[utoipa::path(get, path = "/api/library", params(LibraryWish),
    responses((status = 200, body = LibraryPage), (status = "default", body = FailureBody)))]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Asked(wish): Asked<LibraryWish>,
) -> Result<Json<LibraryPage>, Failure> {
    caller.must_own()?;
    if wish.limit.is_some_and(|limit| limit == 0 || limit > PAGE_MAX) {
        return Err(Failure::usage(format!("a page has 1 to {PAGE_MAX} pictures")));
    }
    api.door.host()?.library(wish).await.map(Json)
}

/// Keeps a picture to be sent again, once however often it is added: a file that was given, or one of a message, which
/// is freed of what it tells. Owner only.
#[utoipa::path(post, path = "/api/library", request_body = LibraryAddition,
    responses((status = 200, body = LibraryAdded), (status = "default", body = FailureBody)))]
pub(crate) async fn add(
    State(api): State<Api>,
    caller: Caller,
    Body(wish): Body<LibraryAddition>,
) -> Result<Json<LibraryAdded>, Failure> {
    caller.must_own()?;
    api.door.host()?.add_to_library(wish).await.map(Json)
}

/// Changes what is kept about a picture. Owner only.
#[utoipa::path(patch, path = "/api/library/{id}", request_body = LibraryChange,
    params(("id" = i64, Path, description = "The picture")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn change(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
    Body(change): Body<LibraryChange>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.change_library_item(id, change).await.map(Json)
}

/// Takes a picture out, and erases it. Messages that it was sent in keep it. Owner only.
#[utoipa::path(delete, path = "/api/library/{id}", params(("id" = i64, Path, description = "The picture")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn remove(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.remove_library_item(id).await.map(Json)
}

/// A picture that is kept, by a session's ticket.
#[utoipa::path(get, path = "/media/{ticket}/library/{id}", security(()),
    params(("ticket" = String, Path, description = "The session's ticket"),
        ("id" = i64, Path, description = "The picture")),
    responses((status = 200, body = [u8]), (status = "default", body = FailureBody)))]
pub(crate) async fn by_ticket(
    State(api): State<Api>,
    Path((ticket, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    media::check_ticket(&api, &ticket)?;
    let id = id
        .parse()
        .map_err(|_| Failure::usage("the path must hold a number here"))?;
    let picture = api.door.host()?.library_picture(id).await?;
    let mut response = Response::new(RawBody::from(picture.bytes));
    media::shown_as(&mut response, &picture.media_type)?;
    Ok(response)
}

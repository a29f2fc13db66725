//! Conversations that are taken over from other messengers.

use axum::Json;
use axum::extract::State;

use super::Api;
use super::caller::Caller;
use super::input::{Asked, Body, Number};
use crate::dto::{
    ImportChange, ImportProgress, ImportWish, ImportedFoundPage, ImportedMessage, ImportedPlace,
    ImportedSearch, Imports, Scope,
};
use crate::failure::{Failure, FailureBody};

/// The most that a page may have.
const PAGE_MAX: usize = 500;
/// The most that a page of what was found may have.
const FOUND_MAX: usize = 100;

/// Begins to take an archive over: a path on this machine, or an upload. Owner only: a path may be any.
#[utoipa::path(post, path = "/api/imports", request_body = ImportWish,
    responses((status = 200, body = ImportProgress), (status = "default", body = FailureBody)))]
pub(crate) async fn start(
    State(api): State<Api>,
    caller: Caller,
    Body(wish): Body<ImportWish>,
) -> Result<Json<ImportProgress>, Failure> {
    caller.must_own()?;
    let host = api.door.host()?;
    host.start_import(wish)?;
    Ok(Json(host.import_progress()))
}

/// Ends the taking over that is under way. What was taken over stays. Owner only.
#[utoipa::path(post, path = "/api/imports/stop",
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn stop(State(api): State<Api>, caller: Caller) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.stop_import();
    Ok(Json(()))
}

/// All that was taken over, and how far the taking over is that is under way. Scope `read`.
#[utoipa::path(get, path = "/api/imports",
    responses((status = 200, body = Imports), (status = "default", body = FailureBody)))]
pub(crate) async fn list(State(api): State<Api>, caller: Caller) -> Result<Json<Imports>, Failure> {
    caller.may(Scope::Read)?;
    api.door.host()?.imports().await.map(Json)
}

/// A part of a conversation that was taken over, oldest first. Scope `read`.
#[utoipa::path(get, path = "/api/imports/{id}/messages",
    params(("id" = i64, Path, description = "The conversation"), ImportedPlace),
    responses((status = 200, body = Vec<ImportedMessage>), (status = "default", body = FailureBody)))]
pub(crate) async fn messages(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
    Asked(place): Asked<ImportedPlace>,
) -> Result<Json<Vec<ImportedMessage>>, Failure> {
    caller.may(Scope::Read)?;
    checked(place.limit, PAGE_MAX)?;
    api.door.host()?.imported(id, place).await.map(Json)
}

/// Sets in which conversation one goes on, and who in it the owner is. Owner only.
#[utoipa::path(patch, path = "/api/imports/{id}", request_body = ImportChange,
    params(("id" = i64, Path, description = "The conversation")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn change(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
    Body(change): Body<ImportChange>,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.change_import(id, change).await.map(Json)
}

/// Takes one away from this device. Owner only.
#[utoipa::path(delete, path = "/api/imports/{id}",
    params(("id" = i64, Path, description = "The conversation")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn remove(
    State(api): State<Api>,
    caller: Caller,
    Number(id): Number,
) -> Result<Json<()>, Failure> {
    caller.must_own()?;
    api.door.host()?.remove_import(id).await.map(Json)
}

/// Searches what was taken over, newest first. Scope `read`.
#[utoipa::path(get, path = "/api/search/imported", params(ImportedSearch),
    responses((status = 200, body = ImportedFoundPage), (status = "default", body = FailureBody)))]
pub(crate) async fn search(
    State(api): State<Api>,
    caller: Caller,
    Asked(wish): Asked<ImportedSearch>,
) -> Result<Json<ImportedFoundPage>, Failure> {
    caller.may(Scope::Read)?;
    checked(wish.limit, FOUND_MAX)?;
    api.door.host()?.search_imported(wish).await.map(Json)
}

fn checked(limit: Option<usize>, most: usize) -> Result<(), Failure> {
    match limit {
        Some(limit) if limit == 0 || limit > most => {
            Err(Failure::usage(format!("a page has 1 to {most} messages")))
        }
        _ => Ok(()),
    }
}

//! Searching messages.

use axum::Json;
use axum::extract::State;

use super::Api;
use super::caller::Caller;
use super::input::Asked;
use crate::dto::{FoundPage, Scope, SearchWish};
use crate::failure::{Failure, FailureBody};

/// The most that a page may have.
const PAGE_MAX: usize = 100;

/// Searches all messages, newest first. Scope `read`.
#[utoipa::path(get, path = "/api/search", params(SearchWish),
    responses((status = 200, body = FoundPage), (status = "default", body = FailureBody)))]
pub(crate) async fn search(
    State(api): State<Api>,
    caller: Caller,
    Asked(wish): Asked<SearchWish>,
) -> Result<Json<FoundPage>, Failure> {
    caller.may(Scope::Read)?;
    if wish.limit.is_some_and(|limit| limit == 0 || limit > PAGE_MAX) {
        return Err(Failure::usage(format!("a page has 1 to {PAGE_MAX} messages")));
    }
    api.door.host()?.search(wish).await.map(Json)
}

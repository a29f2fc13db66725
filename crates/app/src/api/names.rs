//! Names, before anybody has them.

use axum::Json;
use axum::extract::State;

use super::Api;
use super::caller::Caller;
use super::input::Word;
use crate::dto::{NameLookup, Scope};
use crate::failure::{Failure, FailureBody};

/// Says whether a name can be had, as the directory proves it. Scope `read`.
#[utoipa::path(get, path = "/api/names/{name}",
    params(("name" = String, Path, description = "The name, with or without the @")),
    responses((status = 200, body = NameLookup), (status = "default", body = FailureBody)))]
pub(crate) async fn look_up(
    State(api): State<Api>,
    caller: Caller,
    Word(name): Word,
) -> Result<Json<NameLookup>, Failure> {
    caller.may(Scope::Read)?;
    api.door.host()?.look_up(&name).await.map(Json)
}

//! What a request brings, with errors in our own form.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::Api;
use crate::failure::{Failure, Kind};

/// A JSON body.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Api> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Failure> {
        match axum::Json::from_request(request, api).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(JsonRejection::BytesRejection(_)) => Err(Failure::new(
                Kind::Refused,
                "too-large",
                "the request is too large, or was cut off",
            )),
            Err(JsonRejection::MissingJsonContentType(_)) => {
                Err(Failure::usage("the content type must be application/json"))
            }
            Err(_) => Err(Failure::usage("the body is not the JSON that this path takes")),
        }
    }
}

/// A number in the path.
#[derive(Debug)]
pub(crate) struct Number(pub(crate) i64);

impl FromRequestParts<Api> for Number {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        Path::from_request_parts(parts, api)
            .await
            .map(|Path(number)| Self(number))
            .map_err(|_| Failure::usage("the path must hold a number here"))
    }
}

/// An id in the path.
#[derive(Debug)]
pub(crate) struct Id(pub(crate) u64);

impl FromRequestParts<Api> for Id {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        Path::from_request_parts(parts, api)
            .await
            .map(|Path(id)| Self(id))
            .map_err(|_| Failure::usage("the path must hold an id here"))
    }
}

/// A text in the path.
#[derive(Debug)]
pub(crate) struct Word(pub(crate) String);

impl FromRequestParts<Api> for Word {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        Path::from_request_parts(parts, api)
            .await
            .map(|Path(word)| Self(word))
            .map_err(|_| Failure::usage("the path is not as it should be"))
    }
}

/// What follows the question mark.
#[derive(Debug)]
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Api> for Asked<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        Query::from_request_parts(parts, api)
            .await
            .map(|Query(asked)| Self(asked))
            .map_err(|_| Failure::usage("the query is not what this path takes"))
    }
}

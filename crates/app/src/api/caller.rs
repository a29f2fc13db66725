//! Who asks, and what they may.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::Api;
use crate::dto::Scope;
use crate::failure::{Failure, Kind};

/// Who asks, by the token they sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The profile's owner: through the commands, or a page that they opened.
    Owner,
    /// A bot.
    Bot(Vec<Scope>),
}

impl Caller {
    /// Whether they may do what needs this scope.
    ///
    /// # Errors
    /// When they may not.
    pub(crate) fn may(&self, scope: Scope) -> Result<(), Failure> {
        match self {
            Self::Owner => Ok(()),
            Self::Bot(scopes) if scopes.contains(&scope) => Ok(()),
            Self::Bot(_) => {
                let message = format!("this token has no scope {:?}", scope.word());
                Err(Failure::new(Kind::Forbidden, "out-of-scope", message)
                    .advise("Make one with xchat token create --scopes"))
            }
        }
    }

    /// Whether they own the profile: no bot's token reaches the account, the words or the tokens.
    ///
    /// # Errors
    /// When they don't.
    pub(crate) fn must_own(&self) -> Result<(), Failure> {
        match self {
            Self::Owner => Ok(()),
            Self::Bot(_) => Err(Failure::new(
                Kind::Forbidden,
                "owner-only",
                "no bot's token reaches so far",
            )),
        }
    }
}

/// The token of a request that has one.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok()?.strip_prefix("Bearer "),
        _ => None,
    }
}

impl FromRequestParts<Api> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Failure> {
        bearer(&parts.headers)
            .and_then(|token| api.keys.caller(token))
            .ok_or_else(|| Failure::new(Kind::Unauthorized, "unauthorized", "a valid token is needed"))
    }
}

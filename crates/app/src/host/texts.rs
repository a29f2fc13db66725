//! Texts that people type or paste, judged before anything is begun.

use xchat_client::{Name, NetworkInvitation, Phrase};

use crate::failure::{Failure, Kind};

/// A username as people write it, without the `@` and in small letters.
///
/// # Errors
/// When it is malformed.
pub(crate) fn name(text: &str) -> Result<String, Failure> {
    parse_name(text).map(|name| name.as_str().to_owned())
}

pub(super) fn parse_name(text: &str) -> Result<Name, Failure> {
    text.parse().map_err(|error| {
        Failure::new(Kind::Refused, "malformed-name", format!("{error}"))
            .advise("Usernames look like @alice_1")
    })
}

/// Whether a text holds the 24 words of an account.
///
/// # Errors
/// When a word is wrong or missing, and which.
pub(crate) fn check_phrase(words: &str) -> Result<(), Failure> {
    parse_phrase(words).map(drop)
}

pub(super) fn parse_phrase(words: &str) -> Result<Phrase, Failure> {
    Phrase::parse(words).map_err(|error| {
        Failure::new(Kind::Refused, "wrong-phrase", format!("{error}"))
            .advise("Compare with what you wrote down")
    })
}

/// Whether a text is an invitation.
///
/// # Errors
/// When it isn't, or is damaged.
pub(crate) fn check_link(text: &str) -> Result<(), Failure> {
    parse_link(text).map(drop)
}

pub(super) fn parse_link(text: &str) -> Result<NetworkInvitation, Failure> {
    text.parse().map_err(|error| {
        Failure::new(Kind::Refused, "broken-invitation", format!("{error}"))
            .advise("xchat invite shows it where the network was joined")
    })
}

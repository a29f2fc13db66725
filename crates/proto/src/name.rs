//! Usernames: `[a-z0-9_]{3,32}`, compared without case.

use std::str::FromStr;

use minicbor::decode::{Decode, Decoder};
use minicbor::encode::{Encode, Encoder, Write};
use thiserror::Error;

use crate::limits::{NAME_LENGTH_MAX, NAME_LENGTH_MIN};

/// Names that nobody may register, since people would take them for the network's own voice.
pub const RESERVED_NAMES: [&str; 14] = [
    "admin",
    "administrator",
    "everyone",
    "help",
    "moderator",
    "official",
    "operator",
    "owner",
    "root",
    "security",
    "support",
    "system",
    "xchat",
    "xchat_support",
];

/// A well-formed username, in lower case, without the `@`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// Why a text is no username.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NameError {
    /// Fewer than three characters.
    #[error("a username has at least {NAME_LENGTH_MIN} characters")]
    TooShort,
    /// More than 32 characters.
    #[error("a username has at most {NAME_LENGTH_MAX} characters")]
    TooLong,
    /// A character that no username has.
    #[error("a username has only the letters a to z, digits and _ (found {0:?})")]
    BadCharacter(char),
}

impl Name {
    /// The name, without the `@`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nobody may register it.
    pub fn is_reserved(&self) -> bool {
        RESERVED_NAMES.contains(&self.as_str())
    }
}

impl FromStr for Name {
    type Err = NameError;

    /// Reads a name as people write it: with or without a leading `@`, in any case.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let text = text.strip_prefix('@').unwrap_or(text);
        let name = text.to_ascii_lowercase();
        if let Some(bad) = name.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '_')) {
            return Err(NameError::BadCharacter(bad));
        }
        match name.len() {
            length if length < NAME_LENGTH_MIN => Err(NameError::TooShort),
            length if length > NAME_LENGTH_MAX => Err(NameError::TooLong),
            _ => Ok(Self(name)),
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "@{}", self.0)
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A name is user data, and `Debug` ends up in logs.
        f.write_str("Name(..)")
    }
}

impl<C> Encode<C> for Name {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(&self.0)?;
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Name {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let text = d.str()?;
        let name: Self = text
            .parse()
            .map_err(|error: NameError| minicbor::decode::Error::message(error))?;
        if name.0 != text {
            return Err(minicbor::decode::Error::message(
                "a name travels in lower case, without @",
            ));
        }
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nam_01_names_are_read_as_people_write_them() {
        assert_eq!("@Alice_1".parse::<Name>().unwrap().as_str(), "alice_1");
        assert_eq!("ab".parse::<Name>(), Err(NameError::TooShort));
        assert_eq!("a".repeat(33).parse::<Name>(), Err(NameError::TooLong));
        assert_eq!("al ice".parse::<Name>(), Err(NameError::BadCharacter(' ')));
        assert_eq!(
            "аlice".parse::<Name>(),
            Err(NameError::BadCharacter('а')),
            "a Cyrillic letter"
        );
        assert_eq!("@@alice".parse::<Name>(), Err(NameError::BadCharacter('@')));
    }

    #[test]
    fn nam_02_a_name_has_one_encoding() {
        use crate::codec::{decode, encode};
        let name: Name = "alice".parse().unwrap();
        assert_eq!(decode::<Name>(&encode(&name), 64).unwrap(), name);
        assert!(decode::<Name>(&encode(&"Alice"), 64).is_err());
        assert!(decode::<Name>(&encode(&"@alice"), 64).is_err());
    }
}

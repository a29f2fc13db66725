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

    /// Whether nobody may register it: it is reserved, or looks like one that is.
    pub fn is_reserved(&self) -> bool {
        // Stricter than between people: adm1n is not admin's skeleton, and would still be believed.
        let strict = |name: &str| skeleton_of(name).replace('i', "l");
        let name = strict(&self.0);
        RESERVED_NAMES.iter().any(|reserved| strict(reserved) == name)
    }

    /// What is left of the name when characters that are taken for each other are one: two names with one skeleton
    /// can't both be registered (after UTS 39, section 4, as far as usernames go).
    pub fn skeleton(&self) -> String {
        skeleton_of(&self.0)
    }
}

fn skeleton_of(name: &str) -> String {
    let plain: String = name
        .chars()
        .filter(|letter| *letter != '_')
        .map(|letter| match letter {
            '0' => 'o',
            '1' => 'l',
            other => other,
        })
        .collect();
    // Taken apart, not put together: vvv is read as wv and as vw, and has one skeleton only this way.
    plain.replace('m', "rn").replace('w', "vv")
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
    fn nam_03_names_that_are_taken_for_each_other_have_one_skeleton() {
        let skeleton = |text: &str| text.parse::<Name>().unwrap().skeleton();
        for (one, other) in [
            ("alice", "a1ice"),
            ("alice", "al_ice"),
            ("bob", "b0b"),
            ("modem", "modern"),
            ("will", "vvill"),
            ("vwx", "wvx"),
            ("rnnn", "mnn"),
            ("bob", "_b_0_b_"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} and {other}");
        }
        for (one, other) in [
            ("alice", "alicia"),
            ("mia", "mila"),
            ("sam5", "sams"),
            ("anna", "ana"),
        ] {
            assert_ne!(skeleton(one), skeleton(other), "{one} and {other}");
        }
        for reserved in ["admin", "adm1n", "supp0rt", "x_chat", "offlcial"] {
            assert!(reserved.parse::<Name>().unwrap().is_reserved(), "{reserved}");
        }
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

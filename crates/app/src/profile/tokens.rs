//! The tokens of bots: what is kept of them, and what they open.
//!
//! A secret has 256 random bits, so its plain hash can be kept, and nothing slower is needed.

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::Profile;
use crate::dto::{NewToken, Scope, Token, TokenWish};
use crate::failure::{Failure, Kind};
use crate::{clock, entropy, private_file};

const FILE: &str = "tokens.json";
/// How many a profile may have.
const COUNT_MAX: usize = 64;
/// In characters.
const LABEL_LENGTH_MAX: usize = 64;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    token: Token,
    hash: String,
}

/// The bot tokens of a profile.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    kept: Vec<Kept>,
}

impl Tokens {
    /// Reads them.
    ///
    /// # Errors
    /// When the file is there and can't be read.
    pub(crate) fn read(profile: &Profile) -> Result<Self, Failure> {
        let kept = private_file::read_json(&profile.file(FILE))?.unwrap_or_default();
        Ok(Self { kept })
    }

    /// All of them, without their secrets.
    pub(crate) fn list(&self) -> Vec<Token> {
        self.kept.iter().map(|kept| kept.token.clone()).collect()
    }

    /// What a secret opens, if it is one of ours. Every hash is compared, so that time tells nothing.
    pub(crate) fn scopes_of(&self, secret: &str) -> Option<Vec<Scope>> {
        let hash = hash(secret);
        let mut found = None;
        for kept in &self.kept {
            if bool::from(kept.hash.as_bytes().ct_eq(hash.as_bytes())) {
                found = Some(kept.token.scopes.clone());
            }
        }
        found
    }

    /// Makes one, and keeps it.
    ///
    /// # Errors
    /// When the wish makes no sense, there are too many, or it can't be kept.
    pub(crate) fn create(&mut self, profile: &Profile, wish: TokenWish) -> Result<NewToken, Failure> {
        let label = wish.label.trim();
        if label.is_empty() || label.chars().count() > LABEL_LENGTH_MAX || label.chars().any(char::is_control)
        {
            return Err(Failure::usage(format!(
                "a label has 1 to {LABEL_LENGTH_MAX} characters"
            )));
        }
        let mut scopes = wish.scopes;
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            return Err(Failure::usage("a token needs at least one scope"));
        }
        if self.kept.len() >= COUNT_MAX {
            return Err(
                Failure::new(Kind::Refused, "too-many-tokens", "there are too many tokens")
                    .advise("Revoke one first"),
            );
        }
        let secret = entropy::secret()?;
        let id = data_encoding::HEXLOWER.encode(&entropy::bytes::<4>()?);
        let token = Token {
            id,
            label: label.to_owned(),
            scopes,
            created_ms: clock::now_ms(),
        };
        let mut kept = self.kept.clone();
        kept.push(Kept {
            token: token.clone(),
            hash: hash(&secret),
        });
        self.replace(profile, kept)?;
        Ok(NewToken { token, secret })
    }

    /// Takes one away.
    ///
    /// # Errors
    /// When there is none of this id, or the change can't be kept.
    pub(crate) fn revoke(&mut self, profile: &Profile, id: &str) -> Result<(), Failure> {
        let kept: Vec<_> = self
            .kept
            .iter()
            .filter(|kept| kept.token.id != id)
            .cloned()
            .collect();
        if kept.len() == self.kept.len() {
            return Err(
                Failure::new(Kind::NotFound, "unknown-token", "there is no such token")
                    .advise("xchat token list shows them"),
            );
        }
        self.replace(profile, kept)
    }

    fn replace(&mut self, profile: &Profile, kept: Vec<Kept>) -> Result<(), Failure> {
        private_file::write_json(&profile.file(FILE), &kept)?;
        self.kept = kept;
        Ok(())
    }
}

fn hash(secret: &str) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("xchat v1 bot token");
    hasher.update(secret.as_bytes());
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_08_a_token_opens_its_scopes_until_it_is_revoked() {
        let root = tempfile::tempdir().unwrap();
        let profile = Profile::open(Some(root.path()), "default").unwrap();
        let mut tokens = Tokens::read(&profile).unwrap();
        let wish = TokenWish {
            label: " weather ".to_owned(),
            scopes: vec![Scope::Send, Scope::Read, Scope::Send],
        };
        let new = tokens.create(&profile, wish).unwrap();
        assert_eq!(new.token.label, "weather");
        let kept = std::fs::read_to_string(profile.file(FILE)).unwrap();
        assert!(!kept.contains(&new.secret), "the secret itself is not kept");

        let mut again = Tokens::read(&profile).unwrap();
        assert_eq!(again.scopes_of(&new.secret), Some(vec![Scope::Read, Scope::Send]));
        assert_eq!(again.scopes_of("other"), None);
        again.revoke(&profile, &new.token.id).unwrap();
        assert_eq!(again.scopes_of(&new.secret), None);
        assert_eq!(
            again.revoke(&profile, &new.token.id).unwrap_err().kind,
            Kind::NotFound
        );
    }

    #[test]
    fn a_token_without_label_or_scope_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let profile = Profile::open(Some(root.path()), "default").unwrap();
        let mut tokens = Tokens::default();
        for (label, scopes) in [
            ("", vec![Scope::Read]),
            ("bot", vec![]),
            ("a\nb", vec![Scope::Read]),
        ] {
            let wish = TokenWish {
                label: label.to_owned(),
                scopes,
            };
            assert_eq!(tokens.create(&profile, wish).err().unwrap().kind, Kind::Usage);
        }
    }
}

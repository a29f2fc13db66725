//! The recovery phrase: 24 BIP-39 words, and the identity keys that grow from them.
//!
//! Neither phrase nor seed is ever stored. A device keeps the present identity key only.

use hkdf::Hkdf;
use rand_core::CryptoRng;
use sha2::Sha512;
use thiserror::Error;
use xchat_proto::identity::{IdentityLink, sign_link};
use xchat_proto::keys::SigningKey;
use xchat_proto::signed::Signed;
use zeroize::Zeroizing;

/// How many words a phrase has.
pub const WORDS: usize = 24;

/// The 24 words. Never shown by `Debug`, wiped when dropped.
pub struct Phrase(bip39::Mnemonic);

/// Why words are no phrase.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PhraseError {
    /// Not 24 words.
    #[error("a recovery phrase has {WORDS} words, here are {0}")]
    WordCount(usize),
    /// A word that is not in the list.
    #[error("word {0} is not in the word list: check its spelling")]
    UnknownWord(usize),
    /// All words are known, but they don't belong together.
    #[error("the words don't fit together: one is wrong, or two are swapped")]
    Checksum,
}

impl std::fmt::Debug for Phrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Phrase(..)")
    }
}

impl Phrase {
    /// A new phrase from 256 bits of `rng`.
    ///
    /// # Errors
    /// Never in practice: 32 bytes always make 24 words.
    pub fn generate(rng: &mut dyn CryptoRng) -> Result<Self, PhraseError> {
        let mut entropy = Zeroizing::new([0; 32]);
        rng.fill_bytes(entropy.as_mut_slice());
        bip39::Mnemonic::from_entropy(entropy.as_slice())
            .map(Self)
            .map_err(|_| PhraseError::Checksum)
    }

    /// Reads a phrase as people write it: any case, any white space.
    ///
    /// # Errors
    /// [`PhraseError`] that says which word is wrong where that can be told.
    pub fn parse(text: &str) -> Result<Self, PhraseError> {
        let lower = Zeroizing::new(text.to_lowercase());
        let words: Vec<&str> = lower.split_whitespace().collect();
        if words.len() != WORDS {
            return Err(PhraseError::WordCount(words.len()));
        }
        let joined = Zeroizing::new(words.join(" "));
        match bip39::Mnemonic::parse_in_normalized(bip39::Language::English, &joined) {
            Ok(mnemonic) => Ok(Self(mnemonic)),
            Err(bip39::Error::UnknownWord(index)) => Err(PhraseError::UnknownWord(index.saturating_add(1))),
            Err(_) => Err(PhraseError::Checksum),
        }
    }

    /// The words, to be shown once.
    pub fn words(&self) -> Vec<&'static str> {
        self.0.words().collect()
    }

    fn derive(&self, label: &str, number: u32) -> Zeroizing<[u8; 32]> {
        let seed = Zeroizing::new(self.0.to_seed(""));
        let mut out = Zeroizing::new([0; 32]);
        let info = [label.as_bytes(), &[0], &number.to_be_bytes()].concat();
        let expanded = Hkdf::<Sha512>::new(Some(b"xchat v1 account seed"), seed.as_slice())
            .expand(&info, out.as_mut_slice());
        debug_assert!(expanded.is_ok(), "32 bytes are far below HKDF's limit");
        out
    }

    /// Identity key `number`.
    pub fn identity_key(&self, number: u32) -> SigningKey {
        SigningKey::from_seed(&self.derive("identity", number))
    }

    /// Identity links 0 to `newest`. Ed25519 is deterministic, so they are the same bytes every time.
    ///
    /// # Errors
    /// Never in practice: a link is far below the limit of a signed body.
    pub fn identity_links(
        &self,
        newest: u32,
    ) -> Result<Vec<Signed<IdentityLink>>, xchat_proto::codec::DecodeError> {
        (0..=newest)
            .map(|number| {
                let next = self.identity_key(number.saturating_add(1)).public();
                sign_link(number, &self.identity_key(number), &next)
            })
            .collect()
    }

    /// The secret from which the backup key pair is made.
    pub fn backup_secret(&self) -> Zeroizing<[u8; 32]> {
        self.derive("backup", 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::SeedableRng;
    use xchat_proto::identity::verify_links;

    fn phrase() -> Phrase {
        Phrase::generate(&mut rand_chacha::ChaCha20Rng::from_seed([5; 32])).unwrap()
    }

    #[test]
    fn phr_01_the_words_alone_bring_the_account_back() {
        let first = phrase();
        let typed = format!("  {}\n", first.words().join("  ").to_uppercase());
        let second = Phrase::parse(&typed).unwrap();
        assert_eq!(first.identity_key(3).public(), second.identity_key(3).public());
        let short = verify_links(&first.identity_links(0).unwrap()).unwrap();
        let long = verify_links(&second.identity_links(4).unwrap()).unwrap();
        assert_eq!(short.0, long.0);
        assert_eq!(long.1.number, 4);
    }

    #[test]
    fn phr_02_a_wrong_phrase_says_what_is_wrong() {
        let phrase = phrase();
        let mut words = phrase.words();
        assert_eq!(
            Phrase::parse(&words[..23].join(" ")).unwrap_err(),
            PhraseError::WordCount(23)
        );
        words[4] = "zzzz";
        assert_eq!(
            Phrase::parse(&words.join(" ")).unwrap_err(),
            PhraseError::UnknownWord(5)
        );
        let mut words = phrase.words();
        let other = if words[0] == "zoo" { "zone" } else { "zoo" };
        words[0] = other;
        // One in 256 replacements happens to fit; this seed's does not.
        assert_eq!(
            Phrase::parse(&words.join(" ")).unwrap_err(),
            PhraseError::Checksum
        );
    }

    #[test]
    fn phr_03_the_words_are_not_shown() {
        assert_eq!(format!("{:?}", phrase()), "Phrase(..)");
    }
}

//! The ids: 32 bytes each, a type for each meaning.
//!
//! `Debug` shows four hexadecimal digits, enough to tell two apart in a test and too few to name anybody in a log.

use minicbor::decode::{Decode, Decoder};
use minicbor::encode::{Encode, Encoder, Write};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// The bytes of the id.
            pub fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// The id in these bytes, when there are 32 of them.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let [a, b, ..] = self.0;
                write!(f, concat!(stringify!($name), "({:02x}{:02x})"), a, b)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: Write>(
                &self,
                e: &mut Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?;
                Ok(())
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                let bytes = d.bytes()?;
                Self::from_slice(bytes).ok_or_else(|| minicbor::decode::Error::message("an id has 32 bytes"))
            }
        }
    };
}

id!(
    /// An account: the hash of its first identity link, so it stays the same through every rotation.
    AccountId
);
id!(
    /// A log at its home. Random-looking: it says nothing of whose it is.
    LogId
);
id!(
    /// A message, unique within the conversation and its sending device.
    MessageId
);
id!(
    /// A network: the hash of its genesis.
    NetworkId
);
id!(
    /// A home's identity: an Ed25519 public key, which is also its endpoint's.
    NodeId
);
id!(
    /// A BLAKE3 hash.
    Hash
);

impl Hash {
    /// The hash of `parts` in a domain of its own. The context is a constant of the protocol, so two uses never meet;
    /// each part is preceded by its length, so no two lists of parts run together.
    pub fn of(context: &str, parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(context);
        for part in parts {
            hasher.update(&(part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Self(*hasher.finalize().as_bytes())
    }

    /// The hash by which an envelope is known everywhere: BLAKE3 of its bytes as stored.
    pub fn of_envelope(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(Hash::of("test", &[b"ab", b"c"]), Hash::of("test", &[b"a", b"bc"]));
        assert_ne!(Hash::of("test", &[b"ab"]), Hash::of("tset", &[b"ab"]));
    }

    #[test]
    fn debug_shows_too_little_to_name_anybody() {
        assert_eq!(format!("{:?}", LogId([0xab; 32])), "LogId(abab)");
    }
}

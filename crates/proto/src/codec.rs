//! The one codec: CBOR (RFC 8949) with numbered fields, definite lengths and hard bounds.
//!
//! What owns a limit is the type: [`Bounded`], [`Blob`] and [`Text`] refuse a length above their own before they
//! allocate. NOT its concern: framing, which belongs to the bodies.

use minicbor::data::Type;
use minicbor::decode::{Decode, Decoder};
use minicbor::encode::{Encode, Encoder, Write};
use thiserror::Error;

/// Why bytes of a peer are not a value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Not the CBOR that this type expects, or a length above its limit.
    #[error("malformed: {0}")]
    Malformed(String),
    /// Bytes follow the value.
    #[error("{0} bytes follow the value")]
    Trailing(usize),
    /// Longer than this kind of value may be.
    #[error("{length} bytes, at most {limit} are allowed")]
    TooLong {
        /// The length found, in bytes.
        length: usize,
        /// The limit, in bytes.
        limit: usize,
    },
}

/// Encodes a value. The encoding is deterministic: the same value gives the same bytes.
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to a vector is infallible, and none of our types refuses to be encoded.
    let written = minicbor::encode(value, &mut bytes);
    debug_assert!(written.is_ok());
    bytes
}

/// Decodes a value that fills `bytes` to the last one.
///
/// # Errors
/// [`DecodeError`] when the bytes are not exactly one such value, or more than `limit`.
pub fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8], limit: usize) -> Result<T, DecodeError> {
    if bytes.len() > limit {
        return Err(DecodeError::TooLong {
            length: bytes.len(),
            limit,
        });
    }
    let mut decoder = Decoder::new(bytes);
    let value = decoder
        .decode()
        .map_err(|error| DecodeError::Malformed(error.to_string()))?;
    match bytes.len().saturating_sub(decoder.position()) {
        0 => Ok(value),
        rest => Err(DecodeError::Trailing(rest)),
    }
}

fn above_limit(found: u64, limit: usize) -> minicbor::decode::Error {
    minicbor::decode::Error::message(format!("length {found}, at most {limit} are allowed"))
}

/// A list of at most `MAX` values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bounded<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> Default for Bounded<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MAX: usize> Bounded<T, MAX> {
    /// A list of these values.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] when there are more than `MAX`.
    pub fn new(values: Vec<T>) -> Result<Self, DecodeError> {
        if values.len() > MAX {
            return Err(DecodeError::TooLong {
                length: values.len(),
                limit: MAX,
            });
        }
        Ok(Self(values))
    }

    /// The values.
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// The values, owned.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<C, T: Encode<C>, const MAX: usize> Encode<C> for Bounded<T, MAX> {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.array(self.0.len() as u64)?;
        self.0.iter().try_for_each(|value| value.encode(e, ctx))
    }
}

impl<'b, C, T: Decode<'b, C>, const MAX: usize> Decode<'b, C> for Bounded<T, MAX> {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        let Some(length) = d.array()? else {
            return Err(minicbor::decode::Error::type_mismatch(Type::ArrayIndef));
        };
        if length > MAX as u64 {
            return Err(above_limit(length, MAX));
        }
        let mut values = Vec::new();
        for _ in 0..length {
            values.push(T::decode(d, ctx)?);
        }
        Ok(Self(values))
    }
}

/// A byte string of at most `MAX` bytes.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Blob<const MAX: usize>(Vec<u8>);

impl<const MAX: usize> std::fmt::Debug for Blob<MAX> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blob({} bytes)", self.0.len())
    }
}

impl<const MAX: usize> Blob<MAX> {
    /// A byte string of these bytes.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] when there are more than `MAX`.
    pub fn new(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        if bytes.len() > MAX {
            return Err(DecodeError::TooLong {
                length: bytes.len(),
                limit: MAX,
            });
        }
        Ok(Self(bytes))
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, owned.
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
}

impl<C, const MAX: usize> Encode<C> for Blob<MAX> {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?;
        Ok(())
    }
}

impl<'b, C, const MAX: usize> Decode<'b, C> for Blob<MAX> {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?;
        if bytes.len() > MAX {
            return Err(above_limit(bytes.len() as u64, MAX));
        }
        Ok(Self(bytes.to_vec()))
    }
}

/// A UTF-8 text of at most `MAX` bytes.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> std::fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

impl<const MAX: usize> Text<MAX> {
    /// A text.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] when it is longer than `MAX` bytes.
    pub fn new(text: String) -> Result<Self, DecodeError> {
        if text.len() > MAX {
            return Err(DecodeError::TooLong {
                length: text.len(),
                limit: MAX,
            });
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<C, const MAX: usize> Encode<C> for Text<MAX> {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(&self.0)?;
        Ok(())
    }
}

impl<'b, C, const MAX: usize> Decode<'b, C> for Text<MAX> {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let text = d.str()?;
        if text.len() > MAX {
            return Err(above_limit(text.len() as u64, MAX));
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cod_01_bytes_after_the_value_are_refused() {
        let mut bytes = encode(&7_u64);
        assert_eq!(decode::<u64>(&bytes, 16).unwrap(), 7);
        bytes.push(0);
        assert_eq!(decode::<u64>(&bytes, 16), Err(DecodeError::Trailing(1)));
    }

    #[test]
    fn cod_02_a_length_above_the_limit_is_refused_before_it_is_allocated() {
        // An array header that promises 2^60 elements.
        let bytes = [0x9b, 0x10, 0, 0, 0, 0, 0, 0, 0];
        assert!(matches!(
            decode::<Bounded<u64, 4>>(&bytes, 16),
            Err(DecodeError::Malformed(_))
        ));
        let bytes = encode(&Bounded::<u64, 9>::new((0..9).collect()).unwrap());
        assert!(decode::<Bounded<u64, 8>>(&bytes, 64).is_err());
        assert!(decode::<Blob<2>>(&encode(&Blob::<3>::new(vec![0; 3]).unwrap()), 64).is_err());
        assert!(decode::<Text<2>>(&encode(&Text::<3>::new("abc".to_owned()).unwrap()), 64).is_err());
        assert!(matches!(
            decode::<u64>(&[0; 65], 64),
            Err(DecodeError::TooLong { .. })
        ));
    }

    #[test]
    fn cod_03_indefinite_lengths_are_refused() {
        assert!(decode::<Bounded<u64, 4>>(&[0x9f, 0x01, 0xff], 16).is_err());
        assert!(decode::<Blob<4>>(&[0x5f, 0x41, 0x01, 0xff], 16).is_err());
    }
}

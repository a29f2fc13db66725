//! How keys and values of the MLS table become bytes: MessagePack with named fields.
//!
//! OpenMLS's types need a format that describes itself: one of them is an untagged enum, and fields are added
//! between its releases. Vectors of bytes are written as MessagePack `bin`; the default, one integer for each
//! byte, would make keys and ciphertexts half as large again, and the ratchet tree of a large group is megabytes.

use rmp_serde::{Deserializer, Serializer, config::BytesMode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use super::MlsStoreError;

/// Encodes `value` behind what `bytes` already holds.
pub(super) fn encode_into(
    value: &(impl Serialize + ?Sized),
    bytes: &mut Vec<u8>,
) -> Result<(), MlsStoreError> {
    let mut serializer = Serializer::new(bytes)
        .with_struct_map()
        .with_bytes(BytesMode::ForceIterables);
    value.serialize(&mut serializer)?;
    Ok(())
}

/// Encodes `value` into a buffer that is wiped when dropped.
pub(super) fn encode(value: &(impl Serialize + ?Sized)) -> Result<Zeroizing<Vec<u8>>, MlsStoreError> {
    let mut bytes = Zeroizing::new(Vec::new());
    encode_into(value, &mut bytes)?;
    Ok(bytes)
}

/// Decodes the one value in `bytes`.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, MlsStoreError> {
    Ok(T::deserialize(&mut Deserializer::from_read_ref(bytes))?)
}

/// Decodes the two values that stand behind each other in `bytes`.
pub(super) fn decode_pair<A: DeserializeOwned, B: DeserializeOwned>(
    bytes: &[u8],
) -> Result<(A, B), MlsStoreError> {
    let mut deserializer = Deserializer::from_read_ref(bytes);
    let first = Deserialize::deserialize(&mut deserializer)?;
    let second = Deserialize::deserialize(&mut deserializer)?;
    Ok((first, second))
}

//! The one source of randomness of the app: secrets for its local face.

use data_encoding::BASE32_NOPAD;

use crate::failure::Failure;

/// In bytes. 256 bits, so that a plain hash of a secret can be stored.
const SECRET_BYTES: usize = 32;

/// Random bytes.
///
/// # Errors
/// When the system has no randomness.
#[expect(
    clippy::disallowed_methods,
    reason = "the one real entropy source of this body"
)]
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Failure::bug("the system gives no randomness"))?;
    Ok(bytes)
}

/// A new secret as it is written in files, links and headers.
///
/// # Errors
/// When the system has no randomness.
pub(crate) fn secret() -> Result<String, Failure> {
    Ok(BASE32_NOPAD
        .encode(&bytes::<SECRET_BYTES>()?)
        .to_ascii_lowercase())
}

//! The one real clock and the one real source of randomness of a node. Everything behind takes them as arguments.

use std::time::UNIX_EPOCH;

use thiserror::Error;

/// The operating system has no randomness to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the operating system gives no random bytes")]
pub struct NoEntropy;

/// The time in Unix milliseconds; 0 on a machine whose clock stands before 1970.
#[expect(clippy::disallowed_methods, reason = "the one real clock of a node")]
pub(crate) fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// 32 random bytes.
#[expect(clippy::disallowed_methods, reason = "the one real entropy source of a node")]
pub(crate) fn random_bytes() -> Result<[u8; 32], NoEntropy> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| NoEntropy)?;
    Ok(bytes)
}

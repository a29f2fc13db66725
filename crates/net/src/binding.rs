//! The binding of a connection: what a capability proof is tied to.

use iroh::endpoint::Connection;
use thiserror::Error;
use xchat_proto::capability::EXPORTER_LABEL;
use xchat_proto::ids::Hash;

/// The connection has no exporter: it is not a finished TLS 1.3 handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the connection has no key exporter")]
pub struct BindingError;

/// The exporter of this very connection (RFC 8446, section 7.5), the same at both ends and on no other connection.
///
/// # Errors
/// [`BindingError`] when the handshake has not finished.
pub fn binding(connection: &Connection) -> Result<Hash, BindingError> {
    let mut bytes = [0; 32];
    connection
        .export_keying_material(&mut bytes, EXPORTER_LABEL, &[])
        .map_err(|_| BindingError)?;
    Ok(Hash(bytes))
}

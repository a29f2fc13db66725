//! Where a node or a device can be dialled.

use core::net::SocketAddr;

use minicbor::decode::{Decode, Decoder};
use minicbor::encode::{Encode, Encoder, Write};

use crate::codec::{Bounded, Text};
use crate::ids::NodeId;

/// Most socket addresses of one endpoint.
pub const SOCKETS_MAX: usize = 16;
/// Longest relay URL, in bytes.
pub const RELAY_URL_BYTES_MAX: usize = 256;

/// A socket address as it travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Socket(pub SocketAddr);

impl<C> Encode<C> for Socket {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(&self.0.to_string())?;
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Socket {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let text = d.str()?;
        text.parse()
            .map(Self)
            .map_err(|_| minicbor::decode::Error::message("not a socket address"))
    }
}

/// An endpoint: who it is, and where to look for it. The id is checked by the handshake; the rest are hints.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Endpoint {
    /// The endpoint's Ed25519 public key.
    #[n(0)]
    pub id: NodeId,
    /// Addresses to try.
    #[n(1)]
    pub sockets: Bounded<Socket, SOCKETS_MAX>,
    /// The relay through which it is reached otherwise.
    #[n(2)]
    pub relay: Option<Text<RELAY_URL_BYTES_MAX>>,
}

//! Addresses as they travel and as iroh has them.

use iroh::{EndpointAddr, EndpointId, RelayUrl, TransportAddr};
use thiserror::Error;
use xchat_proto::address::{Endpoint, SOCKETS_MAX, Socket};
use xchat_proto::codec::{Bounded, Text};
use xchat_proto::ids::NodeId;

/// Why an endpoint of a peer can't be dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AddressError {
    /// The id is no Ed25519 public key.
    #[error("the endpoint's id is not a public key")]
    BadId,
    /// The relay's URL can't be read.
    #[error("the relay's URL is not valid")]
    BadRelay,
    /// Neither a socket address nor a relay.
    #[error("the endpoint has no address")]
    Nowhere,
}

/// The id of iroh in our type.
pub fn node_id(id: &EndpointId) -> NodeId {
    NodeId(*id.as_bytes())
}

/// What iroh dials for this endpoint.
///
/// # Errors
/// [`AddressError`] when it can't be dialled at all.
pub fn dialled(endpoint: &Endpoint) -> Result<EndpointAddr, AddressError> {
    let id = EndpointId::from_bytes(endpoint.id.as_bytes()).map_err(|_| AddressError::BadId)?;
    let mut addresses: Vec<TransportAddr> = endpoint
        .sockets
        .as_slice()
        .iter()
        .map(|socket| TransportAddr::Ip(socket.0))
        .collect();
    if let Some(relay) = &endpoint.relay {
        let url: RelayUrl = relay.as_str().parse().map_err(|_| AddressError::BadRelay)?;
        addresses.push(TransportAddr::Relay(url));
    }
    if addresses.is_empty() {
        return Err(AddressError::Nowhere);
    }
    Ok(EndpointAddr::from_parts(id, addresses))
}

/// The endpoint that tells others of this address: as many sockets as may travel, and the first relay.
pub fn told(address: &EndpointAddr) -> Endpoint {
    let sockets: Vec<Socket> = address
        .ip_addrs()
        .take(SOCKETS_MAX)
        .map(|socket| Socket(*socket))
        .collect();
    let relay = address
        .relay_urls()
        .next()
        .and_then(|url| Text::new(url.to_string()).ok());
    Endpoint {
        id: node_id(&address.id),
        sockets: Bounded::new(sockets).unwrap_or_default(),
        relay,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xchat_proto::keys::SigningKey;

    fn endpoint(sockets: &[&str], relay: Option<&str>) -> Endpoint {
        let sockets = sockets.iter().map(|text| Socket(text.parse().unwrap())).collect();
        Endpoint {
            id: NodeId(SigningKey::from_seed(&[1; 32]).public().0),
            sockets: Bounded::new(sockets).unwrap(),
            relay: relay.map(|url| Text::new(url.to_owned()).unwrap()),
        }
    }

    #[test]
    fn an_endpoint_survives_the_way_there_and_back() {
        for sent in [
            endpoint(&["192.0.2.1:7000", "[2001:db8::1]:7000"], None),
            endpoint(&[], Some("http://192.0.2.1:7001/")),
            endpoint(&["192.0.2.1:7000"], Some("https://relay.example/")),
        ] {
            assert_eq!(told(&dialled(&sent).unwrap()), sent);
        }
    }

    #[test]
    fn what_can_not_be_dialled_is_refused() {
        assert_eq!(dialled(&endpoint(&[], None)), Err(AddressError::Nowhere));
        assert_eq!(
            dialled(&endpoint(&[], Some("no url"))),
            Err(AddressError::BadRelay)
        );
        let id = (0..=u8::MAX)
            .map(|byte| NodeId([byte; 32]))
            .find(|id| EndpointId::from_bytes(id.as_bytes()).is_err())
            .unwrap();
        let nobody = Endpoint {
            id,
            ..endpoint(&["192.0.2.1:7000"], None)
        };
        assert_eq!(dialled(&nobody), Err(AddressError::BadId));
    }
}

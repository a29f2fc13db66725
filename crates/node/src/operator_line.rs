//! An operator in one line, as people mail it to each other and as commands take it:
//! `NAME,KEY,ADDRESS:PORT[,NODE@ADDRESS:PORT[,ADDRESS:PORT...][,RELAY-URL]]`.

use std::net::SocketAddr;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use thiserror::Error;
use xchat_proto::address::{Endpoint, Socket};
use xchat_proto::codec::{Bounded, Text};
use xchat_proto::ids::NodeId;
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::OPERATOR_NAME_BYTES_MAX;
use xchat_proto::operator::Operator;

/// Why a line describes no operator.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OperatorLineError {
    /// Too few parts.
    #[error(
        "an operator is NAME,KEY,ADDRESS:PORT and then its node: xchat node key --name NAME --at ADDRESS prints it"
    )]
    TooShort,
    /// The name is empty, too long, or holds what no terminal should show.
    #[error("{0:?} is no operator's name: up to 64 letters, no commas")]
    BadName(String),
    /// The key is none.
    #[error("{0:?} is no key: xchat node key prints it, 64 letters and digits")]
    BadKey(String),
    /// Not an address.
    #[error("{0:?} is not an IP address and a port, like 203.0.113.4:7482")]
    BadAddress(String),
    /// An address at which nobody else can reach it.
    #[error("{0} is where a program listens, not where others reach it: name the machine's own address")]
    Unspecified(SocketAddr),
    /// More than an operator may have.
    #[error("a node has at most 16 addresses")]
    TooManyAddresses,
}

/// Reads a key as it is printed.
///
/// # Errors
/// [`OperatorLineError::BadKey`] when it is none.
pub fn read_key(text: &str) -> Result<PublicKey, OperatorLineError> {
    key_bytes(text).map(PublicKey)
}

/// A key as it is printed.
pub fn write_key(key: &PublicKey) -> String {
    HEXLOWER.encode(&key.0)
}

fn key_bytes(text: &str) -> Result<[u8; 32], OperatorLineError> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok();
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| OperatorLineError::BadKey(text.to_owned()))
}

fn socket(text: &str) -> Result<Socket, OperatorLineError> {
    let socket: SocketAddr = text
        .trim()
        .parse()
        .map_err(|_| OperatorLineError::BadAddress(text.to_owned()))?;
    reachable(socket)
}

/// An address at which others can reach a machine.
pub(crate) fn reachable(socket: SocketAddr) -> Result<Socket, OperatorLineError> {
    if socket.ip().is_unspecified() {
        return Err(OperatorLineError::Unspecified(socket));
    }
    if socket.port() == 0 {
        return Err(OperatorLineError::BadAddress(socket.to_string()));
    }
    Ok(Socket(socket))
}

/// An operator's name.
pub(crate) fn name(text: &str) -> Result<Text<OPERATOR_NAME_BYTES_MAX>, OperatorLineError> {
    let bad = || OperatorLineError::BadName(text.to_owned());
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed.chars().any(char::is_control) {
        return Err(bad());
    }
    Text::new(trimmed.to_owned()).map_err(|_| bad())
}

/// Reads an operator's line.
///
/// # Errors
/// [`OperatorLineError`] with the first thing that is wrong.
pub fn read_operator(line: &str) -> Result<Operator, OperatorLineError> {
    let mut parts = line.split(',');
    let (Some(called), Some(key), Some(consensus)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(OperatorLineError::TooShort);
    };
    let node = match parts.next() {
        Some(first) => Some(node(first, parts)?),
        None => None,
    };
    Ok(Operator {
        key: read_key(key)?,
        name: name(called)?,
        revision: 0,
        consensus: Some(socket(consensus)?),
        node,
    })
}

fn node<'a>(first: &str, rest: impl Iterator<Item = &'a str>) -> Result<Endpoint, OperatorLineError> {
    let bad = |text: &str| OperatorLineError::BadAddress(text.to_owned());
    let (id, address) = first.trim().split_once('@').ok_or_else(|| bad(first))?;
    let id = NodeId(key_bytes(id)?);
    let mut sockets = vec![socket(address)?];
    let mut relay = None;
    for part in rest {
        match part.trim() {
            url if url.starts_with("http://") || url.starts_with("https://") => {
                relay = Some(Text::new(url.to_owned()).map_err(|_| bad(part))?);
            }
            other => sockets.push(socket(other)?),
        }
    }
    Ok(Endpoint {
        id,
        sockets: Bounded::new(sockets).map_err(|_| OperatorLineError::TooManyAddresses)?,
        relay,
    })
}

/// An operator's line.
pub fn write_operator(operator: &Operator) -> String {
    let mut parts = vec![operator.name.as_str().to_owned(), write_key(&operator.key)];
    parts.extend(operator.consensus.map(|socket| socket.0.to_string()));
    if let Some(node) = &operator.node {
        let id = HEXLOWER.encode(node.id.as_bytes());
        for (index, socket) in node.sockets.as_slice().iter().enumerate() {
            parts.push(match index {
                0 => format!("{id}@{}", socket.0),
                _ => socket.0.to_string(),
            });
        }
        parts.extend(node.relay.as_ref().map(|relay| relay.as_str().to_owned()));
    }
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> String {
        write_key(&PublicKey([byte; 32]))
    }

    #[test]
    fn an_operator_survives_the_line() {
        for line in [
            format!("alpha,{},203.0.113.4:7482", key(1)),
            format!("alpha,{},203.0.113.4:7482,{}@203.0.113.4:7480", key(1), key(2)),
            format!(
                "Beta Ltd,{},[2001:db8::1]:7482,{}@[2001:db8::1]:7480,203.0.113.4:7480,https://relay.example/",
                key(1),
                key(2)
            ),
        ] {
            assert_eq!(write_operator(&read_operator(&line).unwrap()), line);
        }
    }

    #[test]
    fn what_is_wrong_with_an_operator_is_said() {
        let read = |line: &str| read_operator(line).unwrap_err();
        assert_eq!(read("alpha"), OperatorLineError::TooShort);
        assert!(matches!(
            read("alpha,abc,1.2.3.4:5"),
            OperatorLineError::BadKey(_)
        ));
        assert!(matches!(
            read(&format!(",{},1.2.3.4:5", key(1))),
            OperatorLineError::BadName(_)
        ));
        for address in ["example.org:7482", "1.2.3.4", "1.2.3.4:0"] {
            let error = read(&format!("alpha,{},{address}", key(1)));
            assert!(matches!(error, OperatorLineError::BadAddress(_)), "{address}");
        }
        assert!(matches!(
            read(&format!("alpha,{},0.0.0.0:7482", key(1))),
            OperatorLineError::Unspecified(_)
        ));
    }
}

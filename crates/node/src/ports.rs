//! Which port a node listens on.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use xchat_net::endpoint::Listen;

/// The same listening with one port in the place of 0: the kept one, or a free one. And whether it is any free one.
pub(crate) fn with_port(listen: &Listen, kept: Option<u16>) -> io::Result<(Listen, bool)> {
    let is_open = match listen {
        Listen::RelayOnly => false,
        Listen::Everywhere { port } => *port == 0,
        Listen::Sockets(sockets) => sockets.iter().any(|socket| socket.port() == 0),
    };
    if !is_open {
        return Ok((listen.clone(), false));
    }
    let port = match kept {
        Some(port) => port,
        None => free_port()?,
    };
    let listen = match listen {
        Listen::Sockets(sockets) => {
            let with_port = |socket: &SocketAddr| match socket.port() {
                0 => SocketAddr::new(socket.ip(), port),
                _ => *socket,
            };
            Listen::Sockets(sockets.iter().map(with_port).collect())
        }
        _ => Listen::Everywhere { port },
    };
    Ok((listen, kept.is_none()))
}

fn free_port() -> io::Result<u16> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    Ok(socket.local_addr()?.port())
}

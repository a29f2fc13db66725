//! Whose program is at the other end of a connection: so that a code that other users of the machine can see is of no
//! use to them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

impl Peer {
    /// Whether a program of this user is there. False where the system doesn't say.
    pub(crate) fn is_own(self, port: u16) -> bool {
        #[cfg(target_os = "linux")]
        {
            let IpAddr::V4(address) = self.0.ip() else {
                return false;
            };
            let table = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
            let ends = [(address, self.0.port()), (Ipv4Addr::LOCALHOST, port)];
            owner(&table, ends) == Some(rustix::process::getuid().as_raw())
        }
        #[cfg(not(target_os = "linux"))]
        {
            let _nobody_says = (port, IpAddr::V4(Ipv4Addr::LOCALHOST));
            false
        }
    }
}

/// The user whose socket has these ends, its own first, by the system's table of connections: proc(5), `/proc/net/tcp`.
#[cfg(any(target_os = "linux", test))]
fn owner(table: &str, ends: [(Ipv4Addr, u16); 2]) -> Option<u32> {
    // Addresses stand as the machine keeps them, ports as numbers.
    let [own, other] = ends.map(|(address, port)| {
        let address = u32::from_ne_bytes(address.octets());
        format!("{address:08X}:{port:04X}")
    });
    table.lines().find_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let is_it = fields.next()? == own && fields.next()? == other;
        is_it.then(|| fields.nth(4)?.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn api_18_the_owner_of_a_connection_is_read_from_the_table() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            \x20  0: 0100007F:1D2E 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0\n\
            \x20  1: 0100007F:1D2E 0100007F:C001 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0\n\
            \x20  2: 0100007F:C001 0100007F:1D2E 01 00000000:00000000 02:000A0000 00000000  1001        0 3 2 0\n\
            \x20  3: short\n";
        let local = Ipv4Addr::LOCALHOST;
        assert_eq!(owner(table, [(local, 0xC001), (local, 0x1D2E)]), Some(1001));
        assert_eq!(owner(table, [(local, 0x1D2E), (local, 0xC001)]), Some(1000));
        assert_eq!(owner(table, [(local, 0xC002), (local, 0x1D2E)]), None);
        assert_eq!(owner("", [(local, 1), (local, 2)]), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn api_18_a_connection_from_this_program_is_own() {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let _client = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        let (_server, peer) = listener.accept().unwrap();
        assert!(Peer(peer).is_own(port));
        assert!(!Peer(SocketAddr::from((Ipv4Addr::LOCALHOST, 1))).is_own(port));
    }
}

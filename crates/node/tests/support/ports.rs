//! Ports for what tests start, stop and start again. Shared by the tests of several crates.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};

/// A port below those that the system gives out by itself, and which no other test is given while this one runs: a lock
/// that ends with the process holds it, also between a stop of what listens there and its next start.
pub(crate) fn free_port() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    static HELD: Mutex<Vec<File>> = Mutex::new(Vec::new());
    let folder = std::env::temp_dir().join("xchat-test-ports");
    std::fs::create_dir_all(&folder).unwrap();
    let first = u16::try_from(std::process::id() % 400).unwrap() * 50;
    loop {
        let port = 10_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let lock = File::create(folder.join(port.to_string())).unwrap();
        if lock.try_lock().is_ok() && TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok() {
            HELD.lock().unwrap().push(lock);
            return address;
        }
    }
}

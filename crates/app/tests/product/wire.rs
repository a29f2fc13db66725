//! Bytes to and from the local interface, exactly as a foe would send them.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use serde_json::Value;

use super::xchat::PATIENCE;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Value,
}

/// Sends bytes and hangs up, and gives all that comes back.
pub(crate) fn raw(port: u16, bytes: &[u8]) -> Vec<u8> {
    exchange(port, bytes, true)
}

/// Sends bytes, and gives all that comes back.
pub(crate) fn patiently(port: u16, bytes: &[u8]) -> Vec<u8> {
    exchange(port, bytes, false)
}

fn exchange(port: u16, bytes: &[u8], hangs_up: bool) -> Vec<u8> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // The other end may have had enough before the last byte.
    let _cut = stream.write_all(bytes);
    if hangs_up {
        let _cut = stream.shutdown(std::net::Shutdown::Write);
    }
    let mut answer = Vec::new();
    let _cut = stream.read_to_end(&mut answer);
    answer
}

/// Asks, with these headers and no others.
pub(crate) fn ask(port: u16, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = format!(
        "{line} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    request.push_str(body);
    let answer = String::from_utf8(exchange(port, request.as_bytes(), false)).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    Answer {
        status,
        head: head.to_lowercase(),
        body: serde_json::from_str(body).unwrap_or(Value::Null),
    }
}

/// Asks as the own page does.
pub(crate) fn ask_with_token(port: u16, line: &str, token: &str, body: &str) -> Answer {
    let host = format!("127.0.0.1:{port}");
    let bearer = format!("Bearer {token}");
    let headers = [
        ("Host", host.as_str()),
        ("Authorization", bearer.as_str()),
        ("Content-Type", "application/json"),
    ];
    ask(port, line, &headers, body)
}

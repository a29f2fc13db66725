//! The network file: what operators mail to each other, so that every node takes part in the same network.
//!
//! People read its head; programs read the body alone, which a checksum protects against what mail does to texts. It
//! holds no secret.

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use thiserror::Error;
use xchat_proto::certificate::quorum;
use xchat_proto::codec::{self, DecodeError};
use xchat_proto::genesis::{Genesis, GenesisError};
use xchat_proto::ids::Hash;
use xchat_proto::limits::COMMITTEE_BYTES_MAX;
use xchat_proto::operator::{NetworkFile, Operator};

/// The first line of the body.
const MARK: &str = "xchat-network-file-2";
const LINE_LETTERS: usize = 64;
const CHECKSUM_BYTES: usize = 4;
/// Longest file, in bytes.
const FILE_BYTES_MAX: usize = 1024 * 1024;

/// Why a text is no network file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NetworkFileError {
    /// Nothing in it looks like one.
    #[error("this is not a network file: the line {MARK} is missing")]
    NotAFile,
    /// A character is wrong or missing.
    #[error("the network file is damaged: copy it again, whole")]
    Damaged,
    /// Undamaged, but not of a form that this version knows.
    #[error("the network file is of another version: {0}")]
    Unreadable(DecodeError),
    /// It makes no network.
    #[error("the network file makes no network: {0}")]
    Genesis(#[from] GenesisError),
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let [a, b, c, d, ..] = Hash::of("xchat v1 network file checksum", &[bytes]).0;
    [a, b, c, d]
}

/// How many of so many validators may fail.
pub fn may_fail(validators: usize) -> usize {
    validators.saturating_sub(quorum(validators))
}

/// The number of a network, by which operators compare that they mean the same.
pub fn network_number(genesis: &Genesis) -> String {
    HEXLOWER.encode(genesis.id().as_bytes())
}

/// The text of a network file.
pub fn write_network_file(file: &NetworkFile) -> String {
    let operators = file.operators.as_slice();
    let mut text = String::from(
        "# X Chat network file. It holds no secret. Every operator starts a node with it:\n\
         #   xchat node --network FILE\n\
         # All operators must see the same number:\n",
    );
    text.push_str(&format!("#   network {}\n", network_number(&file.genesis)));
    text.push_str(&format!(
        "# Validators: {}, of which {} may fail.\n",
        operators.len(),
        may_fail(operators.len())
    ));
    for operator in operators {
        text.push_str(&format!("#   {}\n", describe(operator)));
    }
    text.push_str(MARK);
    text.push('\n');
    let mut bytes = codec::encode(file);
    bytes.extend(checksum(&bytes));
    let body = BASE32_NOPAD.encode(&bytes);
    let mut letters = body.as_str();
    while !letters.is_empty() {
        let (line, rest) = letters.split_at_checked(LINE_LETTERS).unwrap_or((letters, ""));
        text.push_str(line);
        text.push('\n');
        letters = rest;
    }
    text
}

fn describe(operator: &Operator) -> String {
    let mut line = format!(
        "{} {}",
        operator.name.as_str().replace(char::is_control, "?"),
        HEXLOWER.encode(&operator.key.0)
    );
    if let Some(socket) = &operator.consensus {
        line.push_str(&format!(" validates at {}", socket.0));
    }
    line
}

/// Reads a network file.
///
/// # Errors
/// [`NetworkFileError`] with the first thing that is wrong.
pub fn read_network_file(text: &str) -> Result<NetworkFile, NetworkFileError> {
    if text.len() > FILE_BYTES_MAX {
        return Err(NetworkFileError::NotAFile);
    }
    let mut lines = text.lines().map(|line| line.trim().trim_start_matches("> "));
    lines
        .find(|line| *line == MARK)
        .ok_or(NetworkFileError::NotAFile)?;
    let letters: String = lines
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .collect();
    let bytes = BASE32_NOPAD
        .decode(letters.to_ascii_uppercase().as_bytes())
        .map_err(|_| NetworkFileError::Damaged)?;
    let (body, sum) = bytes
        .split_last_chunk::<CHECKSUM_BYTES>()
        .ok_or(NetworkFileError::Damaged)?;
    if *sum != checksum(body) {
        return Err(NetworkFileError::Damaged);
    }
    let file: NetworkFile =
        codec::decode(body, 2 * COMMITTEE_BYTES_MAX).map_err(NetworkFileError::Unreadable)?;
    file.genesis.check()?;
    file.genesis.check_operators(&file.operators)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use xchat_proto::address::Socket;
    use xchat_proto::codec::{Bounded, Text};
    use xchat_proto::genesis::Parameters;
    use xchat_proto::keys::PublicKey;
    use xchat_proto::operator::operators;

    fn file() -> NetworkFile {
        let operator = |number: u8| Operator {
            name: Text::new(format!("operator {number}")).unwrap(),
            consensus: Some(Socket(([192, 0, 2, number], 7482).into())),
            ..Operator::unknown(PublicKey([number; 32]))
        };
        let operators = operators((1..=4).map(operator).collect()).unwrap();
        let genesis = Genesis::new(&operators, Parameters::default(), 7, Hash([9; 32])).unwrap();
        NetworkFile { genesis, operators }
    }

    #[test]
    fn a_network_file_survives_the_mail() {
        let text = write_network_file(&file());
        assert!(text.contains("Validators: 4, of which 1 may fail"), "{text}");
        assert!(text.lines().all(|line| line.len() < 200), "{text}");
        assert_eq!(read_network_file(&text), Ok(file()));
        let quoted: String = text.lines().map(|line| format!("> {line}\r\n")).collect();
        assert_eq!(read_network_file(&format!("Hello,\n{quoted}\n")), Ok(file()));
    }

    #[test]
    fn what_is_wrong_with_a_network_file_is_said() {
        let text = write_network_file(&file());
        assert_eq!(read_network_file("hello"), Err(NetworkFileError::NotAFile));
        let cut = &text[..text.len() - 3];
        assert_eq!(read_network_file(cut), Err(NetworkFileError::Damaged));
        let mut other = file();
        other.operators = Bounded::new(other.operators.as_slice()[1..].to_vec()).unwrap();
        assert_eq!(
            read_network_file(&write_network_file(&other)),
            Err(NetworkFileError::Genesis(GenesisError::OtherOperators))
        );
        let changed = text.replace("operator 1", "somebody");
        assert_eq!(read_network_file(&changed), Ok(file()), "the head is for people");
    }
}

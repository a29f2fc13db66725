//! The directory of a simulated network: the real state machine, certified by one validator's key.

use xchat_directory::store::MemoryStore;
use xchat_directory::{Directory, DirectoryError};
use xchat_proto::certificate::{Certificate, engine_namespace};
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, RejectReason};
use xchat_proto::genesis::Genesis;
use xchat_proto::header::Header;
use xchat_proto::ids::{Hash, NetworkId};
use xchat_proto::keys::SigningKey;
use xchat_proto::record::Operation;

/// How often the network makes a block though nothing has changed, in milliseconds.
const BLOCK_EVERY_MS: u64 = 5_000;
/// What the engine signs a vote to finalise with, after the network's namespace.
const FINALIZE: &[u8] = b"_FINALIZE";

/// A directory that decides at once.
pub struct Book {
    directory: Directory<MemoryStore>,
    validator: SigningKey,
}

/// The certificate by which the only validator of `network` finalises a header, as the engine writes it.
fn certify(network: &NetworkId, validator: &SigningKey, header: &Header) -> Option<Certificate> {
    let (epoch, parent) = (0, header.height.saturating_sub(1));
    let mut proposal = Vec::new();
    for number in [epoch, header.height, parent] {
        varint(&mut proposal, number);
    }
    proposal.extend(header.digest().as_bytes());
    let namespace = [engine_namespace(network).as_slice(), FINALIZE].concat();
    let mut message = Vec::new();
    varint(&mut message, namespace.len() as u64);
    message.extend(namespace);
    message.extend(&proposal);
    let signature = validator.sign(&message);

    let mut bytes = proposal;
    bytes.extend(1_u64.to_be_bytes());
    bytes.push(1);
    varint(&mut bytes, 1);
    bytes.extend(signature.0);
    Certificate::new(bytes).ok()
}

fn varint(bytes: &mut Vec<u8>, number: u64) {
    let mut left = number;
    loop {
        let low = u8::try_from(left & 0x7f).unwrap_or(0);
        left >>= 7;
        if left == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}

impl Book {
    /// The directory of a new network.
    ///
    /// # Errors
    /// [`DirectoryError`] when the genesis makes no network.
    pub fn new(validator: SigningKey, created_ms: u64, salt: Hash) -> Result<Self, DirectoryError> {
        let genesis = Genesis::new(vec![validator.public()], 1, created_ms, salt)?;
        let directory = Directory::open(MemoryStore::default(), genesis)?;
        let mut book = Self { directory, validator };
        book.block(created_ms.saturating_add(1), &[])?;
        Ok(book)
    }

    /// The genesis.
    pub fn genesis(&self) -> &Genesis {
        self.directory.genesis()
    }

    fn block(
        &mut self,
        now_ms: u64,
        operations: &[Operation],
    ) -> Result<Option<RejectReason>, DirectoryError> {
        let parent = self.directory.head().header.clone();
        let time_ms = now_ms.max(parent.time_ms.saturating_add(1));
        let height = parent.height.saturating_add(1);
        let executed = self.directory.execute(&[], height, time_ms, operations)?;
        let refused = executed.outcomes().iter().find_map(|outcome| outcome.err());
        let header = self.directory.header(&parent, time_ms, operations, &executed);
        let network = self.genesis().id();
        let certificate = certify(&network, &self.validator, &header);
        self.directory.commit(&header, certificate, &executed)?;
        Ok(refused)
    }

    /// Answers a request at a time.
    ///
    /// # Errors
    /// [`DirectoryError`] when the directory can't go on, which is a bug.
    pub fn answer(
        &mut self,
        now_ms: u64,
        request: DirectoryRequest,
    ) -> Result<DirectoryReply, DirectoryError> {
        let newest_ms = self.directory.head().header.time_ms;
        if now_ms.saturating_sub(newest_ms) >= BLOCK_EVERY_MS {
            self.block(now_ms, &[])?;
        }
        Ok(match request {
            DirectoryRequest::Genesis => DirectoryReply::Genesis {
                genesis: self.genesis().clone(),
            },
            DirectoryRequest::Lookup { name } => DirectoryReply::Name {
                proof: self.directory.lookup(&name)?,
            },
            DirectoryRequest::Submit { operation } => match self.block(now_ms, &[operation])? {
                None => DirectoryReply::Accepted {
                    height: self.directory.head().header.height,
                },
                Some(reason) => DirectoryReply::Rejected { reason },
            },
            DirectoryRequest::Status => DirectoryReply::Status {
                height: self.directory.head().header.height,
                time_ms: newest_ms,
                validators: 1,
            },
        })
    }
}

//! The tables of blocks and of changes of the validators: how they are written, pruned and read.

use minicbor::{Decode, Decoder};
use xchat_proto::certificate::Certificate;
use xchat_proto::codec::{self, Bounded, DecodeError};
use xchat_proto::directory_wire::FinalBlock;
use xchat_proto::header::Header;
use xchat_proto::light::Handover;
use xchat_proto::limits::{BLOCK_BYTES_MAX, CERTIFICATE_BYTES_MAX};
use xchat_proto::name_proof::Certified;
use xchat_proto::record::Operation;

use crate::error::DirectoryError;
use crate::executed::Executed;
use crate::store::{Table, Write};

/// A block with its certificate, and a handover.
const VALUE_BYTES_MAX: usize = BLOCK_BYTES_MAX + CERTIFICATE_BYTES_MAX + 1024;
/// Most blocks that one commit removes, so that its time is bounded.
const PRUNED_PER_COMMIT_MAX: u64 = 64;

/// The key of a height.
pub(crate) fn key(height: u64) -> [u8; 8] {
    height.to_be_bytes()
}

/// The writes that keep a block that is final, and the change of the validators that it makes.
pub(crate) fn keep(
    header: &Header,
    certificate: Option<&Certificate>,
    executed: &Executed,
    changes_validators: bool,
) -> Result<Vec<Write>, DirectoryError> {
    let operations: Vec<Operation> = executed
        .accepted()
        .iter()
        .map(|checked| checked.operation().clone())
        .collect();
    let block = FinalBlock {
        header: header.clone(),
        operations: Bounded::new(operations)?,
        certificate: certificate.cloned(),
    };
    let mut writes = vec![Write::put(
        Table::Blocks,
        key(header.height),
        codec::encode(&block),
    )];
    if changes_validators {
        let certificate = certificate.ok_or(DirectoryError::UncertifiedHandover(header.height))?;
        let handover = Handover {
            certified: Certified {
                header: header.clone(),
                certificate: certificate.clone(),
            },
            validators: executed.committee().validators(),
        };
        writes.push(put_handover(&handover));
    }
    Ok(writes)
}

pub(crate) fn put_handover(handover: &Handover) -> Write {
    let height = handover.certified.header.height;
    Write::put(Table::Handovers, key(height), codec::encode(handover))
}

/// The writes that remove blocks from `oldest` up to and without `end`, and which block is the oldest then.
pub(crate) fn prune(oldest: u64, end: u64) -> (Vec<Write>, u64) {
    let end = end.clamp(oldest, oldest.saturating_add(PRUNED_PER_COMMIT_MAX));
    let writes = (oldest..end).map(|height| Write::remove(Table::Blocks, key(height)));
    (writes.collect(), end)
}

pub(crate) fn read_block(value: &[u8]) -> Result<FinalBlock, DirectoryError> {
    Ok(codec::decode(value, VALUE_BYTES_MAX)?)
}

pub(crate) fn read_handover(value: &[u8]) -> Result<Handover, DirectoryError> {
    Ok(codec::decode(value, VALUE_BYTES_MAX)?)
}

/// The header and the certificate of a block, without its operations.
pub(crate) fn read_seal(value: &[u8]) -> Result<(Header, Option<Certificate>), DirectoryError> {
    let mut decoder = Decoder::new(value);
    let seal = seal(&mut decoder).map_err(|error| DecodeError::Malformed(error.to_string()))?;
    Ok(seal)
}

fn seal(decoder: &mut Decoder<'_>) -> Result<(Header, Option<Certificate>), minicbor::decode::Error> {
    // As `FinalBlock` is encoded: a certificate that is missing at the end takes no place.
    let fields = decoder.array()?;
    let header = Header::decode(decoder, &mut ())?;
    decoder.skip()?;
    let certificate = if fields == Some(3) {
        Option::<Certificate>::decode(decoder, &mut ())?
    } else {
        None
    };
    Ok((header, certificate))
}

//! Blocks that others have decided on, as a node without a vote takes them.

use thiserror::Error;
use xchat_directory::DirectoryError;
use xchat_proto::directory_wire::FinalBlock;
use xchat_proto::header::operations_hash;
use xchat_proto::light::{LightError, Lineage};
use xchat_proto::limits::HEADERS_MAX;

use crate::block::Block;
use crate::chain::Chain;

/// Why blocks are not taken. All but [`ImportError::Directory`] and [`ImportError::OutOfPlace`] are the fault of who
/// gave them.
#[derive(Debug, Error)]
pub enum ImportError {
    /// They don't begin right above the newest block here, or don't follow each other.
    #[error("block {0} does not follow the one before it")]
    OutOfPlace(u64),
    /// One has no certificate, and nothing near enough above it shows that it is final.
    #[error("block {0} has no certificate, and none follows it")]
    Uncertified(u64),
    /// A certificate is not one by the validators of its epoch.
    #[error("the certificate of block {height}: {error}")]
    Certificate {
        /// The height of the block.
        height: u64,
        /// What is wrong with the certificate.
        error: LightError,
    },
    /// A block's operations are not those of its header.
    #[error("block {0} has the operations of another header")]
    OtherContents(u64),
    /// The block breaks the rules, and a quorum has signed it: this program is too old, or the validators have failed.
    #[error("block {0} is certified and breaks the rules")]
    Invalid(u64),
    /// The directory failed.
    #[error("{0}")]
    Directory(#[from] DirectoryError),
}

/// Verifies and commits blocks, as far as a certificate covers them: one of their own, or where they end without, the
/// one of `above`. What is here already is passed over.
pub(crate) fn import(
    chain: &Chain,
    blocks: &[FinalBlock],
    above: Option<&Lineage>,
) -> Result<u64, ImportError> {
    let mut reader = chain.reader();
    let mut below = reader.head().header.clone();
    let head = below.height;
    let new = blocks.iter().skip_while(|block| block.header.height <= head);
    // What came without a certificate before counts too: all of it has to be provable by the next one.
    let mut bare = reader.uncertified()?;
    let mut run: Vec<&FinalBlock> = Vec::new();
    for block in new {
        let header = &block.header;
        let height = header.height;
        if below.height.checked_add(1) != Some(height) || header.parent != below.digest() {
            return Err(ImportError::OutOfPlace(height));
        }
        if operations_hash(block.operations.as_slice()) != header.operations {
            return Err(ImportError::OtherContents(height));
        }
        below = header.clone();
        run.push(block);
        let Some(certificate) = &block.certificate else {
            bare = bare.saturating_add(1);
            // The last block of an epoch has one in every chain, and so has one of so many.
            if bare > HEADERS_MAX || chain.rules().parameters().ends_epoch(height) {
                return Err(ImportError::Uncertified(height));
            }
            continue;
        };
        let verified = reader.verify(header, certificate);
        verified.map_err(|error| ImportError::Certificate { height, error })?;
        commit(chain, &mut run)?;
        (reader, bare) = (chain.reader(), 0);
    }
    let Some(last) = run.last() else {
        return Ok(below.height);
    };
    let height = last.header.height;
    let Some(above) = above.filter(|above| *above.header() == last.header) else {
        return Err(ImportError::Uncertified(height));
    };
    // The lowest of them is the last block itself.
    if bare.saturating_add(above.below.as_slice().len()) > HEADERS_MAX.saturating_add(1) {
        return Err(ImportError::Uncertified(height));
    }
    let verified = reader.verify_lineage(above);
    verified.map_err(|error| ImportError::Certificate { height, error })?;
    commit(chain, &mut run)?;
    Ok(height)
}

fn commit(chain: &Chain, run: &mut Vec<&FinalBlock>) -> Result<(), ImportError> {
    for block in run.drain(..) {
        let contents = Block {
            header: block.header.clone(),
            operations: block.operations.clone(),
        };
        chain.commit_imported(&contents, block.certificate.clone())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

//! Believing the directory: every answer is verified from the pinned genesis, and never goes back.

use xchat_proto::directory_wire::DirectoryReply;
use xchat_proto::name::Name;
use xchat_proto::name_proof::{Freshness, NameProofError, VerifiedName};

use crate::contacts::ContactError;
use crate::error::MachineError;
use crate::io::{Event, Unreachable};
use crate::machine::step::Step;
use crate::meta::{self, Key};

/// Why there is no verified answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    Unreachable,
    ClockOff,
    Refused(String),
}

impl From<NoAnswer> for ContactError {
    fn from(reason: NoAnswer) -> Self {
        match reason {
            NoAnswer::Unreachable => Self::Unreachable,
            NoAnswer::ClockOff => Self::ClockOff,
            NoAnswer::Refused(why) => Self::ProofRefused(why),
        }
    }
}

impl From<NoAnswer> for crate::account::RegistrationError {
    fn from(reason: NoAnswer) -> Self {
        match reason {
            NoAnswer::Unreachable => Self::Unreachable,
            NoAnswer::ClockOff => Self::ClockOff,
            NoAnswer::Refused(why) => Self::ProofRefused(why),
        }
    }
}

/// Verifies the answer to a lookup, and remembers its height (PRF-05).
pub(crate) fn verify(
    step: &mut Step<'_>,
    name: &Name,
    outcome: Result<DirectoryReply, Unreachable>,
) -> Result<Result<VerifiedName, NoAnswer>, MachineError> {
    let proof = match outcome {
        Ok(DirectoryReply::Name { proof }) => proof,
        Ok(DirectoryReply::Unavailable) | Err(Unreachable) => return Ok(Err(NoAnswer::Unreachable)),
        Ok(_) => {
            return Ok(Err(NoAnswer::Refused(
                "the node answered something else".to_owned(),
            )));
        }
    };
    let genesis = step.genesis()?;
    let height_min = meta::fetch(step.connection, Key::Height)?.unwrap_or(0);
    let network_ms = proof.header.time_ms;
    match proof.verify(&genesis, name, Freshness::first_contact(step.now_ms, height_min)) {
        Ok(verified) => {
            meta::put(step.connection, Key::Height, &verified.height)?;
            Ok(Ok(verified))
        }
        // A running network goes on making blocks: an old one means a wrong clock here as often as a lying node.
        Err(NameProofError::ClockOff { .. } | NameProofError::Stale { .. }) => {
            step.emit(Event::ClockOff { network_ms });
            Ok(Err(NoAnswer::ClockOff))
        }
        Err(error) => Ok(Err(NoAnswer::Refused(error.to_string()))),
    }
}

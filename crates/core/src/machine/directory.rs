//! Believing the directory: every answer is verified from the pinned genesis, and never goes back. What has been
//! verified is kept in the transaction of what it justified.

use rusqlite::Connection;
use xchat_proto::codec;
use xchat_proto::genesis::Genesis;
use xchat_proto::invitation::{GENESIS_BYTES_MAX, NetworkInvitation};
use xchat_proto::light::{Anchor, Evidence, LightClient, LightError, Lineage, verify_certified};
use xchat_proto::limits::DAY_MS;
use xchat_proto::name_proof::{Certified, VerifiedName};

use crate::account::RegistrationError;
use crate::contacts::ContactError;
use crate::directory::{Checked, NodeFault};
use crate::error::MachineError;
use crate::io::Event;
use crate::lookup::LookupError;
use crate::machine::nodes::KnownOperators;
use crate::machine::step::Step;
use crate::meta::{self, Key};
use crate::rows::evidence;

/// How far an honest node may lag behind another, in milliseconds of the blocks' time.
const LAG_MS_MAX: u64 = 60_000;
/// How old what is known of the operators may be, in milliseconds.
const OPERATORS_AGE_MS_MAX: u64 = DAY_MS;

/// Why there is no verified answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    Unreachable,
    ClockOff,
    /// The operators have shown two truths.
    Forked,
    /// Nothing has been seen of the network for too long.
    TrustExpired,
    Refused(String),
}

macro_rules! no_answer {
    ($($error:ident),+) => {
        $(impl From<NoAnswer> for $error {
            fn from(reason: NoAnswer) -> Self {
                match reason {
                    NoAnswer::Unreachable => Self::Unreachable,
                    NoAnswer::ClockOff => Self::ClockOff,
                    NoAnswer::Forked => Self::NetworkForked,
                    NoAnswer::TrustExpired => Self::TrustExpired,
                    NoAnswer::Refused(why) => Self::ProofRefused(why),
                }
            }
        })+
    };
}

no_answer!(ContactError, LookupError, RegistrationError);

/// A verified answer about a name, and how far it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) name: VerifiedName,
    pub(crate) checked: Checked,
}

impl Answered {
    pub(crate) fn parts(&self) -> (&VerifiedName, &Checked) {
        (&self.name, &self.checked)
    }
}

/// What is wrong with an answer.
#[derive(Debug)]
pub(crate) enum Wrong {
    /// The node's doing.
    Fault(NodeFault, String),
    /// It is older than what has been seen, by no more than an honest node lags behind.
    Behind,
    /// It is old, or of the future: the node's doing, or this device's clock.
    Time,
    /// The operators' doing.
    Forked,
    /// This device was away for too long.
    TrustExpired,
}

/// The light client, as it stands.
pub(crate) fn light(step: &Step<'_>) -> Result<LightClient, MachineError> {
    let network = step.network.as_ref();
    let network = network.ok_or(MachineError::ApiMisuse("this profile has joined no network yet"))?;
    light_of(step.connection, network)
}

/// The light client of a network.
pub(crate) fn light_of(
    connection: &Connection,
    network: &NetworkInvitation,
) -> Result<LightClient, MachineError> {
    let genesis: Genesis = codec::decode(network.genesis.as_slice(), GENESIS_BYTES_MAX)?;
    let anchor = match (meta::fetch(connection, Key::Anchor)?, &network.checkpoint) {
        (Some(anchor), _) => anchor,
        (None, Some(checkpoint)) => Anchor::checkpoint(checkpoint),
        (None, None) => Anchor::genesis(&genesis),
    };
    LightClient::new(genesis, anchor).map_err(|error| MachineError::Storage(error.to_string()))
}

/// The height up to which the validators are known.
pub(crate) fn known(step: &Step<'_>) -> Result<u64, MachineError> {
    Ok(light(step)?.anchor().height)
}

/// Verifies an answer with a header of this time, and keeps how far the light client has come by it. An answer that
/// does not hold may have brought a part of the way.
pub(crate) fn believe<T>(
    step: &mut Step<'_>,
    shown_ms: u64,
    verify: impl FnOnce(&mut LightClient, u64) -> Result<T, LightError>,
) -> Result<Result<T, Wrong>, MachineError> {
    let mut light = light(step)?;
    let before = light.anchor().clone();
    let verified = verify(&mut light, step.now_ms);
    if *light.anchor() != before {
        meta::put(step.connection, Key::Anchor, light.anchor())?;
    }
    match verified {
        Ok(value) => Ok(Ok(value)),
        Err(error) => judge(step, &light, shown_ms, error).map(Err),
    }
}

fn judge(
    step: &mut Step<'_>,
    light: &LightClient,
    shown_ms: u64,
    error: LightError,
) -> Result<Wrong, MachineError> {
    let why = error.to_string();
    let newest_ms = light
        .anchor()
        .newest
        .as_ref()
        .map_or(light.anchor().time_ms, |newest| newest.certified.header.time_ms);
    Ok(match error {
        LightError::OtherNetwork => Wrong::Fault(NodeFault::OtherNetwork, why),
        LightError::Certificate(_)
        | LightError::OtherEpoch { .. }
        | LightError::BadHandover
        | LightError::BrokenLineage
        | LightError::Proof(_) => Wrong::Fault(NodeFault::Forged, why),
        LightError::ClockOff { .. } | LightError::Stale { .. } => Wrong::Time,
        LightError::WentBack { .. } if newest_ms.saturating_sub(shown_ms) <= LAG_MS_MAX => Wrong::Behind,
        LightError::WentBack { .. } => Wrong::Fault(NodeFault::Stale, why),
        LightError::Conflict(evidence) => {
            convict(step, &evidence)?;
            Wrong::Forked
        }
        LightError::TrustExpired { seen_ms } => {
            step.emit(Event::TrustExpired { seen_ms });
            Wrong::TrustExpired
        }
    })
}

/// The operators have signed two truths: that is kept for ever, and told.
pub(crate) fn convict(step: &mut Step<'_>, found: &Evidence) -> Result<(), MachineError> {
    let height = found.height();
    if evidence::keep(step.connection, found, step.now_ms)? {
        tracing::warn!(
            height,
            "the network's operators have signed two blocks of one height"
        );
        step.emit(Event::NetworkForked { height });
    }
    Ok(())
}

/// What a node's block says about one that somebody was shown.
pub(crate) enum Opinion {
    /// It is the same.
    Same,
    /// The operators have signed both. That is kept and told.
    Forked,
    /// It can't be compared.
    Unknown,
    /// Nobody has certified it.
    Forged,
}

/// Compares a node's block with the anchor's newest, or with another one that was shown.
pub(crate) fn compare(
    step: &mut Step<'_>,
    mut anchor: Anchor,
    with: Option<&Certified>,
    lineage: &Lineage,
) -> Result<Opinion, MachineError> {
    let genesis = step.genesis()?;
    let parameters = genesis.parameters;
    if let (Some(shown), Some(newest)) = (with, &mut anchor.newest) {
        if verify_certified(&genesis, &genesis.id(), shown, &newest.validators).is_err() {
            // Of an epoch before, or nobody's block: then there is nothing to compare.
            return Ok(Opinion::Unknown);
        }
        newest.certified = shown.clone();
    }
    let height = anchor.seen();
    let light = LightClient::new(genesis, anchor);
    let light = light.map_err(|error| MachineError::Storage(error.to_string()))?;
    match light.confirm(lineage) {
        Ok(()) => Ok(Opinion::Same),
        Err(LightError::Conflict(evidence)) => {
            convict(step, &evidence)?;
            Ok(Opinion::Forked)
        }
        // Certified in an epoch whose validators are not known here yet: that says nothing about the node.
        Err(_) if parameters.epoch_of(lineage.certified.header.height) != parameters.epoch_of(height) => {
            Ok(Opinion::Unknown)
        }
        Err(_) => Ok(Opinion::Forged),
    }
}

/// How far the newest header was checked: by one node so far.
pub(crate) fn checked(light: &LightClient) -> Checked {
    let Some(newest) = &light.anchor().newest else {
        return Checked::default();
    };
    let operators = newest.validators.as_slice().len();
    let certificate = &newest.certified.certificate;
    let signers = certificate.signers(operators).map_or(0, |signers| signers.len());
    Checked {
        block_ms: newest.certified.header.time_ms,
        operators: u32::try_from(operators).unwrap_or(u32::MAX),
        signers: u32::try_from(signers).unwrap_or(u32::MAX),
        asked: 1,
        agreed: 1,
    }
}

/// Whether it is time to ask who the operators are.
pub(crate) fn operators_are_due(step: &Step<'_>) -> Result<bool, MachineError> {
    let Some(known) = KnownOperators::of(step.connection)? else {
        return Ok(true);
    };
    let light = light(step)?;
    let keys = known.operators.as_slice().iter().map(|operator| operator.key);
    let is_same = keys.eq(light.anchor().validators.as_slice().iter().copied());
    let age_ms = step.now_ms.saturating_sub(known.checked_ms);
    Ok(!is_same || age_ms >= OPERATORS_AGE_MS_MAX)
}

//! The network as the user's side may see it, and what it decides about it: proofs of lies, a new invitation to trust.

use rand_core::CryptoRng;
use xchat_proto::codec::{self, Bounded};
use xchat_proto::invitation::NetworkInvitation;
use xchat_proto::light::Anchor;
use xchat_proto::limits::HOMES_MAX;
use xchat_proto::name_proof::Certified;

use crate::directory::{DirectoryView, EvidenceView, OwnRecordChange, TrustError};
use crate::error::MachineError;
use crate::io::ConversationId;
use crate::machine::nodes::{KnownOperators, operator_view};
use crate::machine::step::Step;
use crate::machine::{Machine, directory, inbox, nodes, safety, watch};
use crate::meta::{self, Key};
use crate::rows::conversation::Conversation;
use crate::rows::evidence;

/// How old what is known of somebody's record may be when a conversation with them is opened, in milliseconds.
const OPENED_AGE_MS_MAX: u64 = 10 * 60 * 1000;

impl Machine {
    /// What is known of the network's directory; nothing before a network is joined.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn directory(&self) -> Result<Option<DirectoryView>, MachineError> {
        let Some(network) = &self.network else {
            return Ok(None);
        };
        let light = directory::light_of(&self.connection, network)?;
        let (genesis, anchor) = (light.genesis(), light.anchor());
        let operators = KnownOperators::of(&self.connection)?;
        let keys = anchor.validators.as_slice().iter();
        let trust_ms = genesis.parameters.trust_ms;
        Ok(Some(DirectoryView {
            height: anchor.seen(),
            time_ms: anchor
                .newest
                .as_ref()
                .map_or(anchor.time_ms, |newest| newest.certified.header.time_ms),
            trusted_until_ms: (trust_ms != 0).then(|| anchor.time_ms.saturating_add(trust_ms)),
            operators: keys.map(|key| operator_view(operators.as_ref(), key)).collect(),
            nodes: nodes::views(&self.connection, Some(network), &self.live.silent)?,
        }))
    }

    /// Proofs that the network's operators have shown two truths, the oldest first.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn evidence(&self) -> Result<Vec<EvidenceView>, MachineError> {
        let operators = KnownOperators::of(&self.connection)?;
        let all = evidence::all(&self.connection)?;
        Ok(all.iter().map(|found| view(found, operators.as_ref())).collect())
    }

    /// The user has seen the proofs: new people may be looked up again.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn acknowledge_evidence(&mut self, now_ms: u64, rng: &mut dyn CryptoRng) -> Result<(), MachineError> {
        self.step(now_ms, rng, |step| {
            evidence::acknowledge(step.connection)?;
            inbox::check_unchecked(step)
        })
    }

    /// A change of the own record that this device did not make, until it is acknowledged.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn own_record_change(&self) -> Result<Option<OwnRecordChange>, MachineError> {
        watch::own_change(&self.connection)
    }

    /// The user has seen the change of the own record.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn acknowledge_own_record_change(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), MachineError> {
        self.step(now_ms, rng, |step| watch::acknowledge(step))
    }

    /// The user opens a conversation: the other person's record is asked for, unless it was lately.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn open_conversation(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        conversation: ConversationId,
    ) -> Result<(), MachineError> {
        self.step(now_ms, rng, |step| {
            let own = step.account()?.id();
            match Conversation::by_id(step.connection, conversation)? {
                Some(found) if !found.is_note(&own) => {
                    safety::ask_directory(step, &found.peer, OPENED_AGE_MS_MAX)
                }
                _ => Ok(()),
            }
        })
    }

    /// Takes who decides by now from an invitation of the joined network, after this device has not seen it for too
    /// long. Whoever made the invitation is believed in this.
    ///
    /// # Errors
    /// [`TrustError`] when it is of no use.
    pub fn renew_trust(
        &mut self,
        now_ms: u64,
        rng: &mut dyn CryptoRng,
        invitation: &NetworkInvitation,
    ) -> Result<(), TrustError> {
        self.step(now_ms, rng, |step| renew_trust(step, invitation))
    }

    /// The invitation into the network for others: where its nodes are, and who decides by now, where the genesis
    /// doesn't tell. What pays for a registration is not handed on.
    ///
    /// # Errors
    /// [`MachineError`] when the database fails.
    pub fn invitation(&self) -> Result<Option<NetworkInvitation>, MachineError> {
        let Some(network) = &self.network else {
            return Ok(None);
        };
        let light = directory::light_of(&self.connection, network)?;
        let (genesis, anchor) = (light.genesis(), light.anchor());
        let is_told = genesis.parameters.trust_ms == 0 && genesis.validators == anchor.validators;
        let from = self.account.as_ref().and_then(|account| account.name.clone());
        Ok(Some(NetworkInvitation {
            from: from.or_else(|| network.from.clone()),
            checkpoint: (!is_told && anchor.height > 0).then(|| anchor.to_checkpoint()),
            pass: None,
            ..network.clone()
        }))
    }
}

fn view(found: &evidence::Found, operators: Option<&KnownOperators>) -> EvidenceView {
    let proof = &found.evidence;
    let keys = proof.validators.as_slice();
    let places = |side: &Certified| side.certificate.signers(keys.len()).unwrap_or_default();
    let others = places(&proof.other.certified);
    let both = places(&proof.one)
        .into_iter()
        .filter(|place| others.contains(place));
    EvidenceView {
        height: proof.height(),
        headers: proof.digests(),
        signers: both
            .filter_map(|place| keys.get(place))
            .map(|key| operator_view(operators, key))
            .collect(),
        found_ms: found.found_ms,
        is_acknowledged: found.is_acknowledged,
        proof: codec::encode(proof),
    }
}

fn renew_trust(step: &mut Step<'_>, invitation: &NetworkInvitation) -> Result<(), TrustError> {
    let is_same = step
        .network
        .as_ref()
        .is_some_and(|known| known.genesis == invitation.genesis);
    if !is_same {
        return Err(TrustError::OtherNetwork);
    }
    let light = directory::light(step)?;
    let trust_ms = light.genesis().parameters.trust_ms;
    let is_over = |time_ms: u64| trust_ms != 0 && step.now_ms.saturating_sub(time_ms) > trust_ms;
    if !is_over(light.anchor().time_ms) {
        return Err(TrustError::NotNeeded);
    }
    let Some(checkpoint) = &invitation.checkpoint else {
        return Err(TrustError::NoCheckpoint);
    };
    if is_over(checkpoint.time_ms) || checkpoint.height <= light.anchor().seen() {
        return Err(TrustError::TooOld);
    }
    meta::put(step.connection, Key::Anchor, &Anchor::checkpoint(checkpoint))?;
    learn_nodes(step, invitation)?;
    step.live.watch_at = Some(step.now_ms);
    Ok(())
}

/// Takes the nodes of an invitation to those that are known: the home stays the first.
fn learn_nodes(step: &mut Step<'_>, invitation: &NetworkInvitation) -> Result<(), MachineError> {
    let Some(network) = step.network.as_mut() else {
        return Ok(());
    };
    let mut known = network.nodes.as_slice().to_vec();
    for node in invitation.nodes.as_slice() {
        if known.len() < HOMES_MAX && !known.iter().any(|other| other.id == node.id) {
            known.push(node.clone());
        }
    }
    network.nodes = Bounded::new(known)?;
    meta::put(step.connection, Key::Network, network)
}

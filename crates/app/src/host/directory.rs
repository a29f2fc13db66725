//! The directory as this device knows it: its operators and nodes, proofs of two truths, the own record, giving a
//! name up.

use xchat_client::{EvidenceView, NodeFault, NodeView, OperatorView, OwnRecordChange, RecordPart};

use super::failures::refused;
use super::texts::{parse_link, parse_name};
use super::{Host, hex, twins};
use crate::dto;
use crate::failure::{Failure, Kind};

impl Host {
    /// What is known of the directory.
    pub(crate) async fn directory(&self) -> Result<Option<dto::Directory>, Failure> {
        let view = self.messenger.directory().await.map_err(refused)?;
        Ok(view.map(|view| dto::Directory {
            height: view.height,
            time_ms: view.time_ms,
            trusted_until_ms: view.trusted_until_ms,
            operators: view.operators.iter().map(operator).collect(),
            nodes: view.nodes.iter().map(node).collect(),
        }))
    }

    /// Proofs that the operators have shown two truths.
    pub(crate) async fn evidence(&self) -> Result<Vec<dto::Evidence>, Failure> {
        let found = self.messenger.evidence().await.map_err(refused)?;
        Ok(found.iter().map(evidence).collect())
    }

    /// The owner has seen them.
    pub(crate) async fn acknowledge_evidence(&self) -> Result<(), Failure> {
        self.messenger.acknowledge_evidence().await.map_err(refused)
    }

    /// A change of the own record that was made elsewhere.
    pub(crate) async fn own_record(&self) -> Result<dto::OwnRecord, Failure> {
        let change = self.messenger.own_record_change().await.map_err(refused)?;
        Ok(dto::OwnRecord {
            change: change.as_ref().map(record_change),
        })
    }

    /// The owner has seen it.
    pub(crate) async fn acknowledge_record(&self) -> Result<(), Failure> {
        self.messenger
            .acknowledge_own_record_change()
            .await
            .map_err(refused)
    }

    /// Takes from an invitation who decides by now.
    pub(crate) async fn renew_trust(&self, link: &str) -> Result<(), Failure> {
        self.messenger
            .renew_trust(parse_link(link)?)
            .await
            .map_err(refused)
    }

    /// Gives the name up, if it is this one.
    pub(crate) async fn release(&self, name: &str) -> Result<(), Failure> {
        let name = parse_name(name)?;
        let identity = self.messenger.identity().await.map_err(refused)?;
        let own = identity
            .filter(|identity| identity.registered)
            .and_then(|identity| identity.name);
        match own {
            Some(own) if own == name => self.messenger.release_name().await.map_err(refused),
            Some(own) => Err(Failure::new(
                Kind::Refused,
                "other-name",
                format!("this profile is @{own}, not @{name}"),
            )),
            None => Err(Failure::new(
                Kind::Refused,
                "not-registered",
                "this account has no name to give up",
            )),
        }
    }

    /// A conversation is opened: whether the other person has changed is asked, unless it was lately.
    pub(crate) async fn open_conversation(&self, id: i64) -> Result<(), Failure> {
        let opened = self.messenger.open_conversation(xchat_client::ConversationId(id));
        opened.await.map_err(refused)
    }
}

pub(super) fn operator(view: &OperatorView) -> dto::OperatorRef {
    dto::OperatorRef {
        key: hex(&view.key.0),
        name: view.name.clone(),
    }
}

pub(super) fn fault(fault: NodeFault) -> dto::NodeFault {
    match fault {
        NodeFault::Stale => dto::NodeFault::Stale,
        NodeFault::OtherNetwork => dto::NodeFault::OtherNetwork,
        NodeFault::Forged => dto::NodeFault::Forged,
        NodeFault::Foreign => dto::NodeFault::Foreign,
        NodeFault::Untrue => dto::NodeFault::Untrue,
    }
}

/// A node that is asked at need; whether it answers now is not known.
fn node(view: &NodeView) -> dto::Node {
    dto::Node {
        operator: view.operator.as_ref().map(operator),
        faults: view.faults,
        last_fault: view.last_fault.map(|(last, _)| fault(last)),
        reachable: view.is_silent.then_some(false),
        ..twins::node(&view.endpoint)
    }
}

fn evidence(view: &EvidenceView) -> dto::Evidence {
    dto::Evidence {
        height: view.height,
        headers: view.headers.iter().map(|digest| hex(&digest.0)).collect(),
        signers: view.signers.iter().map(operator).collect(),
        found_ms: view.found_ms,
        is_acknowledged: view.is_acknowledged,
        proof: hex(&view.proof),
    }
}

pub(super) fn record_change(change: &OwnRecordChange) -> dto::RecordChange {
    let part = |part: &RecordPart| match part {
        RecordPart::IdentityKey => dto::RecordPart::IdentityKey,
        RecordPart::Devices => dto::RecordPart::Devices,
        RecordPart::Inbox => dto::RecordPart::Inbox,
        RecordPart::Released => dto::RecordPart::Released,
        RecordPart::Lapsed => dto::RecordPart::Lapsed,
        RecordPart::Account => dto::RecordPart::Account,
    };
    dto::RecordChange {
        parts: change.parts.iter().map(part).collect(),
        sequence: change.sequence,
        height: change.height,
        noticed_ms: change.noticed_ms,
    }
}

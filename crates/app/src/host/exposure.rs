//! What others could know about this account.

use xchat_client::{
    Exposure, Lanes, LogExposure, LogRole, NodeExposure, NodeId, Record, Sample, Tally, sealed_bytes,
};

use super::directory::operator;
use super::failures::refused;
use super::{Host, hex};
use crate::dto;
use crate::failure::Failure;

impl Host {
    /// What others could know about this account.
    pub(crate) async fn exposure(&self) -> Result<dto::Exposure, Failure> {
        let exposure = self.messenger.exposure().await.map_err(refused)?;
        // Without a network nobody sees anything.
        let lanes = self.messenger.lanes().await.ok();
        Ok(told(&exposure, lanes.as_ref()))
    }
}

fn told(exposure: &Exposure, lanes: Option<&Lanes>) -> dto::Exposure {
    dto::Exposure {
        since_ms: exposure.since_ms,
        record: exposure
            .record
            .as_ref()
            .map(|record| public(record, exposure.record_bytes)),
        lanes: lanes.map(|lanes| dto::Lanes {
            inbox: id(&lanes.inbox),
            conversations: id(&lanes.conversations),
            directory: id(&lanes.directory),
        }),
        nodes: exposure.nodes.iter().map(node).collect(),
    }
}

fn id(node: &NodeId) -> String {
    hex(node.as_bytes())
}

fn public(record: &Record, bytes: u64) -> dto::PublicRecord {
    dto::PublicRecord {
        username: record.name.as_str().to_owned(),
        account: hex(record.account.as_bytes()),
        sequence: record.sequence,
        devices: hex(record.devices.as_bytes()),
        inbox: hex(record.inbox.log.as_bytes()),
        homes: record
            .inbox
            .homes
            .as_slice()
            .iter()
            .map(|home| id(&home.id))
            .collect(),
        bytes,
    }
}

fn node(node: &NodeExposure) -> dto::NodeExposure {
    let names = node.names.iter().map(|asked| dto::NameAsked {
        username: asked.name.as_str().to_owned(),
        tally: tally(asked.tally),
    });
    let sockets = node.endpoint.sockets.as_slice().iter();
    dto::NodeExposure {
        id: id(&node.endpoint.id),
        sockets: sockets.map(|socket| socket.0.to_string()).collect(),
        relay: node
            .endpoint
            .relay
            .as_ref()
            .map(|relay| relay.as_str().to_owned()),
        operator: node.operator.as_ref().map(operator),
        logs: node.logs.iter().map(log).collect(),
        names: names.collect(),
        changes: tally(node.changes),
        blocks: tally(node.blocks),
    }
}

fn log(log: &LogExposure) -> dto::LogExposure {
    let (role, conversation) = match log.role {
        LogRole::Inbox => (dto::LogRole::Inbox, None),
        LogRole::Conversation(conversation) => (dto::LogRole::Conversation, Some(conversation.0)),
        LogRole::Foreign => (dto::LogRole::Foreign, None),
    };
    let files = log.files.iter().map(|(address, bytes)| dto::SealedFile {
        address: hex(address.as_bytes()),
        bytes: sealed_bytes(*bytes),
    });
    dto::LogExposure {
        log: hex(log.log.as_bytes()),
        role,
        conversation,
        epoch: log.epoch,
        capability: log.capability.map(|key| hex(&key.0)),
        entries: log.entries,
        entry_bytes: log.entry_bytes,
        files: files.collect(),
        appended: tally(log.appended),
        signs: tally(log.signs),
        asked: tally(log.asked),
        sample: log.sample.as_ref().map(sample),
    }
}

fn tally(tally: Tally) -> dto::Tally {
    dto::Tally {
        times: tally.times,
        bytes: tally.bytes,
        last_ms: tally.last_ms,
    }
}

fn sample(sample: &Sample) -> dto::Sample {
    dto::Sample {
        at_ms: sample.at_ms,
        bytes: sample.bytes,
        start: hex(&sample.start),
    }
}

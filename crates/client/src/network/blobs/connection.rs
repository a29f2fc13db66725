//! One connection to the blob service of a home, and what was proved on it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use iroh::endpoint::Connection;
use thiserror::Error;
use tokio::time::timeout;
use xchat_core::io::Capability;
use xchat_net::address::{self, AddressError};
use xchat_net::binding::{BindingError, binding};
use xchat_net::close::CloseCode;
use xchat_net::frame::{FrameReader, FrameWriter};
use xchat_proto::address::Endpoint;
use xchat_proto::blob_wire::{BLOB_ALPN, BlobRefusal, BlobReply, BlobRequest};
use xchat_proto::capability::CapabilityClaim;
use xchat_proto::ids::{Hash, LogId, NodeId};
use xchat_proto::signed::Signed;

use super::{ANSWER, Asked, HomeError, answer};

/// How long a home may take to be reached.
const DIAL: Duration = Duration::from_secs(10);

/// Why there is no connection.
#[derive(Debug, Error)]
pub(super) enum DialError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error(transparent)]
    Binding(#[from] BindingError),
    #[error("no answer in time")]
    TimedOut,
    #[error("not reached: {0}")]
    Failed(String),
}

/// A connection. It is closed when this is dropped.
pub(super) struct HomeConnection {
    connection: Connection,
    home: NodeId,
    binding: Hash,
    /// The epochs of logs whose capability the home has accepted.
    proved: Mutex<BTreeSet<(LogId, u64)>>,
}

impl Drop for HomeConnection {
    fn drop(&mut self) {
        self.close(CloseCode::Done);
    }
}

impl HomeConnection {
    pub(super) async fn dial(endpoint: &iroh::Endpoint, home: &Endpoint) -> Result<Self, DialError> {
        let dialled = endpoint.connect(address::dialled(home)?, BLOB_ALPN);
        let connection = timeout(DIAL, dialled).await.map_err(|_| DialError::TimedOut)?;
        let connection = connection.map_err(|error| DialError::Failed(error.to_string()))?;
        Ok(Self {
            binding: binding(&connection)?,
            connection,
            home: home.id,
            proved: Mutex::default(),
        })
    }

    pub(super) fn is_over(&self) -> bool {
        self.connection.close_reason().is_some()
    }

    pub(super) fn close(&self, code: CloseCode) {
        code.close(&self.connection);
    }

    /// Sends requests on a new stream, after the proof of a capability where that is missing. Their answers are what
    /// comes next.
    pub(super) async fn ask(
        &self,
        capability: Option<&Capability>,
        requests: &[BlobRequest],
    ) -> Result<Asked, HomeError> {
        let opened = timeout(ANSWER, self.connection.open_bi()).await;
        let Ok(Ok((send, receive))) = opened else {
            return Err(HomeError::Unreachable);
        };
        let (mut reader, mut writer) = (FrameReader::new(receive), FrameWriter::new(send));
        let proof = capability.filter(|capability| !self.is_proved(capability));
        if let Some(capability) = proof {
            let claim = self.claim(capability)?;
            push(&mut writer, &BlobRequest::Prove { claim })?;
        }
        for request in requests {
            push(&mut writer, request)?;
        }
        let sent = timeout(ANSWER, writer.flush()).await;
        if !matches!(sent, Ok(Ok(()))) {
            return Err(HomeError::Unreachable);
        }
        if let Some(capability) = proof {
            match answer(&mut reader, ANSWER).await {
                Ok(BlobReply::Done) => self.remember(capability),
                Ok(_) => return Err(HomeError::Unreachable),
                Err(error) => {
                    if let HomeError::Refused(BlobRefusal::TooMany) = error {
                        // A new connection begins with none.
                        self.close(CloseCode::Done);
                    }
                    return Err(error);
                }
            }
        }
        Ok((reader, writer))
    }

    fn claim(&self, capability: &Capability) -> Result<Signed<CapabilityClaim>, HomeError> {
        let claim = CapabilityClaim {
            role: capability.role,
            home: self.home,
            log: capability.log,
            epoch: capability.epoch,
            binding: self.binding,
        };
        Signed::new(&claim, &capability.key).map_err(|_| HomeError::Refused(BlobRefusal::NotProved))
    }

    fn is_proved(&self, capability: &Capability) -> bool {
        let proved = self.proved.lock().unwrap_or_else(PoisonError::into_inner);
        proved.contains(&(capability.log, capability.epoch))
    }

    fn remember(&self, capability: &Capability) {
        let mut proved = self.proved.lock().unwrap_or_else(PoisonError::into_inner);
        proved.insert((capability.log, capability.epoch));
    }
}

fn push(writer: &mut FrameWriter, request: &BlobRequest) -> Result<(), HomeError> {
    writer.push(request).map_err(|_| HomeError::Unreachable)
}

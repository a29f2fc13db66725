//! Looking at a network from outside: asks its nodes, and believes what the validators have certified.
//!
//! For operators' commands. NOT its concern: names, and whoever has them.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use thiserror::Error;
use xchat_net::endpoint::{self, BindError, EndpointConfig, Listen, Part};
use xchat_proto::address::Endpoint;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest, NetworkStatus, RejectReason};
use xchat_proto::genesis::{Genesis, GenesisError};
use xchat_proto::header::Header;
use xchat_proto::ids::{NetworkId, NodeId};
use xchat_proto::light::{Anchor, Checkpoint, Freshness, LightClient, LightError};
use xchat_proto::operator::Committee;
use xchat_proto::record::Operation;
use zeroize::Zeroizing;

use crate::asker::{AskError, Asker};
use crate::clock::{self, NoEntropy};

/// Answers of one node that lead to the newest validators, at the most: each brings 16 changes.
const ANSWERS_MAX: usize = 1024;

/// How often, and how many times, it is looked whether a change is there.
const LOOK_PAUSE: Duration = Duration::from_millis(100);
const LOOKS_MAX: usize = 50;

/// Why a network can't be looked at.
#[derive(Debug, Error)]
pub enum ObserveError {
    /// The genesis makes no network.
    #[error("genesis: {0}")]
    Genesis(#[from] GenesisError),
    /// No node is known.
    #[error("no node of the network is known")]
    NoNodes,
    /// No node answers.
    #[error("no node of the network answers")]
    NobodyAnswers,
    /// A node answers, and has nothing to show yet.
    #[error("a node answers, but the network has made no block yet, or the node is still fetching them")]
    NotReady,
    /// A node answers for another network.
    #[error("the node is of another network")]
    OtherNetwork,
    /// A node answers with what the validators never signed.
    #[error("{0}")]
    Light(#[from] LightError),
    /// This machine's network can't be used.
    #[error("{0}")]
    Bind(#[from] BindError),
    /// No key can be made.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

/// Why a change was not made.
#[derive(Debug, Error)]
pub enum SubmitError {
    /// The rules refuse it.
    #[error("{0}")]
    Rejected(RejectReason),
    /// Nobody takes it.
    #[error("no node of the network takes the change")]
    NobodyAnswers,
}

/// What is proved of the network.
#[derive(Debug, Clone)]
pub struct Proved {
    /// The newest header that a node has shown.
    pub header: Header,
    /// The committee after it.
    pub committee: Committee,
}

/// What a node says of itself, or why it says nothing.
pub type Said = Result<NetworkStatus, AskError>;

/// Looks at one network.
#[derive(Debug)]
pub struct Observer {
    asker: Asker,
    endpoint: iroh::Endpoint,
    light: LightClient,
    network: NetworkId,
    nodes: BTreeMap<NodeId, Endpoint>,
}

impl Observer {
    /// Looks at the network of this genesis through these nodes.
    ///
    /// # Errors
    /// [`ObserveError`] when the genesis makes no network, or this machine's network can't be used.
    pub async fn open(
        genesis: Genesis,
        nodes: impl IntoIterator<Item = Endpoint>,
        checkpoint: Option<&Checkpoint>,
    ) -> Result<Self, ObserveError> {
        let network = genesis.id();
        let anchor = Anchor::genesis(&genesis);
        let mut light = LightClient::new(genesis, anchor)?;
        if let Some(checkpoint) = checkpoint {
            light.trust(checkpoint, clock::now_ms());
        }
        let endpoint = endpoint::bind(EndpointConfig {
            seed: Zeroizing::new(clock::random_bytes()?),
            alpns: Vec::new(),
            listen: Listen::Everywhere { port: 0 },
            relays: Vec::new(),
            external: Vec::new(),
            part: Part::Client,
        })
        .await?;
        Ok(Self {
            asker: Asker::new(endpoint.clone()),
            endpoint,
            light,
            network,
            nodes: nodes.into_iter().map(|node| (node.id, node)).collect(),
        })
    }

    /// The genesis.
    pub fn genesis(&self) -> &Genesis {
        self.light.genesis()
    }

    /// The nodes that are known.
    pub fn nodes(&self) -> impl Iterator<Item = &Endpoint> {
        self.nodes.values()
    }

    /// The committee, as the node with the newest proof shows it.
    ///
    /// # Errors
    /// [`ObserveError`] with what is wrong with the first node, when none answers well.
    pub async fn committee(&mut self) -> Result<Proved, ObserveError> {
        let mut newest: Option<Proved> = None;
        let mut first_error = None;
        for node in self.nodes.values().cloned().collect::<Vec<_>>() {
            match self.committee_of(&node).await {
                Ok(proved) => {
                    if newest
                        .as_ref()
                        .is_none_or(|newest| newest.header.height < proved.header.height)
                    {
                        newest = Some(proved);
                    }
                }
                // A node that is behind the others is no error of the network.
                Err(ObserveError::Light(LightError::WentBack { .. })) if newest.is_some() => {}
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        let newest = newest.ok_or_else(|| first_error.unwrap_or(ObserveError::NoNodes))?;
        let known = newest.committee.operators.as_slice().iter();
        self.nodes.extend(known.filter_map(|operator| {
            let node = operator.node.clone()?;
            Some((node.id, node))
        }));
        Ok(newest)
    }

    /// The same as of this height or a later one: who has just changed something waits until a node shows it.
    ///
    /// # Errors
    /// As [`Observer::committee`]; the last answer is given when nobody comes so far in time.
    pub async fn committee_from(&mut self, height: u64) -> Result<Proved, ObserveError> {
        for _ in 0..LOOKS_MAX {
            let proved = self.committee().await?;
            if proved.header.height >= height {
                return Ok(proved);
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        self.committee().await
    }

    async fn committee_of(&mut self, node: &Endpoint) -> Result<Proved, ObserveError> {
        for _ in 0..ANSWERS_MAX {
            let known = self.light.anchor().height;
            let reply = self.asker.ask(node, &DirectoryRequest::Operators { known }).await;
            let (proof, handovers) = match reply {
                Ok(DirectoryReply::Operators { proof, handovers }) => (proof, handovers),
                Ok(DirectoryReply::Unavailable) => return Err(self.why_unavailable(node).await),
                _ => return Err(ObserveError::NobodyAnswers),
            };
            if proof.certified.header.network != self.network {
                return Err(ObserveError::OtherNetwork);
            }
            let now_ms = clock::now_ms();
            let follows = handovers
                .as_slice()
                .last()
                .map_or(known, |last| last.certified.header.height);
            self.light.follow(handovers.as_slice(), now_ms)?;
            let any_age = Freshness {
                now_ms,
                age_ms_max: u64::MAX,
            };
            match self.light.committee(&proof, &[], any_age) {
                Ok(committee) => {
                    return Ok(Proved {
                        header: proof.certified.header,
                        committee,
                    });
                }
                // There were more changes of the validators than one answer holds.
                Err(_) if self.light.anchor().height > known && follows > known => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ObserveError::NobodyAnswers)
    }

    async fn why_unavailable(&self, node: &Endpoint) -> ObserveError {
        match self.asker.ask(node, &DirectoryRequest::Genesis).await {
            Ok(DirectoryReply::Genesis { genesis }) if genesis != *self.genesis() => {
                ObserveError::OtherNetwork
            }
            Ok(_) => ObserveError::NotReady,
            Err(_) => ObserveError::NobodyAnswers,
        }
    }

    /// What each known node says of itself.
    pub async fn statuses(&self) -> Vec<(Endpoint, Said)> {
        let asked = self.nodes.values().map(|node| async {
            let said = match self.asker.ask(node, &DirectoryRequest::Status).await {
                Ok(DirectoryReply::Status { status }) => Ok(status),
                Ok(_) => Err(AskError::Malformed),
                Err(error) => Err(error),
            };
            (node.clone(), said)
        });
        join_all(asked).await
    }

    /// Submits a change to one node after the other, until one takes it. Returns the height of its block.
    ///
    /// # Errors
    /// [`SubmitError`] when the rules refuse it, or nobody takes it.
    pub async fn submit(&self, first: Option<NodeId>, operation: &Operation) -> Result<u64, SubmitError> {
        let own = first.and_then(|id| self.nodes.get(&id));
        let others = self.nodes.values().filter(|node| Some(node.id) != first);
        let request = DirectoryRequest::Submit {
            operation: operation.clone(),
        };
        let mut refused = None;
        for node in own.into_iter().chain(others) {
            match self.asker.ask(node, &request).await {
                Ok(DirectoryReply::Accepted { height }) => return Ok(height),
                Ok(DirectoryReply::Rejected { reason }) if reason.is_temporary() => {
                    refused = Some(reason);
                }
                Ok(DirectoryReply::Rejected { reason }) => return Err(SubmitError::Rejected(reason)),
                _ => {}
            }
        }
        Err(refused.map_or(SubmitError::NobodyAnswers, SubmitError::Rejected))
    }

    /// Closes the connections.
    pub async fn close(self) {
        let Self { asker, endpoint, .. } = self;
        drop(asker);
        endpoint::close(endpoint).await;
    }
}

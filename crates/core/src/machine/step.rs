//! One step: what the work inside a transaction may use.

use openmls::prelude::MlsGroup;
use openmls_rust_crypto::RustCrypto;
use rand_core::CryptoRng;
use rusqlite::Connection;
use xchat_proto::address::Endpoint;
use xchat_proto::capability::Role;
use xchat_proto::codec::{self, Bounded};
use xchat_proto::genesis::Genesis;
use xchat_proto::identity::DeviceChain;
use xchat_proto::invitation::{GENESIS_BYTES_MAX, NetworkInvitation};
use xchat_proto::keys::SigningKey;
use xchat_proto::mailbox_wire::Request;

use crate::account::Account;
use crate::envelope::EpochKeys;
use crate::error::MachineError;
use crate::group::{self, Own};
use crate::io::{Capability, Event, Lane, Output, Price};
use crate::machine::live::{Live, Purpose};
use crate::meta::{self, Key};
use crate::provider::Provider;
use crate::rows::conversation::Conversation;

/// The context of one transaction.
pub(crate) struct Step<'s> {
    pub(crate) connection: &'s Connection,
    pub(crate) crypto: &'s RustCrypto,
    pub(crate) rng: &'s mut dyn CryptoRng,
    pub(crate) now_ms: u64,
    pub(crate) account: &'s mut Option<Account>,
    pub(crate) network: &'s mut Option<NetworkInvitation>,
    pub(crate) live: &'s mut Live,
    pub(crate) outputs: Vec<Output>,
}

/// What a request to a home needs besides itself.
pub(crate) struct Via<'a> {
    pub(crate) home: &'a Endpoint,
    pub(crate) lane: Lane,
    pub(crate) capability: Option<Capability>,
    pub(crate) price: Option<Price>,
}

impl Step<'_> {
    pub(crate) fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }

    pub(crate) fn emit(&mut self, event: Event) {
        self.outputs.push(Output::Event(event));
    }

    pub(crate) fn account(&self) -> Result<&Account, MachineError> {
        self.account
            .as_ref()
            .ok_or(MachineError::ApiMisuse("this profile has no account yet"))
    }

    pub(crate) fn save_account(&self) -> Result<(), MachineError> {
        meta::put(self.connection, Key::Account, self.account()?)
    }

    pub(crate) fn genesis(&self) -> Result<Genesis, MachineError> {
        let network = self
            .network
            .as_ref()
            .ok_or(MachineError::ApiMisuse("this profile has joined no network yet"))?;
        Ok(codec::decode(network.genesis.as_slice(), GENESIS_BYTES_MAX)?)
    }

    /// The homes that new logs get.
    pub(crate) fn own_homes(&self) -> Vec<Endpoint> {
        let nodes = self.network.as_ref().map(|network| network.nodes.as_slice());
        nodes.and_then(<[Endpoint]>::first).cloned().into_iter().collect()
    }

    fn own(&self) -> Result<(DeviceChain, SigningKey), MachineError> {
        let account = self.account()?;
        let chain = account
            .chain()
            .ok_or(MachineError::ApiMisuse("this account has no name yet"))?;
        Ok((chain, account.device_key()))
    }

    /// Runs MLS work with the provider and this device's credential.
    pub(crate) fn mls<T>(
        &mut self,
        work: impl FnOnce(&Provider<'_>, &Own<'_>) -> Result<T, group::GroupError>,
    ) -> Result<Result<T, group::GroupError>, MachineError> {
        let (chain, key) = self.own()?;
        let provider = Provider::new(self.connection, self.crypto, self.rng);
        match work(
            &provider,
            &Own {
                chain: &chain,
                key: &key,
            },
        ) {
            Err(error @ group::GroupError::Storage(_)) => Err(error.into()),
            other => Ok(other),
        }
    }

    /// Runs MLS work on a conversation's group. The group is loaded when it isn't in memory.
    pub(crate) fn with_group<T>(
        &mut self,
        conversation: &Conversation,
        work: impl FnOnce(&Provider<'_>, &Own<'_>, &mut MlsGroup) -> Result<T, group::GroupError>,
    ) -> Result<Result<T, group::GroupError>, MachineError> {
        let cached = self.live.groups.remove(&conversation.id);
        let (chain, key) = self.own()?;
        let provider = Provider::new(self.connection, self.crypto, self.rng);
        let mut group = match cached {
            Some(group) => group,
            None => group::load(&provider, &conversation.log)?
                .ok_or_else(|| MachineError::Bug("a conversation without its group".to_owned()))?,
        };
        let result = work(
            &provider,
            &Own {
                chain: &chain,
                key: &key,
            },
            &mut group,
        );
        if let Err(error @ group::GroupError::Storage(_)) = result {
            return Err(error.into());
        }
        self.live.groups.insert(conversation.id, group);
        Ok(result)
    }

    /// The keys of the conversation's present epoch.
    pub(crate) fn keys(&mut self, conversation: &Conversation) -> Result<EpochKeys, MachineError> {
        if let Some(keys) = self.live.keys.get(&conversation.id)
            && keys.epoch == conversation.epoch
        {
            return Ok(keys.clone());
        }
        let crypto = self.crypto;
        let keys = self
            .with_group(conversation, |_, _, group| {
                EpochKeys::of_group(group, crypto).map_err(|error| group::GroupError::Bug(error.to_string()))
            })?
            .map_err(MachineError::from)?;
        self.live.keys.insert(conversation.id, keys.clone());
        Ok(keys)
    }

    /// The capability of the conversation's present epoch.
    pub(crate) fn capability(&mut self, conversation: &Conversation) -> Result<Capability, MachineError> {
        let keys = self.keys(conversation)?;
        Ok(Capability {
            role: Role::Member,
            log: conversation.log,
            epoch: keys.epoch,
            key: keys.capability,
        })
    }

    /// The capability of the own inbox.
    pub(crate) fn inbox_capability(&self) -> Result<Capability, MachineError> {
        let account = self.account()?;
        Ok(Capability {
            role: Role::Owner,
            log: account.inbox,
            epoch: 0,
            key: account.inbox_owner(),
        })
    }

    /// Asks a home.
    pub(crate) fn ask_home(&mut self, purpose: Purpose, via: Via<'_>, request: Request) {
        let tag = self.live.tag(purpose);
        let Via {
            home,
            lane,
            capability,
            price,
        } = via;
        self.outputs.push(Output::Home {
            tag,
            home: home.clone(),
            lane,
            capability,
            price,
            request,
        });
    }
}

/// A list of homes as it travels.
pub(crate) fn homes(list: Vec<Endpoint>) -> crate::rows::conversation::Homes {
    Bounded::new(list).unwrap_or_default()
}

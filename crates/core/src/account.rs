//! The account on this device: its keys, its record, and its registration.

use minicbor::{Decode, Encode};
use thiserror::Error;
use xchat_proto::address::Endpoint;
use xchat_proto::codec::{Blob, Bounded, DecodeError};
use xchat_proto::contact::{DeviceList, InboxKey};
use xchat_proto::identity::{DeviceCertificate, DeviceChain, IdentityLink, account_of};
use xchat_proto::ids::{AccountId, LogId, NetworkId};
use xchat_proto::keys::{PublicKey, SigningKey};
use xchat_proto::limits::{HOMES_MAX, IDENTITY_LINKS_MAX};
use xchat_proto::name::Name;
use xchat_proto::record::{Inbox, Record, Release, part_hash};
use xchat_proto::signed::Signed;
use zeroize::Zeroizing;

use crate::stored_key::StoredKey;

/// The account, as a program may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name, once it is chosen.
    pub name: Option<Name>,
    /// The account.
    pub account: AccountId,
    /// This device.
    pub device: PublicKey,
    /// Whether the directory has finalised the name for this account.
    pub registered: bool,
    /// Whether the name was given up: conversations go on, and nobody new finds this account.
    pub released: bool,
}

/// Why a name could not be registered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RegistrationError {
    /// Somebody has it.
    #[error("the name is taken; choose another one")]
    NameTaken,
    /// Nobody may have it.
    #[error("the name is reserved; choose another one")]
    NameReserved,
    /// It is taken for a name that somebody has.
    #[error("the name looks like @{0}, which is taken; choose another one")]
    NameSimilar(Name),
    /// It was given up, or has lapsed.
    #[error("somebody had the name until lately, and it is nobody's for a while; choose another one")]
    NameResting,
    /// This account had a name and gave it up.
    #[error("this account has given its name up; make a new profile for another one")]
    NameReleased,
    /// No node answers.
    #[error("the network is out of reach; it is tried again by itself")]
    Unreachable,
    /// This device's clock is off.
    #[error("this device's clock is wrong by more than five minutes; set it and try again")]
    ClockOff,
    /// The network's operators have signed two truths, and the user has not seen it yet.
    #[error(
        "the operators of this network have shown different people different things; look at the warning first"
    )]
    NetworkForked,
    /// Nothing has been seen of the network for too long.
    #[error(
        "this device has not seen the network for too long to tell who runs it now; ask somebody in the network for a \
         new invitation, and open it here"
    )]
    TrustExpired,
    /// The directory's answer is not believed.
    #[error("the directory's answer does not hold: {0}")]
    ProofRefused(String),
    /// The directory refuses for another reason.
    #[error("the directory refuses: {0}")]
    Refused(String),
    /// This profile has joined no network.
    #[error("this profile has joined no network yet")]
    NoNetwork,
    /// This profile has no account.
    #[error("this profile has no account yet")]
    NoAccount,
    /// This account has a name.
    #[error("this account has a name already")]
    AlreadyRegistered,
    /// Nobody has the name that is to be brought back.
    #[error("nobody has this name; check its spelling")]
    UnknownName,
    /// The name belongs to another phrase.
    #[error("this name does not belong to these words")]
    OtherPhrase,
    /// The profile can't be written.
    #[error("{0}")]
    Storage(String),
}

impl RegistrationError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NameTaken => "name-taken",
            Self::NameReserved => "name-reserved",
            Self::NameSimilar(_) => "name-similar",
            Self::NameResting => "name-resting",
            Self::NameReleased => "name-released",
            Self::Unreachable => "unreachable",
            Self::ClockOff => "clock-off",
            Self::NetworkForked => "network-forked",
            Self::TrustExpired => "trust-expired",
            Self::ProofRefused(_) => "proof-refused",
            Self::Refused(_) => "refused",
            Self::NoNetwork => "no-network",
            Self::NoAccount => "no-account",
            Self::AlreadyRegistered => "already-registered",
            Self::UnknownName => "unknown-name",
            Self::OtherPhrase => "other-phrase",
            Self::Storage(_) => "storage",
        }
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(self, Self::Unreachable | Self::ClockOff | Self::Storage(_))
    }
}

impl From<crate::error::MachineError> for RegistrationError {
    fn from(error: crate::error::MachineError) -> Self {
        Self::Storage(error.to_string())
    }
}

/// How far a registration has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum Stage {
    /// No name has been chosen.
    #[n(0)]
    Unnamed,
    /// The inbox is to be created, then the record submitted.
    #[n(1)]
    Registering,
    /// The directory has the name for us; card and KeyPackages are to be published.
    #[n(2)]
    Registered,
    /// The name was given up. Conversations go on.
    #[n(3)]
    Released,
}

/// The account as stored. It holds what a device may hold: the present identity key, and no phrase.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Account {
    #[n(0)]
    pub(crate) links: Bounded<Signed<IdentityLink>, IDENTITY_LINKS_MAX>,
    #[n(1)]
    identity_key: StoredKey,
    #[n(2)]
    device_key: StoredKey,
    #[n(3)]
    pub(crate) certificate: Signed<DeviceCertificate>,
    #[n(4)]
    pub(crate) inbox: LogId,
    #[n(5)]
    inbox_owner: StoredKey,
    #[n(6)]
    endpoint_key: StoredKey,
    /// The public half of the backup key pair, which the phrase alone opens.
    #[n(7)]
    pub(crate) backup_public: Blob<2048>,
    #[n(8)]
    pub(crate) inbox_key: InboxKey,
    #[n(9)]
    pub(crate) name: Option<Name>,
    #[n(10)]
    pub(crate) stage: Stage,
    #[n(11)]
    pub(crate) record: Option<Signed<Record>>,
    #[n(12)]
    pub(crate) homes: Bounded<Endpoint, HOMES_MAX>,
    #[n(13)]
    pub(crate) published: bool,
    /// A newer inbox key and the record that names it, until that record is final.
    #[n(14)]
    pub(crate) next: Option<NextInboxKey>,
    /// The word that gives the name up, until that is final.
    #[n(15)]
    pub(crate) release: Option<Signed<Release>>,
    /// The home has not the card yet that belongs to the record.
    #[n(16)]
    pub(crate) owes_card: Option<bool>,
}

/// An inbox key on its way into the directory.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(array)]
pub(crate) struct NextInboxKey {
    #[n(0)]
    pub(crate) key: InboxKey,
    #[n(1)]
    pub(crate) record: Signed<Record>,
}

/// The seeds of a new device.
pub(crate) struct Seeds {
    pub(crate) identity: Zeroizing<[u8; 32]>,
    pub(crate) device: Zeroizing<[u8; 32]>,
    pub(crate) inbox: Zeroizing<[u8; 32]>,
    pub(crate) endpoint: Zeroizing<[u8; 32]>,
}

impl Account {
    /// A new device of the account with these links.
    pub(crate) fn new(
        links: Vec<Signed<IdentityLink>>,
        seeds: &Seeds,
        inbox_key: InboxKey,
        backup_public: Vec<u8>,
        now_ms: u64,
    ) -> Result<Self, DecodeError> {
        let identity = SigningKey::from_seed(&seeds.identity);
        let device = SigningKey::from_seed(&seeds.device);
        let newest = links.len().saturating_sub(1);
        let account = links.first().map_or(AccountId([0; 32]), account_of);
        let certificate = DeviceCertificate {
            account,
            identity_number: u32::try_from(newest).unwrap_or(u32::MAX),
            device: device.public(),
            created_ms: now_ms,
        };
        Ok(Self {
            certificate: Signed::new(&certificate, &identity)?,
            links: Bounded::new(links)?,
            identity_key: StoredKey(identity),
            device_key: StoredKey(device),
            inbox: inbox_key.log,
            inbox_owner: StoredKey(SigningKey::from_seed(&seeds.inbox)),
            endpoint_key: StoredKey(SigningKey::from_seed(&seeds.endpoint)),
            backup_public: Blob::new(backup_public)?,
            inbox_key,
            name: None,
            stage: Stage::Unnamed,
            record: None,
            homes: Bounded::default(),
            published: false,
            next: None,
            release: None,
            owes_card: None,
        })
    }

    pub(crate) fn id(&self) -> AccountId {
        self.links
            .as_slice()
            .first()
            .map_or(AccountId([0; 32]), account_of)
    }

    pub(crate) fn device_key(&self) -> SigningKey {
        self.device_key.0.clone()
    }

    pub(crate) fn inbox_owner(&self) -> SigningKey {
        self.inbox_owner.0.clone()
    }

    pub(crate) fn endpoint_seed(&self) -> Zeroizing<[u8; 32]> {
        self.endpoint_key.0.seed()
    }

    pub(crate) fn device_list(&self) -> Result<DeviceList, DecodeError> {
        Ok(DeviceList {
            devices: Bounded::new(vec![self.certificate.clone()])?,
        })
    }

    /// Gives this device a new key, certified like the one before.
    pub(crate) fn replace_device(&mut self, seed: &[u8; 32], now_ms: u64) -> Result<(), DecodeError> {
        let newest = self.links.as_slice().len().saturating_sub(1);
        let device = SigningKey::from_seed(seed);
        let certificate = DeviceCertificate {
            account: self.id(),
            identity_number: u32::try_from(newest).unwrap_or(u32::MAX),
            device: device.public(),
            created_ms: now_ms,
        };
        self.certificate = Signed::new(&certificate, &self.identity_key.0)?;
        self.device_key = StoredKey(device);
        Ok(())
    }

    /// The chain that every leaf of this device carries.
    pub(crate) fn chain(&self) -> Option<DeviceChain> {
        let name = self.name.clone()?;
        Some(DeviceChain {
            name,
            links: self.links.clone(),
            device: self.certificate.clone(),
        })
    }

    /// The record of this account under `name`.
    pub(crate) fn record(
        &self,
        network: NetworkId,
        name: Name,
        sequence: u64,
        inbox_key: &InboxKey,
    ) -> Result<Signed<Record>, DecodeError> {
        let identity = self.links.as_slice().last().cloned();
        let identity =
            identity.ok_or_else(|| DecodeError::Malformed("an account without identity".to_owned()))?;
        let record = Record {
            network,
            name,
            account: self.id(),
            identity,
            devices: part_hash(&self.device_list()?),
            inbox: Inbox {
                homes: self.homes.clone(),
                log: self.inbox,
                key: part_hash(inbox_key),
            },
            sequence,
        };
        Signed::new(&record, &self.identity_key.0)
    }

    /// The word that gives the name of a record up.
    pub(crate) fn release(&self, record: &Record) -> Result<Signed<Release>, DecodeError> {
        let release = Release {
            network: record.network,
            name: record.name.clone(),
            sequence: record.sequence.saturating_add(1),
        };
        Signed::new(&release, &self.identity_key.0)
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity {
            name: self.name.clone(),
            account: self.id(),
            device: self.device_key().public(),
            registered: self.stage == Stage::Registered,
            released: self.stage == Stage::Released,
        }
    }
}

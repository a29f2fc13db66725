//! Random histories, honest and dishonest, against a model that knows the rules in another way: as plain facts about
//! who did what, without keys or hashes.

use proptest::prelude::*;

use super::*;

/// What somebody tries.
#[derive(Debug, Clone)]
struct Attempt {
    kind: Kind,
    name: u8,
    /// Whose account the record names.
    account: u8,
    /// Whose identity link it carries, and which.
    identity: (u8, u32),
    /// Whose key signs it, and which.
    signer: (u8, u32),
    sequence: u64,
    paid: bool,
    this_network: bool,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Register,
    Update,
    Rotate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Owner {
    account: u8,
    number: u32,
    sequence: u64,
}

#[derive(Default)]
struct Model(BTreeMap<u8, Owner>);

impl Model {
    fn judge(&mut self, attempt: &Attempt) -> Result<(), RejectReason> {
        match (attempt.kind, self.0.get(&attempt.name)) {
            (Kind::Register, Some(_)) => return Err(RejectReason::NameTaken),
            (Kind::Register, None) if attempt.sequence != 0 => return Err(RejectReason::NotFirst),
            (Kind::Register, None) if !attempt.paid => return Err(RejectReason::BadWork),
            (Kind::Register, None) => {}
            (_, None) => return Err(RejectReason::NotRegistered),
            (_, Some(owner)) if attempt.sequence != owner.sequence + 1 => {
                return Err(RejectReason::BadSequence);
            }
            (_, Some(owner)) if attempt.account != owner.account => return Err(RejectReason::OtherAccount),
            (Kind::Update, Some(owner)) if attempt.identity != (owner.account, owner.number) => {
                return Err(RejectReason::OtherIdentity);
            }
            (Kind::Rotate, Some(owner)) if attempt.identity != (owner.account, owner.number + 1) => {
                return Err(RejectReason::NotCommitted);
            }
            _ => {}
        }
        if attempt.signer != attempt.identity {
            return Err(RejectReason::BadSignature);
        }
        if !attempt.this_network {
            return Err(RejectReason::OtherNetwork);
        }
        if matches!(attempt.kind, Kind::Register) && attempt.identity != (attempt.account, 0) {
            return Err(RejectReason::NotFirst);
        }
        let (number, sequence) = (attempt.identity.1, attempt.sequence);
        self.0.insert(
            attempt.name,
            Owner {
                account: attempt.account,
                number,
                sequence,
            },
        );
        Ok(())
    }

    /// An attempt that would succeed if the name is in the right state, by its owner or else by `person`.
    fn honest(&self, kind: Kind, name: u8, person: u8) -> Attempt {
        let present = self.0.get(&name).copied();
        let account = present.map_or(person, |owner| owner.account);
        let number = match (kind, present) {
            (Kind::Rotate, Some(owner)) => owner.number + 1,
            (Kind::Update, Some(owner)) => owner.number,
            _ => 0,
        };
        let sequence = match kind {
            Kind::Register => 0,
            _ => present.map_or(1, |owner| owner.sequence + 1),
        };
        let identity = (account, number);
        Attempt {
            kind,
            name,
            account,
            identity,
            signer: identity,
            sequence,
            paid: true,
            this_network: true,
        }
    }
}

fn name_of(number: u8) -> Name {
    name(&format!("name_{number}"))
}

fn operation(attempt: &Attempt) -> Operation {
    let record = Record {
        network: if attempt.this_network {
            genesis().id()
        } else {
            NetworkId([0; 32])
        },
        name: name_of(attempt.name),
        account: account_of(&link(attempt.account, 0)),
        identity: link(attempt.identity.0, attempt.identity.1),
        sequence: attempt.sequence,
        ..record(0, 0)
    };
    let record = sign(&record, &key(attempt.signer.0, attempt.signer.1));
    match attempt.kind {
        Kind::Register => {
            let challenge = registration_challenge(&record);
            let work = (0..)
                .map(Work)
                .find(|work| challenge.is_solved_by(*work, BITS) == attempt.paid);
            Operation::Register {
                work: work.unwrap(),
                record,
            }
        }
        Kind::Update => Operation::Update { record },
        Kind::Rotate => Operation::Rotate { record },
    }
}

/// How an honest attempt is spoiled, if at all.
#[derive(Debug, Clone, Copy)]
enum Spoil {
    Nothing,
    Account(u8),
    Identity(u8, u32),
    Signer(u8, u32),
    Sequence(u64),
    Unpaid,
    OtherNetwork,
}

fn spoiled(mut attempt: Attempt, spoil: Spoil) -> Attempt {
    match spoil {
        Spoil::Nothing => {}
        Spoil::Account(person) => attempt.account = person,
        Spoil::Identity(person, number) => {
            attempt.identity = (person, number);
            attempt.signer = (person, number);
        }
        Spoil::Signer(person, number) => attempt.signer = (person, number),
        Spoil::Sequence(sequence) => attempt.sequence = sequence,
        Spoil::Unpaid => attempt.paid = false,
        Spoil::OtherNetwork => attempt.this_network = false,
    }
    attempt
}

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Register), Just(Kind::Update), Just(Kind::Rotate)]
}

fn spoils() -> impl Strategy<Value = Spoil> {
    let spoils = prop_oneof![
        (0..3_u8).prop_map(Spoil::Account),
        (0..3_u8, 0..3_u32).prop_map(|(person, number)| Spoil::Identity(person, number)),
        (0..3_u8, 0..3_u32).prop_map(|(person, number)| Spoil::Signer(person, number)),
        (0..4_u64).prop_map(Spoil::Sequence),
        Just(Spoil::Unpaid),
        Just(Spoil::OtherNetwork),
    ];
    prop_oneof![3 => Just(Spoil::Nothing), 2 => spoils]
}

const NAMES: u8 = 5;

fn all_names_are_proved(directory: &Directory<MemoryStore>, model: &Model) {
    let header = &directory.head().header;
    for number in 0..NAMES {
        let (value, proof) = directory.prove(&name_of(number)).unwrap();
        let key = name_key(&header.network, &name_of(number));
        proof.verify(&header.state_root, &key, value.as_deref()).unwrap();
        let owner = value.map(|value| {
            let stored: StoredRecord = codec::decode(&value, STORED_RECORD_BYTES_MAX).unwrap();
            let record = stored.record.unverified().unwrap();
            let account = (0..3)
                .find(|person| account_of(&link(*person, 0)) == record.account)
                .unwrap();
            let number = record.identity.unverified().unwrap().number;
            Owner {
                account,
                number,
                sequence: record.sequence,
            }
        });
        assert_eq!(owner, model.0.get(&number).copied());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn dir_14_random_histories_end_as_the_model_says_and_every_state_is_proved(
        blocks in prop::collection::vec(
            prop::collection::vec((kinds(), 0..NAMES, 0..3_u8, spoils()), 0..6), 1..12),
    ) {
        let mut directory = directory();
        let mut model = Model::default();
        for (attempts, height) in blocks.into_iter().zip(1..) {
            let mut operations = Vec::new();
            let mut expected = Vec::new();
            for (kind, name, person, spoil) in attempts {
                let attempt = spoiled(model.honest(kind, name, person), spoil);
                operations.push(operation(&attempt));
                expected.push(model.judge(&attempt));
            }
            let executed = directory.apply(NOON_MS + height, height, &operations).unwrap();
            prop_assert_eq!(executed.outcomes(), expected.as_slice());
            prop_assert_eq!(executed.root(), directory.head().header.state_root);
            all_names_are_proved(&directory, &model);
        }
    }
}

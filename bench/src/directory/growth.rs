//! A name book that grows: proofs, look-ups and disk at ten thousand, a hundred thousand, a million names.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use xchat_directory::store::DiskStore;
use xchat_directory::{Checked, Directory};
use xchat_proto::certificate::{Certificate, Proposal};
use xchat_proto::codec;
use xchat_proto::genesis::{Genesis, Parameters};
use xchat_proto::header::Header;
use xchat_proto::ids::Hash;
use xchat_proto::keys::{Signature, SigningKey};
use xchat_proto::light::{Anchor, Freshness, LightClient};
use xchat_proto::name_proof::NameProof;
use xchat_proto::operator::{Operator, operators};

use super::names::{Owner, numbered};
use crate::Plan;
use crate::clock::{Stopwatch, now_ms};
use crate::report::{Figure, Report, Target, float};

/// Names of a block.
const BLOCK: u64 = 1_000;
/// Names that are looked up at each size.
const LOOKUPS: u64 = 2_000;

/// A directory of four validators, whose votes are made here.
struct Book {
    directory: Directory<DiskStore>,
    validators: Vec<SigningKey>,
    owner: Owner,
    names: u64,
    checking: Duration,
    executing: Duration,
}

impl Book {
    fn new(folder: &Path) -> anyhow::Result<Self> {
        let mut validators: Vec<SigningKey> =
            (1..=4).map(|seed| SigningKey::from_seed(&[seed; 32])).collect();
        validators.sort_unstable_by_key(SigningKey::public);
        let list = validators.iter().map(|key| Operator::unknown(key.public()));
        let operators = operators(list.collect())?;
        let parameters = Parameters {
            registration_work_bits: 0,
            registrations_per_hour: u32::MAX,
            ..Parameters::default()
        };
        let genesis = Genesis::new(&operators, parameters, now_ms(), Hash([5; 32]))?;
        Ok(Self {
            directory: Directory::open(DiskStore::open(folder)?, genesis, &operators)?,
            validators,
            owner: Owner::new(9)?,
            names: 0,
            checking: Duration::ZERO,
            executing: Duration::ZERO,
        })
    }

    fn certificate(&self, header: &Header) -> anyhow::Result<Certificate> {
        let genesis = self.directory.genesis();
        let network = genesis.id();
        let proposal = Proposal::of(header, &genesis.parameters);
        let votes: Vec<(usize, Signature)> = self
            .validators
            .iter()
            .take(3)
            .map(|key| proposal.vote(&network, &genesis.validators, key))
            .enumerate()
            .collect();
        Ok(Certificate::from_votes(&proposal, self.validators.len(), &votes)?)
    }

    fn grow(&mut self, names: u64) -> anyhow::Result<()> {
        while self.names < names {
            let last = self.names.saturating_add(BLOCK).min(names);
            let genesis = self.directory.genesis().clone();
            let made = (self.names..last).map(|number| self.owner.registers(&genesis, number));
            let made = made.collect::<anyhow::Result<Vec<_>>>()?;
            let watch = Stopwatch::start();
            let checked = made
                .into_iter()
                .map(|operation| self.directory.rules().check(operation));
            let checked: Vec<Checked> = checked.collect::<Result<_, _>>()?;
            self.checking = self.checking.saturating_add(watch.elapsed());
            let watch = Stopwatch::start();
            let parent = self.directory.head().header.clone();
            let (height, time_ms) = (
                parent.height.saturating_add(1),
                now_ms().max(parent.time_ms.saturating_add(1)),
            );
            let executed = self.directory.execute(&[], height, time_ms, &checked)?;
            anyhow::ensure!(executed.accepted().len() == checked.len(), "a name is refused");
            let header = self.directory.header(&parent, &executed);
            let certificate = self.certificate(&header)?;
            self.directory.commit(&header, Some(certificate), &executed)?;
            self.executing = self.executing.saturating_add(watch.elapsed());
            self.names = last;
        }
        Ok(())
    }
}

fn disk_bytes(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0_u64;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        bytes = bytes.saturating_add(match kind.is_dir() {
            true => disk_bytes(&entry.path())?,
            false => entry.metadata()?.len(),
        });
    }
    Ok(bytes)
}

fn told(names: u64) -> String {
    match names {
        names if names >= 1_000_000 => format!("{}m", names / 1_000_000),
        names => format!("{}k", names / 1_000),
    }
}

pub(crate) fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let folder = plan.folder()?;
    let mut book = Book::new(folder.path())?;
    for names in plan.pick([10_000, 100_000, 1_000_000], [1_000, 2_000, 4_000]) {
        book.grow(names)?;
        look_up(&book, names, report)?;
        let bytes = disk_bytes(folder.path())?;
        let each = float(bytes / names);
        report.add(Figure::new(
            format!("directory.disk_per_name.{}", told(names)),
            "bytes",
            each,
        ))?;
    }
    let each_us = |time: Duration| time.as_secs_f64() * 1e6 / float(book.names);
    report.add(Figure::new(
        "directory.check_of_a_registration",
        "us",
        each_us(book.checking),
    ))?;
    report.add(Figure::new(
        "directory.execution_of_a_registration",
        "us",
        each_us(book.executing),
    ))
}

/// Every look-up is of another name, half of them of names that nobody has.
fn look_up(book: &Book, names: u64, report: &mut Report) -> anyhow::Result<()> {
    let asked =
        (0..LOOKUPS).map(|number| numbered(number.wrapping_mul(names / LOOKUPS.min(names)).wrapping_mul(2)));
    let asked = asked.collect::<anyhow::Result<Vec<_>>>()?;
    let reader = book.directory.reader();
    let watch = Stopwatch::start();
    let proofs = asked.iter().map(|name| reader.lookup(name));
    let proofs: Vec<NameProof> = proofs.collect::<Result<_, _>>()?;
    let served = float(LOOKUPS) / watch.seconds();
    let longest = proofs.iter().map(|proof| codec::encode(proof).len()).max();
    let longest = u64::try_from(longest.context("names were looked up")?)?;

    let genesis = book.directory.genesis().clone();
    let anchor = Anchor::genesis(&genesis);
    let freshness = Freshness::first_contact(now_ms());
    let mut client = LightClient::new(genesis.clone(), anchor.clone())?;
    let first = proofs
        .first()
        .zip(asked.first())
        .context("names were looked up")?;
    client.name(first.0, &[], first.1, freshness)?;
    let watch = Stopwatch::start();
    for (proof, name) in proofs.iter().zip(&asked) {
        client.name(proof, &[], name, freshness)?;
    }
    let cached = watch.seconds() / float(LOOKUPS);
    let watch = Stopwatch::start();
    for (proof, name) in proofs.iter().zip(&asked) {
        LightClient::new(genesis.clone(), anchor.clone())?.name(proof, &[], name, freshness)?;
    }
    let whole = watch.seconds() / float(LOOKUPS);

    let named = |what: &str| format!("directory.{what}.{}", told(names));
    report.add(Figure::new(named("proof"), "bytes", float(longest)).held_to(Target::Below(2560.0)))?;
    report.add(
        Figure::new(named("verify_with_certificate"), "ms", whole * 1000.0).held_to(Target::Below(0.5)),
    )?;
    report.add(
        Figure::new(named("verified_lookups.rate"), "/s", 1.0 / cached).held_to(Target::Above(5_000.0)),
    )?;
    report.add(Figure::new(named("served_lookups.rate"), "/s", served))
}

//! Reading the directory: names and their proofs, the committee, blocks, changes of the validators.
//!
//! A reader sees the directory as it was at an instant. It needs nothing of the writer, and goes on reading while the
//! writer waits for the disk.

use std::sync::Arc;

use xchat_proto::certificate::Certificate;
use xchat_proto::codec::{Blob, Bounded};
use xchat_proto::directory_wire::{FinalBlock, RejectReason};
use xchat_proto::genesis::{Genesis, Validators};
use xchat_proto::header::Header;
use xchat_proto::ids::Hash;
use xchat_proto::light::{Handover, Handovers, LightError, Lineage, verify_certified};
use xchat_proto::limits::{BLOCKS_MAX, HANDOVERS_MAX, HEADERS_MAX};
use xchat_proto::map_proof::{MapProof, committee_key, name_key};
use xchat_proto::name::Name;
use xchat_proto::name_proof::{Certified, CommitteeProof, Entry, MapAnswer, NameProof, StoredRecord};
use xchat_proto::operator::Committee;
use xchat_proto::record::Operation;

use crate::archive;
use crate::ballots;
use crate::error::DirectoryError;
use crate::facts::{Base, Facts, Head};
use crate::map::MapView;
use crate::rules::{Checked, Rules};
use crate::store::{Read, Table};
use crate::transition::{Transition, counting, read_entry};

/// The directory as it was at an instant. A clone is cheap.
#[derive(Clone)]
pub struct Reader<R> {
    pub(crate) store: R,
    pub(crate) facts: Arc<Facts>,
}

impl<R: Read> Reader<R> {
    /// The genesis.
    pub fn genesis(&self) -> &Genesis {
        self.facts.rules.genesis()
    }

    /// The rules, for checking operations.
    pub fn rules(&self) -> &Rules {
        &self.facts.rules
    }

    /// The newest committed block.
    pub fn head(&self) -> &Head {
        &self.facts.head
    }

    /// The newest block that a certificate proves, with it.
    pub fn latest(&self) -> Option<&Certified> {
        self.facts.provable.as_ref().map(|provable| &provable.certified)
    }

    /// The committee after the newest committed block.
    pub fn committee(&self) -> &Committee {
        &self.facts.ledger.committee
    }

    /// Whether an approved change of the validators waits for the end of the epoch.
    pub fn has_decided(&self) -> bool {
        ballots::has_decided(self.committee())
    }

    /// What stands at a name's place after the newest committed block.
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn entry(&self, name: &Name) -> Result<Option<Entry>, DirectoryError> {
        let value = self.view(self.facts.head.version).value(&self.place(name))?;
        value.map(|value| read_entry(&value)).transpose()
    }

    /// The record of a name after the newest committed block, when it has one that still counts.
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn record(&self, name: &Name) -> Result<Option<StoredRecord>, DirectoryError> {
        let Some(entry @ Entry::Held(_)) = self.entry(name)? else {
            return Ok(None);
        };
        let now_ms = self.facts.head.header.time_ms;
        let counting = counting(&entry, name, self.facts.rules.parameters(), now_ms)?;
        Ok(counting.map(|_| entry.stored().clone()))
    }

    /// Whether an operation could be made in a block on top of the newest committed one, at this time. What costs much
    /// was checked before.
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn judge(
        &self,
        operation: &Checked,
        time_ms: u64,
    ) -> Result<Result<(), RejectReason>, DirectoryError> {
        let facts = &self.facts;
        let header = &facts.head.header;
        let height = header.height.saturating_add(1);
        let time_ms = time_ms.max(header.time_ms.saturating_add(1));
        let view = self.view(facts.head.version);
        let block = (height, time_ms, header.work_bits);
        Transition::new(&facts.rules, &view, &facts.ledger, block).make(operation)
    }

    /// The height of a block after which the operation stands as made, when it does now: a lost answer can be asked for
    /// again. For an operation on a name it is the block that made it.
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn made(&self, operation: &Checked) -> Result<Option<u64>, DirectoryError> {
        let head = self.facts.head.header.height;
        let entry = match operation.name() {
            Some(name) => self.entry(name)?,
            None => None,
        };
        Ok(match (operation.operation(), entry) {
            (
                Operation::Register { record, .. }
                | Operation::Update { record }
                | Operation::Rotate { record },
                Some(Entry::Held(stored)),
            ) => (stored.record == *record).then_some(stored.height),
            (Operation::Release { release }, Some(Entry::Released { stored, height, .. })) => {
                let released = release.unverified().ok();
                let record = stored.record.unverified().ok();
                let follows = released.zip(record).is_some_and(|(release, record)| {
                    release.name == record.name && record.sequence.checked_add(1) == Some(release.sequence)
                });
                follows.then_some(height)
            }
            (Operation::Describe { description }, _) => {
                let description = description.unverified().ok();
                let operator = description.as_ref().map(|description| &description.operator);
                let present = operator.and_then(|operator| self.committee().operator(&operator.key));
                (present.is_some() && present == operator).then_some(head)
            }
            _ => None,
        })
    }

    /// Like [`made`](Self::made), and a vote is found too while its ballot is open, or when what it wanted has come.
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn stands(&self, operation: &Checked) -> Result<Option<u64>, DirectoryError> {
        let Operation::Vote { vote } = operation.operation() else {
            return self.made(operation);
        };
        let vote = vote.unverified().ok();
        let counts = vote.is_some_and(|vote| ballots::counts(self.committee(), &vote));
        Ok(counts.then_some(self.facts.head.header.height))
    }

    /// What the map holds under a name after the newest committed block, with the map's proof.
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn prove(&self, name: &Name) -> Result<(Option<Vec<u8>>, MapProof), DirectoryError> {
        self.view(self.facts.head.version).prove(&self.place(name))
    }

    /// The whole proof of a name, from the newest certified block.
    ///
    /// # Errors
    /// [`DirectoryError::NothingCertified`] before the first block; otherwise when the store fails.
    pub fn lookup(&self, name: &Name) -> Result<NameProof, DirectoryError> {
        self.answer(&self.place(name))
    }

    /// The whole proof of the committee, from the newest certified block.
    ///
    /// # Errors
    /// [`DirectoryError::NothingCertified`] before the first block; otherwise when the store fails.
    pub fn lookup_committee(&self) -> Result<CommitteeProof, DirectoryError> {
        self.answer(&committee_key(self.facts.rules.network()))
    }

    /// The changes of the validators above a height, the oldest first, as many as one answer takes.
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn handovers(&self, above: u64) -> Result<Handovers, DirectoryError> {
        let mut values: Vec<Vec<u8>> = Vec::new();
        let first = archive::key(above.saturating_add(1));
        self.store.scan(Table::Handovers, &first, &mut |_, value| {
            values.push(value.to_vec());
            values.len() < HANDOVERS_MAX
        })?;
        let handovers = values.iter().map(|value| archive::read_handover(value));
        Ok(Bounded::new(handovers.collect::<Result<Vec<Handover>, _>>()?)?)
    }

    /// Where the changes of the validators begin, when not with the genesis: a block that this node's operator trusted.
    pub fn base(&self) -> Option<&Base> {
        self.facts.base.as_ref()
    }

    /// Whether everybody who has followed the validators up to this height can go on with what is known here. From the
    /// genesis one can too when the same validators decide above the block that was trusted.
    pub fn leads_on(&self, known: u64) -> bool {
        self.facts.base.as_ref().is_none_or(|base| {
            let is_same = base.validators == self.facts.rules.genesis().validators;
            known >= base.height || known == 0 && is_same
        })
    }

    /// Who decided on the block of a height, as far as it is known: those whom the last change before it let in.
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn validators_of(&self, height: u64) -> Result<Validators, DirectoryError> {
        let (mut above, mut validators) = match &self.facts.base {
            Some(base) => (base.height, base.validators.clone()),
            None => (0, self.facts.rules.genesis().validators.clone()),
        };
        loop {
            let handovers = self.handovers(above)?;
            for handover in handovers.as_slice() {
                above = handover.certified.header.height;
                if above >= height {
                    return Ok(validators);
                }
                validators = handover.validators.clone();
            }
            if handovers.as_slice().is_empty() {
                return Ok(validators);
            }
        }
    }

    /// The oldest block that is kept: the first, or above those that were removed.
    pub fn oldest_block(&self) -> u64 {
        self.facts.oldest
    }

    /// Blocks from this height on that follow each other, for as long as their encodings together have no more than so
    /// many bytes; the first is given in any case. None when it is not kept.
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn blocks(&self, from: u64, bytes_max: usize) -> Result<Vec<FinalBlock>, DirectoryError> {
        let mut values: Vec<Vec<u8>> = Vec::new();
        if from < self.facts.oldest {
            return Ok(Vec::new());
        }
        let (mut room, mut height) = (bytes_max, from);
        self.store
            .scan(Table::Blocks, &archive::key(from), &mut |key, value| {
                let fits = room.checked_sub(value.len());
                if key != archive::key(height) || (fits.is_none() && !values.is_empty()) {
                    return false;
                }
                room = fits.unwrap_or(0);
                height = height.saturating_add(1);
                values.push(value.to_vec());
                values.len() < BLOCKS_MAX
            })?;
        values.iter().map(|value| archive::read_block(value)).collect()
    }

    /// Blocks from this height on as others can take them: up to the last that has a certificate. Where none has one,
    /// the next block that has it shows that they are final and is too large to be among them: its header comes along,
    /// and those between.
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn final_blocks(
        &self,
        from: u64,
        bytes_max: usize,
    ) -> Result<(Vec<FinalBlock>, Option<Lineage>), DirectoryError> {
        let mut blocks = self.blocks(from, bytes_max)?;
        if let Some(last) = blocks.iter().rposition(|block| block.certificate.is_some()) {
            blocks.truncate(last.saturating_add(1));
            return Ok((blocks, None));
        }
        let above = match blocks.last() {
            Some(last) => self.lineage(last.header.height)?,
            None => None,
        };
        match above {
            Some(above) => Ok((blocks, Some(above))),
            None => Ok((Vec::new(), None)),
        }
    }

    /// How the block of a height is final: by its own certificate, or that of one above it. None when it is not kept,
    /// or the certificate is too far above or not there yet.
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn lineage(&self, height: u64) -> Result<Option<Lineage>, DirectoryError> {
        let mut below = Vec::new();
        let mut at = height;
        while below.len() <= HEADERS_MAX {
            let Some(value) = self.store.read(Table::Blocks, &archive::key(at))? else {
                return Ok(None);
            };
            let (header, certificate) = archive::read_seal(&value)?;
            if let Some(certificate) = certificate {
                return Ok(match Bounded::new(below) {
                    Ok(below) => Some(Lineage {
                        below,
                        certified: Certified { header, certificate },
                    }),
                    Err(_) => None,
                });
            }
            below.push(header);
            at = at.saturating_add(1);
        }
        Ok(None)
    }

    /// How many of the newest blocks have no certificate of their own yet, as far as they are kept.
    ///
    /// # Errors
    /// [`DirectoryError`] when the store fails.
    pub fn uncertified(&self) -> Result<usize, DirectoryError> {
        let (mut count, mut at) = (0_usize, self.head().header.height);
        while let Some(value) = self.store.read(Table::Blocks, &archive::key(at))? {
            if archive::read_seal(&value)?.1.is_some() {
                break;
            }
            count = count.saturating_add(1);
            at = at.saturating_sub(1);
        }
        Ok(count)
    }

    /// Checks that the lowest header of a lineage is final, above the newest committed one and in its epoch.
    ///
    /// # Errors
    /// [`LightError`] with the first thing that is wrong.
    pub fn verify_lineage(&self, lineage: &Lineage) -> Result<(), LightError> {
        lineage.verify(self.facts.rules.genesis(), &self.committee().validators())
    }

    /// Checks the certificate of a block above the newest committed one that the present validators decide.
    ///
    /// # Errors
    /// [`LightError`] with the first thing that is wrong.
    pub fn verify(&self, header: &Header, certificate: &Certificate) -> Result<(), LightError> {
        let rules = &self.facts.rules;
        let certified = Certified {
            header: header.clone(),
            certificate: certificate.clone(),
        };
        verify_certified(
            rules.genesis(),
            rules.network(),
            &certified,
            &self.committee().validators(),
        )
    }

    fn place(&self, name: &Name) -> Hash {
        name_key(self.facts.rules.network(), name)
    }

    pub(crate) fn view(&self, version: u64) -> MapView<'_, R> {
        MapView {
            store: &self.store,
            pending: Vec::new(),
            version,
        }
    }

    fn answer<const MAX: usize>(&self, key: &Hash) -> Result<MapAnswer<MAX>, DirectoryError> {
        let provable = self.facts.provable.as_ref();
        let provable = provable.ok_or(DirectoryError::NothingCertified)?;
        let (value, proof) = self.view(provable.version).prove(key)?;
        Ok(MapAnswer {
            certified: provable.certified.clone(),
            value: value.map(Blob::new).transpose()?,
            proof,
        })
    }
}

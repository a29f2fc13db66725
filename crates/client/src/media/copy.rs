//! Changes of a file that is too long to be held, made while it is copied.

use xchat_media::Patch;

/// Changes, in the order of their places.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Where zeros begin and end. None overlaps another.
    zeros: Vec<(u64, u64)>,
    writes: Vec<(u64, Vec<u8>)>,
    longest_write: u64,
    cut: u64,
}

impl Changes {
    pub(crate) fn new(patches: Vec<Patch>) -> Self {
        let mut changes = Self {
            cut: u64::MAX,
            ..Self::default()
        };
        for patch in patches {
            match patch {
                Patch::Zeros { at, length } => changes.zeros.push((at, at.saturating_add(length))),
                Patch::Bytes { at, bytes } => {
                    changes.longest_write = changes.longest_write.max(bytes.len() as u64);
                    changes.writes.push((at, bytes));
                }
                Patch::Cut { at } => changes.cut = changes.cut.min(at),
            }
        }
        changes.zeros.sort_unstable();
        changes.writes.sort_by_key(|(at, _)| *at);
        changes
    }

    /// Makes in a piece of the file, which begins at a place, what is to be changed there.
    pub(crate) fn apply(&self, at: u64, piece: &mut Vec<u8>) {
        piece.truncate(place(self.cut.saturating_sub(at)));
        let end = at.saturating_add(piece.len() as u64);
        let first = self.zeros.partition_point(|(_, zeros_end)| *zeros_end <= at);
        for (start, zeros_end) in self
            .zeros
            .iter()
            .skip(first)
            .take_while(|(start, _)| *start < end)
        {
            let within =
                place(start.saturating_sub(at))..place(zeros_end.saturating_sub(at)).min(piece.len());
            if let Some(zeros) = piece.get_mut(within) {
                zeros.fill(0);
            }
        }
        let reaches = |(start, _): &(u64, Vec<u8>)| start.saturating_add(self.longest_write) <= at;
        let first = self.writes.partition_point(reaches);
        for (start, bytes) in self
            .writes
            .iter()
            .skip(first)
            .take_while(|(start, _)| *start < end)
        {
            let from = bytes.iter().skip(place(at.saturating_sub(*start)));
            let to = piece.iter_mut().skip(place(start.saturating_sub(at)));
            to.zip(from).for_each(|(to, from)| *to = *from);
        }
    }
}

fn place(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_the_same_however_the_file_is_cut() {
        let file: Vec<u8> = (1..=200).collect();
        let patches = vec![
            Patch::Zeros { at: 3, length: 7 },
            Patch::Zeros { at: 40, length: 60 },
            Patch::Bytes {
                at: 60,
                bytes: vec![251, 252, 253],
            },
            Patch::Bytes {
                at: 8,
                bytes: vec![254; 40],
            },
            Patch::Bytes {
                at: 120,
                bytes: vec![255; 2],
            },
            Patch::Cut { at: 150 },
        ];
        let mut wanted = file.clone();
        wanted[3..10].fill(0);
        wanted[40..100].fill(0);
        wanted[60..63].copy_from_slice(&[251, 252, 253]);
        wanted[8..48].fill(254);
        wanted[120..122].fill(255);
        wanted.truncate(150);
        let changes = Changes::new(patches);
        for length in 1..=file.len() {
            let mut copy = Vec::new();
            for (number, piece) in file.chunks(length).enumerate() {
                let mut piece = piece.to_vec();
                changes.apply((number * length) as u64, &mut piece);
                copy.extend(piece);
            }
            assert_eq!(copy, wanted, "in pieces of {length}");
        }
    }

    #[test]
    fn without_changes_a_file_stays_as_it_is() {
        let mut piece = vec![1, 2, 3];
        Changes::new(Vec::new()).apply(u64::MAX - 3, &mut piece);
        assert_eq!(piece, [1, 2, 3]);
    }
}

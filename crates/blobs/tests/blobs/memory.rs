//! Memory doesn't grow with a file.

use std::io::{self, Read};
use std::ops::ControlFlow;

use xchat_blobs::limits::PIECE_BYTES;
use xchat_blobs::{Groups, Imported};

use crate::support::{Disk, NAME, key};

/// A file that nobody has in memory: the number of each eight bytes.
struct Numbers {
    next: u64,
    end: u64,
}

impl Read for Numbers {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        for bytes in buffer.chunks_exact_mut(8).take((self.end - self.next) as usize) {
            bytes.copy_from_slice(&self.next.to_le_bytes());
            self.next += 1;
            count += 8;
        }
        Ok(count)
    }
}

/// The most memory that this process has had, in bytes; none where nobody tells.
fn peak_bytes() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim()
        .strip_suffix(" kB")?
        .parse()
        .ok()
        .map(|kilobytes: usize| kilobytes * 1024)
}

#[test]
fn blb_08_memory_does_not_grow_with_the_file() {
    const BYTES: u64 = 256 << 20;
    /// Of a file of 256 MiB, less than a tenth; what an allocator keeps is in it.
    const GROWTH_MAX: usize = 16 << 20;

    let before = peak_bytes();
    let (ours, theirs) = (Disk::new(), Disk::new());
    let numbers = Numbers {
        next: 0,
        end: BYTES / 8,
    };
    let mut told = 0;
    let imported = ours.store.import(NAME, &key(1), numbers, |bytes| {
        told = bytes;
        ControlFlow::Continue(())
    });
    let Imported {
        hash,
        size,
        plain_bytes,
    } = imported.unwrap();
    assert_eq!((told, plain_bytes), (BYTES, BYTES));

    let (from, to) = (
        ours.store.open(NAME, hash, size).unwrap(),
        theirs.store.create(NAME, hash, size).unwrap(),
    );
    let mut receiving = to.receive(&Groups::all());
    for piece in from.serve(&Groups::all()) {
        let piece = piece.unwrap();
        assert!(piece.len() < 2 * PIECE_BYTES);
        receiving.push(&piece).unwrap();
    }
    receiving.finish().unwrap();
    assert!(to.missing(&Groups::all()).unwrap().is_empty());

    let mut expected = Numbers {
        next: 0,
        end: BYTES / 8,
    };
    let mut buffer = vec![0; 65_520];
    for piece in to.read_plain(&key(1), BYTES, 0..BYTES).unwrap() {
        let piece = piece.unwrap();
        let count = expected.read(&mut buffer[..piece.len()]).unwrap();
        assert!(piece == buffer[..count]);
    }
    assert_eq!(expected.next, expected.end);
    if let (Some(before), Some(after)) = (before, peak_bytes()) {
        assert!(after - before < GROWTH_MAX, "{} bytes more", after - before);
    }
}

//! The disk, without us.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::clock::Stopwatch;
use crate::sample::Sample;

/// The bytes of one record: as many as an envelope.
const RECORD: [u8; 1024] = [0xa5; 1024];

/// Commits of one 1 KiB row to a plain SQLite database: WAL, synchronous = FULL.
pub(crate) fn sqlite_commits(folder: &Path, count: usize) -> anyhow::Result<Sample> {
    let connection = rusqlite::Connection::open(folder.join("raw.db"))?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (id INTEGER PRIMARY KEY, value BLOB);",
    )?;
    let mut insert = connection.prepare("INSERT INTO row (value) VALUES (?1)")?;
    let mut sample = Sample::default();
    for _ in 0..count {
        let watch = Stopwatch::start();
        insert.execute([RECORD.as_slice()])?;
        sample.add(watch.elapsed());
    }
    Ok(sample)
}

/// Appends of one 1 KiB record to a file, each with its fdatasync.
pub(crate) fn file_appends(folder: &Path, count: usize) -> anyhow::Result<Sample> {
    let mut file = File::create(folder.join("raw.log"))?;
    let mut sample = Sample::default();
    for _ in 0..count {
        let watch = Stopwatch::start();
        file.write_all(&RECORD)?;
        file.sync_data()?;
        sample.add(watch.elapsed());
    }
    Ok(sample)
}

/// Records per second that a file takes in batches, each with one fdatasync.
pub(crate) fn file_batches(folder: &Path, batch: usize, time: Duration) -> anyhow::Result<f64> {
    let mut file = File::create(folder.join("batches.log"))?;
    let records = RECORD.repeat(batch);
    let watch = Stopwatch::start();
    let mut count = 0.0;
    while watch.elapsed() < time {
        file.write_all(&records)?;
        file.sync_data()?;
        count += 1.0;
    }
    let seconds = watch.seconds();
    std::fs::remove_file(folder.join("batches.log"))?;
    Ok(count * f64::from(u32::try_from(batch)?) / seconds)
}

//! The start of a client with a long history, and a page in the middle of it.

use std::path::Path;

use anyhow::Context as _;
use rusqlite::{Connection, params};
use xchat_client::{ConversationId, Profile};

use crate::Plan;
use crate::clock::{Stopwatch, now_ms};
use crate::people::{Net, Ways, start};
use crate::raw::quic::loopback;
use crate::report::{Figure, Report};
use crate::sample::Sample;

/// Messages of one page.
const PAGE: usize = 50;
/// Between two messages of the history, in milliseconds.
const STEP_MS: u64 = 1000;

pub(crate) async fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let (count, rounds) = plan.pick((100_000_u32, 11), (20_000, 3));
    let folder = plan.folder()?;
    let net = Net::new(&folder.path().join("node")).await?;
    let friends = net.friends(folder.path(), Ways::All).await?;
    friends.alice.messenger.shutdown().await;
    friends.bob.messenger.shutdown().await;
    fill(friends.alice.folder(), friends.at_alice, count)?;
    let raw = raw(folder.path(), count, rounds)?;

    let (mut opened, mut middle) = (Sample::default(), Sample::default());
    for _ in 0..rounds {
        let watch = Stopwatch::start();
        let profile = Profile::open(friends.alice.folder(), None)?;
        let messenger = start(profile, loopback()).await?;
        let conversations = messenger.conversations().await?;
        let newest = messenger.messages(friends.at_alice, None, PAGE).await?;
        opened.add(watch.elapsed());
        anyhow::ensure!(
            conversations.len() == 1 && newest.len() == PAGE,
            "the history is not there"
        );
        let before = newest
            .first()
            .map(|message| message.row.saturating_sub(i64::from(count / 2)));
        let watch = Stopwatch::start();
        let page = messenger.messages(friends.at_alice, before, PAGE).await?;
        middle.add(watch.elapsed());
        anyhow::ensure!(page.len() == PAGE, "a page is missing");
        messenger.shutdown().await;
    }
    net.shutdown().await;
    let what = "plain SQLite with the same rows, opened and one page read";
    let name = format!("history.start_with_{count}");
    report.add(Figure::new(format!("{name}.p50"), "ms", opened.p50_ms()).beside(what, raw.start.p50_ms()))?;
    let figure = Figure::new("history.page_in_the_middle.p50", "ms", middle.p50_ms());
    report.add(figure.beside("the same page of plain SQLite", raw.page.p50_ms()))
}

/// Puts messages of the past into a profile's database, as if they had been received and acknowledged.
pub(crate) fn fill(profile: &Path, conversation: ConversationId, count: u32) -> anyhow::Result<()> {
    let mut connection = Profile::open(profile, None)?.machine(now_ms())?.into_connection();
    let transaction = connection.transaction()?;
    let (device, seen): (Vec<u8>, u32) = transaction.query_row(
        "SELECT device, seen_counter FROM member WHERE conversation = ?1",
        [conversation.0],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let past_ms = now_ms().saturating_sub(u64::from(count).saturating_mul(STEP_MS));
    {
        let mut insert = transaction.prepare(
            "INSERT INTO message
                (conversation, device, message_id, counter, clock_ms, stored_ms, mine, state, content, text)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, 0, 9, ?6, ?7)",
        )?;
        for number in 0..count {
            let counter = seen.saturating_add(number).saturating_add(1);
            let clock_ms = past_ms.saturating_add(u64::from(number).saturating_mul(STEP_MS));
            insert.execute(params![
                conversation.0,
                device,
                id(number),
                counter,
                i64::try_from(clock_ms)?,
                [0x63_u8; 160].as_slice(),
                text(number),
            ])?;
        }
    }
    let last = seen.saturating_add(count);
    transaction.execute(
        "UPDATE member SET seen_counter = ?2, told_counter = ?2, read_counter = ?2, told_read = ?2
         WHERE conversation = ?1",
        params![conversation.0, last],
    )?;
    Ok(transaction.commit()?)
}

fn id(number: u32) -> [u8; 32] {
    let mut id = [0x69; 32];
    for (place, byte) in id.iter_mut().zip(number.to_be_bytes()) {
        *place = byte;
    }
    id
}

fn text(number: u32) -> String {
    format!("Message {number} of a long friendship, about as long as most messages are.")
}

struct RawHistory {
    start: Sample,
    page: Sample,
}

/// The same rows in a plain table with one index.
fn raw(folder: &Path, count: u32, rounds: usize) -> anyhow::Result<RawHistory> {
    let path = folder.join("plain.db");
    let mut connection = Connection::open(&path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         CREATE TABLE message (id INTEGER PRIMARY KEY, key BLOB, clock_ms INTEGER, content BLOB, text TEXT);
         CREATE INDEX message_order ON message (clock_ms);",
    )?;
    let transaction = connection.transaction()?;
    for number in 0..count {
        transaction
            .prepare_cached("INSERT INTO message (key, clock_ms, content, text) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                id(number),
                number,
                [0x63_u8; 160].as_slice(),
                text(number)
            ])?;
    }
    transaction.commit()?;
    drop(connection);
    let mut raw = RawHistory {
        start: Sample::default(),
        page: Sample::default(),
    };
    for _ in 0..rounds {
        let watch = Stopwatch::start();
        let connection = Connection::open(&path)?;
        let newest = page(&connection, count)?;
        raw.start.add(watch.elapsed());
        let watch = Stopwatch::start();
        let middle = page(&connection, count / 2)?;
        raw.page.add(watch.elapsed());
        let is_whole = newest == PAGE && middle == PAGE;
        is_whole
            .then_some(())
            .context("a page of the plain table is missing")?;
    }
    Ok(raw)
}

fn page(connection: &Connection, before: u32) -> anyhow::Result<usize> {
    let mut statement = connection.prepare_cached(
        "SELECT id, key, clock_ms, text FROM message WHERE clock_ms < ?1 ORDER BY clock_ms DESC LIMIT 50",
    )?;
    let texts = statement.query_map([before], |row| row.get::<_, String>(3))?;
    Ok(texts.collect::<Result<Vec<_>, _>>()?.len())
}

//! The first page of a search in a long history.

use std::path::Path;

use anyhow::Context as _;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use rusqlite::{Connection, params};
use xchat_client::{ConversationId, Profile, SearchQuery};

use crate::Plan;
use crate::clock::{Stopwatch, now_ms};
use crate::people::{Net, Ways};
use crate::report::{Figure, Report, Target};
use crate::sample::Sample;

/// Messages of one page.
const PAGE: usize = 50;
/// Different words of the language in which most messages are.
const WORDS: u32 = 30_000;
/// The number of a word of which there are some hundreds in a million messages.
const RARE_NUMBER: u32 = 5000;
/// Of so many messages one is in the small conversation.
const SMALL_EVERY: u32 = 50;
/// What people wait for without noticing, in milliseconds.
const TARGET_MS: f64 = 30.0;

/// One of the rarer words, whole.
const RARE: &str = "@rare";

/// What is searched: its name, the text, and whether it is bounded to the small conversation.
const SEARCHES: [(&str, &str, bool); 8] = [
    ("rare", RARE, false),
    ("common", "the ", false),
    ("three_common", "the and you ", false),
    ("two_common_in_a_small_chat", "the and ", true),
    ("beginning_of_two_letters", "th", false),
    ("beginning_of_three_letters", "and", false),
    ("arabic", "كِتاب ", false),
    ("two_characters", "東京", false),
];

pub(crate) async fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let (count, rounds) = plan.pick((1_000_000_u32, 21), (20_000, 3));
    let folder = plan.folder()?;
    let net = Net::new(&folder.path().join("node")).await?;
    let friends = net.friends(folder.path(), Ways::All).await?;
    let small = friends.alice.messenger.note().await?;
    friends.alice.messenger.shutdown().await;
    friends.bob.messenger.shutdown().await;
    net.shutdown().await;
    fill(friends.alice.folder(), [friends.at_alice, small], count)?;
    let plain = plain(folder.path(), count)?;

    let profile = Profile::open(friends.alice.folder(), None)?;
    let mut reader = profile.reader()?;
    for (name, text, is_bounded) in SEARCHES {
        let rare = format!("{} ", spelled(RARE_NUMBER));
        let text = if text == RARE { &rare } else { text };
        let query = SearchQuery {
            text: text.to_owned(),
            conversation: is_bounded.then_some(small),
            limit: PAGE,
            ..SearchQuery::default()
        };
        let (mut ours, mut raw) = (Sample::default(), Sample::default());
        for _ in 0..rounds {
            let watch = Stopwatch::start();
            let page = reader.search(&query)?;
            ours.add(watch.elapsed());
            anyhow::ensure!(!page.hits.is_empty() && !page.is_partial, "{name} was not found");
            let watch = Stopwatch::start();
            let found = page_of_plain(&plain, text)?;
            raw.add(watch.elapsed());
            anyhow::ensure!(found > 0, "{name} was not found in the plain table");
        }
        let figure = Figure::new(format!("search.{name}_of_{count}.p50"), "ms", ours.p50_ms());
        let what = "the places alone of the same words in a plain SQLite index";
        report.add(
            figure
                .beside(what, raw.p50_ms())
                .held_to(Target::Below(TARGET_MS)),
        )?;
    }
    Ok(())
}

/// Texts as people write them: few words are in most of them, most words in few.
struct Texts(ChaCha20Rng);

impl Texts {
    fn new() -> Self {
        Self(ChaCha20Rng::from_seed([5; 32]))
    }

    fn below(&mut self, limit: u32) -> u32 {
        self.0.next_u32() % limit.max(1)
    }

    fn next(&mut self) -> String {
        let kind = self.below(20);
        let count = 3 + self.below(14);
        let words = (0..count).map(|_| {
            // A word is the rarer, the later it is.
            let most = self.below(WORDS) + 1;
            let word = self.below(most);
            let word = word * self.below(WORDS) / WORDS;
            match kind {
                0..=14 => spelled(word),
                15..=17 if word.is_multiple_of(40) => "كتاب".to_owned(),
                15..=17 => format!("كلمة{word}"),
                _ if word.is_multiple_of(40) => "東京".to_owned(),
                _ => char::from_u32(0x4e00 + word % 20_000).map_or_else(String::new, String::from),
            }
        });
        words.collect::<Vec<_>>().join(if kind < 18 { " " } else { "" })
    }
}

/// The word with a number: the commonest are known, the others any letters.
fn spelled(number: u32) -> String {
    match number {
        0 => return "the".to_owned(),
        1 => return "and".to_owned(),
        2 => return "you".to_owned(),
        _ => {}
    }
    let mut left = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let letters = (0..3 + number % 6).map(|_| {
        let letter = u8::try_from(left % 26).unwrap_or(0);
        left /= 26;
        char::from(b'a' + letter)
    });
    letters.collect()
}

fn fill(profile: &Path, [large, small]: [ConversationId; 2], count: u32) -> anyhow::Result<()> {
    let mut connection = Profile::open(profile, None)?.machine(now_ms())?.into_connection();
    let past_ms = now_ms().saturating_sub(u64::from(count).saturating_mul(20_000));
    let mut texts = Texts::new();
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare(
            "INSERT INTO message
                (conversation, device, message_id, counter, clock_ms, stored_ms, mine, state, content, text)
             VALUES (?1, x'07', ?2, ?3, ?4, ?4, 0, 9, ?5, ?6)",
        )?;
        for number in 0..count {
            let conversation = if number % SMALL_EVERY == 0 { small } else { large };
            let clock_ms = past_ms.saturating_add(u64::from(number).saturating_mul(20_000));
            insert.execute(params![
                conversation.0,
                number.to_be_bytes(),
                number,
                i64::try_from(clock_ms)?,
                [0x63_u8; 160].as_slice(),
                texts.next(),
            ])?;
        }
    }
    transaction.commit()?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

/// The same words in an index without encryption.
fn plain(folder: &Path, count: u32) -> anyhow::Result<Connection> {
    let mut connection = Connection::open(folder.join("plain-index.db"))?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         CREATE VIRTUAL TABLE search USING fts5(words, content='', columnsize=0, tokenize='ascii');",
    )?;
    let mut texts = Texts::new();
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare("INSERT INTO search (rowid, words) VALUES (?1, ?2)")?;
        for number in 0..count {
            let text = texts.next();
            let words: Vec<String> = xchat_core::words::of(&text)
                .into_iter()
                .map(|word| word.text)
                .collect();
            insert.execute(params![number, words.join(" ")])?;
        }
    }
    transaction.commit()?;
    Ok(connection)
}

fn page_of_plain(connection: &Connection, text: &str) -> anyhow::Result<usize> {
    let words: Vec<String> = xchat_core::words::of(text)
        .into_iter()
        .map(|word| word.text)
        .collect();
    let is_phrase = words.iter().all(|word| word.chars().count() == 1);
    let joined = words.join(if is_phrase { " " } else { "\" AND \"" });
    let star = if text.ends_with(' ') || is_phrase {
        ""
    } else {
        " *"
    };
    let mut statement = connection
        .prepare_cached("SELECT rowid FROM search WHERE search MATCH ?1 ORDER BY rowid DESC LIMIT ?2")?;
    let limit = i64::try_from(PAGE).context("a page is short")?;
    let rows = statement.query_map(params![format!("\"{joined}\"{star}"), limit], |row| {
        row.get::<_, i64>(0)
    })?;
    Ok(rows.collect::<Result<Vec<_>, _>>()?.len())
}

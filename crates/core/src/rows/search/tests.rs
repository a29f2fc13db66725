//! The index beside a look at every message.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::database;
use crate::words::Terms;

const PEER: [u8; 32] = [7; 32];

fn database() -> Connection {
    let connection = database::in_memory().unwrap();
    for id in [1, 2] {
        connection
            .execute(
                "INSERT INTO conversation (id, log, homes, peer_name, peer_account, state, epoch, cursor)
                 VALUES (?1, ?2, x'', 'bob', ?3, 2, 0, 0)",
                (id, vec![u8::try_from(id).unwrap(); 32], PEER),
            )
            .unwrap();
    }
    prepare(&connection).unwrap();
    connection
}

fn write(
    connection: &Connection,
    conversation: i64,
    clock_ms: i64,
    author: Option<[u8; 32]>,
    text: &str,
) -> i64 {
    let number: i64 = connection
        .query_row("SELECT coalesce(max(id), 0) + 1 FROM message", [], |row| {
            row.get(0)
        })
        .unwrap();
    connection
        .execute(
            "INSERT INTO message (conversation, device, message_id, counter, clock_ms, stored_ms, mine, state, content,
                 text, author)
             VALUES (?1, x'01', CAST(?2 AS BLOB), ?2, ?3, ?4, ?5, 9, x'', ?6, ?7)",
            (
                conversation,
                number,
                clock_ms,
                1_800_000_000_000_i64,
                author.is_none(),
                text,
                author.map(|author| author.to_vec()),
            ),
        )
        .unwrap();
    connection.last_insert_rowid()
}

/// The rows that the index finds, newest first.
fn found(connection: &Connection, query: &str, tags: &[String]) -> Vec<i64> {
    let expression = Terms::of(query).expression(tags);
    let places = newest(connection, &expression, &places(None, None), 10_000).unwrap();
    places
        .into_iter()
        .map(|place| at(connection, place).unwrap().unwrap().row)
        .collect()
}

/// The rows that a look at each of them finds.
fn scanned(connection: &Connection, query: &str, conversation: Option<i64>, mine: bool) -> BTreeSet<i64> {
    let terms = Terms::of(query);
    let mut statement = connection
        .prepare("SELECT id, text, conversation, mine FROM message WHERE kind < 4 AND gone = 0")
        .unwrap();
    let rows = statement
        .query_map([], |row| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, i64>(2)?,
                row.get::<_, bool>(3)?,
            ))
        })
        .unwrap();
    rows.map(Result::unwrap)
        .filter(|(_, text, within, is_mine)| {
            terms.marks(text).is_some()
                && conversation.is_none_or(|conversation| conversation == *within)
                && (!mine || *is_mine)
        })
        .map(|(row, ..)| row)
        .collect()
}

fn is_sound(connection: &Connection) {
    connection
        .execute("INSERT INTO search (search) VALUES ('integrity-check')", [])
        .unwrap();
    let lost: i64 = connection
        .query_row(
            "SELECT count(*) FROM message WHERE kind < 4 AND gone = 0 AND id NOT IN (SELECT message FROM found)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let too_many: i64 = connection
        .query_row(
            "SELECT count(*) FROM found WHERE message NOT IN (SELECT id FROM message WHERE kind < 4 AND gone = 0)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!((lost, too_many), (0, 0));
}

#[test]
fn fnd_07_newest_first_by_the_time_at_which_they_were_written() {
    let connection = database();
    let rows: Vec<i64> = [5_000, 1_000, 1_900, 1_000, 900_000_000_000_000]
        .into_iter()
        .map(|clock_ms| write(&connection, 1, 1_700_000_000_000 + clock_ms, Some(PEER), "tea"))
        .collect();
    // One of the same second after the other; a clock of the far future is no later than the message came.
    assert_eq!(
        found(&connection, "tea", &[]),
        [rows[4], rows[0], rows[3], rows[2], rows[1]]
    );
    let late = write(&connection, 1, 1_800_000_400_000, Some(PEER), "tea");
    assert_eq!(found(&connection, "tea", &[])[..2], [late, rows[4]]);
    let span = places(Some(1_700_000_001_000), Some(1_700_000_001_999));
    let of_span = newest(&connection, "tea", &span, 10).unwrap();
    assert_eq!(of_span.len(), 3);
}

#[test]
fn fnd_07_however_many_are_of_one_second_each_is_found_once() {
    let connection = database();
    for _ in 0..2 * PLACES + 10 {
        write(&connection, 1, 1_700_000_000_000, Some(PEER), "flood");
    }
    write(&connection, 1, 1_700_000_001_000, Some(PEER), "flood");
    let found = found(&connection, "flood", &[]);
    assert_eq!(found.len() as u64, 2 * PLACES + 11);
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len());
    is_sound(&connection);
}

#[test]
fn fnd_08_the_index_is_built_anew_when_words_are_made_otherwise() {
    let connection = database();
    for number in 0..25 {
        write(&connection, 1, 1_700_000_000_000 + number, None, "old tea");
    }
    connection
        .execute_batch(
            "UPDATE message SET gone = 1, text = '' WHERE id = 3;
             UPDATE found_state SET words = words - 1;",
        )
        .unwrap();
    assert!(prepare(&connection).unwrap());
    assert!(found(&connection, "tea", &[]).is_empty());
    let between = write(&connection, 1, 1_700_000_100_000, None, "new tea");
    let edited = connection.execute("UPDATE message SET text = 'cold tea' WHERE id = 2", []);
    assert_eq!(edited.unwrap(), 1);
    let mut steps = 1;
    while build(&connection, 10).unwrap() {
        steps += 1;
    }
    assert_eq!(steps, 3);
    assert!(!prepare(&connection).unwrap() && rest(&connection).unwrap() == 0);
    assert_eq!(found(&connection, "tea", &[]).len(), 25);
    assert_eq!(found(&connection, "new", &[]), [between]);
    assert_eq!(found(&connection, "cold", &[]), [2]);
    is_sound(&connection);
}

#[test]
fn fnd_09_nothing_of_a_deleted_word_is_left_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain.db");
    let connection = database::unencrypted(&path);
    connection
        .execute(
            "INSERT INTO conversation (id, log, homes, peer_name, peer_account, state, epoch, cursor)
             VALUES (1, x'01', x'', 'bob', x'07', 2, 0, 0)",
            [],
        )
        .unwrap();
    prepare(&connection).unwrap();
    let mut secrets = Vec::new();
    for number in 0..1200 {
        // Enough others, that parts of the index are merged.
        let filler = format!("plain{} words {}", number % 97, number);
        write(
            &connection,
            1,
            1_700_000_000_000 + number * 1000,
            Some(PEER),
            &filler,
        );
        if number % 40 == 0 {
            let secret = format!("qzsecret{number}qz");
            let text = format!("the {secret} is here");
            let row = write(
                &connection,
                1,
                1_700_000_000_000 + number * 1000,
                Some(PEER),
                &text,
            );
            secrets.push((row, secret));
        }
    }
    let holds = |word: &str| {
        connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))
            .unwrap();
        let bytes = std::fs::read(&path).unwrap();
        bytes.windows(word.len()).any(|window| window == word.as_bytes())
    };
    assert!(secrets.iter().all(|(_, secret)| holds(secret)));
    for (number, (row, _)) in secrets.iter().enumerate() {
        let sql = match number % 3 {
            0 => "UPDATE message SET text = '', gone = 1 WHERE id = ?1",
            1 => "UPDATE message SET text = 'edited' WHERE id = ?1",
            _ => "DELETE FROM message WHERE id = ?1",
        };
        connection.execute(sql, [row]).unwrap();
    }
    for (_, secret) in &secrets {
        assert!(!holds(secret), "{secret} is still there");
    }
    assert_eq!(found(&connection, "edited", &[]).len(), 10);
    is_sound(&connection);
}

#[derive(Debug, Clone)]
enum Deed {
    Write(i64, i64, bool, String),
    Edit(usize, String),
    Erase(usize),
    Remove(usize),
    Drop(usize),
    Rebuild,
    Build(u32),
}

fn any_text() -> impl Strategy<Value = String> {
    let words = [
        "tea",
        "TEA",
        "té",
        "tea-time",
        "time",
        "كِتاب",
        "كتاب",
        "أحمد",
        "東京",
        "京都",
        "東",
        "👍",
        "👍🏽",
        "https://a.b",
        "c1",
        "mine",
        "\u{e000}c1",
    ];
    proptest::collection::vec(proptest::sample::select(words.to_vec()), 0..5)
        .prop_map(|words| words.join(" "))
}

fn any_deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => (1_i64..3, 0_i64..5000, any::<bool>(), any_text())
            .prop_map(|(conversation, at, mine, text)| Deed::Write(conversation, at, mine, text)),
        3 => (any::<usize>(), any_text()).prop_map(|(which, text)| Deed::Edit(which, text)),
        2 => any::<usize>().prop_map(Deed::Erase),
        1 => any::<usize>().prop_map(Deed::Remove),
        1 => any::<usize>().prop_map(Deed::Drop),
        1 => Just(Deed::Rebuild),
        2 => (1_u32..6).prop_map(Deed::Build),
    ]
}

fn act(connection: &Connection, rows: &[i64], deed: &Deed) {
    let row = |which: &usize| rows.get(which % rows.len().max(1)).copied().unwrap_or(0);
    match deed {
        Deed::Write(conversation, at, mine, text) => {
            let author = (!mine).then_some(PEER);
            write(connection, *conversation, 1_700_000_000_000 + at, author, text);
        }
        Deed::Edit(which, text) => {
            let sql = "UPDATE message SET text = ?2 WHERE id = ?1 AND gone = 0";
            connection.execute(sql, (row(which), text)).unwrap();
        }
        Deed::Erase(which) => {
            let sql = "UPDATE message SET text = '', gone = 1 WHERE id = ?1";
            connection.execute(sql, [row(which)]).unwrap();
        }
        Deed::Remove(which) => {
            let sql = "UPDATE message SET text = '', gone = 1, kind = 99 WHERE id = ?1";
            connection.execute(sql, [row(which)]).unwrap();
        }
        Deed::Drop(which) => {
            connection
                .execute("DELETE FROM message WHERE id = ?1", [row(which)])
                .unwrap();
        }
        Deed::Rebuild => {
            connection
                .execute("UPDATE found_state SET words = words - 1", [])
                .unwrap();
            prepare(connection).unwrap();
        }
        Deed::Build(count) => {
            build(connection, *count).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn fnd_01_the_index_is_what_a_look_at_every_message_finds(
        deeds in proptest::collection::vec(any_deed(), 1..60)
    ) {
        let connection = database();
        for deed in &deeds {
            let mut statement = connection.prepare("SELECT id FROM message").unwrap();
            let rows: Vec<i64> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
            act(&connection, &rows, deed);
        }
        while build(&connection, 7).unwrap() {}
        is_sound(&connection);
        let queries = [
            "tea", "tea time", "\"tea time\"", "TE", "ti", "كتاب", "احمد", "東", "東京", "京都", "👍", "👍🏽",
            "https", "c1", "mine",
        ];
        for query in queries {
            for conversation in [None, Some(1)] {
                for mine in [false, true] {
                    let tags: Vec<String> = conversation
                        .map(|id| in_conversation(ConversationId(id)))
                        .into_iter()
                        .chain(mine.then(|| by_person(None)))
                        .collect();
                    let found: BTreeSet<i64> = found(&connection, query, &tags).into_iter().collect();
                    prop_assert_eq!(found, scanned(&connection, query, conversation, mine), "{}", query);
                }
            }
        }
    }
}

//! What is found, and what of it is shown.

use std::path::PathBuf;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use xchat_proto::codec;
use zeroize::Zeroizing;

use super::*;
use crate::database;
use crate::io::Input;
use crate::machine::Machine;
use crate::rows::conversation::Homes;

const NONE: [i64; 0] = [];
const NOW_MS: u64 = 1_800_000_000_000;
const BOB: [u8; 32] = [7; 32];
const CAROL: [u8; 32] = [8; 32];

/// A profile on the disk, of somebody who writes with Bob (1) and Carol (2).
pub(crate) struct Filled {
    _folder: tempfile::TempDir,
    path: PathBuf,
    pub(crate) machine: Machine,
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([1; 32])
}

fn key() -> Zeroizing<[u8; 32]> {
    Zeroizing::new([1; 32])
}

impl Filled {
    /// With these messages: conversation, whether it is one's own, when, and what.
    pub(crate) fn new(messages: &[(i64, bool, u64, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profile.db");
        let connection = database::open(&path, &key()).unwrap();
        let mut machine = Machine::open(connection, None, NOW_MS, &mut rng()).unwrap();
        machine.create_account(NOW_MS, &mut rng()).unwrap();
        let connection = machine.into_connection();
        let mut account: Account = meta::fetch(&connection, Key::Account).unwrap().unwrap();
        account.name = Some("alice".parse().unwrap());
        meta::put(&connection, Key::Account, &account).unwrap();
        for (id, name, account) in [(1, "bob", BOB), (2, "carol", CAROL)] {
            connection
                .execute(
                    "INSERT INTO conversation (id, log, homes, peer_name, peer_account, state, epoch, cursor)
                     VALUES (?1, ?2, ?3, ?4, ?5, 5, 0, 0)",
                    (
                        id,
                        [account[0]; 32],
                        codec::encode(&Homes::default()),
                        name,
                        account,
                    ),
                )
                .unwrap();
        }
        let filled = Self {
            _folder: folder,
            path,
            machine: Machine::open(connection, None, NOW_MS, &mut rng()).unwrap(),
        };
        filled.write(messages)
    }

    fn write(mut self, messages: &[(i64, bool, u64, &str)]) -> Self {
        let connection = self.machine.into_connection();
        for (number, (conversation, mine, sent_ms, text)) in (1_u8..).zip(messages) {
            let author = (!mine).then_some(if *conversation == 1 { BOB } else { CAROL });
            connection
                .execute(
                    "INSERT INTO message (conversation, device, message_id, counter, clock_ms, stored_ms, mine, state,
                         content, text, author) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, x'', ?8, ?9)",
                    (
                        conversation,
                        [u8::from(*mine); 32],
                        [number; 32],
                        number,
                        i64::try_from(*sent_ms).unwrap(),
                        mine,
                        if *mine { 1 } else { 9 },
                        text,
                        author,
                    ),
                )
                .unwrap();
        }
        self.machine = Machine::open(connection, None, NOW_MS, &mut rng()).unwrap();
        self
    }

    fn reader(&self) -> Reader {
        Reader::new(database::open_reader(&self.path, &key()).unwrap())
    }
}

fn query(text: &str) -> SearchQuery {
    SearchQuery {
        text: text.to_owned(),
        limit: 50,
        ..SearchQuery::default()
    }
}

fn rows(page: &SearchPage) -> Vec<i64> {
    page.hits.iter().map(|hit| hit.row).collect()
}

const DAY_MS: u64 = 86_400_000;
const THEN_MS: u64 = NOW_MS - 10 * DAY_MS;

fn talk() -> Filled {
    Filled::new(&[
        (1, false, THEN_MS, "Shall we have tea?"),
        (1, true, THEN_MS + DAY_MS, "Tea, yes: https://tea.example"),
        (2, false, THEN_MS + 2 * DAY_MS, "No tea for me"),
        (1, false, THEN_MS + 3 * DAY_MS, "Then coffee"),
        (2, true, THEN_MS + 4 * DAY_MS, "TEA it is"),
    ])
}

#[test]
fn fnd_10_all_filters_must_fit() {
    let filled = talk();
    let mut reader = filled.reader();
    let mut found = |query: SearchQuery| rows(&reader.search(&query).unwrap());
    assert_eq!(found(query("tea")), [5, 3, 2, 1]);
    let in_first = SearchQuery {
        conversation: Some(ConversationId(1)),
        ..query("tea")
    };
    assert_eq!(found(in_first.clone()), [2, 1]);
    let by = |name: &str| SearchQuery {
        from: Some(name.parse().unwrap()),
        ..query("tea")
    };
    assert_eq!(found(by("bob")), [1]);
    assert_eq!(found(by("alice")), [5, 2]);
    assert_eq!(found(by("nobody")), NONE);
    let of_carol_in_first = SearchQuery {
        from: Some("carol".parse().unwrap()),
        ..in_first
    };
    assert_eq!(found(of_carol_in_first), NONE);
    let links = SearchQuery {
        kind: Some(SearchKind::Link),
        ..query("")
    };
    assert_eq!(found(links), [2]);
    let between = SearchQuery {
        from_ms: Some(THEN_MS + DAY_MS),
        to_ms: Some(THEN_MS + 2 * DAY_MS),
        ..query("tea")
    };
    assert_eq!(found(between), [3, 2]);
    let not_quite = SearchQuery {
        from_ms: Some(THEN_MS + DAY_MS + 1),
        to_ms: Some(THEN_MS + 2 * DAY_MS - 1),
        ..query("tea")
    };
    assert_eq!(found(not_quite), NONE);
    let texts = SearchQuery {
        kind: Some(SearchKind::Text),
        ..query("coffee")
    };
    assert_eq!(found(texts), [4]);
    assert_eq!(found(query("")), NONE);
    assert_eq!(found(query("?!")), NONE);
}

#[test]
fn fnd_11_pages_follow_one_another_without_a_gap() {
    let filled = talk();
    let mut reader = filled.reader();
    let mut wanted = SearchQuery {
        limit: 1,
        ..query("tea")
    };
    let mut all = Vec::new();
    loop {
        let page = reader.search(&wanted).unwrap();
        all.extend(rows(&page));
        wanted.before = page.next;
        if page.next.is_none() {
            break;
        }
    }
    assert_eq!(all, [5, 3, 2, 1]);
}

#[test]
fn fnd_12_a_search_has_an_end() {
    let filled = talk();
    let long = "x".repeat(SEARCH_TEXT_BYTES_MAX + 1);
    let refused = filled.reader().search(&query(&long));
    assert!(matches!(refused, Err(SearchError::TooLong)));
    let many = "tea ".repeat(SEARCH_TEXT_BYTES_MAX / 4);
    assert_eq!(rows(&filled.reader().search(&query(&many)).unwrap()).len(), 4);
    let greedy = SearchQuery {
        limit: usize::MAX,
        ..query("tea")
    };
    assert_eq!(rows(&filled.reader().search(&greedy).unwrap()).len(), 4);
}

#[test]
fn fnd_04_an_excerpt_shows_what_was_found_where_it_stands() {
    let long = format!("{} Café au lait, {}", "wort ".repeat(100), "mot ".repeat(100));
    let filled = Filled::new(&[(1, false, THEN_MS, &long), (1, true, THEN_MS, "a cafe")]);
    let page = filled.reader().search(&query("cafe")).unwrap();
    let shown: Vec<(&str, Vec<&str>)> = page
        .hits
        .iter()
        .map(|hit| {
            let marks = hit.marks.iter().map(|mark| &hit.excerpt[mark.clone()]);
            (hit.excerpt.as_str(), marks.collect())
        })
        .collect();
    assert_eq!(shown[0], ("a cafe", vec!["cafe"]));
    assert_eq!(shown[1].1, ["Café"]);
    assert!(shown[1].0.starts_with("…wort") && shown[1].0.ends_with('…'));
    assert!(shown[1].0.chars().count() <= EXCERPT_LETTERS + 2);
    let names = (page.hits[0].from.as_str(), page.hits[0].with.as_str());
    assert_eq!(names, ("alice", "bob"));
}

#[test]
fn fnd_13_the_reader_writes_nothing_and_holds_nobody_up() {
    let filled = talk();
    let mut reader = filled.reader();
    assert!(reader.connection.execute("DELETE FROM message", []).is_err());
    assert_eq!(rows(&reader.search(&query("cocoa")).unwrap()), NONE);
    let filled = filled.write(&[]);
    let connection = filled.machine.into_connection();
    let before = rows(&reader.search(&query("tea")).unwrap());
    let transaction = connection.unchecked_transaction().unwrap();
    transaction
        .execute("UPDATE message SET text = 'cocoa' WHERE id = 5", [])
        .unwrap();
    // While somebody writes, all is as it was.
    assert_eq!(rows(&reader.search(&query("tea")).unwrap()), before);
    transaction.commit().unwrap();
    assert_eq!(rows(&reader.search(&query("cocoa")).unwrap()), [5]);
}

#[test]
fn fnd_08_what_was_here_before_the_index_is_put_into_it_bit_by_bit() {
    let filled = talk();
    let connection = filled.machine.into_connection();
    connection
        .execute("UPDATE found_state SET words = words - 1", [])
        .unwrap();
    let mut machine = Machine::open(connection, None, NOW_MS, &mut rng()).unwrap();
    let mut reader = Reader::new(database::open_reader(&filled.path, &key()).unwrap());
    let page = reader.search(&query("tea")).unwrap();
    assert!(page.is_partial && page.hits.is_empty());
    assert_eq!(machine.wake_at(), Some(NOW_MS));
    machine.handle(NOW_MS, &mut rng(), Input::Wake).unwrap();
    let page = reader.search(&query("tea")).unwrap();
    assert!(!page.is_partial);
    assert_eq!(rows(&page), [5, 3, 2, 1]);
    assert_ne!(machine.wake_at(), Some(NOW_MS));
}

//! What is stored of an archive, whatever is told again or breaks off.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use super::*;
use crate::content::MediaKind;
use crate::database;
use crate::io::{
    ImportedConversation, ImportedDetail, ImportedFile, ImportedItem, ImportedKind, ImportedPerson, Input,
};
use crate::reader::{ImportedQuery, Reader};

const NOW_MS: u64 = 1_800_000_000_000;
const AT_MS: u64 = 1_600_000_000_000;

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([1; 32])
}

fn person(id: &str, name: Option<&str>) -> ImportedPerson {
    ImportedPerson {
        id: id.to_owned(),
        name: name.map(str::to_owned),
        username: None,
    }
}

fn talk(id: &str, own: Option<&str>) -> ImportEntry {
    ImportEntry::Conversation(ImportedConversation {
        source: ImportSource::Telegram,
        id: id.to_owned(),
        title: None,
        is_group: false,
        own: own.map(str::to_owned),
        people: vec![person("1", Some("Alice")), person("2", Some("Bob"))],
    })
}

fn item(talk: &str, number: u64, text: &str) -> ImportEntry {
    ImportEntry::Item(ImportedItem {
        conversation: talk.to_owned(),
        id: number.to_string(),
        at_ms: AT_MS + number,
        kind: ImportedKind::Message,
        person: Some(if number.is_multiple_of(2) { "2" } else { "1" }.to_owned()),
        text: Some(text.to_owned()),
        detail: ImportedDetail {
            target: (number > 1).then(|| (number - 1).to_string()),
            ..ImportedDetail::default()
        },
        files: vec![ImportedFile {
            name: "cat.jpg".to_owned(),
            kind: MediaKind::Photo,
            is_in_archive: true,
        }],
    })
}

fn chat(count: u64) -> Vec<ImportEntry> {
    let items = (1..=count).map(|number| item("user2", number, &format!("word{number} للجميع")));
    [talk("user2", Some("1"))].into_iter().chain(items).collect()
}

fn take(machine: &mut Machine, entries: &[ImportEntry]) -> u64 {
    machine
        .import(NOW_MS, &mut rng(), ImportSource::Telegram, entries)
        .unwrap()
}

fn machine() -> Machine {
    Machine::open(database::in_memory().unwrap(), None, NOW_MS, &mut rng()).unwrap()
}

fn found(connection: rusqlite::Connection, text: &str) -> (Vec<i64>, rusqlite::Connection) {
    let mut reader = Reader::new(connection);
    let query = ImportedQuery {
        text: text.to_owned(),
        limit: 100,
        ..ImportedQuery::default()
    };
    let page = reader.search_imported(&query).unwrap();
    let rows = page.hits.iter().map(|hit| hit.row).collect();
    (rows, reader.into_connection())
}

#[test]
fn imp_01_what_is_taken_over_again_is_there_once() {
    let mut machine = machine();
    assert_eq!(take(&mut machine, &chat(3)), 3);
    let before = machine.imports().unwrap();
    assert_eq!(take(&mut machine, &chat(3)), 0);
    assert_eq!(machine.imports().unwrap(), before);
    // A later export has more.
    assert_eq!(take(&mut machine, &chat(5)), 2);
    let [view] = machine.imports().unwrap().try_into().unwrap();
    assert_eq!(
        (view.title.as_str(), view.items, view.people_count),
        ("Bob", 5, 2)
    );
    assert_eq!((view.first_ms, view.last_ms), (AT_MS + 1, AT_MS + 5));
    // The same id of another source is another conversation.
    let other = [talk("user2", None)].map(|entry| match entry {
        ImportEntry::Conversation(told) => ImportEntry::Conversation(ImportedConversation {
            source: ImportSource::X,
            ..told
        }),
        item @ ImportEntry::Item(_) => item,
    });
    machine
        .import(NOW_MS, &mut rng(), ImportSource::X, &other)
        .unwrap();
    assert_eq!(machine.imports().unwrap().len(), 2);
}

#[test]
fn imp_01_a_later_text_replaces_an_earlier_and_a_missing_one_does_not() {
    let mut machine = machine();
    take(&mut machine, &[talk("user2", None), item("user2", 1, "first")]);
    take(&mut machine, &[item("user2", 1, "changed")]);
    let ImportEntry::Item(bare) = item("user2", 1, "") else {
        panic!("an item");
    };
    let bare = ImportedItem { text: None, ..bare };
    take(&mut machine, &[ImportEntry::Item(bare)]);
    let page = machine.imported_before(ImportId(1), None, 10).unwrap();
    assert_eq!(page[0].text.as_deref(), Some("changed"));
    let connection = machine.into_connection();
    let (rows, connection) = found(connection, "first");
    assert!(rows.is_empty());
    assert_eq!(found(connection, "changed").0, [1]);
}

#[test]
fn imp_02_a_part_that_fails_leaves_nothing() {
    let mut machine = machine();
    let broken = [
        talk("user2", None),
        item("user2", 1, "kept?"),
        item("user3", 1, "whose?"),
    ];
    let refused = machine.import(NOW_MS, &mut rng(), ImportSource::Telegram, &broken);
    assert!(matches!(refused, Err(MachineError::ApiMisuse(_))));
    assert!(machine.imports().unwrap().is_empty());
    let much = vec![talk("user2", None); IMPORT_ENTRIES_MAX + 1];
    let refused = machine.import(NOW_MS, &mut rng(), ImportSource::Telegram, &much);
    assert!(matches!(refused, Err(MachineError::ApiMisuse(_))));
}

#[test]
fn imp_03_pages_follow_one_another_with_names_and_quotes() {
    let mut machine = machine();
    take(&mut machine, &chat(9));
    let id = machine.imports().unwrap()[0].id;
    let rows = |page: &[ImportedView]| page.iter().map(|view| view.row).collect::<Vec<_>>();
    let last = machine.imported_before(id, None, 4).unwrap();
    assert_eq!(rows(&last), [6, 7, 8, 9]);
    let earlier = machine.imported_before(id, Some(6), 4).unwrap();
    assert_eq!(rows(&earlier), [2, 3, 4, 5]);
    assert_eq!(rows(&machine.imported_after(id, 3, false, 2).unwrap()), [4, 5]);
    assert_eq!(
        rows(&machine.imported_after(id, 5, true, 4).unwrap()),
        [3, 4, 5, 6]
    );
    let view = &earlier[1];
    assert_eq!((view.from.as_deref(), view.mine), (Some("Alice"), true));
    let quote = view.quote.as_ref().unwrap();
    assert_eq!((quote.row, quote.from.as_deref()), (2, Some("Bob")));
    assert_eq!(view.files[0].name, "cat.jpg");
    for refused in [
        machine.imported_before(ImportId(7), None, 4),
        machine.imported_before(id, Some(99), 4),
    ] {
        assert!(matches!(
            refused,
            Err(ImportError::UnknownImport | ImportError::UnknownMessage)
        ));
    }
}

#[test]
fn imp_04_what_was_taken_over_is_found_newest_first() {
    let mut machine = machine();
    take(&mut machine, &chat(4));
    let connection = machine.into_connection();
    let (rows, connection) = found(connection, "لِلجميع");
    assert_eq!(rows, [4, 3, 2, 1]);
    let (rows, connection) = found(connection, "word2");
    assert_eq!(rows, [2]);
    // Words are made otherwise: the index is built anew, and what goes meanwhile spoils nothing.
    connection
        .execute("UPDATE found_state SET words = 0", [])
        .unwrap();
    let mut machine = Machine::open(connection, None, NOW_MS, &mut rng()).unwrap();
    take(
        &mut machine,
        &[item("user2", 2, "otherwise"), item("user2", 5, "word5")],
    );
    machine.handle(NOW_MS, &mut rng(), Input::Wake).unwrap();
    machine.handle(NOW_MS, &mut rng(), Input::Wake).unwrap();
    let (rows, connection) = found(machine.into_connection(), "word2");
    assert!(rows.is_empty());
    let (rows, connection) = found(connection, "otherwise");
    assert_eq!(rows, [2]);
    assert_eq!(found(connection, "word5").0, [5]);
}

#[test]
fn imp_05_what_is_removed_is_gone_with_its_words() {
    let mut machine = machine();
    take(&mut machine, &chat(3));
    let more: Vec<_> = (1..=900).map(|number| item("user2", number, "again")).collect();
    take(&mut machine, &more);
    let more: Vec<_> = (901..=1_500)
        .map(|number| item("user2", number, "again"))
        .collect();
    take(&mut machine, &more);
    let id = machine.imports().unwrap()[0].id;
    assert!(machine.remove_import(NOW_MS, &mut rng(), id).unwrap());
    assert_eq!(machine.imports().unwrap()[0].items, 500);
    assert!(!machine.remove_import(NOW_MS, &mut rng(), id).unwrap());
    assert!(machine.imports().unwrap().is_empty());
    let refused = machine.remove_import(NOW_MS, &mut rng(), id);
    assert!(matches!(refused, Err(ImportError::UnknownImport)));
    let connection = machine.into_connection();
    for table in ["imported_person", "imported_message", "imported_file"] {
        let sql = format!("SELECT count(*) FROM {table}");
        let count: i64 = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(count, 0, "{table}");
    }
    assert!(found(connection, "again").0.is_empty());
}

#[test]
fn imp_06_the_user_says_who_they_are_and_where_it_goes_on() {
    let mut machine = machine();
    take(&mut machine, &[talk("user2", None), item("user2", 1, "hello")]);
    let id = machine.imports().unwrap()[0].id;
    let own = |name: &str| ImportChange {
        own: Some(name.to_owned()),
        ..ImportChange::default()
    };
    machine.change_import(NOW_MS, &mut rng(), id, &own("1")).unwrap();
    assert!(machine.imported_before(id, None, 1).unwrap()[0].mine);
    let refused = machine.change_import(NOW_MS, &mut rng(), id, &own("3"));
    assert!(matches!(refused, Err(ImportError::UnknownPerson)));
    let nowhere = ImportChange {
        chat: Some(Some(ConversationId(5))),
        ..ImportChange::default()
    };
    let refused = machine.change_import(NOW_MS, &mut rng(), id, &nowhere);
    assert!(matches!(refused, Err(ImportError::UnknownConversation)));
    // What the archive doesn't say doesn't take back what the user said.
    take(&mut machine, &[talk("user2", None)]);
    assert_eq!(machine.imports().unwrap()[0].own.as_deref(), Some("1"));
}

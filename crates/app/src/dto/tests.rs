//! The page's types are made from these.

use std::path::Path;

use ts_rs::{Config, TS};

use super::*;
use crate::failure::{Failure, FailureBody, Kind};

/// Beside this crate, in the sources of the page.
const TYPES: &str = "../../web/src/api/types.ts";

macro_rules! declarations {
    ($($name:ident),* $(,)?) => {{
        // Every number that travels is exact in JavaScript: rows, counters, milliseconds.
        let config = Config::new().with_large_int("number");
        let mut text = String::new();
        $(
            text.push('\n');
            if let Some(docs) = <$name as TS>::docs() {
                text.push_str(&docs);
                if !docs.ends_with('\n') {
                    text.push('\n');
                }
            }
            text.push_str(&format!("export {}\n", <$name as TS>::decl(&config)));
        )*
        text
    }};
}

const HEAD: &str = "// Made from crates/app/src/dto.rs by `cargo xtask ui --types`. Do not edit.\n";

fn types() -> String {
    [HEAD, &messenger(), &files(), &chats(), &imports()].concat()
}

/// What is set about conversations and people.
fn chats() -> String {
    declarations![
        Timer,
        ChatSettings,
        ChatChange,
        PrivacyChoice,
        RequestPolicy,
        Arrivals,
        ProfileSettings,
        SettingsChange,
        ConversationOrder,
        Draft,
        BlockWish,
        Blocked,
        LaterWish,
        LaterChange,
        Scheduled,
        Folder,
        FileUse,
        Storage,
        Tally,
        LogRole,
        Sample,
        SealedFile,
        LogExposure,
        NameAsked,
        NodeExposure,
        PublicRecord,
        Lanes,
        Exposure,
        Sweep,
        Swept,
        Notice,
        PollWish,
        Poll,
        Choice,
        VoteWish,
        About,
        AboutChange,
    ]
}

/// What is taken over from other messengers.
fn imports() -> String {
    declarations![
        ImportSource,
        DateOrder,
        ClockOffset,
        ImportWish,
        ImportProblem,
        ImportProgress,
        ImportedPerson,
        Import,
        Imports,
        ImportChange,
        ImportedKind,
        ImportedFile,
        ImportedQuote,
        ImportedReaction,
        ImportedMessage,
        ImportedFound,
        ImportedFoundPage,
    ]
}

fn files() -> String {
    declarations![
        FileKind,
        FileState,
        Attachment,
        Upload,
        Quality,
        UploadNote,
        MediaTicket,
        GalleryKind,
        LibraryKind,
        LibraryItem,
        LibraryWish,
        LibraryPage,
        LibraryAddition,
        LibraryAdded,
        LibraryChange,
        LibraryUse,
    ]
}

fn messenger() -> String {
    declarations![
        Identity,
        Stage,
        Profile,
        MessageState,
        Message,
        Reply,
        Reaction,
        Version,
        ConversationState,
        Conversation,
        Request,
        Reach,
        OperatorRef,
        NodeFault,
        Node,
        Report,
        Directory,
        Evidence,
        RecordPart,
        RecordChange,
        OwnRecord,
        Invitation,
        Qr,
        Verification,
        ContactChange,
        Safety,
        DirectoryProof,
        ScannedCode,
        Comparison,
        NameStanding,
        NameLookup,
        Beginning,
        Passphrase,
        PassphraseChange,
        Event,
        Scope,
        Token,
        NewToken,
        TokenWish,
        Code,
        Session,
        Challenge,
        Proof,
        Words,
        RememberedWords,
        NameWish,
        RestorationWish,
        Link,
        Text,
        Edit,
        ReactionWish,
        Row,
        Switch,
        ConversationRef,
        Page,
        SearchKind,
        SearchWish,
        Mark,
        Found,
        FoundPage,
        Hello,
        Failure,
        FailureBody,
        Kind,
    ]
}

#[test]
fn the_types_of_the_page_are_those_of_the_interface() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(TYPES);
    let types = types();
    if std::env::var_os("XCHAT_WRITE_TYPES").is_some() {
        std::fs::write(&path, types).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(
        committed == types,
        "web/src/api/types.ts is out of date: cargo xtask ui --types writes it"
    );
}

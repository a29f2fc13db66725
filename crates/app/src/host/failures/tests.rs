//! Every code of the program and of the SDK, and what was decided about it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// A sort of failure, with its exit code, its HTTP status, and all codes of that sort.
type Sort = (Kind, u8, u16, &'static [&'static str]);

/// All that there are. Whoever adds a code decides here what sort it is of; 500 is for what nobody asked wrongly.
const SORTS: &[Sort] = &[
    (
        Kind::Failed,
        1,
        500,
        &[
            "bug",
            "directory-stopped",
            "import-stopped",
            "input-ended",
            "no-entropy",
            "no-media-worker",
            "node",
            "not-running",
            "stopped",
        ],
    ),
    (
        Kind::Usage,
        2,
        400,
        &[
            "api-misuse",
            "malformed-operator",
            "no-home",
            "operator-twice",
            "to-whom",
            "usage",
        ],
    ),
    (
        Kind::NotFound,
        3,
        404,
        &[
            "never-run",
            "no-file",
            "no-operator-key",
            "not-blocked",
            "profile-not-there",
            "unknown-ballot",
            "unknown-conversation",
            "unknown-file",
            "unknown-import",
            "unknown-item",
            "unknown-person",
            "unknown-message",
            "unknown-name",
            "unknown-path",
            "unknown-reply",
            "unknown-scheduled",
            "unknown-request",
            "unknown-token",
            "unknown-upload",
            "unknown-validator",
        ],
    ),
    (
        Kind::Unreachable,
        4,
        503,
        &[
            "busy",
            "cut-off",
            "daemon-gone",
            "file-not-here",
            "no-network",
            "not-reachable-yet",
            "not-ready",
            "timeout",
            "trust-expired",
            "undecided",
            "unreachable",
            "waiting",
        ],
    ),
    (
        Kind::Refused,
        5,
        422,
        &[
            "account-exists",
            "already-registered",
            "ambiguous-dates",
            "archive-unreadable",
            "bad-network-file",
            "bad-note",
            "broken-invitation",
            "conversation-closed",
            "empty",
            "file-broken",
            "file-exists",
            "file-too-large",
            "identity-changed",
            "invitation-too-old",
            "item-too-large",
            "library-full",
            "locked",
            "malformed-answers",
            "malformed-code",
            "malformed-name",
            "malformed-poll",
            "metadata-stays",
            "myself",
            "name-released",
            "name-reserved",
            "name-resting",
            "name-similar",
            "name-taken",
            "network-forked",
            "no-account",
            "no-checkpoint",
            "no-choice",
            "no-picture",
            "no-poll",
            "message-deleted",
            "no-reaction",
            "no-timer",
            "not-on-its-way",
            "blocked",
            "too-many-pinned",
            "too-many-folders",
            "too-many-scheduled",
            "too-many-tags",
            "not-then",
            "nobody-else",
            "not-yours",
            "too-many-changes",
            "too-many-reactions",
            "not-a-validator",
            "not-a-vote",
            "not-begun",
            "not-confirmed",
            "not-an-archive",
            "not-needed",
            "not-proved",
            "not-registered",
            "other-name",
            "other-network",
            "other-person",
            "other-phrase",
            "passphrase-needed",
            "picture-damaged",
            "picture-too-large",
            "picture-unusual",
            "poll-ended",
            "profile-already-there",
            "proof-refused",
            "refused",
            "rejected",
            "request-refused",
            "superseded",
            "too-large",
            "too-long",
            "too-many-files",
            "too-many-files-waiting",
            "too-many-tokens",
            "too-many-uploads",
            "unreadable",
            "upload-ended",
            "wrong-passphrase",
            "wrong-phrase",
        ],
    ),
    (
        Kind::InUse,
        6,
        409,
        &["import-busy", "node-running", "port-in-use", "profile-in-use"],
    ),
    (
        Kind::Storage,
        7,
        507,
        &[
            "damaged-file",
            "disk-full",
            "node-storage",
            "old-version",
            "profile-damaged",
            "profile-too-new",
            "storage",
        ],
    ),
    (Kind::Clock, 8, 409, &["clock-off"]),
    (Kind::Unauthorized, 1, 401, &["unauthorized", "unknown-code"]),
    (
        Kind::Forbidden,
        1,
        403,
        &["foreign-host", "foreign-origin", "out-of-scope", "owner-only"],
    ),
];

fn decided() -> BTreeMap<&'static str, Kind> {
    let mut decided = BTreeMap::new();
    for (kind, _, _, codes) in SORTS {
        for code in *codes {
            assert_eq!(decided.insert(*code, *kind), None, "{code} is there twice");
        }
    }
    decided
}

/// The sources of a crate, without tests.
fn sources(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(sources(&path));
        } else if path.file_name().is_some_and(|name| name != "tests.rs") {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next();
            texts.extend(code.map(str::to_owned));
        }
    }
    texts
}

fn sources_of(name: &str) -> Vec<String> {
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .join(name)
            .join("src"),
    )
}

/// What stands between the next two quotation marks.
fn quoted(text: &str) -> Option<&str> {
    text.split('"').nth(1)
}

/// The codes that the SDK's errors have, as their sources say.
fn codes_of_the_sdk() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for text in ["core", "client"].into_iter().flat_map(sources_of) {
        for block in text.split("\nimpl").skip(1) {
            let header = block.lines().next().unwrap();
            let Some((_, body)) = block.split_once("fn code(&self) -> &'static str {") else {
                continue;
            };
            if header.contains("Error") || header.contains("Coded for") {
                let body = body.split("\n    }").next().unwrap();
                codes.extend(body.lines().filter_map(quoted).map(str::to_owned));
            }
        }
    }
    codes
}

/// The codes that this program makes itself, each with its sort, as its sources say.
fn codes_of_the_program() -> BTreeSet<(String, String)> {
    let mut codes = BTreeSet::new();
    for text in sources_of("app") {
        for made in text.split("::new(").skip(1) {
            let made = made.trim_start().trim_start_matches("crate::failure::");
            let Some((kind, rest)) = made.strip_prefix("Kind::").and_then(|made| made.split_once(',')) else {
                continue;
            };
            assert!(
                rest.trim_start().starts_with('"'),
                "the code is no literal: {kind}, {rest:.80}"
            );
            codes.insert((kind.to_owned(), quoted(rest).unwrap().to_owned()));
        }
    }
    codes
}

#[test]
fn every_code_has_a_decided_kind_and_status() {
    for (kind, exit_code, status, _) in SORTS {
        assert_eq!(
            (kind.exit_code(), kind.http_status()),
            (*exit_code, *status),
            "{kind:?}"
        );
    }
    let decided = decided();
    let (of_the_sdk, of_the_program) = (codes_of_the_sdk(), codes_of_the_program());
    assert!(
        of_the_sdk.len() > 40 && of_the_program.len() > 50,
        "they are read"
    );
    let mut seen = BTreeSet::new();
    for code in &of_the_sdk {
        let failure = from_code(code, "x", false);
        assert_eq!(decided.get(failure.code.as_str()), Some(&failure.kind), "{code}");
        seen.insert(failure.code);
    }
    for (kind, code) in &of_the_program {
        let known = decided.get(code.as_str()).map(|kind| format!("{kind:?}"));
        assert_eq!(known.as_ref(), Some(kind), "{code}");
        seen.insert(code.clone());
    }
    // A code that takes the place of another one in a failure that is there.
    seen.extend(["disk-full", "not-a-validator"].map(str::to_owned));
    let unused: Vec<_> = decided.keys().filter(|code| !seen.contains(**code)).collect();
    assert!(unused.is_empty(), "nothing has the codes {unused:?}");
}

#[test]
fn a_code_of_a_newer_messenger_is_a_failure_like_any_other() {
    assert_eq!(from_code("of-tomorrow", "x", false).kind, Kind::Failed);
}

#[test]
fn a_port_in_use_is_said_in_one_line() {
    let failure = not_started(&SpawnError::PortInUse);
    assert_eq!(failure.kind, Kind::InUse);
    assert_eq!(
        failure.to_string(),
        "Another program uses the node's port. Stop that program, or choose another port."
    );
}

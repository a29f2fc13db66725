//! The embedded store when the process or the disk gives up at a bad moment.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command as Process, Stdio};

use xchat_mailbox::store::{FjallOptions, FjallStore};
use xchat_mailbox::{Command, Mailbox, PageLimits};
use xchat_proto::codec::Blob;
use xchat_proto::ids::LogId;
use xchat_proto::keys::SigningKey;
use xchat_proto::limits::DAY_MS;
use xchat_proto::mailbox_wire::{EntryBody, Refusal, Reply};

const DIRECTORY: &str = "XCHAT_MAILBOX_CRASH_DIRECTORY";
const LOG: LogId = LogId([1; 32]);
const NOW_MS: u64 = 20_000 * DAY_MS;

fn open(path: &Path, options: FjallOptions) -> Mailbox<FjallStore> {
    let key = SigningKey::from_seed(&[9; 32]);
    let store = FjallStore::open_with(path, options).unwrap();
    let mut mailbox = Mailbox::open(key.clone(), store).unwrap();
    let create = Command::CreateConversation {
        log: LOG,
        epoch: 0,
        capability: key.public(),
    };
    assert_eq!(mailbox.apply(vec![create], NOW_MS).replies, [Reply::Done]);
    mailbox
}

fn append(text: &str, padding: usize) -> Command {
    let bytes = [text.as_bytes(), b" ", &vec![b'.'; padding]].concat();
    Command::Append {
        log: LOG,
        epoch: 0,
        envelope: Blob::new(bytes).unwrap(),
    }
}

/// What lies in the log: for each index its text, without the padding.
fn all(mailbox: &Mailbox<FjallStore>) -> BTreeMap<u64, String> {
    let mut found = BTreeMap::new();
    loop {
        let page = mailbox
            .read(&LOG, 0, found.len() as u64, PageLimits::default())
            .unwrap();
        for entry in page.entries {
            let EntryBody::Envelope(envelope) = entry.body else {
                panic!("a commit")
            };
            let text = String::from_utf8(envelope.into_vec()).unwrap();
            found.insert(entry.index, text.split(' ').next().unwrap().to_owned());
        }
        if !page.more {
            return found;
        }
    }
}

/// This test binary again, running one of its tests as a process of its own.
fn child(test: &str, directory: &Path, wrap: &str) -> Process {
    let mut process = Process::new("sh");
    let script = format!("{wrap} exec \"$0\" --exact {test} --nocapture --test-threads 1");
    process.arg("-c").arg(script).arg(env::current_exe().unwrap());
    process.env(DIRECTORY, directory).stdout(Stdio::piped());
    process
}

fn acknowledged(line: &str) -> Option<(u64, String)> {
    let (index, text) = line.strip_prefix("ack ")?.split_once(' ')?;
    Some((index.parse().ok()?, text.to_owned()))
}

fn spawn(directory: &Path) -> (Child, BufReader<ChildStdout>) {
    let mut writer = child("writer", directory, "").spawn().unwrap();
    let output = BufReader::new(writer.stdout.take().unwrap());
    (writer, output)
}

/// Appends for ever and says what was acknowledged. Only when started as a child.
#[test]
fn writer() {
    let Some(directory) = env::var_os(DIRECTORY) else {
        return;
    };
    let mut mailbox = open(Path::new(&directory), FjallOptions::default());
    let from = all(&mailbox).len();
    for batch in (from..).step_by(7) {
        let names: Vec<String> = (batch..batch + 7).map(|n| n.to_string()).collect();
        let replies = mailbox
            .apply(names.iter().map(|name| append(name, 900)).collect(), NOW_MS)
            .replies;
        let mut said = String::new();
        for (reply, name) in replies.iter().zip(&names) {
            let Reply::Appended { index } = reply else {
                panic!("{reply:?}")
            };
            said.push_str(&format!("ack {index} {name}\n"));
        }
        std::io::stdout().write_all(said.as_bytes()).unwrap();
    }
}

#[test]
fn log_02_what_is_acknowledged_survives_sigkill() {
    let directory = tempfile::tempdir().unwrap();
    let mut promised = BTreeMap::new();
    for round in 1..=4 {
        let (mut writer, mut output) = spawn(directory.path());
        let mut line = String::new();
        while promised.len() < round * 2000 && output.read_line(&mut line).unwrap() > 0 {
            promised.extend(acknowledged(line.trim_end()));
            line.clear();
        }
        // SIGKILL on Unix: in the middle of whatever it does.
        writer.kill().unwrap();
        writer.wait().unwrap();
        promised.extend(
            output
                .lines()
                .map_while(Result::ok)
                .filter_map(|line| acknowledged(&line)),
        );
        assert!(promised.len() >= round * 2000, "the writer ended early");
        let found = all(&open(directory.path(), FjallOptions::default()));
        for (index, text) in &promised {
            assert_eq!(found.get(index), Some(text), "acknowledged, then killed");
        }
        assert_eq!(found.len() % 7, 0, "a batch is there as a whole or not at all");
        let texts: std::collections::BTreeSet<_> = found.values().collect();
        assert_eq!(texts.len(), found.len(), "nothing twice");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn journal(directory: &Path) -> std::path::PathBuf {
    let mut found: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jnl"))
        .collect();
    found.sort();
    found.pop().unwrap()
}

fn written(journal: &Path) -> usize {
    let bytes = fs::read(journal).unwrap();
    bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1)
}

#[test]
fn log_02_a_copy_of_the_open_store_has_all_that_was_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let mut mailbox = open(directory.path(), FjallOptions::default());
    for batch in 0..5 {
        mailbox.apply(
            (0..20).map(|n| append(&format!("{batch}-{n}"), 100)).collect(),
            NOW_MS,
        );
        let copied = tempfile::tempdir().unwrap();
        // The store is open and never told to flush: as if the power went now.
        copy(directory.path(), copied.path());
        assert_eq!(
            all(&open(copied.path(), FjallOptions::default())).len(),
            (batch + 1) * 20
        );
    }
}

#[test]
fn log_02_a_torn_batch_is_not_there_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let mut mailbox = open(directory.path(), FjallOptions::default());
    mailbox.apply(
        (0..20).map(|n| append(&format!("first-{n}"), 100)).collect(),
        NOW_MS,
    );
    let first = written(&journal(directory.path()));
    mailbox.apply(
        (0..20).map(|n| append(&format!("second-{n}"), 100)).collect(),
        NOW_MS,
    );
    let second = written(&journal(directory.path()));
    assert!(second > first + 2000);
    for cut in [
        first + 1,
        first + 40,
        (first + second) / 2,
        second - 30,
        second - 1,
    ] {
        let copied = tempfile::tempdir().unwrap();
        copy(directory.path(), copied.path());
        let torn = journal(copied.path());
        let mut bytes = fs::read(&torn).unwrap();
        bytes.iter_mut().skip(cut).for_each(|byte| *byte = 0);
        fs::write(&torn, bytes).unwrap();
        let mut mailbox = open(copied.path(), FjallOptions::default());
        let found = all(&mailbox);
        assert_eq!(found.len(), 20, "cut at {cut} of {first}..{second}");
        assert!(found.values().all(|text| text.starts_with("first-")));
        let next = mailbox.apply(vec![append("next", 1)], NOW_MS).replies;
        assert_eq!(next, [Reply::Appended { index: 20 }]);
    }
}

/// Fills what it may write, then gets room again. Only when started as a child with a limit.
#[cfg(target_os = "linux")]
#[test]
fn filler() {
    let Some(directory) = env::var_os(DIRECTORY) else {
        return;
    };
    // One journal takes all, so that it grows to the limit.
    let options = FjallOptions {
        memtable_bytes: 1 << 30,
        journal_bytes: 1 << 30,
        ..FjallOptions::default()
    };
    let mut mailbox = open(Path::new(&directory), options);
    let mut kept = BTreeMap::new();
    let mut fill = |mailbox: &mut Mailbox<FjallStore>, most: usize| {
        for n in 0..most {
            let names = [format!("{n}-a"), format!("{n}-b")];
            let batch = names.iter().map(|name| append(name, 200_000)).collect();
            let replies = mailbox.apply(batch, NOW_MS).replies;
            if replies == [const { Reply::Refused(Refusal::StorageFailed) }; 2] {
                return (n, kept.clone());
            }
            for (reply, name) in replies.into_iter().zip(names) {
                let Reply::Appended { index } = reply else {
                    panic!("{reply:?}")
                };
                kept.insert(index, name);
            }
        }
        (most, kept.clone())
    };
    let (reached, promised) = fill(&mut mailbox, 1000);
    assert!(
        (100..1000).contains(&reached),
        "{reached} batches before the disk was full"
    );
    let again = mailbox.apply(vec![append("while full", 200_000)], NOW_MS).replies;
    assert_eq!(again, [Reply::Refused(Refusal::StorageFailed)]);
    let more = Process::new("prlimit")
        .arg(format!("--pid={}", std::process::id()))
        .arg("--fsize=unlimited")
        .status();
    assert!(more.unwrap().success());
    let (reached, promised_after) = fill(&mut mailbox, reached + 10);
    assert!(promised_after.len() > promised.len(), "{reached}");
    for mailbox in [mailbox, open_again(&directory, options)] {
        let found = all(&mailbox);
        assert_eq!(
            found, promised_after,
            "all that was acknowledged, and nothing else"
        );
    }
    println!("filled and went on");
}

#[cfg(target_os = "linux")]
fn open_again(directory: &std::ffi::OsStr, options: FjallOptions) -> Mailbox<FjallStore> {
    let copied = Path::new(directory).join("copy");
    fs::create_dir_all(&copied).unwrap();
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let target = copied.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true if entry.file_name() == "copy" => {}
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
    open(&copied, options)
}

/// LOG-15 with the real engine: a write that the operating system refuses, through a limit on the size of files.
#[cfg(target_os = "linux")]
#[test]
fn log_15_the_engine_goes_on_when_there_is_room_again() {
    let directory = tempfile::tempdir().unwrap();
    // In blocks of 512 bytes: a little more than the 64 MiB that the engine reserves for its journal.
    let limit = "trap '' XFSZ; ulimit -S -f 139264;";
    let output = child("filler", directory.path(), limit)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let (said, complained) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.success() && said.contains("filled and went on"),
        "{said}\n{complained}"
    );
}

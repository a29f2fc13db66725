//! Random commands against a model so small that it is plainly right.

use std::collections::BTreeMap;

use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::test_runner::{Config, TestRunner};
use xchat_mailbox::Command;
use xchat_proto::ids::LogId;
use xchat_proto::mailbox_wire::{Refusal, Reply};

use super::lab::{Home, Lab, appended, envelope, member, public, refused, value};

#[derive(Debug, Clone)]
enum Op {
    Create { log: u8, epoch: u64 },
    CreateInbox { log: u8 },
    Append { log: u8, epoch: u64, text: u8 },
    Submit { log: u8, epoch: u64, text: u8 },
    Deposit { log: u8, text: u8 },
    Trim { log: u8, before: u64 },
    EndBatch,
    Restart,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let (log, epoch, text) = (0..3_u8, 0..4_u64, 0..8_u8);
    let op = prop_oneof![
        1 => (log.clone(), 0..2_u64).prop_map(|(log, epoch)| Op::Create { log, epoch }),
        1 => log.clone().prop_map(|log| Op::CreateInbox { log }),
        8 => (log.clone(), epoch.clone(), text.clone()).prop_map(|(log, epoch, text)| Op::Append { log, epoch, text }),
        3 => (log.clone(), epoch, text.clone()).prop_map(|(log, epoch, text)| Op::Submit { log, epoch, text }),
        6 => (log.clone(), text).prop_map(|(log, text)| Op::Deposit { log, text }),
        2 => (log, 0..9_u64).prop_map(|(log, before)| Op::Trim { log, before }),
        4 => Just(Op::EndBatch),
        1 => Just(Op::Restart),
    ];
    proptest::collection::vec(op, 1..60)
}

#[derive(Debug)]
enum Log {
    /// The first epoch, and for each segment what was appended, the last one being open.
    Conversation {
        first: u64,
        segments: Vec<Vec<String>>,
    },
    Inbox {
        all: Vec<String>,
        trimmed: usize,
    },
}

#[derive(Debug, Default)]
struct Model(BTreeMap<u8, Log>);

/// What the model says: a whole reply, or that this text is decided.
#[derive(Debug)]
enum Expected {
    Reply(Reply),
    Decided(String),
}

fn create(logs: &mut BTreeMap<u8, Log>, log: u8, epoch: Option<u64>) -> Reply {
    match (logs.get(&log), epoch) {
        (Some(Log::Conversation { first, .. }), Some(epoch)) if *first == epoch => Reply::Done,
        (Some(Log::Inbox { .. }), None) => Reply::Done,
        (Some(_), _) => refused(Refusal::LogTaken),
        (None, epoch) => {
            let made = match epoch {
                Some(first) => Log::Conversation {
                    first,
                    segments: vec![Vec::new()],
                },
                None => Log::Inbox {
                    all: Vec::new(),
                    trimmed: 0,
                },
            };
            logs.insert(log, made);
            Reply::Done
        }
    }
}

fn write(log: Option<&mut Log>, epoch: u64, text: String, commit: bool) -> Expected {
    let (first, segments) = match log {
        None => return Expected::Reply(refused(Refusal::UnknownLog)),
        Some(Log::Inbox { .. }) => return Expected::Reply(refused(Refusal::WrongKind)),
        Some(Log::Conversation { first, segments }) => (*first, segments),
    };
    let open = first + segments.len() as u64 - 1;
    if epoch > open {
        return Expected::Reply(refused(Refusal::FutureEpoch));
    }
    let stale = Expected::Reply(refused(Refusal::StaleEpoch { open }));
    if epoch < first {
        return stale;
    }
    let number = usize::try_from(epoch - first).unwrap();
    let before: usize = segments.iter().take(number).map(Vec::len).sum();
    let segment = segments.get_mut(number).unwrap();
    if commit && epoch < open {
        return Expected::Decided(segment.last().unwrap().clone());
    }
    if commit {
        segment.push(format!("commit {text}"));
        segments.push(Vec::new());
        return Expected::Decided(format!("commit {text}"));
    }
    let found = segment.iter().position(|there| *there == text);
    let index = match found {
        Some(index) => index,
        None if epoch < open => return stale,
        None => {
            segment.push(text);
            segment.len() - 1
        }
    };
    Expected::Reply(appended((before + index) as u64))
}

impl Model {
    fn expect(&mut self, op: &Op) -> Expected {
        let logs = &mut self.0;
        match *op {
            Op::Create { log, epoch } => Expected::Reply(create(logs, log, Some(epoch))),
            Op::CreateInbox { log } => Expected::Reply(create(logs, log, None)),
            Op::Append { log, epoch, text } => write(logs.get_mut(&log), epoch, text.to_string(), false),
            Op::Submit { log, epoch, text } => write(logs.get_mut(&log), epoch, text.to_string(), true),
            Op::Deposit { log, text } => Expected::Reply(match logs.get_mut(&log) {
                None => refused(Refusal::UnknownLog),
                Some(Log::Conversation { .. }) => refused(Refusal::WrongKind),
                Some(Log::Inbox { all, .. }) => {
                    let text = text.to_string();
                    let index = all.iter().position(|there| *there == text).unwrap_or_else(|| {
                        all.push(text);
                        all.len() - 1
                    });
                    appended(index as u64)
                }
            }),
            Op::Trim { log, before } => Expected::Reply(match logs.get_mut(&log) {
                None => refused(Refusal::UnknownLog),
                Some(Log::Conversation { .. }) => refused(Refusal::WrongKind),
                Some(Log::Inbox { all, trimmed }) => {
                    *trimmed = (*trimmed).max(all.len().min(usize::try_from(before).unwrap()));
                    Reply::Done
                }
            }),
            Op::EndBatch | Op::Restart => Expected::Reply(Reply::Done),
        }
    }
}

fn id(log: u8) -> LogId {
    LogId([log + 100; 32])
}

fn command(op: &Op) -> Option<Command> {
    Some(match *op {
        Op::Create { log, epoch } => Command::CreateConversation {
            log: id(log),
            epoch,
            capability: public(member(epoch)),
        },
        Op::CreateInbox { log } => Command::CreateInbox {
            log: id(log),
            owner: public(1),
            deposit_bits: 0,
        },
        Op::Append { log, epoch, text } => Command::Append {
            log: id(log),
            epoch,
            envelope: envelope(&text.to_string()),
        },
        Op::Submit { log, epoch, text } => Command::SubmitCommit {
            log: id(log),
            epoch,
            value: value(epoch, &text.to_string()),
        },
        Op::Deposit { log, text } => Command::Deposit {
            log: id(log),
            envelope: envelope(&text.to_string()),
        },
        Op::Trim { log, before } => Command::TrimInbox { log: id(log), before },
        Op::EndBatch | Op::Restart => return None,
    })
}

fn compare(reply: &Reply, expected: &Expected) {
    match (reply, expected) {
        (Reply::Decided { value, .. }, Expected::Decided(text)) => {
            assert_eq!(
                format!("commit {}", String::from_utf8_lossy(value.envelope.as_slice())),
                *text
            );
        }
        (reply, Expected::Reply(expected)) => assert_eq!(reply, expected),
        (reply, expected) => panic!("{reply:?} where the model says {expected:?}"),
    }
}

fn run<L: Lab>(ops: Vec<Op>) {
    let mut home = Home::<L>::new();
    let mut model = Model::default();
    let (mut batch, mut expected) = (Vec::new(), Vec::new());
    for op in ops.into_iter().chain([Op::Restart]) {
        let says = model.expect(&op);
        if let Some(command) = command(&op) {
            batch.push(command);
            expected.push(says);
            continue;
        }
        let replies = home.batch(std::mem::take(&mut batch)).replies;
        assert_eq!(replies.len(), expected.len());
        for (reply, expected) in replies.iter().zip(expected.drain(..)) {
            compare(reply, &expected);
        }
        if matches!(op, Op::Restart) {
            home.restart();
        }
    }
    for (log, there) in &model.0 {
        let numbered = |from: usize, texts: &[String]| -> Vec<(u64, String)> {
            texts
                .iter()
                .enumerate()
                .map(|(n, text)| ((from + n) as u64, text.clone()))
                .collect()
        };
        match there {
            Log::Inbox { all, trimmed } => {
                let left = numbered(*trimmed, all.get(*trimmed..).unwrap());
                assert_eq!(home.read(id(*log), 0, 0), Ok(left));
            }
            Log::Conversation { first, segments } => {
                let mut from = 0;
                for (epoch, segment) in (*first..).zip(segments) {
                    assert_eq!(home.read(id(*log), epoch, 0), Ok(numbered(from, segment)));
                    from += segment.len();
                }
            }
        }
    }
}

pub(crate) fn log_01_any_sequence_of_commands_does_what_the_model_says<L: Lab>() {
    let cases = if L::CHEAP { 400 } else { 24 };
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&ops(), |ops| {
        run::<L>(ops);
        Ok(())
    });
    outcome.unwrap();
}

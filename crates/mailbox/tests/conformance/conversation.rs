//! Conversation logs.

use xchat_mailbox::{Command, PageLimits, Quotas};
use xchat_proto::codec::{self, Blob, Bounded};
use xchat_proto::decision::{CommitValue, verify_decision};
use xchat_proto::ids::{LogId, NodeId};
use xchat_proto::limits::READ_ENTRIES_MAX;
use xchat_proto::mailbox_wire::{Refusal, Reply};

use super::lab::{
    CONVERSATION, EPOCH, Home, INBOX, Lab, append, appended, endpoint, envelope, home_id, list, member,
    noticed, public, refused, submit, value,
};

pub(crate) fn log_01_entries_are_numbered_without_a_gap_across_segments<L: Lab>() {
    let mut home = Home::<L>::new();
    assert_eq!(home.one(append(EPOCH, "a")), appended(0));
    assert_eq!(home.one(append(EPOCH, "b")), appended(1));
    assert!(matches!(home.one(submit(EPOCH, "c")), Reply::Decided { .. }));
    assert_eq!(home.one(append(EPOCH + 1, "d")), appended(3));
    home.restart();
    assert_eq!(home.one(append(EPOCH + 1, "e")), appended(4));
    let first = list(&[(0, "a"), (1, "b"), (2, "commit c")]);
    assert_eq!(home.read(CONVERSATION, EPOCH, 0), Ok(first));
    assert_eq!(
        home.read(CONVERSATION, EPOCH + 1, 0),
        Ok(list(&[(3, "d"), (4, "e")]))
    );
}

pub(crate) fn log_01_a_conversation_has_no_trim<L: Lab>() {
    let mut home = Home::<L>::new();
    home.one(append(EPOCH, "a"));
    let trim = Command::TrimInbox {
        log: CONVERSATION,
        before: 1,
    };
    assert_eq!(home.one(trim), refused(Refusal::WrongKind));
    assert_eq!(home.read(CONVERSATION, EPOCH, 0), Ok(list(&[(0, "a")])));
}

pub(crate) fn log_02_what_is_acknowledged_survives_a_restart<L: Lab>() {
    let mut home = Home::<L>::new();
    let names: Vec<String> = (0..300).map(|n| format!("envelope {n}")).collect();
    for chunk in names.chunks(70) {
        home.batch(chunk.iter().map(|name| append(EPOCH, name)).collect());
        home.restart();
    }
    let mut seen = Vec::new();
    while seen.len() < names.len() {
        let more = home.read(CONVERSATION, EPOCH, seen.len() as u64).unwrap();
        assert!(!more.is_empty(), "{} of 300 are there", seen.len());
        seen.extend(more.into_iter().map(|(_, text)| text));
    }
    assert_eq!(seen, names);
}

pub(crate) fn log_02_a_batch_has_one_commit<L: Lab>() {
    let mut home = Home::<L>::new();
    let before = home.commits.get();
    home.batch((0..50).map(|n| append(EPOCH, &n.to_string())).collect());
    assert_eq!(home.commits.get(), before + 1);
    home.batch(vec![append(EPOCH, "1"), append(EPOCH + 4, "x")]);
    assert_eq!(
        home.commits.get(),
        before + 1,
        "nothing to write, nothing to flush"
    );
}

pub(crate) fn log_03_an_append_is_idempotent_in_batches_restarts_and_closed_segments<L: Lab>() {
    let mut home = Home::<L>::new();
    let twice = home.batch(vec![append(EPOCH, "a"), append(EPOCH, "b"), append(EPOCH, "a")]);
    assert_eq!(twice.replies, [appended(0), appended(1), appended(0)]);
    assert_eq!(noticed(&twice.notices), [(EPOCH, list(&[(0, "a"), (1, "b")]))]);
    home.restart();
    assert_eq!(home.one(append(EPOCH, "b")), appended(1));
    home.one(submit(EPOCH, "c"));
    let again = home.batch(vec![append(EPOCH, "b"), append(EPOCH, "new")]);
    assert_eq!(
        again.replies,
        [appended(1), refused(Refusal::StaleEpoch { open: EPOCH + 1 })]
    );
    assert!(again.notices.is_empty(), "what was there is not announced again");
    home.restart();
    assert_eq!(home.one(append(EPOCH, "a")), appended(0));
}

pub(crate) fn log_04_creation_is_idempotent<L: Lab>() {
    let mut home = Home::<L>::new();
    let create = |log: LogId, epoch: u64, seed: u8| Command::CreateConversation {
        log,
        epoch,
        capability: public(seed),
    };
    home.one(append(EPOCH, "a"));
    home.one(submit(EPOCH, "c"));
    home.restart();
    assert_eq!(home.one(create(CONVERSATION, EPOCH, member(EPOCH))), Reply::Done);
    assert_eq!(
        home.one(append(EPOCH + 1, "d")),
        appended(2),
        "creating again changed nothing"
    );
    assert_eq!(
        home.one(create(CONVERSATION, EPOCH, 3)),
        refused(Refusal::LogTaken)
    );
    assert_eq!(
        home.one(create(CONVERSATION, 0, member(EPOCH))),
        refused(Refusal::LogTaken)
    );
    assert_eq!(
        home.one(create(INBOX, EPOCH, member(EPOCH))),
        refused(Refusal::LogTaken)
    );
    let inbox = |seed, deposit_bits| Command::CreateInbox {
        log: INBOX,
        owner: public(seed),
        deposit_bits,
    };
    assert_eq!(home.one(inbox(super::lab::OWNER, 3)), Reply::Done);
    assert_eq!(home.one(inbox(super::lab::OWNER, 4)), refused(Refusal::LogTaken));
    assert_eq!(home.one(inbox(3, 3)), refused(Refusal::LogTaken));
    let endless = Command::CreateInbox {
        log: LogId([8; 32]),
        owner: public(3),
        deposit_bits: 255,
    };
    assert_eq!(home.one(endless), refused(Refusal::Malformed));
}

pub(crate) fn log_06_an_append_under_another_epoch_is_refused<L: Lab>() {
    let mut home = Home::<L>::new();
    assert_eq!(home.one(append(EPOCH + 1, "a")), refused(Refusal::FutureEpoch));
    assert_eq!(home.one(submit(EPOCH + 1, "a")), refused(Refusal::FutureEpoch));
    assert_eq!(
        home.one(append(EPOCH - 1, "a")),
        refused(Refusal::StaleEpoch { open: EPOCH })
    );
    assert_eq!(
        home.one(submit(EPOCH - 1, "a")),
        refused(Refusal::StaleEpoch { open: EPOCH })
    );
    let unknown = Command::Append {
        log: LogId([9; 32]),
        epoch: 0,
        envelope: envelope("a"),
    };
    assert_eq!(home.one(unknown), refused(Refusal::UnknownLog));
    let wrong = Command::Append {
        log: INBOX,
        epoch: 0,
        envelope: envelope("a"),
    };
    assert_eq!(home.one(wrong), refused(Refusal::WrongKind));
    assert_eq!(home.read(CONVERSATION, EPOCH, 0), Ok(Vec::new()));
}

pub(crate) fn log_07_a_segment_ends_with_its_commit<L: Lab>() {
    let mut home = Home::<L>::new();
    home.batch(vec![
        append(EPOCH, "a"),
        submit(EPOCH, "c"),
        append(EPOCH + 1, "b"),
        submit(EPOCH + 1, "d"),
    ]);
    let page = home
        .mailbox()
        .read(&CONVERSATION, EPOCH, 0, PageLimits::default())
        .unwrap();
    assert_eq!(
        super::lab::texts(&page.entries),
        list(&[(0, "a"), (1, "commit c")])
    );
    assert!(page.closed && !page.more);
    assert_eq!(
        home.read(CONVERSATION, EPOCH, 2),
        Ok(Vec::new()),
        "nothing of the next segment"
    );
    assert_eq!(
        home.read(CONVERSATION, EPOCH + 1, 0),
        Ok(list(&[(2, "b"), (3, "commit d")]))
    );
    assert_eq!(home.read(CONVERSATION, EPOCH + 2, 0), Ok(Vec::new()));
    assert_eq!(home.read(CONVERSATION, EPOCH + 3, 0), Err(Refusal::FutureEpoch));
}

pub(crate) fn log_08_an_epoch_is_decided_once<L: Lab>() {
    let mut home = Home::<L>::new();
    let both = home
        .batch(vec![submit(EPOCH, "first"), submit(EPOCH, "second")])
        .replies;
    assert_eq!(both.first(), both.get(1), "the second is told the first");
    let Some(Reply::Decided { value: decided, .. }) = both.first() else {
        panic!("{both:?}");
    };
    assert_eq!(*decided, value(EPOCH, "first"));
    home.restart();
    home.one(submit(EPOCH + 1, "later"));
    let again = home.one(submit(EPOCH, "first"));
    assert_eq!(
        codec::encode(&again),
        codec::encode(both.first().unwrap()),
        "byte for byte"
    );
    assert_eq!(
        home.read(CONVERSATION, EPOCH, 0),
        Ok(list(&[(0, "commit first")]))
    );
}

pub(crate) fn log_09_the_certificate_opens_the_next_segment<L: Lab>() {
    use xchat_proto::capability::Role;
    let mut home = Home::<L>::new();
    let Reply::Decided { value, certificate } = home.one(submit(EPOCH, "c")) else {
        panic!("not decided");
    };
    let verdict = verify_decision(&certificate, &[home_id()], &CONVERSATION, EPOCH, &value.hash());
    assert_eq!(verdict, Ok(()));
    let access = home.mailbox().access(&CONVERSATION, Role::Member, EPOCH + 1);
    assert_eq!(access, Ok(value.next_capability));
    let access = home.mailbox().access(&CONVERSATION, Role::Member, EPOCH);
    assert_eq!(
        access,
        Ok(public(member(EPOCH))),
        "a laggard still proves the old epoch"
    );
}

pub(crate) fn log_09_a_value_that_would_brick_the_log_is_malformed<L: Lab>() {
    let mut home = Home::<L>::new();
    let good = value(EPOCH, "c");
    let homes = |ids: &[NodeId]| Bounded::new(ids.iter().copied().map(endpoint).collect()).unwrap();
    let bad = [
        CommitValue {
            next_homes: homes(&[]),
            ..good.clone()
        },
        CommitValue {
            next_homes: homes(&[NodeId([5; 32])]),
            ..good.clone()
        },
        CommitValue {
            next_homes: homes(&[home_id(), NodeId([5; 32])]),
            ..good.clone()
        },
        CommitValue {
            next_capability: public(member(EPOCH)),
            ..good.clone()
        },
        CommitValue {
            envelope: Blob::default(),
            ..good
        },
    ];
    for value in bad {
        let submit = Command::SubmitCommit {
            log: CONVERSATION,
            epoch: EPOCH,
            value,
        };
        assert_eq!(home.one(submit), refused(Refusal::Malformed));
    }
    assert_eq!(home.one(append(EPOCH, "")), refused(Refusal::Malformed));
    assert_eq!(
        home.one(append(EPOCH, "a")),
        appended(0),
        "the segment is still open"
    );
}

pub(crate) fn log_13_the_last_part_of_the_quota_is_for_commits<L: Lab>() {
    let quotas = Quotas {
        log_bytes: 4000,
        log_bytes_for_commits: 1000,
        inbox_entries: 9,
    };
    let mut home = Home::<L>::with_quotas(quotas);
    let mut accepted = 0_u64;
    loop {
        // 172 bytes and 128 for the entry.
        match home.one(append(EPOCH, &format!("{accepted:0172}"))) {
            Reply::Appended { .. } => accepted += 1,
            other => break assert_eq!(other, refused(Refusal::QuotaExceeded)),
        }
    }
    assert_eq!(accepted, 10, "3000 bytes of 300 each");
    home.restart();
    assert_eq!(home.one(append(EPOCH, "a")), refused(Refusal::QuotaExceeded));
    assert_eq!(
        home.one(append(EPOCH, &format!("{:0172}", 3))),
        appended(3),
        "a repeat needs no room"
    );
    assert!(matches!(home.one(submit(EPOCH, "heal")), Reply::Decided { .. }));
    let large = Command::SubmitCommit {
        log: CONVERSATION,
        epoch: EPOCH + 1,
        value: value(EPOCH + 1, &"x".repeat(1000)),
    };
    assert_eq!(home.one(large), refused(Refusal::QuotaExceeded));
}

pub(crate) fn log_13_a_page_is_bounded<L: Lab>() {
    let mut home = Home::<L>::new();
    home.batch((0..300).map(|n| append(EPOCH, &n.to_string())).collect());
    let page = home
        .mailbox()
        .read(&CONVERSATION, EPOCH, 0, PageLimits::default())
        .unwrap();
    assert_eq!(
        (page.entries.len(), page.more, page.next),
        (READ_ENTRIES_MAX, true, READ_ENTRIES_MAX as u64)
    );
    let limits = PageLimits {
        entries: 10,
        bytes: 30,
    };
    let page = home.mailbox().read(&CONVERSATION, EPOCH, 0, limits).unwrap();
    // An entry of one digit has 10 bytes on disk.
    assert_eq!((page.entries.len(), page.more), (3, true));
    let limits = PageLimits {
        entries: 10,
        bytes: 1,
    };
    let page = home.mailbox().read(&CONVERSATION, EPOCH, 299, limits).unwrap();
    assert_eq!(
        (page.entries.len(), page.more),
        (1, false),
        "one entry is given however large"
    );
}

pub(crate) fn log_19_later_commands_of_a_batch_see_earlier_ones<L: Lab>() {
    let mut home = Home::<L>::new();
    let log = LogId([7; 32]);
    let put = |text: &str| Command::Append {
        log,
        epoch: 0,
        envelope: envelope(text),
    };
    let all = home.batch(vec![
        put("early"),
        Command::CreateConversation {
            log,
            epoch: 0,
            capability: public(1),
        },
        put("a"),
        append(EPOCH, "other log"),
        submit(EPOCH, "c"),
        append(EPOCH, "stale"),
        append(EPOCH + 1, "b"),
        put("b"),
    ]);
    let [early, created, a, other, decided, stale, next, b] = all.replies.as_slice() else {
        panic!("{:?}", all.replies);
    };
    assert_eq!([early, created], [&refused(Refusal::UnknownLog), &Reply::Done]);
    assert_eq!(
        [a, b, other, next],
        [&appended(0), &appended(1), &appended(0), &appended(2)]
    );
    assert!(matches!(decided, Reply::Decided { .. }));
    assert_eq!(*stale, refused(Refusal::StaleEpoch { open: EPOCH + 1 }));
    let expected = [
        (EPOCH, list(&[(0, "other log"), (1, "commit c")])),
        (EPOCH + 1, list(&[(2, "b")])),
        (0, list(&[(0, "a"), (1, "b")])),
    ];
    assert_eq!(noticed(&all.notices), expected);
}

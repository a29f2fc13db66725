//! Retention.

use xchat_mailbox::Command;
use xchat_mailbox::store::{Store as _, Table};
use xchat_proto::capability::Role;
use xchat_proto::ids::LogId;
use xchat_proto::limits::{DAY_MS, RETENTION_MS};
use xchat_proto::mailbox_wire::{Refusal, Reply};

use super::lab::{
    CONVERSATION, EPOCH, Home, INBOX, Lab, append, appended, deposit, envelope, list, public, refused, submit,
};

pub(crate) fn log_14_entries_go_after_the_retention_and_the_index_goes_on<L: Lab>() {
    let mut home = Home::<L>::new();
    let start = home.now_ms;
    home.batch(vec![
        append(EPOCH, "a"),
        submit(EPOCH, "c"),
        append(EPOCH + 1, "b"),
        deposit("d"),
    ]);
    home.now_ms = start + 5 * DAY_MS;
    home.one(append(EPOCH + 1, "e"));
    home.now_ms = start + RETENTION_MS;
    home.expire_all();
    assert_eq!(
        home.read(CONVERSATION, EPOCH, 0),
        Ok(list(&[(0, "a"), (1, "commit c")])),
        "not a moment before"
    );
    home.now_ms += DAY_MS;
    home.expire_all();
    let open = EPOCH + 1;
    let expired = Refusal::Expired { open, first: 3 };
    for _ in 0..2 {
        assert_eq!(home.read(CONVERSATION, EPOCH, 0), Err(expired));
        assert_eq!(
            home.mailbox().access(&CONVERSATION, Role::Member, EPOCH),
            Err(expired)
        );
        assert_eq!(home.read(CONVERSATION, EPOCH + 1, 2), Err(expired));
        assert_eq!(home.read(CONVERSATION, EPOCH + 1, 3), Ok(list(&[(3, "e")])));
        assert_eq!(home.read(INBOX, 0, 0), Ok(Vec::new()));
        home.restart();
    }
    assert_eq!(
        home.one(append(EPOCH, "a")),
        refused(Refusal::StaleEpoch { open: EPOCH + 1 })
    );
    assert_eq!(
        home.one(submit(EPOCH, "c")),
        refused(expired),
        "never decided a second time"
    );
    home.now_ms += 9 * DAY_MS;
    home.expire_all();
    assert_eq!(home.mailbox().store().days(), Vec::<u64>::new());
    home.restart();
    assert_eq!(
        home.read(CONVERSATION, open, 3),
        Err(Refusal::Expired { open, first: 4 }),
        "nothing is kept: the next one is the first"
    );
    assert_eq!(home.read(CONVERSATION, open, 4), Ok(Vec::new()));
    assert_eq!(home.one(append(EPOCH + 1, "f")), appended(4));
    assert_eq!(home.one(deposit("g")), appended(1));
    home.restart();
    assert_eq!(home.read(CONVERSATION, EPOCH + 1, 4), Ok(list(&[(4, "f")])));
}

pub(crate) fn log_14_what_is_left_of_a_closed_segment_can_be_read<L: Lab>() {
    let mut home = Home::<L>::new();
    let start = home.now_ms;
    home.one(append(EPOCH, "a"));
    home.now_ms = start + 5 * DAY_MS;
    home.batch(vec![append(EPOCH, "b"), submit(EPOCH, "c")]);
    home.now_ms = start + RETENTION_MS + DAY_MS;
    home.expire_all();
    let open = EPOCH + 1;
    let expired = Err(Refusal::Expired { open, first: 1 });
    assert_eq!(home.read(CONVERSATION, EPOCH, 0), expired);
    assert_eq!(
        home.read(CONVERSATION, EPOCH, 1),
        Ok(list(&[(1, "b"), (2, "commit c")])),
        "from the first that is kept, also where the epoch is closed"
    );
}

pub(crate) fn log_14_a_clock_that_steps_back_changes_no_order<L: Lab>() {
    let mut home = Home::<L>::new();
    let start = home.now_ms;
    home.now_ms = start + 10 * DAY_MS;
    home.one(append(EPOCH, "ahead"));
    home.now_ms = start;
    home.one(append(EPOCH, "back"));
    home.restart();
    assert_eq!(home.one(append(EPOCH, "again")), appended(2));
    let all = list(&[(0, "ahead"), (1, "back"), (2, "again")]);
    assert_eq!(home.read(CONVERSATION, EPOCH, 0), Ok(all.clone()));
    home.now_ms = start + RETENTION_MS + 5 * DAY_MS;
    home.expire_all();
    assert_eq!(
        home.read(CONVERSATION, EPOCH, 0),
        Ok(all),
        "none goes before the one in front of it"
    );
}

pub(crate) fn log_14_many_logs_expire_in_steps<L: Lab>() {
    let mut home = Home::<L>::new();
    let logs: Vec<LogId> = (0..2500_u32)
        .map(|n| {
            let mut id = [0xff; 32];
            id.iter_mut()
                .zip(n.to_be_bytes())
                .for_each(|(to, byte)| *to = byte);
            LogId(id)
        })
        .chain([LogId([0xff; 32])])
        .collect();
    let create = |log: &LogId| Command::CreateConversation {
        log: *log,
        epoch: 0,
        capability: public(1),
    };
    home.batch(logs.iter().map(create).collect());
    let put = |log: &LogId| Command::Append {
        log: *log,
        epoch: 0,
        envelope: envelope("a"),
    };
    home.batch(logs.iter().map(put).collect());
    home.now_ms += RETENTION_MS + DAY_MS;
    let now_ms = home.now_ms;
    assert_eq!(
        home.mailbox().expire(now_ms),
        Ok(true),
        "the first step is not the last"
    );
    // A crash between two steps: the next run starts over.
    home.restart();
    let mut steps = 1;
    while home.mailbox().expire(now_ms).unwrap() {
        steps += 1;
    }
    assert!(steps >= 2, "{steps} steps");
    home.restart();
    let again = home.batch(logs.iter().map(put).collect()).replies;
    assert!(
        again.iter().all(|reply| *reply == appended(1)),
        "every head was kept"
    );
}

pub(crate) fn log_14_trimmed_days_are_forgotten<L: Lab>() {
    let mut home = Home::<L>::new();
    for day in 0..300_u64 {
        assert_eq!(home.one(deposit(&day.to_string())), appended(day));
        assert_eq!(
            home.one(Command::TrimInbox {
                log: INBOX,
                before: day + 1
            }),
            Reply::Done
        );
        home.now_ms += DAY_MS;
        home.expire_all();
    }
    let state = home
        .mailbox()
        .store()
        .read(Table::Main, &[b"L".as_slice(), &INBOX.0].concat());
    let length = state.unwrap().unwrap().len();
    assert!(
        length < 92 * 32,
        "the state of a trimmed inbox stays small: {length} bytes"
    );
    assert!(home.mailbox().store().days().len() <= 92);
}

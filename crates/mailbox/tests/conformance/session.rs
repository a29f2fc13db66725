//! Connections: proofs, prices, subscriptions, bounds.

use std::cell::Cell;

use xchat_mailbox::{Command, Route, Session, Subscription};
use xchat_proto::capability::{CapabilityClaim, Role};
use xchat_proto::codec::{Blob, Bounded};
use xchat_proto::ids::{Hash, LogId, NodeId};
use xchat_proto::limits::{
    CAPABILITIES_PER_CONNECTION_MAX, KEY_PACKAGE_WORK_BITS, LOG_WORK_BITS, SUBSCRIPTIONS_PER_CONNECTION_MAX,
};
use xchat_proto::mailbox_wire::{
    Refusal, Reply, Request, SubscriptionFrame, deposit_challenge, key_package_challenge, log_challenge,
};
use xchat_proto::signed::Signed;
use xchat_proto::work::{Challenge, Work};

use super::inbox::card;
use super::lab::{
    CONVERSATION, EPOCH, Home, INBOX, Lab, OWNER, append, appended, envelope, home_id, key, list, member,
    public, refused, submit, texts, value,
};

const BINDING: Hash = Hash([4; 32]);

fn claim(role: Role, log: LogId, epoch: u64, seed: u8, home: NodeId, binding: Hash) -> Request {
    let claim = CapabilityClaim {
        role,
        home,
        log,
        epoch,
        binding,
    };
    Request::Prove {
        claim: Signed::new(&claim, &key(seed)).unwrap(),
    }
}

fn prove_member(epoch: u64) -> Request {
    claim(
        Role::Member,
        CONVERSATION,
        epoch,
        member(epoch),
        home_id(),
        BINDING,
    )
}

fn prove_owner() -> Request {
    claim(Role::Owner, INBOX, 0, OWNER, home_id(), BINDING)
}

/// Does what the body does with a request that has an answer.
fn ask<L: Lab>(home: &mut Home<L>, session: &mut Session, request: Request) -> Reply {
    match session.route(request, home.mailbox()) {
        Route::Reply(reply) => reply,
        Route::Write(command) => home.one(command),
        Route::Priced(priced) => match priced.settle() {
            Ok(command) => home.one(command),
            Err(refusal) => Reply::Refused(refusal),
        },
        Route::Ephemeral(_) | Route::Subscribe(_) => Reply::Done,
    }
}

fn connected<L: Lab>() -> (Home<L>, Session) {
    (Home::new(), Session::new(home_id(), BINDING))
}

fn members_requests(epoch: u64) -> Vec<Request> {
    let log = CONVERSATION;
    vec![
        Request::Append {
            log,
            epoch,
            envelope: envelope("a"),
        },
        Request::SubmitCommit {
            log,
            epoch,
            value: value(epoch, "c"),
        },
        Request::Read { log, epoch, from: 0 },
        Request::Subscribe { log, epoch, from: 0 },
        Request::Ephemeral {
            log,
            epoch,
            envelope: Blob::default(),
        },
    ]
}

pub(crate) fn log_05_nothing_without_the_proof<L: Lab>() {
    let (mut home, mut session) = connected::<L>();
    for request in members_requests(EPOCH) {
        assert_eq!(ask(&mut home, &mut session, request), refused(Refusal::NotProved));
    }
    for request in members_requests(EPOCH + 1) {
        assert_eq!(
            ask(&mut home, &mut session, request),
            refused(Refusal::FutureEpoch)
        );
    }
    let read = Request::Read {
        log: LogId([9; 32]),
        epoch: 0,
        from: 0,
    };
    assert_eq!(ask(&mut home, &mut session, read), refused(Refusal::UnknownLog));
    let wrong = Request::Append {
        log: INBOX,
        epoch: 0,
        envelope: envelope("a"),
    };
    assert_eq!(ask(&mut home, &mut session, wrong), refused(Refusal::WrongKind));
    assert_eq!(home.read(CONVERSATION, EPOCH, 0), Ok(Vec::new()));
    assert_eq!(ask(&mut home, &mut session, prove_member(EPOCH)), Reply::Done);
    let replies = members_requests(EPOCH)
        .into_iter()
        .map(|request| ask(&mut home, &mut session, request));
    assert!(
        replies
            .into_iter()
            .all(|reply| reply != refused(Refusal::NotProved))
    );
    assert_eq!(
        home.read(CONVERSATION, EPOCH, 0),
        Ok(list(&[(0, "a"), (1, "commit c")]))
    );
}

pub(crate) fn log_05_a_proof_is_bound_to_role_home_connection_and_epoch<L: Lab>() {
    let (mut home, mut session) = connected::<L>();
    let good = (
        Role::Member,
        CONVERSATION,
        EPOCH,
        member(EPOCH),
        home_id(),
        BINDING,
    );
    let wrong = [
        (good.0, good.1, good.2, 3, good.4, good.5),
        (good.0, good.1, good.2, good.3, NodeId([8; 32]), good.5),
        (good.0, good.1, good.2, good.3, good.4, Hash([8; 32])),
    ];
    for (role, log, epoch, seed, node, binding) in wrong {
        let request = claim(role, log, epoch, seed, node, binding);
        assert_eq!(ask(&mut home, &mut session, request), refused(Refusal::NotProved));
    }
    let as_owner = claim(
        Role::Owner,
        CONVERSATION,
        EPOCH,
        member(EPOCH),
        home_id(),
        BINDING,
    );
    assert_eq!(
        ask(&mut home, &mut session, as_owner),
        refused(Refusal::WrongKind)
    );
    assert_eq!(
        ask(&mut home, &mut session, prove_member(EPOCH + 1)),
        refused(Refusal::FutureEpoch)
    );
    assert_eq!(ask(&mut home, &mut session, prove_member(EPOCH)), Reply::Done);
}

pub(crate) fn log_07_a_removed_member_stops_at_its_own_removal<L: Lab>() {
    let (mut home, mut session) = connected::<L>();
    assert_eq!(ask(&mut home, &mut session, prove_member(EPOCH)), Reply::Done);
    home.batch(vec![
        submit(EPOCH, "c"),
        append(EPOCH + 1, "secret of the next epoch"),
    ]);
    let read = |epoch| Request::Read {
        log: CONVERSATION,
        epoch,
        from: 0,
    };
    let next = ask(&mut home, &mut session, read(EPOCH + 1));
    assert_eq!(
        next,
        refused(Refusal::NotProved),
        "a removed member stops at its own removal"
    );
    let Reply::Entries { entries, more } = ask(&mut home, &mut session, read(EPOCH)) else {
        panic!("not read");
    };
    assert_eq!(
        (texts(entries.as_slice()), more),
        (list(&[(0, "commit c")]), false)
    );
    let stale = Request::Append {
        log: CONVERSATION,
        epoch: EPOCH,
        envelope: envelope("late"),
    };
    assert_eq!(
        ask(&mut home, &mut session, stale),
        refused(Refusal::StaleEpoch { open: EPOCH + 1 })
    );
    let by_the_old_key = claim(
        Role::Member,
        CONVERSATION,
        EPOCH + 1,
        member(EPOCH),
        home_id(),
        BINDING,
    );
    assert_eq!(
        ask(&mut home, &mut session, by_the_old_key),
        refused(Refusal::NotProved)
    );
    assert_eq!(ask(&mut home, &mut session, prove_member(EPOCH + 1)), Reply::Done);
    assert!(matches!(
        ask(&mut home, &mut session, read(EPOCH + 1)),
        Reply::Entries { .. }
    ));
}

fn paid(challenge: Challenge, bits: u8) -> (Work, Work) {
    let work = challenge.solve(bits, 0..u64::MAX).unwrap();
    let unpaid = (0..u64::MAX)
        .map(Work)
        .find(|work| !challenge.is_solved_by(*work, bits));
    (work, unpaid.unwrap())
}

pub(crate) fn log_10_creation_costs_work<L: Lab>() {
    let (mut home, mut session) = connected::<L>();
    let (log, owner) = (LogId([6; 32]), public(1));
    let (work, unpaid) = paid(log_challenge(&log, &owner), LOG_WORK_BITS);
    let needed = refused(Refusal::WorkNeeded { bits: LOG_WORK_BITS });
    let create = |work| Request::CreateConversation {
        log,
        epoch: 0,
        capability: owner,
        work,
    };
    assert_eq!(ask(&mut home, &mut session, create(unpaid)), needed);
    assert_eq!(home.mailbox().open_epoch(&log), Err(Refusal::UnknownLog));
    assert_eq!(ask(&mut home, &mut session, create(work)), Reply::Done);
    assert_eq!(ask(&mut home, &mut session, create(work)), Reply::Done);
    let inbox = |work| Request::CreateInbox {
        log,
        owner,
        deposit_bits: 0,
        work,
    };
    assert_eq!(ask(&mut home, &mut session, inbox(unpaid)), needed);
    assert_eq!(
        ask(&mut home, &mut session, inbox(work)),
        refused(Refusal::LogTaken)
    );
}

pub(crate) fn log_10_a_deposit_costs_what_the_owner_asks<L: Lab>() {
    let (mut home, mut session) = connected::<L>();
    let (work, unpaid) = paid(deposit_challenge(&INBOX, b"hello"), 3);
    let deposit = |work| Request::Deposit {
        log: INBOX,
        envelope: envelope("hello"),
        work,
    };
    assert_eq!(
        ask(&mut home, &mut session, deposit(unpaid)),
        refused(Refusal::WorkNeeded { bits: 3 })
    );
    assert_eq!(ask(&mut home, &mut session, deposit(work)), appended(0));
    let device = public(1);
    let (work, unpaid) = paid(key_package_challenge(&INBOX, &device, 5), KEY_PACKAGE_WORK_BITS);
    let fetch = |work| Request::FetchKeyPackage {
        log: INBOX,
        device,
        salt: 5,
        work,
    };
    let needed = refused(Refusal::WorkNeeded {
        bits: KEY_PACKAGE_WORK_BITS,
    });
    assert_eq!(ask(&mut home, &mut session, fetch(unpaid)), needed);
    assert_eq!(
        ask(&mut home, &mut session, fetch(work)),
        refused(Refusal::NothingThere)
    );
    let elsewhere = Request::Deposit {
        log: CONVERSATION,
        envelope: envelope("hello"),
        work,
    };
    assert_eq!(
        ask(&mut home, &mut session, elsewhere),
        refused(Refusal::WrongKind)
    );
}

pub(crate) fn log_11_an_inbox_is_the_owners_alone<L: Lab>() {
    let (mut home, mut session) = connected::<L>();
    let log = INBOX;
    home.one(super::lab::deposit("sealed"));
    let owners = [
        Request::Read {
            log,
            epoch: 0,
            from: 0,
        },
        Request::Subscribe {
            log,
            epoch: 0,
            from: 0,
        },
        Request::PublishCard {
            log,
            card: card(log, &[]),
        },
        Request::PublishKeyPackages {
            log,
            device: public(1),
            one_time: Bounded::new(vec![Blob::default()]).unwrap(),
            last_resort: None,
        },
        Request::CountKeyPackages {
            log,
            device: public(1),
        },
        Request::TrimInbox { log, before: 1 },
    ];
    for request in owners.clone() {
        assert_eq!(ask(&mut home, &mut session, request), refused(Refusal::NotProved));
    }
    let fetch = Request::FetchCard { log };
    assert_eq!(
        ask(&mut home, &mut session, fetch.clone()),
        refused(Refusal::NothingThere)
    );
    assert_eq!(ask(&mut home, &mut session, prove_owner()), Reply::Done);
    let [read, subscribe, published, packages, count, trim] =
        owners.map(|request| ask(&mut home, &mut session, request));
    let Reply::Entries { entries, .. } = read else {
        panic!("{read:?}")
    };
    assert_eq!(texts(entries.as_slice()), list(&[(0, "sealed")]));
    assert_eq!([subscribe, published, packages, trim], [const { Reply::Done }; 4]);
    assert_eq!(count, Reply::Count(1));
    let mut stranger = Session::new(home_id(), Hash([5; 32]));
    let found = ask(&mut home, &mut stranger, fetch);
    assert_eq!(found, Reply::Card(card(log, &[])), "the card is for strangers");
}

pub(crate) fn log_16_an_ephemeral_envelope_is_never_stored<L: Lab>() {
    let (mut home, mut session) = connected::<L>();
    ask(&mut home, &mut session, prove_member(EPOCH));
    let commits = home.commits.get();
    let typing = Blob::new(b"typing".to_vec()).unwrap();
    let request = Request::Ephemeral {
        log: CONVERSATION,
        epoch: EPOCH,
        envelope: typing.clone(),
    };
    let Route::Ephemeral(notice) = session.route(request.clone(), home.mailbox()) else {
        panic!("not passed on");
    };
    assert_eq!(
        (notice.log, notice.epoch, notice.envelope),
        (CONVERSATION, EPOCH, typing)
    );
    assert_eq!(home.commits.get(), commits);
    assert_eq!(home.read(CONVERSATION, EPOCH, 0), Ok(Vec::new()));
    home.one(submit(EPOCH, "c"));
    let stale = refused(Refusal::StaleEpoch { open: EPOCH + 1 });
    assert_eq!(ask(&mut home, &mut session, request), stale);
}

fn subscribe<L: Lab>(home: &mut Home<L>, session: &mut Session, epoch: u64, from: u64) -> Subscription {
    let request = Request::Subscribe {
        log: CONVERSATION,
        epoch,
        from,
    };
    match session.route(request, home.mailbox()) {
        Route::Subscribe(subscription) => subscription,
        other => panic!("{other:?}"),
    }
}

fn shown(frames: Vec<SubscriptionFrame>) -> Vec<String> {
    let show = |frame| match frame {
        SubscriptionFrame::Entry(entry) => texts(&[entry]).into_iter().map(|(_, text)| text).collect(),
        SubscriptionFrame::CaughtUp => "caught up".to_owned(),
        other => format!("{other:?}"),
    };
    frames.into_iter().map(show).collect()
}

pub(crate) fn log_17_a_subscription_gives_each_entry_once_and_ends_with_the_commit<L: Lab>() {
    let (mut home, mut session) = connected::<L>();
    ask(&mut home, &mut session, prove_member(EPOCH));
    home.batch(vec![append(EPOCH, "a"), append(EPOCH, "b")]);
    let mut ahead = subscribe(&mut home, &mut session, EPOCH, u64::MAX);
    assert_eq!(shown(ahead.catch_up(home.mailbox())), ["caught up"]);
    let mut live = subscribe(&mut home, &mut session, EPOCH, 1);
    assert_eq!(shown(live.catch_up(home.mailbox())), ["b", "caught up"]);
    assert!(live.catch_up(home.mailbox()).is_empty());
    let applied = home.batch(vec![append(EPOCH, "c"), append(EPOCH, "b"), append(EPOCH, "d")]);
    let [notice] = applied.notices.as_slice() else {
        panic!("{applied:?}")
    };
    assert_eq!(shown(live.follow(notice).unwrap()), ["c", "d"]);
    assert_eq!(
        shown(ahead.follow(notice).unwrap()),
        ["c", "d"],
        "behind the head is the head"
    );
    assert_eq!(
        live.follow(notice),
        Some(Vec::new()),
        "the same notice again gives nothing"
    );
    let applied = home.batch(vec![submit(EPOCH, "end"), append(EPOCH + 1, "next")]);
    let mut last = Vec::new();
    for notice in &applied.notices {
        last.extend(live.follow(notice).unwrap());
    }
    assert_eq!(shown(last), ["commit end"]);
    assert!(live.is_ended());
    assert!(live.catch_up(home.mailbox()).is_empty());
    let mut late = subscribe(&mut home, &mut session, EPOCH, 3);
    assert_eq!(shown(late.catch_up(home.mailbox())), ["d", "commit end"]);
    assert!(late.is_ended());
    let mut beyond = subscribe(&mut home, &mut session, EPOCH, 5);
    let open = EPOCH + 1;
    assert_eq!(
        beyond.catch_up(home.mailbox()),
        [SubscriptionFrame::Refused(Refusal::StaleEpoch { open })],
        "nothing lies behind the commit, and it says so"
    );
    assert!(beyond.is_ended() && beyond.catch_up(home.mailbox()).is_empty());
}

pub(crate) fn log_17_a_slow_subscriber_catches_up<L: Lab>() {
    let (mut home, mut session) = connected::<L>();
    ask(&mut home, &mut session, prove_member(EPOCH));
    let mut slow = subscribe(&mut home, &mut session, EPOCH, 0);
    let mut seen = Vec::new();
    let notices = Cell::new(Vec::new());
    for n in 0..600 {
        let applied = home.one_applied(append(EPOCH, &n.to_string()));
        notices.set(applied.notices);
    }
    let [notice] = notices.take().try_into().unwrap();
    assert_eq!(slow.follow(&notice), None, "it has not read what lies before");
    loop {
        let frames = shown(slow.catch_up(home.mailbox()));
        if frames.is_empty() {
            break;
        }
        seen.extend(frames);
    }
    assert_eq!(seen.pop().as_deref(), Some("caught up"));
    assert_eq!(seen, (0..600).map(|n| n.to_string()).collect::<Vec<_>>());
    assert_eq!(slow.follow(&notice), Some(Vec::new()));
    home.one(append(EPOCH, "missed"));
    let applied = home.one_applied(append(EPOCH, "last"));
    let [notice] = applied.notices.try_into().unwrap();
    assert_eq!(slow.follow(&notice), None);
    assert_eq!(shown(slow.catch_up(home.mailbox())), ["missed", "last"]);
}

pub(crate) fn log_20_a_connection_is_bounded<L: Lab>() {
    let (mut home, mut session) = connected::<L>();
    ask(&mut home, &mut session, prove_member(EPOCH));
    let request = Request::Subscribe {
        log: CONVERSATION,
        epoch: EPOCH,
        from: 0,
    };
    for _ in 0..SUBSCRIPTIONS_PER_CONNECTION_MAX {
        assert_eq!(ask(&mut home, &mut session, request.clone()), Reply::Done);
    }
    assert_eq!(
        ask(&mut home, &mut session, request.clone()),
        refused(Refusal::TooMany)
    );
    session.unsubscribed();
    assert_eq!(ask(&mut home, &mut session, request), Reply::Done);
    let log = |n: usize| {
        let mut id = [7; 32];
        id.iter_mut()
            .zip(n.to_be_bytes())
            .for_each(|(to, byte)| *to = byte);
        LogId(id)
    };
    let create = |n| Command::CreateConversation {
        log: log(n),
        epoch: 0,
        capability: public(1),
    };
    home.batch((0..CAPABILITIES_PER_CONNECTION_MAX).map(create).collect());
    let prove = |n| claim(Role::Member, log(n), 0, 1, home_id(), BINDING);
    for n in 1..CAPABILITIES_PER_CONNECTION_MAX {
        assert_eq!(ask(&mut home, &mut session, prove(n)), Reply::Done);
    }
    assert_eq!(ask(&mut home, &mut session, prove(0)), refused(Refusal::TooMany));
    home.one(submit(EPOCH, "c"));
    assert_eq!(
        ask(&mut home, &mut session, prove_member(EPOCH + 1)),
        Reply::Done,
        "the next epoch of one it has"
    );
    let old = Request::Read {
        log: CONVERSATION,
        epoch: EPOCH,
        from: 0,
    };
    assert_eq!(
        ask(&mut home, &mut session, old),
        refused(Refusal::NotProved),
        "it took the place of the old"
    );
}

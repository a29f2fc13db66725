//! Inboxes and KeyPackages.

use xchat_mailbox::{Command, Quotas};
use xchat_proto::codec::{Blob, Bounded};
use xchat_proto::contact::{ContactCard, DeviceList, InboxKey};
use xchat_proto::identity::DeviceCertificate;
use xchat_proto::ids::{AccountId, LogId};
use xchat_proto::keys::PublicKey;
use xchat_proto::limits::{DEVICES_PER_ACCOUNT_MAX, KEY_PACKAGE_WORK_BITS, KEY_PACKAGES_MAX};
use xchat_proto::mailbox_wire::{KeyPackageBytes, Refusal, Reply};
use xchat_proto::signed::Signed;

use super::lab::{CONVERSATION, Home, INBOX, Lab, appended, deposit, key, list, public, refused};

pub(crate) fn card(log: LogId, devices: &[PublicKey]) -> ContactCard {
    let certificate = |device: &PublicKey| DeviceCertificate {
        account: AccountId([1; 32]),
        identity_number: 0,
        device: *device,
        created_ms: 0,
    };
    let signed = devices
        .iter()
        .map(|device| Signed::new(&certificate(device), &key(1)).unwrap());
    ContactCard {
        devices: DeviceList {
            devices: Bounded::new(signed.collect()).unwrap(),
        },
        inbox_key: InboxKey {
            public: Blob::new(vec![1; 1216]).unwrap(),
            log,
            created_ms: 5,
        },
    }
}

fn package(name: &str) -> KeyPackageBytes {
    Blob::new(name.as_bytes().to_vec()).unwrap()
}

fn publish(device: PublicKey, one_time: &[&str], last_resort: Option<&str>) -> Command {
    Command::PublishKeyPackages {
        log: INBOX,
        device,
        one_time: Bounded::new(one_time.iter().map(|name| package(name)).collect()).unwrap(),
        last_resort: last_resort.map(package),
    }
}

fn fetch(device: PublicKey, salt: u64) -> Command {
    Command::FetchKeyPackage {
        log: INBOX,
        device,
        salt,
    }
}

fn given(name: &str, last_resort: bool) -> Reply {
    Reply::KeyPackage {
        key_package: package(name),
        last_resort,
    }
}

pub(crate) fn log_03_a_deposit_is_idempotent_even_when_trimmed<L: Lab>() {
    let mut home = Home::<L>::new();
    assert_eq!(
        home.batch(vec![deposit("a"), deposit("a"), deposit("b")]).replies,
        [0, 0, 1].map(appended)
    );
    assert_eq!(
        home.one(Command::TrimInbox {
            log: INBOX,
            before: 1
        }),
        Reply::Done
    );
    home.restart();
    assert_eq!(
        home.one(deposit("a")),
        appended(0),
        "one payment does not fill an inbox twice"
    );
    assert_eq!(home.read(INBOX, 0, 0), Ok(list(&[(1, "b")])));
    let wrong = Command::Deposit {
        log: CONVERSATION,
        envelope: super::lab::envelope("a"),
    };
    assert_eq!(home.one(wrong), refused(Refusal::WrongKind));
}

pub(crate) fn log_11_the_owner_trims_and_reads_what_is_left<L: Lab>() {
    let mut home = Home::<L>::new();
    home.batch((0..6).map(|n| deposit(&n.to_string())).collect());
    let trim = |before| Command::TrimInbox { log: INBOX, before };
    assert_eq!(
        home.batch(vec![trim(2), trim(4), trim(1)]).replies,
        vec![Reply::Done; 3]
    );
    assert_eq!(home.read(INBOX, 0, 0), Ok(list(&[(4, "4"), (5, "5")])));
    assert_eq!(home.one(trim(u64::MAX)), Reply::Done, "beyond the end is the end");
    home.restart();
    assert_eq!(home.read(INBOX, 0, 0), Ok(Vec::new()));
    assert_eq!(
        home.one(deposit("new")),
        appended(6),
        "an index is never used again"
    );
    home.restart();
    assert_eq!(home.read(INBOX, 0, 3), Ok(list(&[(6, "new")])));
}

pub(crate) fn log_11_a_card_is_kept<L: Lab>() {
    let mut home = Home::<L>::new();
    assert_eq!(home.mailbox().card(&INBOX), Err(Refusal::NothingThere));
    assert_eq!(home.mailbox().card(&CONVERSATION), Err(Refusal::WrongKind));
    let good = card(INBOX, &[public(1)]);
    assert_eq!(
        home.one(Command::PublishCard {
            log: INBOX,
            card: good.clone()
        }),
        Reply::Done
    );
    let other = Command::PublishCard {
        log: INBOX,
        card: card(CONVERSATION, &[]),
    };
    assert_eq!(home.one(other), refused(Refusal::Malformed));
    home.restart();
    assert_eq!(home.mailbox().card(&INBOX), Ok(good));
}

pub(crate) fn log_12_a_key_package_is_handed_out_once<L: Lab>() {
    let mut home = Home::<L>::new();
    let device = public(1);
    assert_eq!(home.one(fetch(device, 1)), refused(Refusal::NothingThere));
    home.one(publish(device, &["a", "b", "c"], Some("last")));
    let two = home
        .batch(vec![fetch(device, 1), fetch(device, 2), fetch(public(2), 3)])
        .replies;
    assert_eq!(
        two,
        [
            given("a", false),
            given("b", false),
            refused(Refusal::NothingThere)
        ]
    );
    assert_eq!(home.mailbox().count(&INBOX, &device), Ok(1));
    home.restart();
    let spent = refused(Refusal::WorkNeeded {
        bits: KEY_PACKAGE_WORK_BITS,
    });
    assert_eq!(home.one(fetch(device, 2)), spent, "a salt pays once");
    assert_eq!(home.one(fetch(device, 4)), given("c", false));
    let last = home
        .batch(vec![fetch(device, 5), fetch(device, 6), fetch(device, 6)])
        .replies;
    assert_eq!(last, [given("last", true), given("last", true), spent]);
    home.one(publish(device, &["d"], Some("newer")));
    assert_eq!(
        home.batch(vec![fetch(device, 7), fetch(device, 8)]).replies,
        [given("d", false), given("newer", true)]
    );
}

pub(crate) fn log_12_a_publication_sent_again_adds_nothing<L: Lab>() {
    let mut home = Home::<L>::new();
    let device = public(1);
    let publication = publish(device, &["a", "b", "a"], None);
    assert_eq!(home.one(publication.clone()), Reply::Done);
    assert_eq!(home.one(fetch(device, 1)), given("a", false));
    home.restart();
    assert_eq!(home.one(publication), Reply::Done);
    assert_eq!(home.mailbox().count(&INBOX, &device), Ok(1));
    let names: Vec<String> = (0..KEY_PACKAGES_MAX).map(|n| format!("more {n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(
        home.one(publish(device, &names, None)),
        refused(Refusal::QuotaExceeded)
    );
    assert_eq!(home.mailbox().count(&INBOX, &device), Ok(1), "all or nothing");
    assert_eq!(
        home.one(publish(device, names.get(1..).unwrap(), None)),
        Reply::Done
    );
    assert_eq!(home.mailbox().count(&INBOX, &device), Ok(KEY_PACKAGES_MAX as u64));
}

pub(crate) fn log_12_devices_without_a_place_in_the_card_make_room<L: Lab>() {
    let mut home = Home::<L>::new();
    let places = u8::try_from(DEVICES_PER_ACCOUNT_MAX).unwrap();
    for device in 1..=places {
        assert_eq!(
            home.one(publish(public(device), &["a"], Some("last"))),
            Reply::Done
        );
    }
    let late = public(places + 1);
    assert_eq!(
        home.one(publish(late, &["a"], None)),
        refused(Refusal::QuotaExceeded),
        "no card"
    );
    let all: Vec<PublicKey> = (1..=places).map(public).collect();
    home.one(Command::PublishCard {
        log: INBOX,
        card: card(INBOX, &all),
    });
    assert_eq!(
        home.one(publish(late, &["a"], None)),
        refused(Refusal::QuotaExceeded),
        "all named"
    );
    let without_first: Vec<PublicKey> = (2..=places + 1).map(public).collect();
    home.one(Command::PublishCard {
        log: INBOX,
        card: card(INBOX, &without_first),
    });
    assert_eq!(home.one(publish(late, &["a"], None)), Reply::Done);
    assert_eq!(home.one(fetch(public(1), 1)), refused(Refusal::NothingThere));
    assert_eq!(home.one(fetch(public(2), 2)), given("a", false));
    assert_eq!(home.one(fetch(late, 3)), given("a", false));
}

pub(crate) fn log_13_an_inbox_holds_so_many_entries<L: Lab>() {
    let quotas = Quotas {
        inbox_entries: 3,
        ..Quotas::default()
    };
    let mut home = Home::<L>::with_quotas(quotas);
    let all = home
        .batch((0..4).map(|n| deposit(&n.to_string())).collect())
        .replies;
    assert_eq!(all.last(), Some(&refused(Refusal::QuotaExceeded)));
    assert_eq!(home.one(deposit("")), refused(Refusal::Malformed));
    home.one(Command::TrimInbox {
        log: INBOX,
        before: 1,
    });
    assert_eq!(
        home.one(deposit("3")),
        appended(3),
        "there is room after the trim"
    );
    let quotas = Quotas {
        log_bytes: 400,
        ..Quotas::default()
    };
    let mut home = Home::<L>::with_quotas(quotas);
    assert_eq!(home.one(deposit(&"x".repeat(200))), appended(0));
    assert_eq!(home.one(deposit("a")), refused(Refusal::QuotaExceeded));
    home.one(Command::TrimInbox {
        log: INBOX,
        before: 1,
    });
    home.restart();
    assert_eq!(
        home.one(deposit(&"y".repeat(200))),
        appended(1),
        "trimmed bytes count no more"
    );
}

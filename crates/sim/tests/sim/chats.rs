//! What others are told, whom one blocks, and what only this device knows: rules of docs/spec/privacy.md.

use xchat_core::io::{
    ChatChange, ChatView, ConversationId, ConversationView, MessageState, PrivacyChoice, RequestPolicy, Whom,
};
use xchat_core::machine::{ChatError, DeleteFor, SendError};
use xchat_proto::limits::TIMER_S_MIN;
use xchat_sim::device::{DeviceId, Sent};
use xchat_sim::world::World;
use xchat_sim::{run, story};

use crate::people::{ALICE, BOB, CAROL, contact, look_into, machine, name, people, with};

fn pair(seed: u64) -> (World, ConversationId, ConversationId) {
    let mut world = people(seed, 2);
    contact(&mut world, ALICE, "bob");
    world.run_for(60_000);
    let (at_alice, at_bob) = (with(&world, ALICE, "bob"), with(&world, BOB, "alice"));
    (world, at_alice, at_bob)
}

fn view(world: &World, device: DeviceId, conversation: ConversationId) -> ConversationView {
    machine(world, device)
        .conversation(conversation)
        .unwrap()
        .unwrap()
}

fn settings(world: &World, device: DeviceId, conversation: ConversationId) -> ChatView {
    view(world, device, conversation).settings
}

fn change(world: &mut World, device: DeviceId, conversation: ConversationId, change: ChatChange) {
    let changed = world.call(device, |machine, now_ms, rng| {
        machine.change_chat(now_ms, rng, conversation, change)
    });
    changed.unwrap().unwrap();
}

fn choose(world: &mut World, device: DeviceId, choice: PrivacyChoice) {
    let set = world.call(device, |machine, now_ms, rng| {
        machine.set_privacy(now_ms, rng, choice)
    });
    set.unwrap().unwrap();
}

fn texts(world: &World, device: DeviceId, conversation: ConversationId) -> Vec<String> {
    let messages = machine(world, device).messages(conversation, None, 500).unwrap();
    messages.into_iter().map(|message| message.text).collect()
}

/// What a device sends while Alice writes, and Bob reads, types, comes and goes.
fn sent_meanwhile(world: &mut World, (at_alice, at_bob): (ConversationId, ConversationId)) -> Sent {
    world.run_for(30_000);
    let before = world.devices[BOB].sent;
    world.write(ALICE, at_alice).unwrap();
    world.run_for(5_000);
    story::read_all(world, BOB, at_bob);
    for is_on in [true, false] {
        world.call(BOB, |machine, now_ms, rng| {
            machine.set_typing(now_ms, rng, at_bob, is_on).unwrap();
            machine.set_present(now_ms, rng, is_on).unwrap();
        });
    }
    world.run_for(5_000);
    world.devices[BOB].sent.since(before)
}

fn off(choice: impl Fn(&mut PrivacyChoice)) -> PrivacyChoice {
    let mut off = PrivacyChoice::default();
    choice(&mut off);
    off
}

/// What Bob has not read yet: how much, and where it begins.
fn unread(world: &World, conversation: ConversationId) -> (u64, Option<i64>) {
    let view = view(world, BOB, conversation);
    (view.unread, view.first_unread)
}

#[test]
fn a_chat_says_where_what_is_unread_begins() {
    let (mut world, at_alice, at_bob) = pair(3);
    story::read_all(&mut world, BOB, at_bob);
    assert_eq!(unread(&world, at_bob), (0, None));
    for _ in 0..3 {
        world.write(ALICE, at_alice).unwrap();
    }
    world.run_for(10_000);
    let messages = machine(&world, BOB).messages(at_bob, None, 3).unwrap();
    let rows: Vec<i64> = messages.iter().map(|message| message.row).collect();
    assert_eq!(unread(&world, at_bob), (3, Some(rows[0])));
    world
        .call(BOB, |machine, now_ms, rng| {
            machine.mark_read(now_ms, rng, at_bob, rows[0])
        })
        .unwrap()
        .unwrap();
    assert_eq!(unread(&world, at_bob), (2, Some(rows[1])));
    // What was deleted is not waited for.
    let newest = machine(&world, ALICE).messages(at_alice, None, 2).unwrap();
    world
        .call(ALICE, |machine, now_ms, rng| {
            machine.delete(now_ms, rng, newest[0].row, DeleteFor::Everyone)
        })
        .unwrap()
        .unwrap();
    world.run_for(10_000);
    assert_eq!(unread(&world, at_bob), (1, Some(rows[2])));
}

#[test]
fn prv_01_what_is_switched_off_is_not_sent() {
    let (mut world, at_alice, at_bob) = pair(1);
    let all = sent_meanwhile(&mut world, (at_alice, at_bob));
    assert!(all.envelopes > 0 && all.signs > 0, "{all:?}");
    let newest = |world: &World| view(world, ALICE, at_alice).last.unwrap().state;
    assert_eq!(newest(&world), MessageState::Read);
    let nothing = off(|off| {
        (off.read, off.delivery, off.typing, off.presence) =
            (Some(false), Some(false), Some(false), Some(false));
    });
    choose(&mut world, BOB, nothing);
    let none = sent_meanwhile(&mut world, (at_alice, at_bob));
    assert_eq!(none, Sent::default());
    assert_eq!(newest(&world), MessageState::Sent);
    // One after the other: what is on is sent, and nothing else.
    choose(&mut world, BOB, off(|off| off.typing = Some(true)));
    let typing = sent_meanwhile(&mut world, (at_alice, at_bob));
    assert!(typing.signs > 0 && typing.envelopes == 0, "{typing:?}");
    choose(&mut world, BOB, off(|off| off.typing = Some(false)));
    choose(&mut world, BOB, off(|off| off.presence = Some(true)));
    let presence = sent_meanwhile(&mut world, (at_alice, at_bob));
    assert!(presence.signs > 0 && presence.envelopes == 0, "{presence:?}");
    choose(&mut world, BOB, off(|off| off.presence = Some(false)));
    choose(&mut world, BOB, off(|off| off.read = Some(true)));
    let read = sent_meanwhile(&mut world, (at_alice, at_bob));
    assert!(read.signs == 0 && read.envelopes == 1, "{read:?}");
    assert_eq!(newest(&world), MessageState::Read);
}

#[test]
fn prv_01_a_conversation_may_differ_from_the_rest() {
    let (mut world, at_alice, at_bob) = pair(2);
    let silent = PrivacyChoice {
        read: Some(false),
        delivery: Some(false),
        typing: Some(false),
        presence: Some(false),
    };
    let here = |privacy| ChatChange {
        privacy: Some(privacy),
        ..ChatChange::default()
    };
    change(&mut world, BOB, at_bob, here(silent));
    assert_eq!(sent_meanwhile(&mut world, (at_alice, at_bob)), Sent::default());
    world.crash(BOB);
    run::rest(&mut world).unwrap_err();
    assert_eq!(settings(&world, BOB, at_bob).privacy, silent);
    choose(&mut world, BOB, silent);
    change(&mut world, BOB, at_bob, here(off(|off| off.read = Some(true))));
    let read = sent_meanwhile(&mut world, (at_alice, at_bob));
    assert!(read.signs == 0 && read.envelopes == 1, "{read:?}");
}

#[test]
fn prv_02_without_delivery_receipts_nothing_goes_directly() {
    let (mut world, at_alice, at_bob) = pair(3);
    assert!(view(&world, BOB, at_bob).direct && view(&world, ALICE, at_alice).direct);
    choose(&mut world, BOB, off(|off| off.delivery = Some(false)));
    assert!(!view(&world, BOB, at_bob).direct);
    let before = world.devices[BOB].sent;
    let to_bob = world.write(ALICE, at_alice).unwrap();
    let to_alice = world.write(BOB, at_bob).unwrap();
    world.run_for(5_000);
    let sent = world.devices[BOB].sent.since(before);
    assert_eq!((sent.offers, sent.taken, sent.envelopes), (0, 0, 1), "{sent:?}");
    assert!(texts(&world, BOB, at_bob).contains(&to_bob));
    assert!(texts(&world, ALICE, at_alice).contains(&to_alice));
    // Where the device is now is told nobody.
    let before = world.devices[BOB].sent;
    world.crash(BOB);
    world.run_for(60_000);
    assert_eq!(world.devices[BOB].sent.since(before).envelopes, 0);
}

#[test]
fn prv_03_what_is_switched_on_again_tells_from_the_next_message_on() {
    let (mut world, at_alice, at_bob) = pair(4);
    choose(&mut world, BOB, off(|off| off.read = Some(false)));
    world.write(ALICE, at_alice).unwrap();
    world.run_for(5_000);
    story::read_all(&mut world, BOB, at_bob);
    world.run_for(5_000);
    let state = |world: &World| view(world, ALICE, at_alice).last.unwrap().state;
    assert_eq!(state(&world), MessageState::Delivered);
    choose(&mut world, BOB, off(|off| off.read = Some(true)));
    world.crash(BOB);
    run::rest(&mut world).unwrap();
    assert_eq!(state(&world), MessageState::Delivered, "not by itself");
    world.write(ALICE, at_alice).unwrap();
    world.run_for(5_000);
    story::read_all(&mut world, BOB, at_bob);
    run::rest(&mut world).unwrap();
    let messages = machine(&world, ALICE).messages(at_alice, None, 500).unwrap();
    assert!(messages.iter().all(|message| message.state == MessageState::Read));
}

#[test]
fn ban_01_nothing_of_somebody_blocked_is_stored_shown_or_answered() {
    let (mut world, at_alice, at_bob) = pair(5);
    let block = world.call(BOB, |machine, now_ms, rng| {
        machine.block(now_ms, rng, Whom::Conversation(at_bob))
    });
    block.unwrap().unwrap();
    assert!(settings(&world, BOB, at_bob).is_blocked);
    world.run_for(30_000);
    let before = world.devices[BOB].sent;
    let text = world.write(ALICE, at_alice).unwrap();
    world.set_timer(ALICE, at_alice, Some(TIMER_S_MIN));
    world.call(ALICE, |machine, now_ms, rng| {
        machine.set_typing(now_ms, rng, at_alice, true).unwrap();
    });
    story::read_all(&mut world, BOB, at_bob);
    world.call(BOB, |machine, now_ms, rng| {
        machine.set_present(now_ms, rng, true).unwrap();
    });
    world.run_for(60_000);
    assert_eq!(world.devices[BOB].sent.since(before), Sent::default());
    let his = view(&world, BOB, at_bob);
    assert!(!his.typing && !his.online && his.unread == 0 && his.missing == 0 && his.timer_s.is_none());
    assert!(texts(&world, BOB, at_bob).is_empty());
    let sql = "SELECT count(*) FROM message WHERE instr(content, CAST(?1 AS BLOB)) > 0 OR text = ?1";
    assert_eq!(look_into(&mut world, BOB, sql, &text), 0);
    let answer = world.call(BOB, |machine, now_ms, rng| {
        machine.send_text(now_ms, rng, at_bob, "hello")
    });
    assert!(matches!(answer.unwrap(), Err(SendError::Blocked)));
    let hers = view(&world, ALICE, at_alice);
    assert!(hers.last.is_some_and(|last| last.state == MessageState::Sent));
    let note = world.call(BOB, |machine, now_ms, rng| machine.note(now_ms, rng).unwrap());
    let oneself = world.call(BOB, |machine, now_ms, rng| {
        machine.block(now_ms, rng, Whom::Conversation(note.unwrap()))
    });
    assert!(matches!(oneself.unwrap(), Err(ChatError::Myself)));
}

#[test]
fn ban_02_requests_of_the_blocked_and_of_strangers_are_dropped() {
    let mut world = people(6, 3);
    let ask = |world: &mut World, device, other| {
        let asked = world.call(device, |machine, now_ms, rng| {
            machine.contact(now_ms, rng, name(other))
        });
        asked.unwrap().unwrap();
        world.run_for(20_000);
    };
    ask(&mut world, ALICE, "bob");
    let request = machine(&world, BOB).requests().unwrap().remove(0);
    let blocked = world.call(BOB, |machine, now_ms, rng| {
        machine.block(now_ms, rng, Whom::Request(request.id))
    });
    blocked.unwrap().unwrap();
    assert!(machine(&world, BOB).requests().unwrap().is_empty(), "declined");
    assert_eq!(machine(&world, BOB).blocks().unwrap()[0].name, name("alice"));
    let policy = |world: &mut World, policy| {
        let set = world.call(BOB, |machine, now_ms, rng| {
            machine.set_request_policy(now_ms, rng, policy)
        });
        set.unwrap().unwrap();
    };
    policy(&mut world, RequestPolicy::Nobody);
    let before = world.devices[BOB].sent;
    ask(&mut world, CAROL, "bob");
    assert!(machine(&world, BOB).requests().unwrap().is_empty());
    assert_eq!(world.devices[BOB].sent.since(before), Sent::default());
    policy(&mut world, RequestPolicy::Anyone);
    let none = world.call(BOB, |machine, now_ms, rng| {
        machine.block(now_ms, rng, Whom::Request(xchat_core::io::RequestId(99)))
    });
    assert!(matches!(none.unwrap(), Err(ChatError::UnknownRequest)));
}

#[test]
fn ban_03_what_came_meanwhile_comes_when_the_block_is_taken_back() {
    let (mut world, at_alice, at_bob) = pair(7);
    let block = world.call(BOB, |machine, now_ms, rng| {
        machine.block(now_ms, rng, Whom::Conversation(at_bob))
    });
    block.unwrap().unwrap();
    let meanwhile = world.write(ALICE, at_alice).unwrap();
    world.run_for(20_000);
    let account = machine(&world, BOB).blocks().unwrap()[0].account;
    let undone = world.call(BOB, |machine, now_ms, rng| machine.unblock(now_ms, rng, &account));
    undone.unwrap().unwrap();
    let after = world.write(ALICE, at_alice).unwrap();
    run::rest(&mut world).unwrap();
    assert_eq!(texts(&world, BOB, at_bob), [meanwhile, after]);
}

#[test]
fn cht_01_what_is_set_here_is_kept_and_told_nobody() {
    let (mut world, at_alice, at_bob) = pair(8);
    let text = world.write(ALICE, at_alice).unwrap();
    run::rest(&mut world).unwrap();
    world.run_for(30_000);
    let before = world.devices[BOB].sent;
    change(
        &mut world,
        BOB,
        at_bob,
        ChatChange {
            is_pinned: Some(true),
            is_archived: Some(true),
            is_marked: Some(true),
            muted_until_ms: Some(u64::MAX),
            nickname: Some(" Al\u{7} ".to_owned()),
            privacy: None,
        },
    );
    let row = machine(&world, BOB).messages(at_bob, None, 1).unwrap()[0].row;
    world.call(BOB, |machine, now_ms, rng| {
        machine.set_draft(now_ms, rng, at_bob, "I began").unwrap();
        machine.star(now_ms, rng, row, true).unwrap();
    });
    let set = settings(&world, BOB, at_bob);
    world.crash(BOB);
    run::rest(&mut world).unwrap();
    assert_eq!(settings(&world, BOB, at_bob), set);
    assert_eq!((set.place, set.is_archived, set.is_marked), (Some(0), true, true));
    assert_eq!(
        (set.nickname.as_deref(), set.draft.as_deref()),
        (Some("Al"), Some("I began"))
    );
    assert_eq!(
        machine(&world, BOB).draft(at_bob).unwrap().as_deref(),
        Some("I began")
    );
    let starred = machine(&world, BOB).starred(None, 9).unwrap();
    assert!(starred.len() == 1 && starred[0].text == text && starred[0].is_starred);
    let after = world.devices[BOB].sent.since(before);
    assert_eq!((after.envelopes, after.offers), (0, 0));
    // The other side has nothing of it; reading takes the mark away, a deletion the star.
    assert_eq!(settings(&world, ALICE, at_alice), ChatView::default());
    story::read_all(&mut world, BOB, at_bob);
    assert!(!settings(&world, BOB, at_bob).is_marked);
    let hers = machine(&world, ALICE)
        .messages(at_alice, None, 1)
        .unwrap()
        .remove(0);
    world.delete(ALICE, &hers);
    run::rest(&mut world).unwrap();
    assert!(machine(&world, BOB).starred(None, 9).unwrap().is_empty());
}

#[test]
fn cht_01_what_stands_first_has_an_order_and_an_end() {
    let mut world = people(9, 3);
    contact(&mut world, ALICE, "bob");
    contact(&mut world, ALICE, "carol");
    let (bob, carol) = (with(&world, ALICE, "bob"), with(&world, ALICE, "carol"));
    let pinned = ChatChange {
        is_pinned: Some(true),
        ..ChatChange::default()
    };
    for conversation in [bob, carol, bob] {
        change(&mut world, ALICE, conversation, pinned.clone());
    }
    let places = |world: &World| [bob, carol].map(|id| settings(world, ALICE, id).place);
    assert_eq!(places(&world), [Some(0), Some(1)]);
    let order = |world: &mut World, order: &[ConversationId]| {
        let set = world.call(ALICE, |machine, now_ms, rng| {
            machine.order_pinned(now_ms, rng, order)
        });
        set.unwrap()
    };
    order(&mut world, &[carol, bob]).unwrap();
    assert_eq!(places(&world), [Some(1), Some(0)]);
    order(&mut world, &[bob]).unwrap();
    assert_eq!(places(&world), [Some(0), None]);
    let many = order(&mut world, &[bob; 101]);
    assert!(matches!(many, Err(ChatError::TooManyPinned)));
    let unknown = order(&mut world, &[ConversationId(99)]);
    assert!(matches!(unknown, Err(ChatError::UnknownConversation)));
    let long = world.call(ALICE, |machine, now_ms, rng| {
        let nickname = Some("n".repeat(65));
        let change = ChatChange {
            nickname,
            ..ChatChange::default()
        };
        machine.change_chat(now_ms, rng, bob, change)
    });
    assert!(matches!(long.unwrap(), Err(ChatError::TooLong(64))));
}

#[test]
fn cht_02_a_deleted_conversation_leaves_nothing_and_comes_back_with_something_new() {
    let (mut world, at_alice, at_bob) = pair(10);
    let written: Vec<String> = (0..20).map(|_| world.write(ALICE, at_alice).unwrap()).collect();
    let his = world.write(BOB, at_bob).unwrap();
    run::rest(&mut world).unwrap();
    world.call(BOB, |machine, now_ms, rng| {
        machine.set_draft(now_ms, rng, at_bob, "begun").unwrap();
        machine.clear_chat(now_ms, rng, at_bob).unwrap();
    });
    assert!(texts(&world, BOB, at_bob).is_empty());
    assert!(
        machine(&world, BOB).conversations().unwrap().is_empty(),
        "not shown"
    );
    let sql = "SELECT count(*) FROM message WHERE instr(content, CAST(?1 AS BLOB)) > 0 OR text = ?1";
    for text in written.iter().chain([&his]) {
        assert_eq!(look_into(&mut world, BOB, sql, text), 0);
    }
    assert_eq!(machine(&world, BOB).draft(at_bob).unwrap(), None);
    assert_eq!(texts(&world, ALICE, at_alice).len(), 21, "hers stay");
    let new = world.write(ALICE, at_alice).unwrap();
    world.run_for(30_000);
    assert_eq!(texts(&world, BOB, at_bob), [new.as_str()]);
    assert!(!settings(&world, BOB, at_bob).is_hidden);
    // What the other side has not got yet is sent all the same.
    world.cut(BOB, None);
    world.separate(ALICE, BOB);
    let unsent = world.write(BOB, at_bob).unwrap();
    world.call(BOB, |machine, now_ms, rng| {
        machine.clear_chat(now_ms, rng, at_bob).unwrap();
    });
    world.heal();
    world.run_for(60_000);
    assert!(texts(&world, ALICE, at_alice).contains(&unsent));
    assert_eq!(look_into(&mut world, BOB, sql, &unsent), 0);
    // Looking for the person shows it again.
    let again = world.call(BOB, |machine, now_ms, rng| {
        machine.contact(now_ms, rng, name("alice")).unwrap();
    });
    again.unwrap();
    assert_eq!(machine(&world, BOB).conversations().unwrap().len(), 1);
}

#[test]
fn cht_02_a_deletion_that_was_broken_off_goes_on_at_the_next_start() {
    let (mut world, at_alice, at_bob) = pair(11);
    let text = world.write(ALICE, at_alice).unwrap();
    run::rest(&mut world).unwrap();
    let sql = "UPDATE chat SET is_hidden = 1, cleared_row = (SELECT max(id) FROM message) WHERE ?1 <> '' RETURNING 1";
    change(
        &mut world,
        BOB,
        at_bob,
        ChatChange {
            is_marked: Some(true),
            ..ChatChange::default()
        },
    );
    // As a crash right after the first step leaves it.
    look_into(&mut world, BOB, sql, &text);
    assert!(texts(&world, BOB, at_bob).is_empty());
    let left = "SELECT count(*) FROM message WHERE text = ?1";
    assert_eq!(look_into(&mut world, BOB, left, &text), 0);
}

#[test]
fn cht_03_what_was_put_away_comes_back_unless_it_is_mute() {
    let (mut world, at_alice, at_bob) = pair(12);
    let away = |muted_until_ms| ChatChange {
        is_archived: Some(true),
        muted_until_ms: Some(muted_until_ms),
        ..ChatChange::default()
    };
    for (muted_ms, stays) in [(0, false), (3_600_000, true)] {
        let until_ms = if muted_ms > 0 { world.now_ms + muted_ms } else { 0 };
        change(&mut world, BOB, at_bob, away(until_ms));
        world.write(BOB, at_bob).unwrap();
        assert!(
            settings(&world, BOB, at_bob).is_archived,
            "own words bring nothing back"
        );
        world.write(ALICE, at_alice).unwrap();
        world.run_for(5_000);
        assert_eq!(settings(&world, BOB, at_bob).is_archived, stays);
    }
}

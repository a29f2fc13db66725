//! The rules of acts, against a second telling of them and one by one.

use proptest::prelude::*;

use super::*;

fn account(number: u8) -> AccountId {
    AccountId([number; 32])
}

/// What is drawn for an act: who, with which of two devices, count, clock, what.
type Draw = (u8, u8, u64, u64, u8);

fn act((who, device, counter, clock_ms, what): Draw) -> Act {
    let mut id = [who; 32];
    (id[1], id[2], id[3]) = (device, u8::try_from(counter).unwrap(), what);
    let deed = match what {
        0 => Deed::Delete,
        1..=4 => Deed::Edit(format!("text {counter} of {who}")),
        24.. => Deed::End,
        20.. => Deed::Vote((20..what).map(|choice| choice - 20).collect()),
        16.. => Deed::Pin(what.is_multiple_of(2)),
        5..=12 => Deed::React(["👍", "❤️", "😂", "🎉"][usize::from(what) % 4].to_owned()),
        _ => Deed::Unreact(MessageId({
            let mut taken = id;
            taken[3] = 5 + what % 8;
            taken
        })),
    };
    Act {
        id: MessageId(id),
        account: account(who),
        device: PublicKey([who * 2 + device; 32]),
        counter,
        clock_ms,
        deed,
    }
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let draw = (1..4_u8, 0..2_u8, 1..6_u64, 0..4_u64, 0..25_u8).prop_map(act);
    prop::collection::vec(draw, 0..24).prop_map(|mut acts| {
        // A content has one id.
        let mut seen = BTreeSet::new();
        acts.retain(|act| seen.insert(act.id));
        acts
    })
}

/// The rules once more, one emoji and one account at a time.
fn expected(author: u8, acts: &[Act]) -> Shown {
    let author = account(author);
    let of_author = |act: &&Act| act.account == author;
    if acts.iter().filter(of_author).any(|act| act.deed == Deed::Delete) {
        return Shown {
            is_deleted: true,
            ..Shown::default()
        };
    }
    let mut sorted: Vec<&Act> = acts.iter().collect();
    // A device that counts twice alike is not one of ours; its acts have an order all the same.
    sorted.sort_by_key(|act| (act.clock_ms, act.device, act.counter, act.id));
    let has_ended = |vote: &Act| {
        let mut ends = acts.iter().filter(of_author).filter(|act| act.deed == Deed::End);
        ends.any(|end| (end.clock_ms, end.device, end.counter) <= (vote.clock_ms, vote.device, vote.counter))
    };
    let mut shown = Shown::default();
    for act in &sorted {
        let is_taken_back = acts
            .iter()
            .any(|other| other.account == act.account && other.deed == Deed::Unreact(act.id));
        match &act.deed {
            Deed::Edit(text) if act.account == author => shown.edited = Some((text.clone(), act.clock_ms)),
            Deed::React(emoji) if !is_taken_back => {
                shown
                    .reactions
                    .entry(emoji.clone())
                    .or_default()
                    .insert(act.account);
            }
            Deed::Pin(is_on) => shown.pinned = is_on.then_some((act.clock_ms, act.device, act.counter)),
            Deed::End if act.account == author => shown.is_ended = true,
            Deed::Vote(choices) if !has_ended(act) => {
                shown.votes.insert(act.account, choices.clone());
                shown.votes.retain(|_, choices| !choices.is_empty());
            }
            _ => {}
        }
    }
    shown
}

proptest! {
    #[test]
    fn act_01_in_which_order_acts_arrive_and_how_often_does_not_matter(
        acts in acts(),
        shuffled in Just(()).prop_perturb(|(), mut rng| rng.next_u64()),
    ) {
        let once = reduce(&account(1), &acts);
        prop_assert_eq!(&once, &expected(1, &acts));
        let mut other = acts.clone();
        other.extend(acts.iter().take(5).cloned());
        let count = other.len().max(1);
        other.rotate_left(usize::try_from(shuffled).unwrap_or(0) % count);
        other.reverse();
        prop_assert_eq!(once, reduce(&account(1), &other));
    }
}

fn edit(who: u8, counter: u64, clock_ms: u64, text: &str) -> Act {
    Act {
        deed: Deed::Edit(text.to_owned()),
        ..act((who, 0, counter, clock_ms, 1))
    }
}

fn react(who: u8, counter: u64, emoji: &str) -> Act {
    Act {
        deed: Deed::React(emoji.to_owned()),
        ..act((who, 0, counter, counter, 5))
    }
}

#[test]
fn act_02_only_the_author_edits_and_deletes_also_from_another_device() {
    let text = |acts: &[Act]| reduce(&account(1), acts).edited.map(|(text, _)| text);
    assert_eq!(text(&[edit(2, 1, 1, "forged")]), None);
    let from_another = act((1, 1, 7, 9, 1));
    assert_eq!(
        text(&[edit(1, 1, 1, "mine"), from_another]).as_deref(),
        Some("text 7 of 1")
    );
    assert!(!reduce(&account(1), &[act((2, 0, 1, 1, 0))]).is_deleted);
    assert!(reduce(&account(1), &[act((1, 1, 1, 1, 0))]).is_deleted);
}

#[test]
fn act_03_a_deletion_is_final() {
    let later = [
        act((1, 0, 1, 1, 0)),
        edit(1, 2, 5, "back again"),
        react(2, 1, "👍"),
    ];
    let shown = reduce(&account(1), &later);
    assert!(shown.is_deleted);
    assert_eq!((shown.edited, shown.reactions.len()), (None, 0));
}

#[test]
fn act_04_the_newest_edit_by_its_authors_clock_is_shown() {
    let shown = reduce(
        &account(1),
        &[
            edit(1, 3, 30, "third"),
            edit(1, 2, 20, "second"),
            edit(1, 4, 10, "first"),
        ],
    );
    assert_eq!(shown.edited, Some(("third".to_owned(), 30)));
}

#[test]
fn act_05_a_reaction_stands_once_for_each_account_until_it_is_taken_back() {
    let (first, second) = (react(2, 1, "👍"), react(2, 2, "👍"));
    let take_back = |who: u8, counter, reaction: &Act| Act {
        deed: Deed::Unreact(reaction.id),
        ..act((who, 0, counter, counter, 13))
    };
    let who = |acts: &[Act]| reduce(&account(1), acts).reactions.remove("👍");
    let both = [first.clone(), second.clone(), react(3, 1, "👍")];
    assert_eq!(who(&both), Some(BTreeSet::from([account(2), account(3)])));
    let one = take_back(2, 3, &first);
    assert!(
        who(&[first.clone(), second.clone(), one.clone()]).is_some(),
        "the other stands"
    );
    assert_eq!(who(&[first.clone(), one]), None);
    assert!(
        who(&[first.clone(), take_back(3, 2, &first)]).is_some(),
        "nobody takes back another's"
    );
    let many: Vec<Act> = (0..12_u32)
        .map(|number| {
            let emoji = char::from_u32(0x1f600 + number).unwrap().to_string();
            react(2, u64::from(number) + 1, &emoji)
        })
        .collect();
    assert_eq!(reduce(&account(1), &many).reactions.len(), REACTIONS_MAX);
}

#[test]
fn act_06_a_device_has_so_many_acts_on_a_message() {
    let count = u64::try_from(ACTS_MAX).unwrap();
    let numbered = |counter: u64| Act {
        id: MessageId({
            let mut id = [9; 32];
            id[..8].copy_from_slice(&counter.to_be_bytes());
            id
        }),
        ..edit(1, counter % 200, counter, &counter.to_string())
    };
    let acts: Vec<Act> = (1..=count + 5)
        .map(|counter| Act {
            counter,
            ..numbered(counter)
        })
        .collect();
    let shown = reduce(&account(1), &acts);
    assert_eq!(shown.edited, Some((count.to_string(), count)));
    let mut deleted = acts;
    deleted.push(Act {
        counter: count + 9,
        deed: Deed::Delete,
        ..numbered(count + 9)
    });
    assert!(
        reduce(&account(1), &deleted).is_deleted,
        "a deletion always counts"
    );
}

#[test]
fn act_09_everybody_pins_and_the_last_word_holds() {
    let pin = |who: u8, counter, is_on| Act {
        deed: Deed::Pin(is_on),
        ..act((who, 0, counter, counter, 16))
    };
    let is_pinned = |acts: &[Act]| reduce(&account(1), acts).pinned.is_some();
    assert!(is_pinned(&[pin(2, 1, true)]), "not only its author");
    assert!(
        !is_pinned(&[pin(3, 2, false), pin(2, 1, true)]),
        "another takes it away"
    );
    assert!(is_pinned(&[pin(2, 3, true), pin(3, 2, false), pin(2, 1, true)]));
    assert!(!is_pinned(&[act((1, 0, 1, 1, 0)), pin(2, 1, true)]), "deleted");
}

#[test]
fn act_11_the_last_vote_before_the_end_counts_and_only_the_author_ends() {
    let vote = |who: u8, clock_ms: u64, choices: &[u8]| Act {
        deed: Deed::Vote(choices.iter().copied().collect()),
        ..act((who, 0, clock_ms, clock_ms, 22))
    };
    let end = |who: u8, clock_ms: u64| act((who, 1, clock_ms, clock_ms, 24));
    let counted = |acts: &[Act]| reduce(&account(1), acts).votes;
    let mut acts = vec![
        vote(2, 1, &[0]),
        vote(3, 2, &[1]),
        vote(2, 3, &[1, 2]),
        vote(3, 4, &[]),
    ];
    assert_eq!(
        counted(&acts),
        BTreeMap::from([(account(2), BTreeSet::from([1, 2]))])
    );
    acts.push(end(2, 2));
    assert!(!reduce(&account(1), &acts).is_ended);
    acts.push(end(1, 9));
    acts.push(end(1, 3));
    acts.push(vote(1, 8, &[0]));
    let shown = reduce(&account(1), &acts);
    assert!(shown.is_ended);
    // By the first end. Of two words of one time the devices' keys say which is later, everywhere alike.
    assert_eq!(
        shown.votes,
        BTreeMap::from([
            (account(3), BTreeSet::from([1])),
            (account(2), BTreeSet::from([0]))
        ])
    );
}

//! Villains with valid MLS: what OpenMLS lets pass, and the policy must not.

mod device;

use openmls::prelude::LeafNodeParameters;
use openmls_traits::OpenMlsProvider as _;

use super::*;
use crate::leaf::{self, LeafError};
use device::{Device, Person, no_extensions, pair, pair_extensions};

fn two() -> (Device, Device) {
    let (mut alice, mut bob) = (Device::of(Person::Alice), Device::of(Person::Bob));
    alice.found(pair_extensions(&alice, &bob));
    let commit = alice.commit(&[], &mut [&mut bob]);
    alice.merge_own();
    bob.join(&commit.welcome.unwrap(), &alice).unwrap();
    (alice, bob)
}

#[test]
fn cnv_01_a_leaf_is_the_certified_device_of_its_account() {
    let (alice, mallory) = (Device::of(Person::Alice), Device::of(Person::Mallory));
    let honest = leaf::credential(&alice.chain, &alice.key);
    let verified = verify_leaf(&honest.credential, honest.signature_key.as_slice()).unwrap();
    assert_eq!(verified.account, alice.account());
    assert_eq!(verified.device, alice.key.public());

    let borrowed = leaf::credential(&alice.chain, &mallory.key);
    assert_eq!(
        verify_leaf(&borrowed.credential, borrowed.signature_key.as_slice()),
        Err(LeafError::OtherKey)
    );
    let mut forged = mallory.chain.clone();
    forged.links = alice.chain.links.clone();
    let forged = leaf::credential(&forged, &mallory.key);
    assert!(matches!(
        verify_leaf(&forged.credential, forged.signature_key.as_slice()),
        Err(LeafError::Chain(_))
    ));
    let nothing = openmls::prelude::BasicCredential::new(b"alice".to_vec()).into();
    assert!(matches!(
        verify_leaf(&nothing, &alice.key.public().0),
        Err(LeafError::NotAChain(_))
    ));
}

#[test]
fn cnv_02_a_welcome_is_from_whom_the_invitation_says() {
    let (mut alice, mut bob) = (Device::of(Person::Alice), Device::of(Person::Bob));
    let mallory = Device::of(Person::Mallory);
    alice.found(pair_extensions(&alice, &bob));
    let welcome = alice.commit(&[], &mut [&mut bob]).welcome.unwrap();
    assert_eq!(bob.join(&welcome, &mallory), Err(PolicyError::OtherInviter));
    assert_eq!(bob.join(&welcome, &alice), Ok(()));
}

#[test]
fn cnv_02_a_pair_that_is_not_this_pair_is_not_joined() {
    // Mallory invites Bob into a conversation that claims to be Alice's with him.
    let (mut mallory, mut bob) = (Device::of(Person::Mallory), Device::of(Person::Bob));
    let alice = Device::of(Person::Alice);
    mallory.found(pair_extensions(&alice, &bob));
    let welcome = mallory.commit(&[], &mut [&mut bob]).welcome.unwrap();
    assert_eq!(bob.join(&welcome, &mallory), Err(PolicyError::OtherInviter));
    assert_eq!(bob.join(&welcome, &alice), Err(PolicyError::ForeignAccount));
}

#[test]
fn cnv_02_a_listener_in_the_group_shows() {
    let (mut alice, mut bob) = (Device::of(Person::Alice), Device::of(Person::Bob));
    let mut carol = Device::of(Person::Carol);
    alice.found(pair_extensions(&alice, &bob));
    let welcome = alice.commit(&[], &mut [&mut bob, &mut carol]).welcome.unwrap();
    assert_eq!(bob.join(&welcome, &alice), Err(PolicyError::ForeignAccount));
}

#[test]
fn cnv_02_a_borrowed_name_is_not_joined() {
    let (alice, mut bob) = (Device::of(Person::Alice), Device::of(Person::Bob));
    let mut mallory = Device::of(Person::Mallory);
    mallory.chain = alice.chain.clone();
    mallory.found(pair_extensions(&alice, &bob));
    let welcome = mallory.commit(&[], &mut [&mut bob]).welcome.unwrap();
    assert_eq!(
        bob.join(&welcome, &alice),
        Err(PolicyError::Leaf(LeafError::OtherKey))
    );
}

#[test]
fn cnv_02_a_group_that_does_not_say_what_it_is_is_not_joined() {
    for extensions in [no_extensions(), device::unknown_policy()] {
        let (mut alice, mut bob) = (Device::of(Person::Alice), Device::of(Person::Bob));
        alice.found(extensions);
        let welcome = alice.commit(&[], &mut [&mut bob]).welcome.unwrap();
        assert_eq!(bob.join(&welcome, &alice), Err(PolicyError::NoPolicy));
    }
}

#[test]
fn cnv_03_an_update_keeps_account_and_device() {
    let (mut alice, mut bob) = two();
    let update = alice.commit(&[], &mut []).commit;
    assert_eq!(bob.receive(&update), Ok(()));

    // Another chain over the same key, another device of the same account, another account altogether.
    let mallory = Device::of(Person::Mallory);
    let second = Device::second(Person::Alice);
    for (chain, key, expected) in [
        (
            &mallory.chain,
            &alice.key.clone(),
            PolicyError::Leaf(LeafError::OtherKey),
        ),
        (&second.chain, &second.key, PolicyError::AccountChanged),
        (&mallory.chain, &mallory.key, PolicyError::AccountChanged),
    ] {
        let (mut alice, mut bob) = two();
        let commit = alice.become_other(chain, key);
        assert_eq!(bob.receive(&commit), Err(expected));
    }
}

#[test]
fn cnv_04_nobody_else_comes_into_a_pair() {
    let (mut alice, mut bob) = two();
    let commit = alice.commit(&[], &mut [&mut Device::of(Person::Carol)]).commit;
    assert_eq!(bob.receive(&commit), Err(PolicyError::ForeignAccount));
}

#[test]
fn cnv_04_a_further_device_of_either_may_come() {
    for person in [Person::Alice, Person::Bob] {
        let (mut alice, mut bob) = two();
        let commit = alice.commit(&[], &mut [&mut Device::second(person)]).commit;
        assert_eq!(bob.receive(&commit), Ok(()));
    }
}

#[test]
fn cnv_05_nobody_puts_the_other_out() {
    let (mut alice, mut bob) = two();
    let commit = alice.commit(&[LeafNodeIndex::new(1)], &mut []).commit;
    assert_eq!(bob.receive(&commit), Err(PolicyError::MayNotRemove));
    // An own further device in its place makes it no better.
    let (mut alice, mut bob) = two();
    let commit = alice
        .commit(
            &[LeafNodeIndex::new(1)],
            &mut [&mut Device::second(Person::Alice)],
        )
        .commit;
    assert_eq!(bob.receive(&commit), Err(PolicyError::MayNotRemove));
}

#[test]
fn cnv_05_a_device_that_lost_its_state_is_brought_back() {
    let (mut alice, mut bob) = two();
    let mut afresh = Device::of(Person::Bob);
    let commit = alice.commit(&[LeafNodeIndex::new(1)], &mut [&mut afresh]).commit;
    assert_eq!(bob.receive(&commit), Ok(()));
}

#[test]
fn cnv_06_a_commit_holds_adds_and_removals_of_its_author_only() {
    // The kind of conversation can't be changed.
    let (mut alice, mut bob) = two();
    let mallory = Device::of(Person::Mallory);
    let commit = alice.change_policy(&pair(&alice, &mallory));
    assert_eq!(bob.receive(&commit), Err(PolicyError::ForeignProposal));

    // What somebody else has proposed is not committed.
    let (mut alice, mut bob) = two();
    let proposal = bob.propose_update();
    let commit = alice.commit_proposal(&proposal);
    assert_eq!(bob.receive(&commit), Err(PolicyError::ForeignProposal));
}

#[test]
fn cnv_06_a_device_is_in_a_conversation_once() {
    let (alice, bob) = (Device::of(Person::Alice), Device::of(Person::Bob));
    let keys = [alice.key.public(), bob.key.public(), alice.key.public()];
    assert_eq!(distinct(keys.into_iter()), Err(PolicyError::DeviceTwice));
    assert_eq!(distinct(keys.into_iter().take(2)), Ok(()));
}

#[test]
fn cnv_06_a_commit_from_outside_is_refused() {
    let (mut alice, _) = two();
    alice.with_group(|provider, device, group| {
        let bundle = group
            .commit_builder()
            .force_self_update(true)
            .leaf_node_parameters(LeafNodeParameters::default())
            .load_psks(provider.storage())
            .unwrap()
            .build(
                provider.rand(),
                provider.crypto(),
                &leaf::LeafSigner(device.key),
                |_| true,
            )
            .unwrap()
            .stage_commit(provider)
            .unwrap();
        drop(bundle);
        let staged = group.pending_commit().unwrap();
        let refused = check_commit(group, &Sender::NewMemberCommit, staged);
        assert_eq!(refused, Err(PolicyError::NotByMember));
        let nobody = Sender::Member(LeafNodeIndex::new(7));
        assert_eq!(
            check_commit(group, &nobody, staged),
            Err(PolicyError::NotByMember)
        );
    });
}

#[test]
fn con_02_a_last_resort_key_package_grows_old() {
    const DAY_MS: u64 = 24 * 60 * 60 * 1000;
    let mut bob = Device::of(Person::Bob);
    for (last_resort, age_ms, is_taken) in [
        (true, 30 * DAY_MS, true),
        (true, 30 * DAY_MS + 1, false),
        (false, 300 * DAY_MS, true),
    ] {
        let made_ms = 1_800_000_000_000;
        let bytes = bob.key_package_of(made_ms, last_resort);
        assert_eq!(bob.takes_key_package(&bytes, made_ms + age_ms), is_taken);
    }
    let bytes = bob.key_package_of(1, false);
    assert!(!bob.takes_key_package(&bytes[..bytes.len() - 1], 1));
    let mut mallory = Device::of(Person::Mallory);
    mallory.chain = bob.chain.clone();
    let borrowed = mallory.key_package_of(1, false);
    assert!(
        !bob.takes_key_package(&borrowed, 1),
        "signed by another key than the certified device's"
    );
}

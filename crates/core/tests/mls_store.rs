//! Real groups over the MLS store: every step in a transaction of its own, the group loaded anew each time.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

#[path = "mls_store/device.rs"]
mod device;

use openmls::prelude::{
    CredentialType, Extension, ExtensionType, Extensions, LeafNode, LeafNodeIndex, LeafNodeParameters,
    MlsGroup, RequiredCapabilitiesExtension, UnknownExtension,
};
use openmls_traits::{OpenMlsProvider, storage::StorageProvider};

use device::{Device, Received, group_of_three, group_of_two};

#[test]
fn two_members_talk_both_ways() {
    let [mut alice, mut bob] = group_of_two("team");
    for round in 0..20_u8 {
        let sent = alice.send("team", &[round]);
        assert_eq!(bob.receive("team", &sent), Received::Message(vec![round]));
        let sent = bob.send("team", &[round, round]);
        assert_eq!(
            alice.receive("team", &sent),
            Received::Message(vec![round, round])
        );
    }
}

#[test]
fn messages_arrive_out_of_order_across_loads() {
    let [mut alice, mut bob] = group_of_two("team");
    let sent: Vec<Vec<u8>> = (0..5_u8).map(|n| alice.send("team", &[n])).collect();
    for n in [4, 0, 3, 1, 2_u8] {
        assert_eq!(
            bob.receive("team", &sent[usize::from(n)]),
            Received::Message(vec![n])
        );
    }
    for message in &sent {
        assert!(bob.try_receive("team", message).is_err(), "a message opens once");
    }
}

#[test]
fn three_members_update_talk_and_remove() {
    let [mut alice, mut bob, mut carol] = group_of_three("team");
    let update = bob.commit("team", |group, provider, signer| {
        group
            .self_update(provider, signer, LeafNodeParameters::default())
            .unwrap()
            .into_commit()
    });
    for other in [&mut alice, &mut carol] {
        assert_eq!(other.receive("team", &update), Received::Commit);
    }
    let sent = carol.send("team", b"after the update");
    for other in [&mut alice, &mut bob] {
        assert_eq!(
            other.receive("team", &sent),
            Received::Message(b"after the update".to_vec())
        );
    }

    let removal = alice.commit("team", |group, provider, signer| {
        group
            .remove_members(provider, signer, &[LeafNodeIndex::new(1)])
            .unwrap()
            .0
    });
    assert_eq!(carol.receive("team", &removal), Received::Commit);
    assert_eq!(bob.receive("team", &removal), Received::Commit);
    assert!(!bob.transact(|provider, _| device::load(provider, "team").is_active()));
    assert_eq!(
        carol.transact(|provider, _| device::load(provider, "team").members().count()),
        2
    );
    let sent = alice.send("team", b"without bob");
    assert_eq!(
        carol.receive("team", &sent),
        Received::Message(b"without bob".to_vec())
    );
    assert!(bob.try_receive("team", &sent).is_err());
}

#[test]
fn a_committed_update_proposal_leaves_no_private_key_behind() {
    let [mut alice, mut bob] = group_of_two("team");
    let key_pairs_before = bob.rows_labelled(33);
    let proposal = bob.transact(|provider, signer| {
        let mut group = device::load(provider, "team");
        let (proposal, _) = group
            .propose_self_update(provider, signer, LeafNodeParameters::default())
            .unwrap();
        proposal.to_bytes().unwrap()
    });
    assert_eq!(
        bob.rows_labelled(33),
        key_pairs_before + 1,
        "the proposed leaf's key waits for its commit"
    );
    assert_eq!(alice.receive("team", &proposal), Received::Proposal);

    let commit = alice.commit("team", |group, provider, signer| {
        group.commit_to_pending_proposals(provider, signer).unwrap().0
    });
    assert_eq!(bob.receive("team", &commit), Received::Commit);
    assert_eq!(bob.rows_labelled(33), key_pairs_before);
    // The proposed key is in force: Bob reads a commit whose path is encrypted to it.
    let update = alice.commit("team", |group, provider, signer| {
        group
            .self_update(provider, signer, LeafNodeParameters::default())
            .unwrap()
            .into_commit()
    });
    assert_eq!(bob.receive("team", &update), Received::Commit);
    let sent = alice.send("team", b"healed");
    assert_eq!(bob.receive("team", &sent), Received::Message(b"healed".to_vec()));
}

#[test]
fn an_overtaken_update_proposal_leaves_no_private_key_behind() {
    let [mut alice, mut bob] = group_of_two("team");
    bob.transact(|provider, signer| {
        let mut group = device::load(provider, "team");
        group
            .propose_self_update(provider, signer, LeafNodeParameters::default())
            .unwrap();
    });
    // Alice never saw the proposal; her commit ends the epoch it was for.
    let update = alice.commit("team", |group, provider, signer| {
        group
            .self_update(provider, signer, LeafNodeParameters::default())
            .unwrap()
            .into_commit()
    });
    assert_eq!(bob.rows_labelled(33), 1);
    assert_eq!(bob.receive("team", &update), Received::Commit);
    assert_eq!(bob.rows_labelled(33), 0);
    let sent = bob.send("team", b"still in");
    assert_eq!(
        alice.receive("team", &sent),
        Received::Message(b"still in".to_vec())
    );
}

#[test]
fn a_rolled_back_send_leaves_the_generation_unused() {
    let [mut alice, mut bob] = group_of_two("team");
    // Bob accepts only the very next generation of a sender.
    bob.accept_no_gaps("team");
    let before = alice.rows();
    let lost = alice.roll_back(|provider, signer| {
        let mut group = device::load(provider, "team");
        group
            .create_message(provider, signer, b"lost")
            .unwrap()
            .to_bytes()
            .unwrap()
    });
    assert_eq!(alice.rows(), before);

    let sent = alice.send("team", b"sent");
    assert_ne!(alice.rows(), before);
    assert_eq!(bob.receive("team", &sent), Received::Message(b"sent".to_vec()));
    assert!(
        bob.try_receive("team", &lost).is_err(),
        "its key was used for the message that was sent"
    );
    let next = alice.send("team", b"next");
    assert_eq!(bob.receive("team", &next), Received::Message(b"next".to_vec()));

    // The contrary, so that the test can fail: a committed send does use its generation up.
    alice.send("team", b"committed but never delivered");
    let after_gap = alice.send("team", b"after the gap");
    assert!(bob.try_receive("team", &after_gap).is_err());
}

#[test]
fn committed_sends_never_share_a_key() {
    let [mut alice, mut bob] = group_of_two("team");
    let first = alice.send("team", b"first");
    alice.roll_back(|provider, signer| {
        device::load(provider, "team")
            .create_message(provider, signer, b"lost")
            .unwrap();
    });
    let second = alice.send("team", b"second");
    // Each opens once, in either order: so each had a generation of its own.
    assert_eq!(
        bob.receive("team", &second),
        Received::Message(b"second".to_vec())
    );
    assert_eq!(bob.receive("team", &first), Received::Message(b"first".to_vec()));
}

#[test]
fn a_rolled_back_receive_can_be_repeated() {
    let [mut alice, mut bob] = group_of_two("team");
    let message = alice.send("team", b"hello");
    let before = bob.rows();
    bob.roll_back(|provider, _| device::process(provider, "team", &message).unwrap());
    assert_eq!(bob.rows(), before);
    assert_eq!(
        bob.receive("team", &message),
        Received::Message(b"hello".to_vec())
    );

    let update = alice.commit("team", |group, provider, signer| {
        group
            .self_update(provider, signer, LeafNodeParameters::default())
            .unwrap()
            .into_commit()
    });
    let before = bob.rows();
    bob.roll_back(|provider, _| device::process(provider, "team", &update).unwrap());
    assert_eq!(bob.rows(), before);
    assert_eq!(bob.receive("team", &update), Received::Commit);
}

#[test]
fn a_rolled_back_join_keeps_the_key_package() {
    let mut alice = Device::new("alice", 1);
    let mut bob = Device::new("bob", 2);
    alice.create("team");
    let key_package = bob.key_package();
    let (_, welcome) = alice.add("team", &[key_package]);
    let before = bob.rows();
    bob.roll_back(|provider, _| device::join(provider, &welcome));
    assert_eq!(bob.rows(), before);
    bob.transact(|provider, _| device::join(provider, &welcome));
    assert_eq!(bob.rows_labelled(34), 0, "the key package is used up");
    let sent = bob.send("team", b"here");
    assert_eq!(alice.receive("team", &sent), Received::Message(b"here".to_vec()));
}

#[test]
fn a_pending_commit_survives_and_can_be_withdrawn() {
    let [mut alice, mut bob] = group_of_two("team");
    let epoch = alice.epoch("team");
    // Alice's update loses to Bob's; she clears it and follows his.
    alice.transact(|provider, signer| {
        let mut group = device::load(provider, "team");
        group
            .self_update(provider, signer, LeafNodeParameters::default())
            .unwrap();
    });
    let winner = bob.commit("team", |group, provider, signer| {
        group
            .self_update(provider, signer, LeafNodeParameters::default())
            .unwrap()
            .into_commit()
    });
    alice.transact(|provider, _| {
        let mut group = device::load(provider, "team");
        assert!(group.pending_commit().is_some());
        group.clear_pending_commit(provider.storage()).unwrap();
    });
    assert_eq!(alice.receive("team", &winner), Received::Commit);
    assert_eq!(alice.epoch("team"), epoch + 1);
    assert_eq!(bob.epoch("team"), epoch + 1);
}

#[test]
fn a_deleted_group_leaves_no_rows() {
    let [mut alice, mut bob] = group_of_two("team");
    bob.transact(|provider, signer| {
        let mut group = device::load(provider, "team");
        group
            .propose_self_update(provider, signer, LeafNodeParameters::default())
            .unwrap();
    });
    bob.transact(|provider, _| provider.storage().erase_group(&device::group_id("team")).unwrap());
    assert!(
        bob.rows().is_empty(),
        "no row, and no private key of the waiting proposal"
    );

    alice.transact(|provider, _| device::load(provider, "team").delete(provider.storage()).unwrap());
    assert!(alice.rows().is_empty());
    alice.transact(|provider, _| {
        let gone = MlsGroup::load(provider.storage(), &device::group_id("team")).unwrap();
        assert!(gone.is_none());
    });
}

#[test]
fn erasing_after_being_removed_leaves_no_rows() {
    let [mut alice, mut bob, _carol] = group_of_three("team");
    let removal = alice.commit("team", |group, provider, signer| {
        group
            .remove_members(provider, signer, &[LeafNodeIndex::new(1)])
            .unwrap()
            .0
    });
    bob.receive("team", &removal);
    bob.transact(|provider, _| device::load(provider, "team").delete(provider.storage()).unwrap());
    assert_eq!(
        bob.rows_labelled(14),
        1,
        "OpenMLS leaves the last epoch's key pairs"
    );
    bob.transact(|provider, _| provider.storage().erase_group(&device::group_id("team")).unwrap());
    assert!(bob.rows().is_empty());
}

#[test]
fn groups_of_one_device_stay_apart() {
    let [mut alice, mut bob] = group_of_two("team");
    let team = alice.rows();
    // An id that begins with the other's, and one that the other begins with.
    for other in ["team and more", "tea"] {
        alice.create(other);
        let key_package = bob.key_package();
        let (_, welcome) = alice.add(other, &[key_package]);
        bob.transact(|provider, _| device::join(provider, &welcome));
        let sent = alice.send(other, b"elsewhere");
        assert_eq!(
            bob.receive(other, &sent),
            Received::Message(b"elsewhere".to_vec())
        );
        let all = alice.rows();
        assert!(team.iter().all(|(key, value)| all.get(key) == Some(value)));
        alice.transact(|provider, _| device::load(provider, other).delete(provider.storage()).unwrap());
    }
    assert_eq!(alice.rows(), team);
    let sent = alice.send("team", b"still here");
    assert_eq!(
        bob.receive("team", &sent),
        Received::Message(b"still here".to_vec())
    );
}

#[test]
fn own_leaf_nodes_are_kept_in_order_per_group() {
    let mut alice = Device::new("alice", 1);
    let leaf_nodes: Vec<LeafNode> = (0..12).map(|_| alice.key_package().leaf_node().clone()).collect();
    let (team, other) = (device::group_id("team"), device::group_id("other"));
    alice.transact(|provider, _| {
        let store = provider.storage();
        assert_eq!(store.own_leaf_nodes::<_, LeafNode>(&team).unwrap(), Vec::new());
        for leaf_node in &leaf_nodes {
            store.append_own_leaf_node(&team, leaf_node).unwrap();
        }
        store.append_own_leaf_node(&other, &leaf_nodes[3]).unwrap();
    });
    alice.transact(|provider, _| {
        let store = provider.storage();
        assert_eq!(store.own_leaf_nodes::<_, LeafNode>(&team).unwrap(), leaf_nodes);
        store.delete_own_leaf_nodes(&team).unwrap();
        store.delete_own_leaf_nodes(&team).unwrap();
        assert_eq!(store.own_leaf_nodes::<_, LeafNode>(&team).unwrap(), Vec::new());
        assert_eq!(
            store.own_leaf_nodes::<_, LeafNode>(&other).unwrap(),
            leaf_nodes[3..4]
        );
    });
}

#[test]
fn extensions_of_every_form_survive_storage() {
    let mut alice = Device::new("alice", 1);
    let suite_of_extensions = Extensions::from_vec(vec![
        Extension::RequiredCapabilities(RequiredCapabilitiesExtension::new(
            &[ExtensionType::Unknown(0xf0aa)],
            &[],
            &[CredentialType::Basic],
        )),
        Extension::Unknown(0xf0aa, UnknownExtension((0..=255).collect())),
        Extension::Unknown(0xf0ab, UnknownExtension(Vec::new())),
    ])
    .unwrap();
    alice.create_with("team", suite_of_extensions.clone());
    alice.transact(|provider, _| {
        assert_eq!(*device::load(provider, "team").extensions(), suite_of_extensions);
    });
    let mut bob = Device::new("bob", 2);
    let (_, welcome) = alice.add("team", &[bob.key_package()]);
    bob.transact(|provider, _| device::join(provider, &welcome));
    bob.transact(|provider, _| {
        assert_eq!(*device::load(provider, "team").extensions(), suite_of_extensions);
    });
}

#[test]
fn an_external_psk_enters_the_key_schedule() {
    use openmls::schedule::PreSharedKeyId;

    let [mut alice, mut bob] = group_of_two("team");
    let psk_id = PreSharedKeyId::external(b"psk".to_vec(), vec![7; 32]);
    for device in [&mut alice, &mut bob] {
        device.transact(|provider, _| psk_id.store(provider, &[9; 32]).unwrap());
    }
    let proposal = alice.transact(|provider, signer| {
        let mut group = device::load(provider, "team");
        group
            .propose_pre_shared_key(provider, signer, psk_id.clone())
            .unwrap()
            .0
            .to_bytes()
            .unwrap()
    });
    assert_eq!(bob.receive("team", &proposal), Received::Proposal);
    let commit = alice.commit("team", |group, provider, signer| {
        group.commit_to_pending_proposals(provider, signer).unwrap().0
    });
    assert_eq!(bob.receive("team", &commit), Received::Commit);
    for device in [&mut alice, &mut bob] {
        device.transact(|provider, _| {
            let queued = provider
                .storage()
                .queued_proposal_refs::<_, openmls::prelude::hash_ref::ProposalRef>(&device::group_id("team"))
                .unwrap();
            assert!(queued.is_empty());
        });
    }
    let sent = bob.send("team", b"with the psk");
    assert_eq!(
        alice.receive("team", &sent),
        Received::Message(b"with the psk".to_vec())
    );
}

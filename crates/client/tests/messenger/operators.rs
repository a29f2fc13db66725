//! A network of four operators, as people on different nodes of it see it: they agree, one is away, one lies.

use xchat_client::{Endpoint, Event, MessageState, Name, NameStanding, NodeFault, NodeView, ProofView};
use xchat_proto::directory_wire::DirectoryReply;

use crate::machines::{Operators, Parrot};
use crate::world::{PATIENCE, Person, acquaint};

/// Somebody who is at home at the node of one operator, and knows no other yet.
async fn person(operators: &Operators, name: &'static str, home: usize) -> Person {
    let mut person = Person::new(name).await;
    person.messenger.create_account().await.unwrap();
    person.messenger.join_network(operators.by(home)).await.unwrap();
    if let Err(error) = person.messenger.register(name.parse().unwrap()).await {
        // Validators that have just begun, or one of whom is missing, may need a moment: it goes on by itself.
        assert_eq!(error.code(), "unreachable");
        person
            .event("the registration", |event| match event {
                Event::Registered(_) => Some(()),
                _ => None,
            })
            .await;
    }
    person
}

/// What the directory has proved of the other person by now.
async fn proof(person: &Person, conversation: xchat_client::ConversationId) -> ProofView {
    person
        .messenger
        .safety(conversation)
        .await
        .unwrap()
        .proof
        .unwrap()
}

/// Waits until a device knows whose nodes there are.
async fn knows_all(person: &Person) {
    let known = tokio::time::timeout(PATIENCE, async {
        loop {
            let view = person.messenger.directory().await.unwrap().unwrap();
            if view.operators.len() == 4 && view.nodes.len() >= 4 {
                return;
            }
            tokio::task::yield_now().await;
        }
    });
    known.await.unwrap();
}

/// Waits until a device has seen the block that has this name: the nodes of others may learn of it a moment later.
async fn sees_taken(person: &Person, name: &str) {
    let name: Name = name.parse().unwrap();
    let seen = tokio::time::timeout(PATIENCE, async {
        while person.messenger.look_up(name.clone()).await.unwrap() != NameStanding::Taken {}
    });
    seen.await.unwrap();
}

/// How a node stands with a device.
async fn node(person: &Person, endpoint: &Endpoint) -> NodeView {
    let view = person.messenger.directory().await.unwrap().unwrap();
    let mut nodes = view.nodes.into_iter();
    nodes.find(|node| node.endpoint.id == endpoint.id).unwrap()
}

/// Makes a node the first that is asked. The home stays where it is.
async fn ask_first(person: &Person, operators: &Operators, first: &Parrot) {
    let nodes = vec![first.endpoint(), operators.node(0).clone()];
    let invitation = operators.invitation(nodes);
    person.messenger.join_network(invitation).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_contact_asks_nodes_of_two_operators_who_agree() {
    let operators = Operators::new(4, 2).await;
    let mut alice = person(&operators, "alice", 0).await;
    knows_all(&alice).await;
    // A second operator is waited for no longer than two seconds: on a busy machine it may take more than one try.
    let mut agreed = 0;
    for name in ["bob", "carol", "dave", "erin"] {
        let mut other = person(&operators, name, 3).await;
        let (at_alice, at_other) = acquaint(&mut alice, &mut other).await;
        let proved = proof(&alice, at_alice).await;
        assert!(
            proved.asked >= 2 && proved.operators == 4 && proved.signers >= 3,
            "{proved:?}"
        );
        let sent = other.send(at_other, "from another node").await;
        alice.has_texts(at_alice, &["from another node"]).await;
        other.reaches(&sent, MessageState::Delivered).await;
        agreed = proved.agreed;
        other.stop().await;
        if agreed >= 2 {
            break;
        }
    }
    assert!(agreed >= 2, "two operators never show one truth");
    alice.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_who_is_away_stops_nobody() {
    let mut operators = Operators::new(4, 2).await;
    let mut alice = person(&operators, "alice", 0).await;
    knows_all(&alice).await;
    operators.stop(2).await;
    let mut bob = person(&operators, "bob", 1).await;
    let (at_alice, at_bob) = acquaint(&mut alice, &mut bob).await;
    let sent = alice.send(at_alice, "without gamma").await;
    bob.has_texts(at_bob, &["without gamma"]).await;
    alice.reaches(&sent, MessageState::Delivered).await;
    let proved = proof(&alice, at_alice).await;
    assert!(proved.asked >= 2 && proved.signers == 3, "{proved:?}");
    let found = alice
        .messenger
        .look_up("nobody_here".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(found, NameStanding::Free);
    alice.stop().await;
    bob.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_node_says_that_stands_still_is_not_taken_for_the_present() {
    let operators = Operators::new(4, 2).await;
    let alice = person(&operators, "alice", 0).await;
    // It was true once: nobody had the name. The node has stood still since.
    let old = operators.look_up(1, "bob").await;
    let behind = Parrot::new(old).await;
    let bob = person(&operators, "bob", 3).await;
    sees_taken(&alice, "bob").await;

    ask_first(&alice, &operators, &behind).await;
    let again = alice.messenger.look_up("bob".parse().unwrap()).await.unwrap();
    assert_eq!(again, NameStanding::Taken);
    let asked = behind.asked();
    assert!(asked >= 1, "it was asked, and not believed");
    alice.messenger.contact("bob".parse().unwrap()).await.unwrap();
    assert!(behind.asked() > asked);
    // To be a moment behind is no fault (WAT-02).
    assert_eq!(node(&alice, &behind.endpoint()).await.faults, 0);
    alice.stop().await;
    bob.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wat_01_a_node_that_says_nobody_has_a_name_is_not_believed() {
    let operators = Operators::new(4, 2).await;
    let alice = person(&operators, "alice", 0).await;
    let bob = person(&operators, "bob", 3).await;
    knows_all(&alice).await;
    sees_taken(&alice, "bob").await;
    // Another name's proof, and one whose block nobody has signed.
    let of_another = operators.look_up(0, "nobody_here").await;
    let mut unsigned = operators.look_up(0, "bob").await;
    if let DirectoryReply::Name { proof, .. } = &mut unsigned {
        proof.certified.header.height += 1_000;
    }
    let mut told = 0;
    for lie in [of_another, unsigned] {
        let liar = Parrot::new(lie).await;
        ask_first(&alice, &operators, &liar).await;
        let found = alice.messenger.look_up("bob".parse().unwrap()).await.unwrap();
        assert_eq!(found, NameStanding::Taken);
        assert!(liar.asked() >= 1, "it was asked first");
        let seen = node(&alice, &liar.endpoint()).await;
        assert_eq!(
            seen.last_fault.map(|(fault, _)| fault),
            Some(NodeFault::Forged),
            "{seen:?}"
        );

        // Whoever knows no other node is told that the answer does not hold, and not that the name is free.
        told += 1;
        let newcomer = Person::new("newcomer").await;
        let only = operators.invitation(vec![liar.endpoint()]);
        newcomer.messenger.join_network(only).await.unwrap();
        let refused = newcomer.messenger.look_up("bob".parse().unwrap()).await;
        assert_eq!(refused.unwrap_err().code(), "proof-refused", "lie {told}");
        newcomer.stop().await;
    }
    alice.messenger.contact("bob".parse().unwrap()).await.unwrap();
    assert!(
        alice.messenger.evidence().await.unwrap().is_empty(),
        "no operator has lied"
    );
    alice.stop().await;
    bob.stop().await;
}

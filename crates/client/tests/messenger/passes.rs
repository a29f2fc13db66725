//! Tokens that pay for a name instead of work.

use tokio::time::timeout;
use xchat_client::{Messenger, NameStanding, NetworkInvitation};

use crate::machines::Operators;
use crate::world::{PATIENCE, Person};

fn with_pass(operators: &Operators) -> NetworkInvitation {
    NetworkInvitation {
        pass: Some(operators.pass(0)),
        ..operators.by(0)
    }
}

/// Waits until the network has refused the token of the invitation.
async fn loses_its_pass(messenger: &Messenger) {
    let lost = timeout(PATIENCE, async {
        while messenger.network().await.unwrap().unwrap().pass.is_some() {
            tokio::task::yield_now().await;
        }
    });
    lost.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn wat_08_a_token_that_was_spent_lets_nobody_in_a_second_time() {
    // Nobody could work so much in the time of this test: whoever gets in has paid with a token.
    let operators = Operators::new(1, 20).await;
    let invitation = with_pass(&operators);
    let alice = Person::new("alice").await;
    alice.join(invitation.clone()).await;
    let onward = alice.messenger.invitation().await.unwrap().unwrap();
    assert_eq!(onward.pass, None, "it is not handed on");

    let bob = Person::new("bob").await;
    let second = {
        let messenger = bob.messenger.clone();
        bob.messenger.create_account().await.unwrap();
        bob.messenger.join_network(invitation).await.unwrap();
        tokio::spawn(async move { messenger.register("bob".parse().unwrap()).await })
    };
    loses_its_pass(&bob.messenger).await;
    let standing = alice.messenger.look_up("bob".parse().unwrap()).await.unwrap();
    assert_eq!(standing, NameStanding::Free);
    assert!(!second.is_finished(), "it is being paid with work");
    bob.stop().await;
    assert_eq!(second.await.unwrap().unwrap_err().code(), "stopped");

    let carol = Person::new("carol").await;
    carol.join(with_pass(&operators)).await;
    alice.stop().await;
    carol.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wat_08_work_pays_where_a_token_was_spent() {
    let operators = Operators::new(1, 2).await;
    let invitation = with_pass(&operators);
    let alice = Person::new("alice").await;
    alice.join(invitation.clone()).await;
    let bob = Person::new("bob").await;
    bob.join(invitation).await;
    assert_eq!(bob.messenger.network().await.unwrap().unwrap().pass, None);
    let standing = alice.messenger.look_up("bob".parse().unwrap()).await.unwrap();
    assert_eq!(standing, NameStanding::Taken);
    alice.stop().await;
    bob.stop().await;
}

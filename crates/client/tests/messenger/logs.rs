//! What a whole run leaves in the logs: nothing of what people wrote, who they are, or what they hold.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use xchat_client::MessageState;

use crate::world::World;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Captured {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_run_leaves_nothing_of_its_people_in_the_logs() {
    let captured = Captured::default();
    let everything_of_ours = "xchat_client=trace,xchat_core=trace,xchat_net=trace,xchat_node=trace,\
        xchat_mailbox=trace,xchat_directory=trace,warn";
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(everything_of_ours))
        .with_writer(captured.clone())
        .with_ansi(false)
        .init();
    tracing::info!(target: "xchat_client", "the capture works");
    let mut world = World::new().await;
    let (mut alice, bob, at_alice, at_bob) = world.friends().await;
    let first = alice.send(at_alice, "a most private sentence").await;
    alice.reaches(&first, MessageState::Delivered).await;
    world.stop_node().await;
    bob.send(at_bob, "another private sentence").await;
    alice.stop().await;
    alice.start().await;
    world.start_node().await;
    alice
        .has_texts(at_alice, &["a most private sentence", "another private sentence"])
        .await;
    let mut secrets = vec!["private sentence".to_owned(), "alice".to_owned()];
    for person in [&alice, &bob] {
        let identity = person.messenger.identity().await.unwrap().unwrap();
        secrets.push(hex(identity.account.as_bytes()));
        secrets.push(hex(&identity.device.0));
        let report = person.messenger.network_report().await.unwrap();
        secrets.push(hex(report.own.unwrap().id.as_bytes()));
    }
    secrets.push(hex(&first.id.0));
    alice.stop().await;
    bob.stop().await;
    let log = String::from_utf8(captured.0.lock().unwrap().clone())
        .unwrap()
        .to_lowercase();
    assert!(log.contains("the capture works"));
    for secret in secrets {
        assert!(!log.contains(&secret), "the log holds {secret}");
    }
}

//! What a node tells its operator.

use std::fmt::Debug;
use std::sync::OnceLock;

use tokio::sync::watch;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::operators::PATIENCE;

static TOLD: OnceLock<watch::Sender<Vec<String>>> = OnceLock::new();

struct Listener;

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("xchat_node") && *metadata.level() <= Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        told().send_modify(|all| all.push(message.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn told() -> &'static watch::Sender<Vec<String>> {
    TOLD.get_or_init(watch::Sender::default)
}

/// Listens from now on to what all nodes of this process tell.
pub(crate) fn listen() {
    // Another test of the process may listen already.
    let _ = tracing::subscriber::set_global_default(Listener);
}

/// Waits until something is told that begins like this.
pub(crate) async fn is_told(beginning: &str) {
    let mut told = told().subscribe();
    let heard = told.wait_for(|all| all.iter().any(|message| message.starts_with(beginning)));
    let heard = tokio::time::timeout(PATIENCE, heard).await;
    assert!(heard.is_ok(), "{beginning}");
}

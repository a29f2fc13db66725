//! Two messengers in a host program, and a node beside them: all that a message needs, in one process.
//!
//! `cargo run -p xchat-client --example embed`

use std::error::Error;
use std::io::{self, Write as _};
use std::path::Path;

use xchat_client::{
    Event, Listen, Messenger, MessengerConfig, NetworkInvitation, Profile, Update, invitation,
};
use xchat_node::NodeConfig;

/// A messenger with a profile of its own and a name.
async fn join(folder: &Path, network: &NetworkInvitation, name: &str) -> Result<Messenger, Box<dyn Error>> {
    let messenger = Messenger::start(MessengerConfig {
        listen: Listen::Sockets(vec!["127.0.0.1:0".parse()?]),
        ..MessengerConfig::new(Profile::create(&folder.join(name), None)?)
    })
    .await?;
    // A real program shows the phrase once, so that its owner can write it down.
    let _phrase = messenger.create_account().await?;
    messenger.join_network(network.clone()).await?;
    messenger.register(name.parse()?).await?;
    Ok(messenger)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let node = xchat_node::spawn(NodeConfig::local(folder.path().join("node"))).await?;
    let network = invitation(node.genesis(), vec![node.endpoint().clone()], None)?;
    let alice = join(folder.path(), &network, "alice").await?;
    let bob = join(folder.path(), &network, "bob").await?;
    let mut updates = bob.subscribe();
    let conversation = alice.contact("@bob".parse()?).await?;
    alice.send_text(conversation, "Hello Bob!").await?;
    while let Some(update) = updates.next().await {
        match update {
            // A request shows who asks and nothing else; Bob accepts, and the conversation begins.
            Update::Event(Event::Request(request)) => drop(bob.accept(request.id).await?),
            Update::Event(Event::Message(message)) => {
                writeln!(io::stdout(), "{} writes: {}", message.from, message.text)?;
                break;
            }
            _ => {}
        }
    }
    alice.shutdown().await;
    bob.shutdown().await;
    node.shutdown().await;
    Ok(())
}

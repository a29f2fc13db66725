//! The stand-alone node: runs until it is told to stop, and prints the invitation into its network.

mod metrics;

use std::sync::Arc;

use crate::cli::{Common, Node as Wish};
use crate::commands::operators;
use crate::failure::{Failure, Kind};
use crate::host::nodes::Node;
use crate::screen;
use crate::serve::stopped;

/// Runs a node.
///
/// # Errors
/// When it can't be started, or the invitation can't be written.
pub(crate) async fn run(common: &Common, wish: &Wish) -> Result<(), Failure> {
    let folder = operators::node_folder(common, wish.node_dir.as_deref())?;
    // A port in use must not leave half a node.
    let listener = match wish.metrics {
        Some(address) => Some(metrics::listen(address).await?),
        None => None,
    };
    let node = Arc::new(Node::start(folder, wish).await?);
    let serving = listener.map(|listener| tokio::spawn(metrics::serve(listener, Arc::clone(&node))));
    let mut stopped = std::pin::pin!(stopped());
    // Who reads the invitation may stop the node at once: from here on it hears of that.
    let is_stopped = tokio::select! {
        biased;
        () = &mut stopped => true,
        () = std::future::ready(()) => false,
    };
    let mut done = tell(&node, common, wish);
    if done.is_ok() && !is_stopped {
        done = tokio::select! {
            () = &mut stopped => Ok(()),
            () = node.failed() => Err(Failure::new(
                Kind::Failed,
                "directory-stopped",
                "the directory's engine has stopped",
            )
            .advise("Start the node with XCHAT_LOG=info, which says why")),
        };
    }
    if let Some(serving) = serving {
        serving.abort();
        // Its end gives back the node.
        let _aborted = serving.await;
    }
    if let Some(node) = Arc::into_inner(node) {
        node.shutdown().await;
    }
    done
}

fn tell(node: &Node, common: &Common, wish: &Wish) -> Result<(), Failure> {
    let invitation = node.invitation()?;
    if let Some(path) = &wish.invitation_file {
        std::fs::write(path, format!("{}\n", invitation.link))
            .map_err(|error| Failure::storage(format!("{} can't be written", path.display()), &error))?;
    }
    if common.json {
        screen::json(&serde_json::json!({
            "type": "started", "invitation": invitation, "network": node.network()
        }));
    } else {
        screen::line(&invitation.link);
        screen::note(invitation.reach.sentence());
    }
    Ok(())
}

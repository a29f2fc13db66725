//! The stand-alone node: runs until it is told to stop, and prints the invitation into its network.

use std::path::PathBuf;

use crate::cli::{Common, Node as Wish};
use crate::failure::Failure;
use crate::host::nodes::Node;
use crate::serve::stopped;
use crate::{profile, screen};

/// Runs a node.
///
/// # Errors
/// When it can't be started, or the invitation can't be written.
pub(crate) async fn run(common: &Common, wish: &Wish) -> Result<(), Failure> {
    let folder = match &wish.node_dir {
        Some(folder) => folder.clone(),
        None => default_folder(common)?,
    };
    let node = Node::start(folder, wish.listen).await?;
    let told = tell(&node, common, wish);
    if told.is_ok() {
        stopped().await;
    }
    node.shutdown().await;
    told
}

fn tell(node: &Node, common: &Common, wish: &Wish) -> Result<(), Failure> {
    let invitation = node.invitation()?;
    if let Some(path) = &wish.invitation_file {
        std::fs::write(path, format!("{}\n", invitation.link))
            .map_err(|error| Failure::storage(format!("{} can't be written", path.display()), &error))?;
    }
    if common.json {
        screen::json(&serde_json::json!({ "type": "started", "invitation": invitation }));
    } else {
        screen::line(&invitation.link);
        screen::note(invitation.reach.sentence());
    }
    Ok(())
}

/// The default port is another user's as soon as a second node runs, so one node per root is enough.
fn default_folder(common: &Common) -> Result<PathBuf, Failure> {
    let root = match &common.data_dir {
        Some(root) => root.clone(),
        None => profile::default_root()?,
    };
    Ok(root.join("node"))
}

//! One validator alone, and what a client makes of its answers.

use std::path::Path;

use xchat_consensus::{Clock, Config, Consensus};
use xchat_proto::light::{Anchor, Freshness, LightClient, LightError};
use xchat_proto::limits::FRESHNESS_MS_MAX;
use xchat_proto::name_proof::VerifiedName;

use crate::testing::{NOON_MS, key, name, network, operator};

pub(crate) fn alone(folder: &Path, clock: Clock) -> Config {
    let network = network(vec![operator(&key(200), 0)], 64, NOON_MS);
    Config::alone(key(200), network, folder.to_owned(), clock)
}

/// What a client that knows only the genesis believes of a name.
pub(crate) fn look_up(
    node: &Consensus,
    text: &str,
    now_ms: u64,
    height_min: u64,
) -> Result<VerifiedName, LightError> {
    let reader = node.reader();
    let proof = reader.lookup(&name(text)).unwrap();
    let genesis = node.genesis().clone();
    let mut client = LightClient::new(genesis.clone(), Anchor::genesis(&genesis)).unwrap();
    loop {
        let handovers = reader.handovers(client.anchor().height).unwrap();
        if handovers.as_slice().is_empty() {
            break;
        }
        client.follow(handovers.as_slice(), now_ms)?;
    }
    let freshness = Freshness {
        now_ms,
        age_ms_max: FRESHNESS_MS_MAX,
    };
    let verified = client.name(&proof, &[], &name(text), freshness)?;
    assert!(proof.certified.header.height >= height_min, "an old proof");
    Ok(verified)
}

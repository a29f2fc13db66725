//! What must be true of a network whatever has happened to it.

use std::collections::BTreeMap;

use xchat_proto::ids::Hash;
use xchat_proto::light::{Anchor, Freshness, LightClient};
use xchat_proto::name_proof::Certified;

use super::world::World;

impl World {
    /// No height has two blocks, whoever has it, and each certificate is one for a client that knows only the genesis.
    pub(super) fn assert_safe(&self) {
        let mut decided: BTreeMap<u64, Hash> = BTreeMap::new();
        let twins = self.twins.iter().map(|(_, running)| &running.chain);
        let nodes = self.nodes.iter().filter_map(|node| node.running.as_ref());
        let mut checked = 0;
        for chain in nodes.map(|running| &running.chain).chain(twins) {
            let reader = chain.reader();
            let genesis = self.file.genesis.clone();
            let mut client = LightClient::new(genesis.clone(), Anchor::genesis(&genesis)).unwrap();
            let mut at = 1;
            loop {
                let blocks = reader.blocks(at, 1 << 20).unwrap();
                for block in &blocks {
                    let header = &block.header;
                    let digest = header.digest();
                    let before = decided.insert(header.height, digest);
                    assert!(
                        before.is_none_or(|before| before == digest),
                        "two blocks of {}",
                        header.height
                    );
                    at = header.height + 1;
                    let Some(certificate) = block.certificate.clone() else {
                        assert!(!genesis.parameters.ends_epoch(header.height));
                        continue;
                    };
                    let certified = Certified {
                        header: header.clone(),
                        certificate,
                    };
                    let freshness = Freshness {
                        now_ms: chain.now_ms(),
                        age_ms_max: u64::MAX,
                    };
                    client.header(&certified, freshness).unwrap();
                    let handovers = reader
                        .handovers(client.anchor().height.max(header.height) - 1)
                        .unwrap();
                    let here = handovers.as_slice().iter();
                    let here: Vec<_> = here
                        .filter(|handover| handover.certified.header.height == header.height)
                        .cloned()
                        .collect();
                    client.follow(&here, chain.now_ms()).unwrap();
                    checked += 1;
                }
                if blocks.is_empty() {
                    break;
                }
            }
        }
        assert!(checked > 0, "nothing was decided");
    }
}

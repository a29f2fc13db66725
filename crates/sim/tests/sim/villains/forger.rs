//! A directory that invents answers.

use xchat_core::contacts::ContactError;
use xchat_proto::certificate::Certificate;
use xchat_proto::directory_wire::{DirectoryReply, DirectoryRequest};
use xchat_sim::villain::Villain;

use super::lab::Lab;
use crate::people::ALICE;

enum Lie {
    /// Nobody has the name.
    NobodyHasIt,
    /// A signature of its own.
    AnotherSignature,
    /// Another time, in an otherwise true header.
    AnotherTime,
}

struct Forger(Lie);

impl Villain for Forger {
    fn directory(&mut self, _: u64, _: &DirectoryRequest, reply: DirectoryReply) -> DirectoryReply {
        let DirectoryReply::Name { mut proof, handovers } = reply else {
            return reply;
        };
        match self.0 {
            Lie::NobodyHasIt => proof.value = None,
            Lie::AnotherTime => proof.certified.header.time_ms += 1,
            Lie::AnotherSignature => {
                let mut bytes = proof.certified.certificate.as_slice().to_vec();
                *bytes.last_mut().unwrap() ^= 1;
                proof.certified.certificate = Certificate::new(bytes).unwrap();
            }
        }
        DirectoryReply::Name { proof, handovers }
    }
}

#[test]
fn sim_14_a_directory_is_not_believed_for_saying_so() {
    for lie in [Lie::NobodyHasIt, Lie::AnotherSignature, Lie::AnotherTime] {
        let mut lab = Lab::strangers();
        // A block that nobody has verified yet.
        lab.pass(10_000);
        lab.world.home.villain = Some(Box::new(Forger(lie)));
        lab.contact(ALICE, "bob");
        lab.pass(5_000);
        let errors = &lab.world.devices[ALICE].contact_errors;
        assert!(
            matches!(errors.as_slice(), [ContactError::ProofRefused(_)]),
            "{errors:?}"
        );
    }
}

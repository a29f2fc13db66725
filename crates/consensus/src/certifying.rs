//! Certificates as the engine makes them, by a single validator: for the tests in this crate and beside it.

use commonware_codec::{Copying, DecodeExt as _, Encode as _};
use commonware_consensus::simplex::scheme::ed25519::Scheme;
use commonware_consensus::simplex::types::{Finalization, Finalize, Proposal};
use commonware_consensus::types::{Epoch, Round, View};
use commonware_cryptography::Signer as _;
use commonware_cryptography::blake3::Digest;
use commonware_cryptography::ed25519::PrivateKey;
use commonware_parallel::Sequential;
use commonware_utils::iter::NonEmpty;
use commonware_utils::ordered::Set;
use xchat_proto::certificate::{Certificate, vote_namespace};
use xchat_proto::codec::Bounded;
use xchat_proto::header::Header;
use xchat_proto::keys::SigningKey;

/// The engine's certificate for a header, by the only validator.
pub(crate) fn certify(header: &Header, epoch: u64, validator: &SigningKey) -> Certificate {
    let private = PrivateKey::decode(Copying(validator.seed().as_slice())).unwrap();
    let set = Set::from_iter_dedup([private.public_key()]);
    let validators = Bounded::new(vec![validator.public()]).unwrap();
    let namespace = vote_namespace(&header.network, &validators);
    let scheme = Scheme::signer(&namespace, set, private).unwrap();
    let round = Round::new(Epoch::new(epoch), View::new(9));
    let proposal = Proposal::new(round, View::new(8), Digest(header.digest().0));
    let vote = [Finalize::sign(&scheme, proposal).unwrap()];
    let votes = NonEmpty::try_new(vote.iter()).unwrap();
    let made: Finalization<Scheme, Digest> =
        Finalization::from_finalizes(&scheme, votes, &Sequential).unwrap();
    Certificate::new(made.encode().to_vec()).unwrap()
}

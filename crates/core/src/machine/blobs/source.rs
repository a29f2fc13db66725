//! From whom a file comes: connected devices first, that of its author before all, then the home.

use crate::error::MachineError;
use crate::machine::blobs::Source;
use crate::machine::privacy;
use crate::machine::step::Step;
use crate::rows::blob::{self, Blob};
use crate::rows::conversation::Conversation;
use crate::rows::member::Member;
use crate::rows::transfer::Transfer;

/// Who is asked next; nobody when all have been.
pub(super) fn next(
    step: &Step<'_>,
    conversation: &Conversation,
    transfer: &Transfer,
    blob: &Blob,
) -> Result<Option<Source>, MachineError> {
    if !conversation.is_active() {
        return Ok(None);
    }
    let author = blob::author(step.connection, blob.place.0)?;
    let mut members = Member::all(step.connection, conversation.id)?;
    members.sort_by_key(|member| Some(member.device) != author);
    // Who sends it would see that it comes.
    let goes_directly = privacy::of(step.connection, conversation)?.delivery;
    let endpoints = members
        .into_iter()
        .filter_map(|member| member.endpoint.filter(|_| goes_directly));
    let peers = endpoints
        .map(|endpoint| endpoint.id)
        .filter(|peer| step.live.peers.contains(peer))
        .map(Source::Peer);
    let home = super::home(step, conversation).map(|home| Source::Home(home.id));
    let is_out = |source: &Source| {
        let tried = step.live.blobs.tried.get(&transfer.id);
        let liars = step.live.blobs.liars.get(&blob.id);
        [tried, liars].iter().flatten().any(|out| out.contains(source))
    };
    Ok(peers.chain(home).find(|source| !is_out(source)))
}

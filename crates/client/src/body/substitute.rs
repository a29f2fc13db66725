//! What stands in for an input or an output that could not take place.

use xchat_core::io::{BlobFailure, BlobInput, BlobOutput, Input, Output, Tag, Unreachable};
use xchat_proto::ids::LogId;

/// What the machine gets later in the place of an input that it could not keep, and the log whose subscription must
/// end.
///
/// Nothing is lost by it: a home keeps what it has sent until it is asked for again, and to a device the log is the
/// promise.
pub(super) fn substitute(input: &Input) -> (Option<Input>, Option<LogId>) {
    match input {
        Input::Home { tag, .. } => {
            let outcome = Err(Unreachable);
            (Some(Input::Home { tag: *tag, outcome }), None)
        }
        Input::Directory { tag, .. } => {
            let outcome = Err(Unreachable);
            (Some(Input::Directory { tag: *tag, outcome }), None)
        }
        Input::Subscription { log, epoch, .. } | Input::SubscriptionLost { log, epoch } => {
            let (log, epoch) = (*log, *epoch);
            (Some(Input::SubscriptionLost { log, epoch }), Some(log))
        }
        Input::PeerUp(peer) => (Some(Input::PeerUp(*peer)), None),
        Input::PeerDown(peer) => (Some(Input::PeerDown(*peer)), None),
        Input::OwnEndpoint(endpoint) => (Some(Input::OwnEndpoint(endpoint.clone())), None),
        Input::Blob(BlobInput::Done { tag, .. }) => (Some(blob_failed(*tag)), None),
        // The machine asks to be woken again; who asks for a file gives up after a while, and asks again.
        Input::Peer { .. } | Input::Blob(_) | Input::Wake => (None, None),
    }
}

/// What the machine is told when there is no network to carry out an output.
pub(super) fn without_network(output: Output) -> Option<Input> {
    let outcome = Unreachable;
    match output {
        Output::Home { tag, .. } => Some(Input::Home {
            tag,
            outcome: Err(outcome),
        }),
        Output::Directory { tag, .. } => Some(Input::Directory {
            tag,
            outcome: Err(outcome),
        }),
        Output::Subscribe { log, epoch, .. } => Some(Input::SubscriptionLost { log, epoch }),
        Output::Dial(device) => Some(Input::PeerDown(device.id)),
        Output::Peer { peer, .. } => Some(Input::PeerDown(peer)),
        Output::Blob(output) => without_bytes(&output),
        Output::Mark(_) | Output::Event(_) => None,
    }
}

/// What the machine is told when a file can't be moved.
fn without_bytes(output: &BlobOutput) -> Option<Input> {
    match output {
        BlobOutput::Put { tag, .. } | BlobOutput::Get { tag, .. } | BlobOutput::Withdraw { tag, .. } => {
            Some(blob_failed(*tag))
        }
        BlobOutput::Stop { .. }
        | BlobOutput::Erase { .. }
        | BlobOutput::Grant { .. }
        | BlobOutput::Deny { .. } => None,
    }
}

fn blob_failed(tag: Tag) -> Input {
    let outcome = Err(BlobFailure::Unreachable);
    Input::Blob(BlobInput::Done { tag, outcome })
}

#[cfg(test)]
mod tests {
    use super::*;
    use xchat_proto::mailbox_wire::{Reply, SubscriptionFrame};

    #[test]
    fn a_reply_that_could_not_be_kept_counts_as_none() {
        let outcome = Ok(Reply::Done);
        let (stands_in, log) = substitute(&Input::Home { tag: 7, outcome });
        assert!(matches!(
            stands_in,
            Some(Input::Home {
                tag: 7,
                outcome: Err(Unreachable)
            })
        ));
        assert_eq!(log, None);
    }

    #[test]
    fn a_frame_that_could_not_be_kept_ends_its_subscription() {
        let input = Input::Subscription {
            log: LogId([1; 32]),
            epoch: 3,
            frame: SubscriptionFrame::CaughtUp,
        };
        let (stands_in, log) = substitute(&input);
        assert!(matches!(
            stands_in,
            Some(Input::SubscriptionLost { epoch: 3, .. })
        ));
        assert_eq!(log, Some(LogId([1; 32])));
    }
}

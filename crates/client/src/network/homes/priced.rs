//! What a request is about, and where its price goes.

use xchat_proto::ids::LogId;
use xchat_proto::mailbox_wire::Request;
use xchat_proto::work::Work;

/// The log that a request is about.
pub(super) fn log_of(request: &Request) -> Option<LogId> {
    match request {
        Request::Prove { .. } => None,
        Request::CreateConversation { log, .. }
        | Request::CreateInbox { log, .. }
        | Request::Append { log, .. }
        | Request::SubmitCommit { log, .. }
        | Request::Read { log, .. }
        | Request::Subscribe { log, .. }
        | Request::Ephemeral { log, .. }
        | Request::Deposit { log, .. }
        | Request::TrimInbox { log, .. }
        | Request::PublishCard { log, .. }
        | Request::PublishKeyPackages { log, .. }
        | Request::FetchCard { log }
        | Request::FetchKeyPackage { log, .. }
        | Request::CountKeyPackages { log, .. } => Some(*log),
    }
}

/// Writes the work into a request that has a place for it.
pub(super) fn write_work(request: &mut Request, paid: Work) {
    match request {
        Request::CreateConversation { work, .. }
        | Request::CreateInbox { work, .. }
        | Request::Deposit { work, .. }
        | Request::FetchKeyPackage { work, .. } => *work = paid,
        _ => {}
    }
}

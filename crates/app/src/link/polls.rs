//! Polls.

use super::Link;
use crate::dto::VoteWish;
use crate::failure::Failure;

impl Link {
    /// Votes in a poll.
    pub(crate) async fn vote(&self, row: i64, wish: VoteWish) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.vote(row, wish).await,
            Self::There(remote) => remote.put(&format!("/api/messages/{row}/vote"), &wish).await,
        }
    }

    /// Ends a poll.
    pub(crate) async fn end_poll(&self, row: i64) -> Result<(), Failure> {
        match self {
            Self::Here(host, _) => host.end_poll(row).await,
            Self::There(remote) => remote.post(&format!("/api/messages/{row}/end"), &()).await,
        }
    }
}

//! Searching messages.

use std::ops::Range;

use xchat_client::{ConversationId, SearchHit, SearchKind, SearchQuery};

use super::failures::refused;
use super::{Host, parse_name};
use crate::dto;
use crate::failure::Failure;

/// Messages of a page.
const PAGE: usize = 50;

impl Host {
    /// Searches all messages.
    pub(crate) async fn search(&self, wish: dto::SearchWish) -> Result<dto::FoundPage, Failure> {
        let query = SearchQuery {
            text: wish.text.unwrap_or_default(),
            conversation: wish.conversation.map(ConversationId),
            from: wish.from.as_deref().map(parse_name).transpose()?,
            kind: wish.kind.map(|kind| match kind {
                dto::SearchKind::Text => SearchKind::Text,
                dto::SearchKind::Link => SearchKind::Link,
            }),
            from_ms: wish.from_ms,
            to_ms: wish.to_ms,
            before: wish.before,
            limit: wish.limit.unwrap_or(PAGE),
        };
        let page = self.messenger.search(query).await.map_err(refused)?;
        Ok(dto::FoundPage {
            found: page.hits.iter().map(found).collect(),
            next: page.next,
            partial: page.is_partial,
        })
    }
}

/// A place in a text as the page counts.
pub(super) fn mark(text: &str, mark: &Range<usize>) -> dto::Mark {
    let units = |end: usize| text.get(..end).unwrap_or_default().encode_utf16().count();
    dto::Mark {
        from: units(mark.start),
        to: units(mark.end),
    }
}

fn found(hit: &SearchHit) -> dto::Found {
    dto::Found {
        row: hit.row,
        conversation: hit.conversation.0,
        with: hit.with.as_str().to_owned(),
        from: hit.from.as_str().to_owned(),
        mine: hit.mine,
        sent_ms: hit.sent_ms,
        excerpt: hit.excerpt.clone(),
        marks: hit.marks.iter().map(|range| mark(&hit.excerpt, range)).collect(),
    }
}

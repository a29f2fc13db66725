//! Searching messages.

use super::Link;
use crate::dto::{FoundPage, SearchKind, SearchWish};
use crate::failure::Failure;

impl Link {
    /// Searches all messages.
    pub(crate) async fn search(&self, wish: SearchWish) -> Result<FoundPage, Failure> {
        match self {
            Self::Here(host, _) => host.search(wish).await,
            Self::There(remote) => remote.get(&path(&wish)).await,
        }
    }
}

fn path(wish: &SearchWish) -> String {
    let kind = wish.kind.map(|kind| match kind {
        SearchKind::Text => "text",
        SearchKind::Link => "link",
    });
    let number = |number: Option<i64>| number.map(|number| number.to_string());
    let time = |time: Option<u64>| time.map(|time| time.to_string());
    let given = [
        ("text", wish.text.clone()),
        ("conversation", number(wish.conversation)),
        ("from", wish.from.clone()),
        ("kind", kind.map(str::to_owned)),
        ("from_ms", time(wish.from_ms)),
        ("to_ms", time(wish.to_ms)),
        ("before", number(wish.before)),
        ("limit", wish.limit.map(|limit| limit.to_string())),
    ];
    let given = given.into_iter().filter_map(|(name, value)| {
        let value = value?;
        Some(format!("{name}={}", escaped(&value)))
    });
    format!("/api/search?{}", given.collect::<Vec<_>>().join("&"))
}

/// As it stands in an address.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_searched_stands_in_the_address_as_it_was_typed() {
        let wish = SearchWish {
            text: Some("a&b \u{645}".to_owned()),
            conversation: Some(7),
            kind: Some(SearchKind::Link),
            limit: Some(5),
            ..SearchWish::default()
        };
        assert_eq!(
            path(&wish),
            "/api/search?text=a%26b%20%D9%85&conversation=7&kind=link&limit=5"
        );
    }
}

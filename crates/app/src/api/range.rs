//! Which part of a file is asked for (RFC 9110, section 14).

use std::ops::Range;

use axum::http::{HeaderMap, header};

/// What of a file is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it: nothing else was asked for, or not in a way that we know.
    All,
    /// A part.
    Part(Range<u64>),
    /// What is behind its end.
    Beyond,
}

/// What a request wants of a file of `size` bytes.
pub(crate) fn wanted(headers: &HeaderMap, size: u64) -> Wanted {
    // A condition that we can't check is as if it failed.
    if headers.contains_key(header::IF_RANGE) {
        return Wanted::All;
    }
    let mut values = headers.get_all(header::RANGE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Wanted::All;
    };
    match value.to_str().ok().and_then(|value| value.strip_prefix("bytes=")) {
        Some(asked) => part(asked, size).unwrap_or(Wanted::All),
        None => Wanted::All,
    }
}

fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // Larger than any file is.
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

fn part(asked: &str, size: u64) -> Option<Wanted> {
    let (first, last) = asked.trim().split_once('-')?;
    if first.is_empty() {
        let length = number(last)?.min(size);
        return Some(match length {
            0 => Wanted::Beyond,
            length => Wanted::Part(size.saturating_sub(length)..size),
        });
    }
    let first = number(first)?;
    let last = match last {
        "" => u64::MAX,
        last => number(last)?,
    };
    if last < first {
        return None;
    }
    Some(match first < size {
        true => Wanted::Part(first..last.saturating_add(1).min(size)),
        false => Wanted::Beyond,
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn of(value: &str) -> Wanted {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_str(value).unwrap());
        wanted(&headers, 1_000)
    }

    #[test]
    fn api_16_a_part_is_what_was_asked_for_and_there() {
        assert_eq!(of("bytes=0-99"), Wanted::Part(0..100));
        assert_eq!(of("bytes=0-0"), Wanted::Part(0..1));
        assert_eq!(of("bytes=900-"), Wanted::Part(900..1_000));
        assert_eq!(of("bytes=900-4000"), Wanted::Part(900..1_000));
        assert_eq!(of("bytes=-100"), Wanted::Part(900..1_000));
        assert_eq!(of("bytes=-4000"), Wanted::Part(0..1_000));
        assert_eq!(of("bytes=0-99999999999999999999999"), Wanted::Part(0..1_000));
        for beyond in [
            "bytes=1000-",
            "bytes=1000-2000",
            "bytes=-0",
            "bytes=99999999999999999999999-",
        ] {
            assert_eq!(of(beyond), Wanted::Beyond, "{beyond}");
        }
        for other in [
            "bytes=0-1,5-6",
            "bytes=5-4",
            "bytes=-",
            "bytes=+1-2",
            "bytes=a-b",
            "bytes=1",
            "lines=0-1",
            "",
        ] {
            assert_eq!(of(other), Wanted::All, "{other}");
        }
    }

    #[test]
    fn what_two_headers_ask_for_is_all() {
        let mut headers = HeaderMap::new();
        assert_eq!(wanted(&headers, 9), Wanted::All);
        headers.append(header::RANGE, HeaderValue::from_static("bytes=0-1"));
        assert_eq!(wanted(&headers, 9), Wanted::Part(0..2));
        headers.append(header::RANGE, HeaderValue::from_static("bytes=2-3"));
        assert_eq!(wanted(&headers, 9), Wanted::All);
    }
}

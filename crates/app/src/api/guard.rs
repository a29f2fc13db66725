//! What every request passes before any handler sees it.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::failure::{Failure, Kind};

/// For a request and its answer; registering does work first and then waits for the network.
const REQUEST_TIME: Duration = Duration::from_secs(180);

const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The headers that keep a browser from doing anything with an answer but what was asked (API-06).
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        // The page's own files say otherwise where they must.
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    headers.insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("same-origin"),
    );
    headers.insert(
        "cross-origin-opener-policy",
        HeaderValue::from_static("same-origin"),
    );
    response
}

/// Refuses what a foreign page could have sent: a name that was rebound to 127.0.0.1 shows in the Host header, another
/// page in the Origin (API-04, API-05).
pub(crate) async fn same_machine(State(port): State<u16>, request: Request, next: Next) -> Response {
    match check(
        request.headers(),
        request.uri().authority().map(|authority| authority.as_str()),
        port,
    ) {
        Ok(()) => next.run(request).await,
        Err(failure) => failure.into_response(),
    }
}

fn check(headers: &HeaderMap, authority: Option<&str>, port: u16) -> Result<(), Failure> {
    let own = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let is_own = |host: &str| own.iter().any(|own| own.eq_ignore_ascii_case(host));
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    if !host.is_some_and(is_own) || hosts.next().is_some() || !authority.is_none_or(is_own) {
        let message = "this address is not the local interface's own";
        return Err(Failure::new(Kind::Forbidden, "foreign-host", message));
    }
    let is_own_origin = |origin: &HeaderValue| {
        origin
            .to_str()
            .ok()
            .and_then(|origin| origin.strip_prefix("http://"))
            .is_some_and(is_own)
    };
    if !headers.get_all(header::ORIGIN).iter().all(is_own_origin) {
        let message = "other pages have no access to the local interface";
        return Err(Failure::new(Kind::Forbidden, "foreign-origin", message));
    }
    Ok(())
}

/// Ends a request that takes too long.
pub(crate) async fn time_limit(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_TIME, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Failure::new(Kind::Unreachable, "timeout", "the answer took too long")
            .advise("Try again; what was begun goes on")
            .into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(pairs: &[(&'static str, &str)]) -> Result<(), String> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        check(&headers, None, 7470).map_err(|failure| failure.code)
    }

    #[test]
    fn api_04_a_rebound_name_is_a_foreign_host() {
        for own in ["127.0.0.1:7470", "localhost:7470", "LocalHost:7470"] {
            assert_eq!(judged(&[("host", own)]), Ok(()), "{own}");
        }
        for foreign in [
            "evil.example:7470",
            "evil.example",
            "127.0.0.1",
            "127.0.0.1:7471",
            "127.0.0.1:7470.evil.example",
            "localhost.evil.example:7470",
            "0.0.0.0:7470",
            "[::1]:7470",
            "",
        ] {
            assert_eq!(
                judged(&[("host", foreign)]),
                Err("foreign-host".to_owned()),
                "{foreign}"
            );
        }
        assert_eq!(judged(&[]), Err("foreign-host".to_owned()), "none at all");
        let two = [("host", "127.0.0.1:7470"), ("host", "evil.example")];
        assert_eq!(judged(&two), Err("foreign-host".to_owned()));
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("127.0.0.1:7470"));
        assert!(
            check(&headers, Some("evil.example"), 7470).is_err(),
            "in the request line"
        );
    }

    #[test]
    fn api_05_only_the_own_page_may_ask() {
        let from = |origin| judged(&[("host", "127.0.0.1:7470"), ("origin", origin)]);
        assert_eq!(from("http://127.0.0.1:7470"), Ok(()));
        assert_eq!(from("http://localhost:7470"), Ok(()));
        for foreign in [
            "https://127.0.0.1:7470",
            "http://127.0.0.1:8000",
            "http://evil.example",
            "null",
            "",
        ] {
            assert_eq!(from(foreign), Err("foreign-origin".to_owned()), "{foreign}");
        }
    }
}

//! The page itself: files that were built from `web/` and are part of the program.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::{Api, nothing_here};

const INDEX: &str = "index.html";
/// The names of built files change with their contents.
const FOREVER: &str = "public, max-age=31536000, immutable";

#[derive(RustEmbed)]
#[folder = "page/"]
struct Files;

/// The page. It holds no secret, so it needs no token.
pub(crate) async fn index(State(api): State<Api>) -> Response {
    file(INDEX, api.port)
}

/// A file of the page.
pub(crate) async fn asset(State(api): State<Api>, Path(name): Path<String>) -> Response {
    file(&format!("assets/{name}"), api.port)
}

fn file(name: &str, port: u16) -> Response {
    let (Some(file), Some(kind)) = (Files::get(name), kind_of(name)) else {
        return nothing_here().into_response();
    };
    let mut response = (StatusCode::OK, Body::from(file.data)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if name == INDEX {
        if let Ok(policy) = HeaderValue::from_str(&policy(port)) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
    } else {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOREVER));
    }
    response
}

/// What the page may do: run its own script, and talk to its own interface (API-12).
fn policy(port: u16) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; \
         media-src 'self' blob:; connect-src 'self' ws://127.0.0.1:{port} ws://localhost:{port}; manifest-src 'self'; \
         worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// The type of a file by its ending; others are not served.
fn kind_of(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    Some(match ending {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "webmanifest" => "application/manifest+json",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_12_the_page_runs_no_script_but_its_own() {
        let policy = policy(7470);
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
        for forbidden in ["unsafe", "*", "http:", "https:", "eval"] {
            assert!(!policy.contains(forbidden), "{forbidden}");
        }
        let page = Files::get(INDEX).unwrap();
        let page = String::from_utf8(page.data.into_owned()).unwrap();
        for script in page.split("<script").skip(1) {
            let (opening, rest) = script.split_once('>').unwrap();
            assert!(opening.contains(" src=\"/assets/"), "{opening}");
            assert!(rest.trim_start().starts_with("</script>"), "an inline script");
        }
        assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("http"));
    }

    #[test]
    fn only_files_of_known_types_are_served() {
        for name in Files::iter() {
            assert!(kind_of(&name).is_some(), "{name}");
        }
        assert!(Files::get("../Cargo.toml").is_none());
        assert!(kind_of("notes").is_none() && kind_of("program.wasm").is_none());
    }
}

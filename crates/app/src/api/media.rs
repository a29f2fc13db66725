//! The files of messages, as pictures, films and downloads.
//!
//! What a file says that it is, is what its sender says. So only types that a browser shows without running anything
//! are shown; the rest is saved.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::stream;

use super::Api;
use super::caller::{Caller, bearer};
use super::range::{Wanted, wanted};
use crate::dto::{FileAction, MediaTicket, Scope};
use crate::failure::{Failure, FailureBody, Kind};
use crate::host::files::{Opened, Part};

/// Types that a browser shows in a page of ours. None of them can hold a script.
const SHOWN: [&str; 15] = [
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "image/avif",
    "video/mp4",
    "video/quicktime",
    "video/webm",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "audio/flac",
    "audio/aac",
    "audio/webm",
];
const UNKNOWN: &str = "application/octet-stream";
/// Nothing that a file holds may do anything, wherever it is opened.
pub(super) const POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

/// Gives the place where this session finds files: a path that nobody else knows, since pictures can't bear a token. It
/// is good for nothing else, and ends with the session. Owner only.
#[utoipa::path(post, path = "/api/media-ticket",
    responses((status = 200, body = MediaTicket), (status = "default", body = FailureBody)))]
pub(crate) async fn ticket(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Json<MediaTicket>, Failure> {
    caller.must_own()?;
    let token = bearer(&headers).unwrap_or_default();
    let ticket = api.keys.ticket(token);
    Ok(Json(MediaTicket { ticket }))
}

/// A file of a message, or a part of it, by a session's ticket.
#[utoipa::path(get, path = "/media/{ticket}/{row}/{part}", security(()),
    params(("ticket" = String, Path, description = "The session's ticket"),
        ("row" = i64, Path, description = "The message"), ("part" = u32, Path, description = "Which of its files")),
    responses((status = 200, body = [u8]), (status = 206, body = [u8]), (status = "default", body = FailureBody)))]
pub(crate) async fn by_ticket(
    State(api): State<Api>,
    Path((ticket, row, part)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    check_ticket(&api, &ticket)?;
    read(&api, (&row, &part), &headers).await
}

/// Whether a ticket is a session's.
pub(super) fn check_ticket(api: &Api, ticket: &str) -> Result<(), Failure> {
    match api.keys.knows_ticket(ticket) {
        true => Ok(()),
        false => Err(Failure::new(
            Kind::Unauthorized,
            "unauthorized",
            "a valid ticket is needed",
        )),
    }
}

/// A file of a message, or a part of it. Scope `read`.
#[utoipa::path(get, path = "/api/attachments/{row}/{part}",
    params(("row" = i64, Path, description = "The message"), ("part" = u32, Path, description = "Which of its files")),
    responses((status = 200, body = [u8]), (status = 206, body = [u8]), (status = "default", body = FailureBody)))]
pub(crate) async fn by_token(
    State(api): State<Api>,
    caller: Caller,
    Path((row, part)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    caller.may(Scope::Read)?;
    read(&api, (&row, &part), &headers).await
}

/// Fetches a file of a message, or pauses, resumes or cancels its transfer. Scope `send`.
#[utoipa::path(post, path = "/api/attachments/{row}/{part}/{action}",
    params(("row" = i64, Path, description = "The message"), ("part" = u32, Path, description = "Which of its files"),
        ("action" = FileAction, Path, description = "What is to be done")),
    responses((status = 200), (status = "default", body = FailureBody)))]
pub(crate) async fn act(
    State(api): State<Api>,
    caller: Caller,
    Path((row, part, action)): Path<(String, String, String)>,
) -> Result<Json<()>, Failure> {
    caller.may(Scope::Send)?;
    let (row, part) = place(&row, &part)?;
    let action = FileAction::of_word(&action).ok_or_else(super::nothing_here)?;
    api.door.host()?.act_on_file(row, part, action).await.map(Json)
}

fn place(row: &str, part: &str) -> Result<(i64, u32), Failure> {
    match (row.parse(), part.parse()) {
        (Ok(row), Ok(part)) => Ok((row, part)),
        _ => Err(Failure::usage("the path must hold two numbers here")),
    }
}

async fn read(api: &Api, (row, part): (&str, &str), headers: &HeaderMap) -> Result<Response, Failure> {
    let (row, part) = place(row, part)?;
    let file = api.door.host()?.open_file(row, part).await?;
    let size = file.size();
    let range = match wanted(headers, size) {
        Wanted::All => 0..size,
        Wanted::Part(range) => range,
        Wanted::Beyond => return nothing_there(size),
    };
    let mut pieces = file.part(range.clone());
    // What isn't here is an answer of its own, before anything is promised.
    let first = pieces.next().await?;
    let mut response = Response::new(body(first, pieces));
    let length = range.end.saturating_sub(range.start);
    if length < size {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let last = range.end.saturating_sub(1);
        let told = format!("bytes {}-{last}/{size}", range.start);
        insert(&mut response, header::CONTENT_RANGE, &told)?;
    }
    insert(&mut response, header::CONTENT_LENGTH, &length.to_string())?;
    label(&mut response, &file)?;
    Ok(response)
}

fn insert(response: &mut Response, name: header::HeaderName, value: &str) -> Result<(), Failure> {
    let value = HeaderValue::from_str(value).map_err(Failure::bug)?;
    response.headers_mut().insert(name, value);
    Ok(())
}

fn label(response: &mut Response, file: &Opened) -> Result<(), Failure> {
    let is_shown = shown_as(response, file.media_type())?;
    insert(response, header::ACCEPT_RANGES, "bytes")?;
    insert(
        response,
        header::CONTENT_DISPOSITION,
        &disposition(is_shown, file.name()),
    )
}

/// Says of what type an answer is, if that runs nothing; gives whether it is shown.
pub(super) fn shown_as(response: &mut Response, media_type: &str) -> Result<bool, Failure> {
    let shown = SHOWN.iter().find(|shown| **shown == media_type);
    insert(response, header::CONTENT_TYPE, shown.copied().unwrap_or(UNKNOWN))?;
    insert(response, header::CONTENT_SECURITY_POLICY, POLICY)?;
    Ok(shown.is_some())
}

/// RFC 6266, with the name in UTF-8 (RFC 8187): every byte but letters and digits is written as a number, so that no
/// name ends the header or says anything else.
fn disposition(is_shown: bool, name: &str) -> String {
    let word = if is_shown { "inline" } else { "attachment" };
    let mut text = format!("{word}; filename*=UTF-8''");
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => text.push(char::from(byte)),
            byte => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

fn nothing_there(size: u64) -> Result<Response, Failure> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
    insert(&mut response, header::CONTENT_RANGE, &format!("bytes */{size}"))?;
    Ok(response)
}

/// The pieces, one when the one before has gone out. What fails on the way ends the connection: the length was told.
fn body(first: Option<Vec<u8>>, rest: Part) -> Body {
    let pieces = stream::unfold((first, Some(rest)), |(first, rest)| async {
        let mut rest = rest?;
        let piece = match first {
            Some(piece) => Ok(Some(piece)),
            None => rest.next().await,
        };
        match piece {
            Ok(Some(piece)) => Some((Ok(Bytes::from(piece)), (None, Some(rest)))),
            Ok(None) => None,
            Err(failure) => Some((Err(failure), (None, None))),
        }
    });
    Body::from_stream(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_16_nothing_that_can_run_a_script_is_shown() {
        for never in [
            "image/svg+xml",
            "text/html",
            "application/xhtml+xml",
            "application/pdf",
            "application/xml",
            "text/javascript",
            "IMAGE/PNG; charset=x",
        ] {
            assert!(!SHOWN.contains(&never), "{never}");
        }
    }

    #[test]
    fn api_16_a_name_says_nothing_but_itself() {
        assert_eq!(
            disposition(false, "a\"; filename=\"b.exe\r\nX: y"),
            "attachment; filename*=UTF-8''a%22%3B%20filename%3D%22b.exe%0D%0AX%3A%20y"
        );
        assert_eq!(
            disposition(true, "قط.jpg"),
            "inline; filename*=UTF-8''%D9%82%D8%B7.jpg"
        );
    }
}

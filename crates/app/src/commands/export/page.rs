//! A conversation as a page that needs nothing else: it runs nothing, asks nobody, and every text is nothing but text.

use crate::clock;
use crate::dto::{FileKind, Message, Poll};

/// The end of the page.
pub(super) const END: &str = "</main>\n</body>\n</html>\n";

const STYLE: &str = "body{margin:0;font:15px/1.5 system-ui,sans-serif;background:#f4f5f8;color:#16181d}\
main{max-width:640px;margin:0 auto;padding:24px;display:flex;flex-direction:column;gap:6px}\
article{align-self:flex-start;max-width:85%;padding:8px 12px;border-radius:12px;background:#fff;overflow-wrap:anywhere}\
article.mine{align-self:flex-end;background:#e3e9fb}p{margin:0;white-space:pre-wrap}\
.aside{color:#5b606b;font-size:12px}img{max-width:100%;border-radius:8px}\
@media(prefers-color-scheme:dark){body{background:#12141a;color:#eceef3}article{background:#20232c}\
article.mine{background:#26315a}.aside{color:#a4a9b5}a{color:#9db2ff}}";

/// The beginning of the page.
pub(super) fn head(with: &str) -> String {
    let with = escaped(with);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         img-src 'self' file:\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>@{with}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>@{with}</h1>\n"
    )
}

/// A message with its files, each at its place beside the page.
pub(super) fn message(message: &Message, files: &[Option<String>]) -> String {
    let class = if message.mine { " class=\"mine\"" } else { "" };
    let mut html = format!(
        "<article{class}>\n<div class=\"aside\"><bdi>@{}</bdi></div>\n",
        escaped(&message.from)
    );
    if let Some(reply) = &message.reply {
        html.push_str(&format!(
            "<p class=\"aside\" dir=\"auto\">\u{21b3} {}</p>\n",
            escaped(&reply.text)
        ));
    }
    if message.deleted {
        html.push_str("<p class=\"aside\">deleted</p>\n");
    } else if let Some(poll) = &message.poll {
        html.push_str(&self::poll(poll));
    } else if !message.text.is_empty() {
        html.push_str(&format!("<p dir=\"auto\">{}</p>\n", escaped(&message.text)));
    }
    for (attachment, place) in message.attachments.iter().zip(files) {
        let name = escaped(&attachment.name);
        html.push_str(&match place {
            None => format!("<p class=\"aside\"><bdi>{name}</bdi> (not on this device)</p>\n"),
            Some(place) if attachment.kind == FileKind::Photo => {
                let place = address(place);
                format!("<a href=\"{place}\"><img src=\"{place}\" alt=\"{name}\" loading=\"lazy\"></a>\n")
            }
            Some(place) => format!("<p><a href=\"{}\"><bdi>{name}</bdi></a></p>\n", address(place)),
        });
    }
    let reactions = message.reactions.iter().map(|reaction| escaped(&reaction.emoji));
    let reactions = reactions.collect::<Vec<_>>().join(" ");
    let edited = if message.edited_ms.is_some() {
        " edited"
    } else {
        ""
    };
    html.push_str(&format!(
        "<div class=\"aside\">{reactions} {} {} UTC{edited}</div>\n</article>\n",
        clock::day(message.sent_ms),
        clock::time_of_day(message.sent_ms)
    ));
    html
}

/// What was asked, and who has chosen what.
fn poll(poll: &Poll) -> String {
    let mut html = format!("<p dir=\"auto\"><b>{}</b></p>\n<ul>\n", escaped(&poll.question));
    for choice in &poll.choices {
        let names: Vec<String> = choice
            .names
            .iter()
            .map(|name| format!("@{}", escaped(name)))
            .collect();
        html.push_str(&format!(
            "<li><span dir=\"auto\">{}</span> <bdi class=\"aside\">{}</bdi></li>\n",
            escaped(&choice.text),
            names.join(", ")
        ));
    }
    html.push_str("</ul>\n");
    html
}

/// As text, and nothing else.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter if letter.is_control() && letter != '\n' => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A path beside the page, as it stands in an address.
fn address(path: &str) -> String {
    let letter = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'/' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    path.bytes().map(letter).collect()
}

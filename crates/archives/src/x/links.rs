//! Short links in a text, put back to what they stand for.

use crate::json::Json;
use crate::limits::TEXT_BYTES_MAX;

const LINKS_MAX: usize = 200;
const LINK_BYTES_MAX: usize = 4_096;

/// Where links to the files of messages lead.
const MEDIA_LINK: &str = "/messages/media/";

/// Replaces each short link by what it leads to. Links to the message's own files go: the files are there themselves.
pub(super) fn expand(text: &str, urls: &[Json], has_media: bool) -> String {
    let mut links: Vec<_> = urls.iter().take(LINKS_MAX).filter_map(link).collect();
    // A link may begin as another does: the longer one is meant.
    links.sort_by_key(|(short, _)| std::cmp::Reverse(short.len()));
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("http") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let found = links.iter().find_map(|(short, expanded)| {
            let after = from.strip_prefix(short)?;
            (!after.starts_with(|next: char| next.is_ascii_alphanumeric())).then_some((expanded, after))
        });
        rest = match found {
            Some((expanded, after)) => {
                if !(has_media && expanded.contains(MEDIA_LINK)) {
                    out.push_str(expanded);
                }
                after
            }
            None => {
                let (word, after) = from.split_at(4);
                out.push_str(word);
                after
            }
        };
        if out.len() > TEXT_BYTES_MAX {
            break;
        }
    }
    out.push_str(rest);
    let cut = out.floor_char_boundary(TEXT_BYTES_MAX);
    out.truncate(cut);
    if has_media {
        out.truncate(out.trim_end().len());
    }
    out
}

fn link(url: &Json) -> Option<(&str, &str)> {
    let short = url.get("url").text()?;
    let expanded = url.get("expanded").text()?;
    let is_link = |link: &str| link.starts_with("https://") || link.starts_with("http://");
    let is_sound = is_link(short) && is_link(expanded) && expanded.len() <= LINK_BYTES_MAX;
    (is_sound && !expanded.contains(char::is_control)).then_some((short, expanded))
}

//! Small archives to begin fuzzing from.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::replay::Seed;

const X: &str = r#"window.YTD.direct_messages.part0 = [ { "dmConversation" : { "conversationId" : "1-2", "messages" : [
  { "messageCreate" : { "recipientId" : "1", "reactions" : [ { "senderId" : "1", "reactionKey" : "like",
    "eventId" : "7", "createdAt" : "2019-05-01T10:01:00.000Z" } ],
    "urls" : [ { "url" : "https://t.co/a", "expanded" : "https://example.org/", "display" : "e" } ],
    "text" : "a \ud83d\ude00 https://t.co/a", "mediaUrls" : [ "https://ton.twitter.com/dm/5/x.jpg" ],
    "senderId" : "2", "id" : "5", "createdAt" : "2019-05-01T10:00:04.000Z", "editHistory" : [ ] } },
  { "participantsJoin" : { "initiatingUserId" : "1", "userIds" : [ "3" ], "createdAt" : "2019-05-01T10:00:00Z" } },
  { "conversationNameUpdate" : { "initiatingUserId" : "1", "name" : "n", "createdAt" : "2019-05-01T10:00:00Z" } }
] } } ]"#;

const TELEGRAM: &str = r#"{ "personal_information": { "user_id": 1, "first_name": "A" }, "chats": { "list": [
 { "name": "Bob", "type": "personal_chat", "id": 2, "messages": [
  { "id": 1, "type": "message", "date": "2023-03-01T12:00:00", "date_unixtime": "1677668400", "from": "Bob",
    "from_id": "user2", "text": ["a ", { "type": "text_link", "text": "b", "href": "https://b.example" }],
    "photo": "photos/p.jpg", "width": 6, "height": 4, "reply_to_message_id": 9, "edited_unixtime": "1677668500",
    "reactions": [{ "type": "emoji", "count": 2, "emoji": "x", "recent": [{ "from": "A", "from_id": "user1" }] }] },
  { "id": 2, "type": "service", "date": "2023-03-01T12:00:00", "actor": "A", "actor_id": "user1",
    "action": "invite_members", "members": ["Carol"], "text": "" } ] } ] } }"#;

const IPHONE: &str = "\u{feff}[31/12/2023, 21:58:07] Bob: \u{200e}Messages are encrypted.\r\n\
\u{200e}[31/12/2023, 21:58:08] ~\u{202f}Al: a\nb \u{200e}<attached: a.jpg>\r\n\
[01/01/2024, 9:58:08\u{202f}PM] Al: c \u{200e}<This message was edited>\r\n";

const ANDROID: &str = "12/31/23, 9:58\u{202f}PM - Encrypted.\n12/31/23, 9:59\u{202f}PM - Al: a.jpg (file attached)\nb\n\
12/31/23, 9:59\u{202f}PM - Al: <Media omitted>\n";

const ARABIC: &str = "\u{200f}٣١\u{200f}/١٢\u{200f}/٢٠٢٣، ٩:٥٩ م - علي: سطر\nسطر\n";

pub(crate) fn seeds() -> Vec<Seed> {
    let of = |target, name: &str, bytes: &[u8]| (target, format!("seed-{name}"), bytes.to_vec());
    vec![
        of("archive_telegram", "account", TELEGRAM.as_bytes()),
        of("archive_whatsapp", "android", ANDROID.as_bytes()),
        of("archive_whatsapp", "arabic", ARABIC.as_bytes()),
        of("archive_whatsapp", "iphone", IPHONE.as_bytes()),
        of("archive_x", "messages", X.as_bytes()),
        of(
            "archive_zip",
            "telegram",
            &packed(&[("result.json", TELEGRAM), ("photos/p.jpg", "p")]),
        ),
        of(
            "archive_zip",
            "whatsapp",
            &packed(&[("_chat.txt", IPHONE), ("a.jpg", "a")]),
        ),
        of(
            "archive_zip",
            "x",
            &packed(&[
                ("data/direct-messages.js", X),
                ("data/direct_messages_media/5-x.jpg", "x"),
            ]),
        ),
    ]
}

fn packed(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

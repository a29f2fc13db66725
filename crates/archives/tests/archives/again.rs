//! Archives read twice, whole and in parts, say the same.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::builder::{Folder, Heard, hear, hear_zip};

/// A message: minute, whose, what.
type Said = (u32, u8, String);

fn said() -> impl Strategy<Value = Vec<Said>> {
    // Few minutes, people and texts, so that the same is often said again.
    let text = prop_oneof![
        Just("ok".to_owned()),
        Just("مرحبا".to_owned()),
        "[ -~]{1,20}",
        "\\PC{0,20}"
    ];
    vec((0..5_u32, 0..3_u8, text), 1..40)
}

fn x(said: &[Said]) -> Folder {
    let entries: Vec<Value> = said
        .iter()
        .enumerate()
        .map(|(number, (minute, person, text))| {
            let at = format!("2019-05-01T10:0{minute}:00.000Z");
            if *person == 0 {
                json!({ "participantsLeave": { "userIds": ["7"], "createdAt": at } })
            } else {
                let (id, sender) = (number.to_string(), person.to_string());
                json!({ "messageCreate": { "id": id, "senderId": sender, "createdAt": at, "text": text } })
            }
        })
        .collect();
    let list = json!([{ "dmConversation": { "conversationId": "1-2", "messages": entries } }]);
    Folder::default().with_script("data/direct-messages.js", "direct_messages", &list)
}

fn telegram(said: &[Said]) -> Folder {
    let entries: Vec<Value> = said
        .iter()
        .enumerate()
        .map(|(number, (minute, person, text))| {
            json!({ "id": number, "type": "message", "date": format!("2023-03-01T12:0{minute}:00"),
                    "from": "x", "from_id": format!("user{person}"), "text": text })
        })
        .collect();
    let chat = json!({ "name": "Bob", "type": "personal_chat", "id": 2, "messages": entries });
    Folder::default().with_json("result.json", &chat)
}

fn whatsapp(said: &[Said]) -> Folder {
    let line = |(minute, person, text): &Said| format!("31/12/23, 10:0{minute} - P{person}: {text}\n");
    let text: String = said.iter().map(line).collect();
    Folder::default().with("WhatsApp Chat with Bob.txt", text)
}

const BUILDERS: [fn(&[Said]) -> Folder; 3] = [x, telegram, whatsapp];

fn by_id(heard: &Heard) -> BTreeMap<&str, String> {
    heard
        .items
        .iter()
        .map(|item| (item.id.as_str(), format!("{:?}", item.body)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arc_52_reading_twice_gives_the_same_ids(said in said()) {
        for build in BUILDERS {
            let folder = build(&said);
            let heard = hear(&folder);
            prop_assert_eq!(heard.items.len(), said.len(), "{:?}", heard.problems_said());
            prop_assert_eq!(by_id(&heard).len(), said.len(), "ids differ");
            prop_assert_eq!(&hear(&folder), &heard);
            prop_assert_eq!(&hear_zip(&folder.to_zip()).unwrap(), &heard);
        }
    }

    /// A later export has what an earlier one had, under the same ids, and more behind it.
    #[test]
    fn arc_52_a_later_export_has_the_ids_of_an_earlier_one(said in said(), more in said()) {
        let all = [said.clone(), more].concat();
        for build in BUILDERS {
            let (earlier, later) = (hear(&build(&said)), hear(&build(&all)));
            let (earlier, later) = (by_id(&earlier), by_id(&later));
            for (id, body) in earlier {
                prop_assert_eq!(later.get(id), Some(&body));
            }
        }
    }
}

//! The table of words, and what holds for all texts.

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization as _;
use xchat_proto::ids::Hash;

use super::*;

fn texts(text: &str) -> Vec<String> {
    of(text).into_iter().map(|word| word.text).collect()
}

/// What of a text is marked when something is searched in it; nothing when it isn't found.
fn marked(query: &str, text: &str) -> Option<Vec<String>> {
    let marks = Terms::of(query).marks(text)?;
    Some(marks.into_iter().map(|mark| text[mark].to_owned()).collect())
}

fn is_found(query: &str, text: &str) -> bool {
    marked(query, text).is_some()
}

#[test]
fn fnd_02_all_ways_of_writing_a_word_are_one() {
    let same = [
        // Latin: large and small, marks, wide and narrow, ligatures, letters in circles and of mathematics.
        ("Éclair", "eclair"),
        ("STRASSE", "straße"),
        ("ﬁne", "fine"),
        ("ｆｕｌｌ", "full"),
        ("İstanbul", "istanbul"),
        ("ISTANBUL", "ıstanbul"),
        ("Łódź", "lodz"),
        ("𝓗𝓮𝓵𝓵𝓸", "hello"),
        ("co\u{ad}operate", "cooperate"),
        ("Æther", "aether"),
        // Greek and Cyrillic.
        ("ΟΔΟΣ", "οδός"),
        ("ЁЛКА", "елка"),
        ("заму\u{301}ж", "замуж"),
        // Arabic: vowel marks, tatweel, alefs, alef maqsura, teh marbuta, Persian letters, presentation forms, digits.
        ("مُحَمَّدٌ", "محمد"),
        ("كتـــاب", "كتاب"),
        ("أحمد", "احمد"),
        ("إسلام", "اسلام"),
        ("آخر", "اخر"),
        ("ٱلله", "الله"),
        ("مستشفى", "مستشفي"),
        ("مدرسة", "مدرسه"),
        ("کتاب", "كتاب"),
        ("فارسی", "فارسي"),
        ("ﻻ", "لا"),
        ("ﷲ", "الله"),
        ("٢٠٢٦", "2026"),
        ("۲۰۲۶", "2026"),
        ("می\u{200c}خواهم", "میخواهم"),
        ("\u{202b}سلام\u{202c}", "سلام"),
        // Hebrew.
        ("שָׁלוֹם", "שלום"),
        // Japanese and Korean: narrow, apart.
        ("ｶﾞｷﾞ", "ガギ"),
        ("한국", "한국"),
        // Hindi.
        ("१२", "12"),
    ];
    for (one, other) in same {
        assert_eq!(texts(one), texts(other), "{one} and {other}");
        assert!(is_found(one, other) && is_found(other, one), "{one} and {other}");
    }
    let different = [
        ("й", "и"),
        ("ї", "і"),
        ("مسؤول", "مسوول"),
        ("が", "か"),
        ("हिन्दी", "हनद"),
        ("5", "50"),
    ];
    for (one, other) in different {
        assert_ne!(texts(one), texts(other), "{one} and {other}");
    }
}

#[test]
fn fnd_02_words_are_what_stands_between_what_is_none() {
    let table: [(&str, &[&str]); 8] = [
        (
            "Hello, world! It's 5 o'clock.",
            &["hello", "world", "it", "s", "5", "o", "clock"],
        ),
        (
            "https://example.com/a_b?c=d",
            &["https", "example", "com", "a", "b", "c", "d"],
        ),
        ("a\u{e000}c1\u{f8ff}b", &["a", "c1", "b"]),
        ("हिन्दी में", &["हिन्दी", "में"]),
        ("日本語テキスト", &["日", "本", "語", "テ", "キ", "ス", "ト"]),
        ("ไทย", &["ไ", "ท", "ย"]),
        ("Meet 李明 at 8", &["meet", "李", "明", "at", "8"]),
        ("¿?…—", &[]),
    ];
    for (text, words) in table {
        assert_eq!(texts(text), words, "{text}");
    }
    let long = "x".repeat(200);
    let lengths: Vec<usize> = texts(&long).iter().map(String::len).collect();
    assert_eq!(lengths, [64, 64, 64, 8]);
    assert!(is_found(&long, &long));
}

#[test]
fn fnd_02_an_emoji_is_found_with_and_without_the_colour_of_its_skin() {
    let found = [
        ("👍", "ok 👍🏽!"),
        ("👍🏽", "ok 👍🏽!"),
        ("❤", "❤️"),
        ("❤️", "❤"),
        ("🤷", "🤷🏽‍♀️"),
        ("🤷‍♀️", "🤷🏽‍♀️"),
        ("🇩🇪", "in 🇩🇪"),
        ("1️⃣", "1⃣ one"),
        ("#️⃣", "#⃣"),
        ("👨‍👩‍👧", "us 👨‍👩‍👧"),
        ("party🎉", "🎉 the party"),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"),
    ];
    for (query, text) in found {
        assert!(is_found(query, text), "{query} in {text}");
    }
    let missed = [
        ("👍🏽", "👍"),
        ("👍🏽", "👍🏿"),
        ("🇩🇪", "🇪🇩"),
        ("👩", "👨‍👩‍👧"),
        ("2️⃣", "1️⃣"),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🏴󠁧󠁢󠁷󠁬󠁳󠁿"),
    ];
    for (query, text) in missed {
        assert!(!is_found(query, text), "{query} in {text}");
    }
    assert_eq!(texts("👍🏽👍🏽"), ["👍", "👍🏽", "👍", "👍🏽"]);
}

#[test]
fn fnd_03_all_words_must_be_there_and_the_last_may_be_unfinished() {
    let text = "The quick brown fox jumps over 東京都 today";
    let found = [
        "fox quick",
        "QUI",
        "quick bro",
        "\"quick brown\"",
        "“brown fox” jumps",
        "quick-brown",
        "東",
        "東京",
        "京都",
        "over東京",
        "tod",
        "\"quick brown",
    ];
    for query in found {
        assert!(is_found(query, text), "{query}");
    }
    let missed = [
        "qui fox",
        "fox cat",
        "\"brown quick\"",
        "\"quick bro\"",
        "qui ",
        "t",
        "東都",
        "uick",
    ];
    for query in missed {
        assert!(!is_found(query, text), "{query}");
    }
    for query in ["", "  ", "?!", "\u{640}", "\"\""] {
        assert!(Terms::of(query).is_empty(), "{query}");
    }
}

#[test]
fn fnd_04_marks_are_where_it_stands_in_the_text_as_it_was_written() {
    let table: [(&str, &str, &[&str]); 8] = [
        ("eclair", "Un ÉCLAIR, deux éclairs", &["ÉCLAIR", "éclairs"]),
        ("محمد", "قال مُحَمَّدٌ نعم", &["مُحَمَّدٌ"]),
        ("strasse", "Große Straße 1", &["Straße"]),
        ("京都", "東京都と京都", &["京都", "京都"]),
        ("👍", "ok 👍🏽", &["👍🏽"]),
        ("quick brown", "brown and quick", &["brown", "quick"]),
        ("\"a b\" b", "a b b", &["a b", "b"]),
        ("الله", "ﷲ", &["ﷲ"]),
    ];
    for (query, text, marks) in table {
        assert_eq!(marked(query, text).unwrap(), marks, "{query} in {text}");
    }
}

#[test]
fn fnd_05_no_text_makes_a_tag() {
    let text = "\u{e000}c1 \u{e000}mine \u{e000}\u{e000}link c1 mine link";
    assert!(texts(text).iter().all(|word| !word.contains(TAG)));
    assert!(!Terms::of(text).expression(&[]).contains(TAG));
}

#[test]
fn fnd_06_what_words_are_changes_with_the_version_only() {
    let every: String = ('\0'..='\u{323af}')
        .chain('\u{e0000}'..='\u{e01ff}')
        .flat_map(|character| [character, 'x', character, '\u{301}', '\u{fe0f}', ' '])
        .collect();
    let digest = Hash::of("xchat v1 words", &[joined(&every).as_bytes()]);
    // Another digest is another way of making words: give it another version, or old entries stay in the index.
    let known = (
        1,
        "d4ede65e9220c01ae15c880046c1378a7505af69db9f62148a0f2456922e62cd",
    );
    assert_eq!(
        (VERSION, data_encoding::HEXLOWER.encode(&digest.0).as_str()),
        known
    );
}

/// Letters of many scripts, with what is written upon them and between them.
fn any_text() -> impl Strategy<Value = String> {
    let letters: Vec<char> = "aZéßIıçłØ 日本かがカﾞ한각สวัสดีनमस्ते мйёї αΣς אָבּ 12٣۴ -'\"_👍🏽❤️\u{200d}👩🇩🇪#*\u{20e3}\u{301}\
        \u{64b}\u{651}\u{640}أإآٱىةکی\u{654}و\u{e000}\u{f8ff}\u{202b}\u{ad}\u{fe0f}\u{3099}\u{1100}\u{1161}\u{11a8}"
        .chars()
        .collect();
    prop_oneof![
        proptest::collection::vec(proptest::sample::select(letters), 0..40)
            .prop_map(|letters| letters.into_iter().collect()),
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn fnd_02_how_a_text_is_composed_does_not_matter(text in any_text()) {
        let composed: String = text.nfc().collect();
        let apart: String = text.nfd().collect();
        prop_assert_eq!(texts(&composed), texts(&apart));
    }

    #[test]
    fn fnd_04_words_stand_in_order_within_the_text(text in any_text()) {
        let mut end = 0;
        let mut start = 0;
        for word in of(&text) {
            prop_assert!(word.from >= start && word.from < word.to && word.to >= end);
            prop_assert!(text.get(word.from..word.to).is_some());
            prop_assert!(!word.text.is_empty() && !word.text.contains([' ', '"', TAG]));
            // The index folds what is ASCII and cuts at what is no letter of it: there must be nothing to do.
            prop_assert!(word.text.chars().all(|letter| !letter.is_ascii()
                || letter.is_ascii_digit() || letter.is_ascii_lowercase()));
            (start, end) = (word.from, word.to);
        }
    }

    #[test]
    fn fnd_03_a_text_is_found_by_itself(text in any_text()) {
        let terms = Terms::of(&text);
        let marks = terms.marks(&text).unwrap();
        let mut end = 0;
        for mark in marks {
            prop_assert!(mark.start >= end && mark.start < mark.end);
            prop_assert!(text.get(mark.clone()).is_some());
            end = mark.end;
        }
    }
}

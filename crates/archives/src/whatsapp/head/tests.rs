//! Heads as telephones of many customs write them.

use super::*;

fn read(line: &str) -> (Date, [u32; 3], &str) {
    let head = Head::read(line).unwrap_or_else(|| panic!("no head: {line}"));
    assert_eq!(head.unknown_word, None, "{line}");
    (head.date, head.time, head.rest)
}

#[test]
fn arc_41_heads_of_many_customs_are_read() {
    for (line, date, time) in [
        ("[31/12/23, 23:59:01] A: x", [31, 12, 23], [23, 59, 1]),
        ("31/12/2023, 23:59 - A: x", [31, 12, 2023], [23, 59, 0]),
        ("12/31/23, 11:59\u{202f}PM - A: x", [12, 31, 23], [23, 59, 0]),
        ("12/31/23, 12:05 AM - A: x", [12, 31, 23], [0, 5, 0]),
        ("12/31/23, 12:05 pm - A: x", [12, 31, 23], [12, 5, 0]),
        (
            "\u{200e}[12/31/23, 1:02:03\u{a0}PM] A: x",
            [12, 31, 23],
            [13, 2, 3],
        ),
        ("31/12/23 1:02 p. m. - A: x", [31, 12, 23], [13, 2, 0]),
        ("31/12/23, 1:02 a.\u{a0}m. - A: x", [31, 12, 23], [1, 2, 0]),
        ("31.12.23, 23:59 - A: x", [31, 12, 23], [23, 59, 0]),
        ("31.12.2023 klo 23.59 - A: x", [31, 12, 2023], [23, 59, 0]),
        ("[31.12.2023, 23.59.01] A: x", [31, 12, 2023], [23, 59, 1]),
        ("31/12/2023 à 23:59 - A: x", [31, 12, 2023], [23, 59, 0]),
        ("2023-12-31 23 h 59 - A: x", [2023, 12, 31], [23, 59, 0]),
        ("[2023-12-31 23:59:01] A: x", [2023, 12, 31], [23, 59, 1]),
        ("2023. 12. 31. 오후 11:59 - A: x", [2023, 12, 31], [23, 59, 0]),
        ("[2023/12/31 下午11:59:01] A: x", [2023, 12, 31], [23, 59, 1]),
        ("2023/12/31 23:59 - A: x", [2023, 12, 31], [23, 59, 0]),
        ("31/12/23, 11:59 अपराह्न - A: x", [31, 12, 23], [23, 59, 0]),
        (
            "\u{200f}٣١\u{200f}/١٢\u{200f}/٢٠٢٣، ١١:٥٩ م - A: x",
            [31, 12, 2023],
            [23, 59, 0],
        ),
        (
            "[٣١\u{200f}/١٢\u{200f}/٢٠٢٣، ١٢:٠٥:٠٧ ص] A: x",
            [31, 12, 2023],
            [0, 5, 7],
        ),
        ("۳۱/۱۲/۲۰۲۳, ۲۳:۵۹ - A: x", [31, 12, 2023], [23, 59, 0]),
        ("३१/१२/२३, २३:५९ - A: x", [31, 12, 23], [23, 59, 0]),
    ] {
        assert_eq!(read(line), (date, time, "A: x"), "{line}");
    }
}

#[test]
fn arc_41_other_lines_have_no_head() {
    for line in [
        "",
        "hello",
        "31/12/23",
        "31/12/23, 23:59",
        "31/12/23, 23:59 A: x",
        "31/12/23, 24:00 - A: x",
        "31/12/23, 23:60 - A: x",
        "31/12/23, 13:00 PM - A: x",
        "[31/12/23, 23:59 - A: x",
        "31/12/23, 23:59] A: x",
        "31/12/23, 23:59 -A: x",
        "31/12/23, 123:59 - A: x",
        "3112/23, 23:59 - A: x",
        "12345/12/23, 23:59 - A: x",
        "10:30 - 11:30 lunch",
        "1.2.3.4 - - [10/Oct/2000:13:55:36 -0700]",
        "[1, 2, 3]",
        "31/12/23, some words that go on for far too long 23:59 - A: x",
    ] {
        assert_eq!(Head::read(line), None, "{line}");
    }
}

#[test]
fn arc_41_an_unknown_word_beside_the_time_is_noticed() {
    let head = Head::read("31/12/23, 11:59 hwg - A: x").unwrap();
    assert_eq!(
        (head.time, head.unknown_word.as_deref()),
        ([11, 59, 0], Some("hwg"))
    );
}

#[test]
fn arc_43_names_end_at_the_first_colon() {
    let person = |rest: &str| {
        let line = format!("31/12/23, 23:59 - {rest}");
        let head = Head::read(&line).unwrap();
        head.person().map(|(name, text)| (name, text.to_owned()))
    };
    let some = |name: &str, text: &str| Some((name.to_owned(), text.to_owned()));
    assert_eq!(person("Alice: a: b"), some("Alice", "a: b"));
    assert_eq!(person("Alice:"), some("Alice", ""));
    assert_eq!(
        person("\u{202a}+1\u{a0}(555)\u{a0}010-2030\u{202c}: hi"),
        some("+1 (555) 010-2030", "hi")
    );
    assert_eq!(person("~\u{202f}Bob: hi"), some("Bob", "hi"));
    assert_eq!(person("Alice added Bob"), None);
    assert_eq!(person(&format!("{}: x", "n".repeat(300))), None);
    assert_eq!(person(": x"), None);
}

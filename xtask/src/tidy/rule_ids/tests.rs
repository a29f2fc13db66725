//! Each way in which specification, code and tests can drift apart.

use super::*;

const STATED: &str = "# Delivery\n\n- **DEL-07** A message is shown once.\n";
const PROVED: &str = "//! Tests.\n\n#[test]\nfn del_07_a_message_is_shown_once() {}\n";

fn found(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<_> = files
        .iter()
        .map(|(path, text)| Source::new(*path, *text))
        .collect();
    check(&sources).iter().map(ToString::to_string).collect()
}

fn found_with(text: &str) -> Vec<String> {
    found(&[
        ("docs/spec/delivery.md", STATED),
        ("crates/core/src/a/tests.rs", PROVED),
        ("crates/core/src/a.rs", text),
    ])
}

#[test]
fn a_stated_and_proved_rule_is_fine() {
    assert!(found_with("//! Holds DEL-07.\n").is_empty());
}

#[test]
fn a_rule_without_a_test_is_found() {
    let message = "docs/spec/delivery.md:3: DEL-07 is proved by no test: none has del_07_ in its name";
    assert_eq!(found(&[("docs/spec/delivery.md", STATED)]), [message]);
    let other = PROVED.replace("del_07", "model_07");
    assert_eq!(
        found(&[
            ("docs/spec/delivery.md", STATED),
            ("crates/core/src/a/tests.rs", &other)
        ]),
        [message]
    );
}

#[test]
fn only_a_test_proves() {
    let function = PROVED.replace("#[test]\n", "");
    assert_eq!(
        found(&[
            ("docs/spec/delivery.md", STATED),
            ("crates/core/src/a.rs", &function)
        ])
        .len(),
        1
    );
    for attribute in [
        "#[tokio::test]",
        "#[tokio::test(flavor = \"multi_thread\")]",
        "#[test]\n#[should_panic]",
    ] {
        let proved = PROVED.replace("#[test]", attribute).replace("fn ", "async fn ");
        let files = [
            ("docs/spec/delivery.md", STATED),
            ("crates/core/src/a.rs", proved.as_str()),
        ];
        assert!(found(&files).is_empty(), "{attribute}");
    }
}

#[test]
fn a_suite_that_a_macro_makes_tests_of_proves() {
    let function = PROVED.replace("#[test]\n", "");
    let files = [
        ("docs/spec/delivery.md", STATED),
        ("crates/core/tests/suite/delivery.rs", &function),
    ];
    assert!(found(&files).is_empty());
}

#[test]
fn a_rule_is_stated_once() {
    let message = "docs/spec/z.md:3: DEL-07 is stated twice";
    let files = [
        ("docs/spec/a.md", STATED),
        ("docs/spec/z.md", STATED),
        ("crates/core/src/a.rs", PROVED),
    ];
    assert_eq!(found(&files), [message]);
}

#[test]
fn what_only_looks_like_an_id_is_found() {
    for bold in ["DEL-7", "DELIVERY-07", "DEL-07 once", "D-07", "DEL-0007"] {
        let text = format!("# Delivery\n\n- **{bold}** A message is shown once.\n");
        assert_eq!(found(&[("docs/spec/delivery.md", &text)]).len(), 1, "{bold}");
    }
    for bold in ["SHA-256", "ML-KEM-768", "At-rest", "Once"] {
        let text = format!("# Delivery\n\n- **{bold}** is not ours.\n");
        assert!(found(&[("docs/spec/delivery.md", &text)]).is_empty(), "{bold}");
    }
}

#[test]
fn a_citation_of_an_unstated_rule_is_found() {
    let message = "crates/core/src/a.rs:2: DEL-08 is stated nowhere in docs/spec/";
    assert_eq!(found_with("//! A.\n// Not DEL-08.\n"), [message]);
    assert_eq!(found_with("//! A.\n// Not LED-07.\n").len(), 1);
    let files = [
        ("docs/spec/a.md", STATED),
        ("crates/core/src/a.rs", PROVED),
        ("docs/b.md", "See DEL-08."),
    ];
    assert_eq!(
        found(&files),
        ["docs/b.md:1: DEL-08 is stated nowhere in docs/spec/"]
    );
}

#[test]
fn a_test_of_an_unstated_rule_is_found() {
    assert_eq!(
        found_with("//! A.\n#[test]\nfn del_70_is_proved() {}\n"),
        ["crates/core/src/a.rs:3: DEL-70 is stated nowhere in docs/spec/"]
    );
}

#[test]
fn standards_and_strings_are_no_citations() {
    assert!(found_with("//! SHA-256, BIP-39, ML-KEM-768, CVE-2026-1234.\nlet a = \"DEL-99\";\n").is_empty());
    assert!(found_with("//! A.\n#[test]\nfn sha_256_of_nothing() {}\n").is_empty());
}

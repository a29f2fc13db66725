//! The tree itself under the rules.

use super::*;

#[test]
fn the_tree_is_tidy() {
    let findings = judge_tree().unwrap();
    let errors: Vec<_> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .collect();
    let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert!(errors.is_empty(), "\n{}\n", lines.join("\n"));
}

#[test]
fn the_tree_is_not_empty() {
    let sources = sources().unwrap();
    assert!(sources.iter().any(|source| source.path() == "xtask/src/main.rs"));
    assert!(sources.iter().all(|source| !source.path().starts_with("target/")));
}

#[test]
fn every_rule_is_applied_to_a_source() {
    let untidy = Source::new("crates/core/src/mod.rs", "use a;\n\0");
    let messages: Vec<_> = judge_source(&untidy)
        .into_iter()
        .map(|finding| finding.message)
        .collect();
    assert!(
        messages.iter().any(|message| message.starts_with("not text")),
        "{messages:?}"
    );
    let untidy = Source::new(
        "crates/core/src/mod.rs",
        "use a; // LATER\n".replace("LATER", concat!("FIX", "ME")),
    );
    assert_eq!(judge_source(&untidy).len(), 3);
}

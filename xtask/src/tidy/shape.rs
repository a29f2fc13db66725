//! Rules on the shape of a Rust file: it says what it is, it is short, its lines are, and none is called `mod.rs`.

use super::{Finding, Source, rust_text};

/// In letters; rustfmt breaks code earlier, but neither comments nor strings.
const LINE_WIDTH_MAX: usize = 120;

/// In lines above the tests: beyond it a file should be cut.
const LENGTH_SOFT_MAX: usize = 500;

/// In lines above the tests: beyond it a file must be cut.
const LENGTH_HARD_MAX: usize = 800;

pub(crate) fn check(source: &Source) -> Vec<Finding> {
    if !source.is_rust() {
        return Vec::new();
    }
    let mut findings = check_length(source);
    if !source.text().starts_with("//!") {
        findings.push(Finding::error(
            source,
            1,
            "a file starts with //! and says what it owns",
        ));
    }
    if source.name() == "mod.rs" {
        findings.push(Finding::error(
            source,
            1,
            "a module is foo.rs beside foo/, not foo/mod.rs",
        ));
    }
    let widths = source.text().lines().map(|line| line.chars().count()).zip(1..);
    let wide = widths.filter(|(width, _)| *width > LINE_WIDTH_MAX);
    findings.extend(wide.map(|(width, number)| {
        Finding::error(
            source,
            number,
            format!("{width} letters in a line of at most {LINE_WIDTH_MAX}"),
        )
    }));
    findings
}

fn check_length(source: &Source) -> Vec<Finding> {
    let length = rust_text::count_before_tests(source.text());
    if length > LENGTH_HARD_MAX {
        let message =
            format!("{length} lines without tests; a file of more than {LENGTH_HARD_MAX} must be cut");
        vec![Finding::error(source, LENGTH_HARD_MAX, message)]
    } else if length > LENGTH_SOFT_MAX && !source.is_test() {
        let message =
            format!("{length} lines without tests; a file of more than {LENGTH_SOFT_MAX} should be cut");
        vec![Finding::warning(source, LENGTH_SOFT_MAX, message)]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Severity::{self, Error, Warning};
    use super::*;

    fn found(path: &str, text: &str) -> Vec<(usize, Severity)> {
        let findings = check(&Source::new(path, text));
        findings
            .into_iter()
            .map(|finding| (finding.line, finding.severity))
            .collect()
    }

    fn of_length(length: usize) -> String {
        "//! A.\n".repeat(length)
    }

    #[test]
    fn a_file_says_what_it_is() {
        assert_eq!(found("a.rs", "//! A.\n"), []);
        assert_eq!(found("a.rs", "\n//! A.\n"), [(1, Error)]);
        assert_eq!(found("a.rs", ""), [(1, Error)]);
        assert_eq!(found("a.md", "# A\n"), []);
    }

    #[test]
    fn modules_stand_beside_their_folder() {
        assert_eq!(found("a/mod.rs", "//! A.\n"), [(1, Error)]);
        assert_eq!(found("a/model.rs", "//! A.\n"), []);
    }

    #[test]
    fn lines_are_counted_in_letters() {
        let wide = |count| format!("//! A.\n// {}\n", "\u{e9}".repeat(count));
        assert_eq!(found("a.rs", &wide(117)), []);
        assert_eq!(found("a.rs", &wide(118)), [(2, Error)]);
    }

    #[test]
    fn files_are_short() {
        assert_eq!(found("a.rs", &of_length(500)), []);
        assert_eq!(found("a.rs", &of_length(501)), [(500, Warning)]);
        assert_eq!(found("a.rs", &of_length(801)), [(800, Error)]);
    }

    #[test]
    fn tests_may_be_longer_but_not_without_end() {
        let tail = format!(
            "{}#[cfg(test)]\nmod tests {{\n{}}}\n",
            of_length(400),
            of_length(900)
        );
        assert_eq!(found("a.rs", &tail), []);
        assert_eq!(found("a/tests.rs", &of_length(501)), []);
        assert_eq!(found("a/tests.rs", &of_length(801)), [(800, Error)]);
    }
}

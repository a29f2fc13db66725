//! `cargo xtask test`: sets up what the tests need and runs all of them, those of the tree's tidiness included.
//!
//! Tests of the real binary live in `crates/app/tests`, where cargo builds it before they run.

use clap::Args;

use crate::needs;
use crate::not_tested::{self, NotTested};
use crate::step::{Step, find_command};
use crate::{tidy, ui};

/// What `test` is asked.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Passed on to the test runner: a part of a test's name, `-p CRATE`.
    #[arg(last = true)]
    arguments: Vec<String>,
}

impl Test {
    /// Runs every test of the workspace, or those that the arguments name.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        needs::install_missing()?;
        let runner = if find_command("cargo-nextest").is_some() {
            Step::cargo(["nextest", "run", "--locked"])
        } else {
            println!("cargo-nextest is not installed: cargo test runs the tests, without time limits");
            Step::cargo(["test", "--locked", "--lib", "--bins", "--tests", "--examples"])
        };
        let whole = (!names_package(&self.arguments)).then_some("--workspace");
        let file = not_tested::begin()?;
        let runner = runner.environment(not_tested::FILE, file);
        let outcome = runner.with(whole).with(&self.arguments).run();
        let outcome = outcome.and_then(|()| match self.arguments.is_empty() {
            true => run_doc_tests()
                .and_then(|()| ui::test())
                .and_then(|()| ui::test_in_browser()),
            false => Ok(()),
        });
        // Last of all, also where tests failed: what comes before scrolls away.
        let not_tested = NotTested::told()?;
        print!("{not_tested}");
        outcome?;
        not_tested.judge(not_tested::requires_all())
    }
}

fn names_package(arguments: &[String]) -> bool {
    arguments
        .iter()
        .any(|argument| argument.starts_with("-p") || argument.starts_with("--package"))
}

/// Only where there are any: else rustdoc would read every crate to find none. For the whole workspace at once, so
/// that the dependencies' features are those of the tests before, and nothing is built a second time.
fn run_doc_tests() -> anyhow::Result<()> {
    let sources = tidy::sources()?;
    if sources
        .iter()
        .any(|source| source.is_rust() && has_documented_code(source.text()))
    {
        Step::cargo(["test", "--locked", "--workspace", "--doc"]).run()?;
    }
    Ok(())
}

fn has_documented_code(text: &str) -> bool {
    text.lines().map(str::trim_start).any(|line| {
        line.strip_prefix("//!")
            .or(line.strip_prefix("///"))
            .is_some_and(|doc| doc.trim().starts_with("```"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_package_narrows_the_workspace() {
        assert!(names_package(&["-p".to_owned(), "xchat-core".to_owned()]));
        assert!(names_package(&["--package=xchat-core".to_owned()]));
        assert!(!names_package(&["delivery".to_owned()]));
    }

    #[test]
    fn documented_code_is_found() {
        assert!(has_documented_code(
            "//! A.\n\n/// ```\n/// a::go();\n/// ```\npub fn go() {}\n"
        ));
        assert!(has_documented_code(
            "mod a {\n    //! ```no_run\n    //! go();\n    //! ```\n}\n"
        ));
        assert!(!has_documented_code(
            "//! Says `go` in prose.\nconst FENCE: &str = \"```\";\n"
        ));
    }
}

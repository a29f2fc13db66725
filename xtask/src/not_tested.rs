//! What this machine could not test: tests that passed because they could not run. They say so in a file, and it is
//! shown where it can't be missed.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use crate::step::root;

/// Tells the tests which file takes a line for each of them.
pub(crate) const FILE: &str = "XCHAT_NOT_TESTED";
/// Whoever sets this to 1 wants every test to have tested something.
const REQUIRE_ALL: &str = "XCHAT_REQUIRE_ALL";
const FRAME: &str = "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!";

/// The tests that could not run, and why: a line each.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotTested(Vec<String>);

/// Empties the file, and returns its path.
pub(crate) fn begin() -> anyhow::Result<PathBuf> {
    let file = file();
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&file, "").with_context(|| format!("{} can't be written", file.display()))?;
    Ok(file)
}

/// Whether a test that could not run is a failure.
pub(crate) fn requires_all() -> bool {
    std::env::var_os(REQUIRE_ALL).is_some_and(|value| value == "1")
}

fn file() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root().join(target).join("not-tested.txt")
}

impl NotTested {
    /// What the tests have told since [`begin`].
    pub(crate) fn told() -> anyhow::Result<Self> {
        Self::read(&file())
    }

    fn read(file: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()))?;
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines.dedup();
        Ok(Self(lines))
    }

    /// A failure, where all is required and something is missing.
    pub(crate) fn judge(&self, requires_all: bool) -> anyhow::Result<()> {
        ensure!(
            self.0.is_empty() || !requires_all,
            "{} could not be tested, and {REQUIRE_ALL}=1 asks for all",
            self.0.len()
        );
        Ok(())
    }
}

impl fmt::Display for NotTested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        writeln!(f, "\n{FRAME}")?;
        writeln!(
            f,
            "!!! NOT TESTED: {} passed without testing anything on this machine",
            self.0.len()
        )?;
        for line in &self.0 {
            writeln!(f, "!!!   {line}")?;
        }
        writeln!(f, "!!! {REQUIRE_ALL}=1 makes this a failure.\n{FRAME}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[&str]) -> NotTested {
        NotTested(lines.iter().map(|line| (*line).to_owned()).collect())
    }

    #[test]
    fn each_test_that_could_not_run_is_shown_with_its_reason() {
        let shown = lines(&["a_full_disk: needs root", "isolation: needs unshare"]).to_string();
        assert!(shown.contains("NOT TESTED: 2 passed"), "{shown}");
        assert!(shown.contains("\n!!!   a_full_disk: needs root\n"), "{shown}");
        assert!(shown.contains("\n!!!   isolation: needs unshare\n"), "{shown}");
        assert_eq!(lines(&[]).to_string(), "", "nothing is missing, nothing is said");
    }

    #[test]
    fn what_could_not_run_fails_where_all_is_required() {
        assert!(lines(&["a: b"]).judge(false).is_ok());
        assert!(lines(&[]).judge(true).is_ok());
        let error = lines(&["a: b", "c: d"]).judge(true).unwrap_err();
        assert!(error.to_string().starts_with("2 could not be tested"), "{error}");
    }

    #[test]
    fn what_tests_tell_is_read_once_for_each() {
        let file = std::env::temp_dir().join(format!("not-tested-{}", std::process::id()));
        std::fs::write(&file, "b: y\na: x\nb: y\n").unwrap();
        let told = NotTested::read(&file);
        std::fs::remove_file(&file).unwrap();
        assert_eq!(told.unwrap(), lines(&["a: x", "b: y"]));
        let error = NotTested::read(&file).unwrap_err();
        assert!(error.to_string().contains("can't be read"), "{error}");
    }

    /// The tests that tell name the variable themselves: they are in other crates.
    #[test]
    fn tests_tell_into_the_file_that_is_read() {
        let teller = root().join("crates/app/tests/product/not_tested.rs");
        let text = std::fs::read_to_string(teller).unwrap();
        assert!(
            text.contains(&format!("const FILE: &str = \"{FILE}\";")),
            "{text}"
        );
    }
}

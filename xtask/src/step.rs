//! A child process: shown before it runs, at the root of the tree, and its failure is the verb's failure.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// The root of the tree that this program was built from.
pub(crate) fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// One command line.
#[derive(Debug)]
pub(crate) struct Step {
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(&'static str, OsString)>,
}

impl Step {
    /// A program with its first arguments.
    pub(crate) fn new<I, S>(program: impl Into<OsString>, arguments: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<OsString>,
    {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self {
            program: program.into(),
            arguments,
            environment: Vec::new(),
        }
    }

    /// The cargo that runs us.
    pub(crate) fn cargo<I, S>(arguments: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<OsString>,
    {
        Self::new(
            std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
            arguments,
        )
    }

    /// More arguments.
    pub(crate) fn with<I, S>(mut self, arguments: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<OsString>,
    {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// One more variable of the environment.
    pub(crate) fn environment(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// Shows the command and runs it on this terminal.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        println!("\n> {}", self.line());
        let status = self
            .command()
            .status()
            .with_context(|| format!("{} does not start", self.line()))?;
        if !status.success() {
            bail!("{} failed: {status}", self.line());
        }
        Ok(())
    }

    /// Runs the command unseen and returns what it printed.
    pub(crate) fn output(&self) -> anyhow::Result<String> {
        let output = self.command().stderr(Stdio::piped()).output();
        let output = output.with_context(|| format!("{} does not start", self.line()))?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr);
            bail!("{} failed: {}\n{}", self.line(), output.status, reason.trim_end());
        }
        String::from_utf8(output.stdout).with_context(|| format!("{} printed no text", self.line()))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .current_dir(root())
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        // `cargo run` leaves these set, and some build scripts watch them: everything would be built again.
        for (name, _) in std::env::vars_os() {
            if is_of_this_package(&name) {
                command.env_remove(name);
            }
        }
        command
    }

    fn line(&self) -> String {
        let program = Path::new(&self.program).file_name().unwrap_or(&self.program);
        let words = std::iter::once(program).chain(self.arguments.iter().map(OsString::as_os_str));
        words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
    }
}

/// Where a command is installed, also when `sbin` is not on the path of an ordinary user.
pub(crate) fn find_command(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    let mut places = std::env::split_paths(&path).chain(system);
    places.find_map(|place| {
        let file = place.join(name).with_extension(std::env::consts::EXE_EXTENSION);
        file.is_file().then_some(file)
    })
}

fn is_of_this_package(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_step_names_itself() {
        let error = Step::cargo(["no-such-verb"]).output().unwrap_err();
        assert!(
            error.to_string().starts_with("cargo no-such-verb failed"),
            "{error}"
        );
    }

    #[test]
    fn a_missing_program_names_itself() {
        let error = Step::new("no-such-program", ["--version"]).output().unwrap_err();
        assert_eq!(error.to_string(), "no-such-program --version does not start");
    }

    #[test]
    fn commands_are_found_by_name() {
        assert!(find_command("cargo").is_some());
        assert_eq!(find_command("no-such-program"), None);
    }

    #[test]
    fn children_do_not_see_the_variables_of_this_package() {
        let removed = Step::cargo(["version"]).command();
        let removed: Vec<_> = removed.get_envs().filter(|(_, value)| value.is_none()).collect();
        assert!(
            removed.iter().any(|(name, _)| *name == "CARGO_PKG_NAME"),
            "{removed:?}"
        );
        assert!(
            !removed.iter().any(|(name, _)| *name == "CARGO_HOME"),
            "{removed:?}"
        );
    }
}

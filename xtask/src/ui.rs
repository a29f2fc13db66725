//! `cargo xtask ui`: the page. It is built here and committed, so that whoever builds the program needs no Node.js.

use anyhow::{Context, bail};
use clap::Args;

use crate::step::{Step, find_command, root};

/// The sources of the page.
const SOURCES: &str = "web";
/// The tests in a browser.
const BROWSER_TESTS: &str = "e2e";
/// What the program embeds.
const BUILT: &str = "crates/app/page";
/// The oldest Node.js that Vite runs on.
const NODE_MAJOR_MIN: u32 = 20;

/// What `ui` is asked.
#[derive(Debug, Args)]
pub(crate) struct Ui {
    /// Write the types of the local interface into the page's sources.
    #[arg(long)]
    types: bool,
    /// Only check types, without a build.
    #[arg(long, conflicts_with = "types")]
    check: bool,
    /// Take the pictures of the README anew, of what is built.
    #[arg(long, conflicts_with_all = ["types", "check"])]
    screenshots: bool,
}

impl Ui {
    /// Checks, tests and builds the page.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        if self.types {
            return Step::cargo(["test", "--locked", "-p", "xchat", "the_types_of_the_page"])
                .environment("XCHAT_WRITE_TYPES", "1")
                .run();
        }
        if self.screenshots {
            need_node()?;
            install(BROWSER_TESTS)?;
            build_program()?;
            return npm(BROWSER_TESTS, ["run", "screenshots"]).run();
        }
        check()?;
        if self.check {
            return Ok(());
        }
        npm(SOURCES, ["test"]).run()?;
        npm(SOURCES, ["run", "build"]).run()?;
        sizes()
    }
}

/// Checks the types of the page.
pub(crate) fn check() -> anyhow::Result<()> {
    need_node()?;
    install(SOURCES)?;
    npm(SOURCES, ["run", "check"]).run()
}

/// Runs the page's own tests, builds it anew, and compares that with what is committed.
pub(crate) fn test() -> anyhow::Result<()> {
    need_node()?;
    install(SOURCES)?;
    npm(SOURCES, ["test"]).run()?;
    npm(SOURCES, ["run", "build"]).run()?;
    let changed = Step::new("git", ["status", "--porcelain", "--", BUILT]).output()?;
    if !changed.is_empty() {
        bail!("{BUILT} is not what {SOURCES} builds; `cargo xtask ui` builds it, commit that:\n{changed}");
    }
    sizes()
}

/// Prints what the parts of the built page weigh; what is loaded at the start has a limit.
fn sizes() -> anyhow::Result<()> {
    npm(SOURCES, ["run", "--silent", "sizes"]).run()
}

/// Runs the real program in a real browser.
pub(crate) fn test_in_browser() -> anyhow::Result<()> {
    need_node()?;
    install(BROWSER_TESTS)?;
    build_program()?;
    npm(BROWSER_TESTS, ["test"]).run()
}

/// Measures the page of the release build in a real browser.
pub(crate) fn bench(is_quick: bool) -> anyhow::Result<()> {
    need_node()?;
    install(BROWSER_TESTS)?;
    Step::new("node", ["e2e/bench/page.mjs"])
        .with(is_quick.then_some("--quick"))
        .environment("XCHAT_PROGRAM", root().join("target/release/xchat"))
        .run()
}

/// What the browser tests start. For the whole workspace, so that the dependencies' features are those of the other
/// tests, and nothing is built a second time.
fn build_program() -> anyhow::Result<()> {
    Step::cargo(["build", "--locked", "--workspace", "--bin", "xchat"]).run()
}

fn npm<const N: usize>(folder: &str, arguments: [&str; N]) -> Step {
    Step::new("npm", ["--prefix", folder]).with(arguments)
}

/// Exactly the locked versions, once for each lock file.
fn install(folder: &str) -> anyhow::Result<()> {
    let folder_path = root().join(folder);
    let modified = |name: &str| {
        let file = folder_path.join(name).metadata().ok();
        file.and_then(|file| file.modified().ok())
    };
    // npm writes this file last.
    let installed = modified("node_modules/.package-lock.json");
    if installed.is_some() && installed >= modified("package-lock.json") {
        return Ok(());
    }
    npm(folder, ["ci", "--no-audit", "--no-fund"]).run()
}

fn need_node() -> anyhow::Result<()> {
    let advice =
        format!("the page is built with Node.js {NODE_MAJOR_MIN} or newer and npm: https://nodejs.org");
    if find_command("node").is_none() || find_command("npm").is_none() {
        bail!("MISSING: {advice}");
    }
    let version = Step::new("node", ["--version"]).output()?;
    let major = major(&version).with_context(|| format!("node says that it is {version:?}"))?;
    if major < NODE_MAJOR_MIN {
        bail!("TOO OLD: Node.js {}; {advice}", version.trim());
    }
    Ok(())
}

fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_node_is_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("20"), None);
    }
}

//! `cargo xtask check`: everything that can be said about the tree without running it.

use anyhow::Context;

use crate::step::{Step, find_command};
use crate::{tidy, ui};

/// Formatting first, because it is the quickest to fail.
pub(crate) fn run() -> anyhow::Result<()> {
    Step::cargo(["fmt", "--all", "--check"])
        .run()
        .context("`cargo fmt --all` formats the tree")?;
    tidy::run()?;
    Step::cargo([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ])
    .run()?;
    ui::check()?;
    check_dependencies()
}

fn check_dependencies() -> anyhow::Result<()> {
    let install = ["install", "cargo-deny", "--locked"];
    if find_command("cargo-deny").is_none() {
        if std::env::var_os("CI").is_none() {
            println!("\nNOT RUN: cargo deny check bans licenses sources (cargo-deny is not installed)");
            println!("to install it: cargo {}", install.join(" "));
            return Ok(());
        }
        Step::cargo(install).run()?;
    }
    // Advisories need a fetched database, and what they say changes without the tree. A second version that is gone
    // has to leave the list too, so that it can only shrink.
    let check = ["check", "--deny", "unmatched-skip", "bans", "licenses", "sources"];
    Step::cargo(["deny", "--locked"]).with(check).run()
}

//! `cargo xtask fuzz`: runs the fuzz targets, which stand outside the workspace.

use anyhow::ensure;
use clap::Args;

use crate::step::{Step, find_command, root};

/// How long each of all targets runs when nobody said.
const SECONDS_PER_TARGET: u64 = 60;

/// What `fuzz` is asked.
#[derive(Debug, Args)]
pub(crate) struct Fuzz {
    /// The target; without it each runs in turn.
    target: Option<String>,
    /// Stop each target after so many seconds. One target alone runs until it is stopped or fails.
    #[arg(long)]
    seconds: Option<u64>,
}

impl Fuzz {
    /// Says what is missing, or fuzzes.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        ensure_tools()?;
        if let Some(target) = self.target {
            return fuzz(&target, self.seconds);
        }
        for target in cargo_fuzz(&["list"]).output()?.lines() {
            fuzz(target, Some(self.seconds.unwrap_or(SECONDS_PER_TARGET)))?;
        }
        Ok(())
    }
}

fn fuzz(target: &str, seconds: Option<u64>) -> anyhow::Result<()> {
    let limit = seconds.map(|seconds| format!("-max_total_time={seconds}"));
    cargo_fuzz(&["run", target, "--"]).with(limit).run()
}

fn cargo_fuzz(arguments: &[&str]) -> Step {
    // Sanitizers are unstable, but every toolchain has them: fuzzed is what the compiler in use makes.
    Step::cargo(["fuzz"])
        .with(arguments)
        .environment("RUSTC_BOOTSTRAP", "1")
}

fn ensure_tools() -> anyhow::Result<()> {
    ensure!(
        root().join("fuzz/Cargo.toml").is_file(),
        "there are no fuzz targets: fuzz/Cargo.toml is missing"
    );
    let installed = find_command("cargo-fuzz").is_some();
    ensure!(
        installed,
        "fuzzing needs cargo-fuzz: cargo install cargo-fuzz --locked"
    );
    Ok(())
}

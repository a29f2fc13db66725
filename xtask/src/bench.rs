//! `cargo xtask bench`: figures beside the raw limits of the machine they were taken on.

use clap::Args;

use crate::step::Step;

/// What `bench` is asked.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// Passed on to the benchmark program.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Bench {
    /// Builds the release profile and measures.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        Step::cargo(["run", "--release", "--package", "xchat-bench", "--"])
            .with(self.arguments)
            .run()
    }
}

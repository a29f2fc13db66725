//! `cargo xtask bench`: figures beside the raw limits of the machine they were taken on.

use clap::Args;

use crate::step::{Step, root};
use crate::ui;

/// What `bench` is asked.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// Passed on to the benchmark program; `--only page` measures the page.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Bench {
    /// Builds the release profile and measures.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let is_page_only = self.arguments.windows(2).any(|pair| pair == ["--only", "page"]);
        let has_page = is_page_only || !self.arguments.iter().any(|argument| argument == "--only");
        let mut build = vec!["build", "--release", "--package", "xchat-bench"];
        if has_page {
            build.extend(["--package", "xchat"]);
        }
        Step::cargo(build).run()?;
        if !is_page_only {
            Step::new(root().join("target/release/xchat-bench"), &self.arguments).run()?;
        }
        if has_page {
            ui::bench(self.arguments.iter().any(|argument| argument == "--quick"))?;
        }
        Ok(())
    }
}

//! `cargo xtask bench`: figures beside the raw limits of the machine they were taken on.

use std::path::PathBuf;

use clap::Args;

use crate::step::{Step, root};
use crate::ui;

/// The part that needs a browser, and so a program of its own.
const PAGE: &str = "page";
/// The part that stands beside another program.
const FILES: &str = "files";

/// What `bench` is asked.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// Less of everything: to see that all of it runs, not to quote.
    #[arg(long)]
    quick: bool,
    /// Only this part: page, or one that the benchmark program names.
    #[arg(long, value_name = "PART")]
    only: Option<String>,
}

/// Builds what files are measured beside, and says where it is.
fn build_iroh_blobs() -> anyhow::Result<PathBuf> {
    let target = root().join("target/iroh-blobs");
    let manifest = root().join("bench/iroh-blobs/Cargo.toml");
    Step::cargo(["build", "--release", "--locked", "--manifest-path"])
        .with([manifest.as_os_str()])
        .environment("CARGO_TARGET_DIR", &target)
        .run()?;
    Ok(target.join("release/xchat-bench-iroh-blobs"))
}

impl Bench {
    /// Builds the release profile and measures.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let is_wanted = |is_page: bool| self.only.as_ref().is_none_or(|only| (only == PAGE) == is_page);
        let program = is_wanted(true).then_some(["--package", "xchat"]);
        Step::cargo(["build", "--release", "--package", "xchat-bench"])
            .with(program.into_iter().flatten())
            .run()?;
        if is_wanted(false) {
            let only = self.only.iter().flat_map(|only| ["--only", only.as_str()]);
            let mut measuring = Step::new(root().join("target/release/xchat-bench"), only)
                .with(self.quick.then_some("--quick"));
            if self.only.as_ref().is_none_or(|only| only == FILES) {
                measuring = measuring.environment("XCHAT_BENCH_IROH_BLOBS", build_iroh_blobs()?);
            }
            measuring.run()?;
        }
        if is_wanted(true) {
            ui::bench(self.quick)?;
        }
        Ok(())
    }
}

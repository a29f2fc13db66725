//! `xchat-bench`: every figure beside the raw limit of this machine, measured in the same run.
//!
//! One JSON line for each figure on standard output as it is known, and a table of all at the end.
//! `docs/benchmarks.md` says what each one means.

mod child;
mod clock;
mod device;
mod directory;
mod files;
mod history;
mod latency;
mod load;
mod machine;
mod memory;
mod people;
mod process;
mod raw;
mod report;
mod sample;
mod search;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use tracing_subscriber::filter::LevelFilter;

use report::Report;

/// Measures X Chat beside the raw limits of this machine.
#[derive(Debug, Parser)]
struct Arguments {
    /// Less of everything, in under a minute: to see that all of it runs, not to quote.
    #[arg(long)]
    quick: bool,
    /// Only this part.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Where to put the stores. The disk under it is what is measured; by default beside this program.
    #[arg(long)]
    dir: Option<PathBuf>,
    #[command(subcommand)]
    child: Option<child::Child>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// From the sender's call to the receiver's event.
    Latency,
    /// Appends and fetches at a node.
    Load,
    /// What a message costs the machine of each side.
    Machine,
    /// Memory of a node for each idle client.
    Memory,
    /// The start of a client with a long history.
    History,
    /// Searching a long history.
    Search,
    /// Files from device to device, their memory, and photos.
    Files,
    /// Names: registered by four validators, looked up, proved among a million.
    Directory,
}

impl Part {
    const ALL: [Self; 8] = [
        Self::Latency,
        Self::Load,
        Self::Machine,
        Self::Memory,
        Self::History,
        Self::Search,
        Self::Files,
        Self::Directory,
    ];
}

/// How much is measured, and where.
#[derive(Debug)]
struct Plan {
    quick: bool,
    folder: PathBuf,
}

impl Plan {
    /// A figure for a real run, or the one for a quick one.
    fn pick<T>(&self, real: T, quick: T) -> T {
        match self.quick {
            true => quick,
            false => real,
        }
    }

    /// A new folder on the disk that is measured.
    fn folder(&self) -> anyhow::Result<tempfile::TempDir> {
        tempfile::tempdir_in(&self.folder).context("no folder can be made to measure in")
    }
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::builder()
                .with_default_directive(LevelFilter::OFF.into())
                .with_env_var("XCHAT_LOG")
                .from_env_lossy(),
        )
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match arguments.child {
        Some(child) => runtime.block_on(child.run()),
        None => runtime.block_on(measure(arguments)),
    }
}

async fn measure(arguments: Arguments) -> anyhow::Result<()> {
    let folder = match arguments.dir {
        Some(folder) => folder,
        None => {
            let program = std::env::current_exe()?;
            program.parent().context("the program has no folder")?.to_owned()
        }
    };
    let plan = Plan {
        quick: arguments.quick,
        folder,
    };
    let mut report = Report::default();
    for part in Part::ALL {
        if arguments.only.is_some_and(|only| only != part) {
            continue;
        }
        match part {
            Part::Latency => latency::measure(&plan, &mut report).await?,
            Part::Load => load::measure(&plan, &mut report).await?,
            Part::Machine => machine::measure(&plan, &mut report).await?,
            Part::Memory => memory::measure(&plan, &mut report).await?,
            Part::History => history::measure(&plan, &mut report).await?,
            Part::Search => search::measure(&plan, &mut report).await?,
            Part::Files => files::measure(&plan, &mut report).await?,
            Part::Directory => directory::measure(&plan, &mut report).await?,
        }
    }
    report.table()
}

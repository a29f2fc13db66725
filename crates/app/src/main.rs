//! The `xchat` binary: reads the command line, does what it asks, and says by its exit code what came of it.

mod api;
mod browser;
mod cli;
mod clock;
mod commands;
mod door;
mod dto;
mod entropy;
mod failure;
mod host;
mod link;
mod media_worker;
mod node;
mod passphrase;
mod private_file;
mod profile;
mod qr;
mod reach;
mod remote;
mod screen;
mod serve;
mod terminal;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::cli::{Cli, Command};
use crate::failure::Failure;

/// For what still runs in the background when everything is done.
const FAREWELL_TIME: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let as_json = cli.common.json;
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            screen::failure(&failure, as_json);
            ExitCode::from(failure.kind.exit_code())
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    if matches!(cli.command, Some(Command::MediaWorker)) {
        return media_worker::run();
    }
    // Logs hold no user data, and are off unless somebody asks: XCHAT_LOG=info.
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_env("XCHAT_LOG").unwrap_or_else(|_| EnvFilter::new("off")))
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::storage("the program can't be started", &error))?;
    let done = runtime.block_on(commands::run(cli));
    runtime.shutdown_timeout(FAREWELL_TIME);
    done
}

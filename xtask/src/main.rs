//! The project's own commands, `cargo xtask <verb>`: the only ones that CI runs and CONTRIBUTING.md names.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks on its terminal"
)]

mod bench;
mod check;
mod fuzz;
mod needs;
mod not_tested;
mod sim;
mod step;
mod test;
mod tidy;
mod ui;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Formatting, lints, house rules, and the licences and sources of dependencies.
    Check,
    /// Set up what the tests need and run all of them.
    Test(test::Test),
    /// Run simulated days, each from its seed.
    Sim(sim::Sim),
    /// Measure, in the release profile.
    Bench(bench::Bench),
    /// Fuzz the decoders: one target, or each in turn.
    Fuzz(fuzz::Fuzz),
    /// Check the house rules that no compiler knows.
    Tidy,
    /// Check, test and build the page that the program embeds.
    Ui(ui::Ui),
}

fn main() -> ExitCode {
    match Arguments::parse().verb.run() {
        Ok(()) => ExitCode::SUCCESS,
        // In one line, because the command that failed has already said more above.
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl Verb {
    fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Check => check::run(),
            Self::Test(test) => test.run(),
            Self::Sim(sim) => sim.run(),
            Self::Bench(bench) => bench.run(),
            Self::Fuzz(fuzz) => fuzz.run(),
            Self::Tidy => tidy::run(),
            Self::Ui(ui) => ui.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_seed_and_a_range_of_seeds_exclude_each_other() {
        assert!(Arguments::try_parse_from(["xtask", "sim", "--seed", "7"]).is_ok());
        assert!(Arguments::try_parse_from(["xtask", "sim", "--seeds", "9", "--from", "3"]).is_ok());
        assert!(Arguments::try_parse_from(["xtask", "sim"]).is_err());
        assert!(Arguments::try_parse_from(["xtask", "sim", "--seed", "7", "--seeds", "9"]).is_err());
        assert!(Arguments::try_parse_from(["xtask", "sim", "--seed", "7", "--from", "3"]).is_err());
    }
}

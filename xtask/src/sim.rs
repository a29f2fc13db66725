//! `cargo xtask sim`: replays a simulated day from its seed, or looks for a bad one among many.

use clap::Args;

use crate::step::Step;

/// What `sim` is asked.
#[derive(Debug, Args)]
pub(crate) struct Sim {
    /// Replay the day of this seed.
    #[arg(long, required_unless_present = "seeds")]
    seed: Option<u64>,
    /// Run this many days, one after the other, and stop at the first bad one.
    #[arg(long, conflicts_with = "seed")]
    seeds: Option<u64>,
    /// The first of many seeds.
    #[arg(long, conflicts_with = "seed", default_value_t = 0)]
    from: u64,
}

impl Sim {
    /// Runs in the dev profile, where overflow checks and debug assertions are on.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let run = ["run", "--package", "xchat-sim", "--bin", "xchat-sim", "--"];
        Step::cargo(run).with(self.arguments()).run()
    }

    fn arguments(&self) -> Vec<String> {
        let one = self.seed.map(|seed| vec!["--seed".to_owned(), seed.to_string()]);
        let many = self.seeds.map(|seeds| {
            vec![
                "--seeds".to_owned(),
                seeds.to_string(),
                "--from".to_owned(),
                self.from.to_string(),
            ]
        });
        one.or(many).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_passed_on() {
        let sim = Sim {
            seed: Some(7),
            seeds: None,
            from: 0,
        };
        assert_eq!(sim.arguments(), ["--seed", "7"]);
    }

    #[test]
    fn a_range_is_passed_on() {
        let sim = Sim {
            seed: None,
            seeds: Some(500),
            from: 3,
        };
        assert_eq!(sim.arguments(), ["--seeds", "500", "--from", "3"]);
    }
}

//! `xchat-sim`: replays a simulated day from its seed, or looks for a bad one among many.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;

use xchat_sim::run::{Outcome, run};

const USAGE: &str = "usage: xchat-sim --seed S | --seeds N [--from K] [--verbose]";

struct Asked {
    from: u64,
    count: u64,
    is_verbose: bool,
}

fn asked() -> Option<Asked> {
    let (mut seed, mut seeds, mut from, mut is_verbose) = (None, None, 0, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next()?.parse::<u64>().ok();
        match argument.as_str() {
            "--seed" => seed = Some(number()?),
            "--seeds" => seeds = Some(number()?),
            "--from" => from = number()?,
            "--verbose" => is_verbose = true,
            _ => return None,
        }
    }
    match (seed, seeds) {
        (Some(seed), None) => Some(Asked {
            from: seed,
            count: 1,
            is_verbose: true,
        }),
        (None, Some(count)) => Some(Asked {
            from,
            count,
            is_verbose,
        }),
        _ => None,
    }
}

fn main() -> io::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let Some(asked) = asked() else {
        writeln!(out, "{USAGE}")?;
        return Ok(ExitCode::from(2));
    };
    let next = AtomicU64::new(asked.from);
    let end = asked.from.saturating_add(asked.count);
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut bad = Vec::new();
    std::thread::scope(|scope| {
        let (outcomes, done) = mpsc::channel();
        for _ in 0..workers {
            let (outcomes, next) = (outcomes.clone(), &next);
            scope.spawn(move || {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end || outcomes.send((seed, run(seed, asked.is_verbose))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(outcomes);
        for (seed, outcome) in done {
            tell(&mut out, seed, &outcome)?;
            if outcome.violation.is_some() {
                bad.push(seed);
            }
        }
        Ok::<_, io::Error>(())
    })?;
    if bad.is_empty() {
        writeln!(out, "{} seeds, no violation", asked.count)?;
        return Ok(ExitCode::SUCCESS);
    }
    bad.sort_unstable();
    writeln!(
        out,
        "violations in {} of {} seeds: {bad:?}",
        bad.len(),
        asked.count
    )?;
    Ok(ExitCode::FAILURE)
}

fn tell(out: &mut impl io::Write, seed: u64, outcome: &Outcome) -> io::Result<()> {
    for line in &outcome.trace {
        writeln!(out, "{line}")?;
    }
    let (written, steps, lasted) = (outcome.written, outcome.steps, outcome.lasted_ms / 1000);
    match &outcome.violation {
        None => writeln!(
            out,
            "seed {seed}: {written} texts, {steps} steps, {lasted} s: good"
        ),
        Some(violation) => writeln!(
            out,
            "seed {seed}: {written} texts, {steps} steps, {lasted} s: BAD: {violation}"
        ),
    }
}

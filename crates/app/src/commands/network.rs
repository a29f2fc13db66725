//! The network: invite into it, and look what of it is in reach.

use std::io::BufRead as _;

use crate::cli::Common;
use crate::dto::Evidence;
use crate::failure::{Failure, Kind};
use crate::link::Link;
use crate::terminal::talk;
use crate::{clock, qr, screen};

/// A clock that is further off than this fails, in milliseconds.
const CLOCK_DIFFERENCE_MS_MAX: u64 = 5 * 60 * 1000;

pub(crate) async fn invite(link: &Link, common: &Common, with_qr: bool) -> Result<(), Failure> {
    let invitation = link.invitation().await?;
    if common.json {
        screen::json(&invitation);
        return Ok(());
    }
    if with_qr {
        screen::part(qr::half_blocks(&invitation.link)?);
    }
    screen::line(&invitation.link);
    screen::note(invitation.reach.sentence());
    Ok(())
}

pub(crate) async fn doctor(link: &Link, common: &Common) -> Result<(), Failure> {
    link.settle(common).await;
    let report = link.report().await?;
    let found = if report.in_network {
        link.evidence().await?
    } else {
        Vec::new()
    };
    if common.json {
        screen::json(&report);
    } else {
        screen::line(talk::report(&report));
    }
    if !found.is_empty() {
        screen::note("The network's operators have shown two truths. xchat evidence shows the proofs.");
    }
    if report
        .clock_difference_ms
        .is_some_and(|difference| difference.unsigned_abs() > CLOCK_DIFFERENCE_MS_MAX)
    {
        return Err(
            Failure::new(Kind::Clock, "clock-off", "this machine's clock is off").advise("Set it right"),
        );
    }
    if !report.in_network {
        return Err(Failure::new(
            Kind::Unreachable,
            "no-network",
            "this profile belongs to no network yet",
        )
        .advise("Join one with xchat --join INVITATION"));
    }
    if !report.nodes.iter().any(|node| node.reachable == Some(true)) {
        let message = "no node of the network answers; people who are connected directly are still in reach";
        return Err(Failure::new(Kind::Unreachable, "unreachable", message)
            .advise("Check that the node runs, and this machine's network"));
    }
    Ok(())
}

/// Gives the username up. Its owner types it once more, unless `--yes` says that this was done.
pub(crate) async fn release(link: &Link, common: &Common, yes: bool) -> Result<(), Failure> {
    let identity = link.identity().await?;
    let name = identity.name.filter(|_| identity.registered).ok_or_else(|| {
        Failure::new(
            Kind::Refused,
            "not-registered",
            "this account has no name to give up",
        )
    })?;
    if !yes {
        confirm(&name)?;
    }
    link.release(&name).await?;
    if common.json {
        screen::json(&serde_json::json!({ "type": "released", "name": name }));
    } else {
        screen::line(format!(
            "@{name} is given up. Nobody new finds this account; your chats go on."
        ));
    }
    Ok(())
}

fn confirm(name: &str) -> Result<(), Failure> {
    screen::note(format!(
        "@{name} is given up. For a while your 24 words take it back; then anybody may have it, and you never again."
    ));
    screen::note(format!("Type the name {name} to go on:"));
    let mut typed = String::new();
    let read = std::io::stdin().lock().read_line(&mut typed);
    read.map_err(|error| Failure::usage(format!("the name can't be read: {error}")))?;
    if typed.trim().trim_start_matches('@') == name {
        return Ok(());
    }
    Err(Failure::new(
        Kind::Refused,
        "not-confirmed",
        "that is not the name; nothing was changed",
    )
    .advise("Type it exactly, or use --yes in a script"))
}

/// Shows the proofs that the operators have shown two truths.
pub(crate) async fn evidence(link: &Link, common: &Common) -> Result<(), Failure> {
    let found = link.evidence().await?;
    for evidence in &found {
        if common.json {
            screen::json(evidence);
        } else {
            show(evidence);
        }
    }
    if !common.json && found.is_empty() {
        screen::line("Nothing was found: all operators have shown one truth.");
    }
    Ok(())
}

fn show(evidence: &Evidence) {
    let signers = evidence
        .signers
        .iter()
        .map(|operator| match operator.name.as_str() {
            "" => operator.key.clone(),
            name => format!("{} ({})", screen::glimpse(name, 64), operator.key),
        });
    screen::line(format!(
        "Two blocks of height {}, both signed; found {} {} UTC",
        evidence.height,
        clock::day(evidence.found_ms),
        clock::time_of_day(evidence.found_ms)
    ));
    screen::line(format!("  blocks {}", evidence.headers.join(", ")));
    screen::line(format!(
        "  signed both: {}",
        signers.collect::<Vec<_>>().join(", ")
    ));
    screen::line(format!("  proof {}", evidence.proof));
}

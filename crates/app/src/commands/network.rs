//! The network: invite into it, and look what of it is in reach.

use crate::cli::Common;
use crate::failure::{Failure, Kind};
use crate::link::Link;
use crate::terminal::talk;
use crate::{qr, screen};

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
    if common.json {
        screen::json(&report);
    } else {
        screen::line(talk::report(&report));
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

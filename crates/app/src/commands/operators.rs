//! The commands of those who run nodes: make a network, look at it, vote, let people in.

use std::path::{Path, PathBuf};

use super::{patience, profile};
use crate::cli::{Common, Network, NetworkCreate, Node, NodeKey, Target};
use crate::clock;
use crate::failure::{Failure, Kind};
use crate::host::Wishes;
use crate::host::operators::{self, BallotView, Desk, NetworkView, ValidatorView};
use crate::link::Link;
use crate::{profile as profiles, screen};

/// Does what an operator asks.
///
/// # Errors
/// What went wrong, with what to do about it.
pub(crate) async fn run(common: &Common, wish: Network) -> Result<(), Failure> {
    match wish {
        Network::Create(wish) => create(common, &wish),
        Network::Status(target) => {
            let desk = open(common, &target, None).await?;
            let view = timely(common, desk.look()).await;
            desk.close().await;
            show(common, &view?)
        }
        Network::Ballots(target) => {
            let desk = open(common, &target, None).await?;
            let ballots = desk.ballots();
            desk.close().await;
            list(common, &ballots);
            Ok(())
        }
        wish => change(common, wish).await,
    }
}

/// What needs the operator's keys.
async fn change(common: &Common, wish: Network) -> Result<(), Failure> {
    let (Network::Add { target, .. }
    | Network::Remove { target, .. }
    | Network::Approve { target, .. }
    | Network::Describe { target, .. }
    | Network::Token { target, .. }) = &wish
    else {
        return Err(Failure::bug("this command needs no keys"));
    };
    let folder = key_folder(common, target)?;
    let mut desk = open(common, target, Some(&folder)).await?;
    let done = timely(common, changed(common, &mut desk, &wish)).await;
    desk.close().await;
    done?
}

async fn changed(common: &Common, desk: &mut Desk, wish: &Network) -> Result<(), Failure> {
    let ballot = match wish {
        Network::Add { operator, .. } => desk.add(operator).await?,
        Network::Remove { validator, .. } => desk.remove(validator).await?,
        Network::Approve { ballot, .. } => desk.approve(ballot).await?,
        Network::Describe {
            name,
            consensus,
            node,
            ..
        } => {
            if name.is_none() && consensus.is_none() && node.is_empty() {
                return Err(
                    Failure::usage("nothing is described anew").advise("Give --name, --consensus or --node")
                );
            }
            let operator = desk.describe(name.as_deref(), *consensus, node).await?;
            described(common, &operator);
            return Ok(());
        }
        Network::Token { count, days, .. } => return tokens(common, desk, *count, *days),
        _ => return Err(Failure::bug("this command changes nothing")),
    };
    if common.json {
        screen::json(&ballot);
    } else {
        screen::line(sentence(&ballot));
    }
    Ok(())
}

async fn timely<T>(common: &Common, done: impl Future<Output = T>) -> Result<T, Failure> {
    tokio::time::timeout(patience(common), done).await.map_err(|_| {
        Failure::new(Kind::Unreachable, "timeout", "the network did not answer in time")
            .advise("Try again, or wait longer with --timeout")
    })
}

/// The folder of the stand-alone node.
///
/// # Errors
/// When no place for it is known.
pub(crate) fn node_folder(common: &Common, given: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(folder) = given {
        return Ok(folder.to_owned());
    }
    let root = match &common.data_dir {
        Some(root) => root.clone(),
        None => profiles::default_root()?,
    };
    Ok(root.join("node"))
}

/// Where the operator's keys are: in the folder that is named, in that of the stand-alone node, or in the profile's.
fn key_folder(common: &Common, target: &Target) -> Result<PathBuf, Failure> {
    let stand_alone = node_folder(common, target.node_dir.as_deref())?;
    if target.node_dir.is_some() || stand_alone.is_dir() {
        return Ok(stand_alone);
    }
    let own = profile(common)?.node_folder();
    if own.is_dir() {
        return Ok(own);
    }
    Err(Failure::new(
        Kind::NotFound,
        "no-operator-key",
        "there is no node's folder on this machine",
    )
    .advise("Name it with --node-dir"))
}

async fn open(common: &Common, target: &Target, folder: Option<&Path>) -> Result<Desk, Failure> {
    if let Some(known) = known(common, target)? {
        return timely(common, Desk::open(known, folder)).await?;
    }
    let link = Link::open(&profile(common)?, common, Wishes::default()).await?;
    // The node of the profile's own network may run in this process: it must be there to answer.
    let desk = match link.invitation().await {
        Ok(invitation) => {
            let known = operators::network_of_link(&invitation.link)?;
            timely(common, Desk::open(known, folder)).await
        }
        Err(failure) => Err(failure),
    };
    link.close().await;
    desk?
}

/// The network of the file that is named, or of the node on this machine.
fn known(common: &Common, target: &Target) -> Result<Option<operators::Known>, Failure> {
    if let Some(file) = &target.network {
        return operators::network_of_file(file).map(Some);
    }
    let folder = node_folder(common, target.node_dir.as_deref())?;
    let invitation = operators::invitation_file(&folder);
    if invitation.is_file() {
        return operators::network_of_file(&invitation).map(Some);
    }
    match target.node_dir {
        Some(_) => Err(Failure::new(
            Kind::NotFound,
            "never-run",
            format!("the node in {} has never run", folder.display()),
        )
        .advise("Start it, or name the network with --network FILE")),
        None => Ok(None),
    }
}

/// Prints the keys of a node.
///
/// # Errors
/// When its folder can't be used.
pub(crate) fn keys(common: &Common, node: &Node, wish: &NodeKey) -> Result<(), Failure> {
    let folder = node_folder(common, node.node_dir.as_deref())?;
    let keys = operators::keys(&folder, wish)?;
    if common.json {
        screen::json(&keys);
        return Ok(());
    }
    match &keys.operator {
        Some(line) => screen::line(line),
        None => screen::line(&keys.validator),
    }
    Ok(())
}

fn create(common: &Common, wish: &NetworkCreate) -> Result<(), Failure> {
    let created = operators::create(wish)?;
    if wish.out.exists() {
        let message = format!("{} is there already", wish.out.display());
        return Err(Failure::new(Kind::Refused, "file-exists", message)
            .advise("A network is made once; name another file, or move this one away"));
    }
    std::fs::write(&wish.out, &created.text)
        .map_err(|error| Failure::storage(format!("{} can't be written", wish.out.display()), &error))?;
    if let Some(advice) = &created.advice {
        screen::note(advice);
    }
    if common.json {
        screen::json(&created);
        return Ok(());
    }
    screen::line(format!("network {}", created.network));
    screen::line(format!(
        "{} validators, of which {} may fail. Send {} to every operator; each starts a node with it:",
        created.validators,
        created.may_fail,
        wish.out.display()
    ));
    screen::line(format!("    xchat node --network {}", wish.out.display()));
    Ok(())
}

fn tokens(common: &Common, desk: &Desk, count: u16, days: u16) -> Result<(), Failure> {
    for invitation in desk.invitations(count, days)? {
        if common.json {
            screen::json(&serde_json::json!({ "link": invitation.link, "days": days }));
        } else {
            screen::line(&invitation.link);
        }
    }
    if !common.json {
        screen::note(format!(
            "Each lets one person in without work, once, within {days} days. Whoever has it can use it."
        ));
    }
    Ok(())
}

fn described(common: &Common, operator: &ValidatorView) {
    if common.json {
        screen::json(operator);
        return;
    }
    let at = operator.consensus.as_deref().unwrap_or("nowhere");
    screen::line(format!("{}: validates at {at}", screen::washed(&operator.name)));
}

fn list(common: &Common, ballots: &[BallotView]) {
    for ballot in ballots {
        if common.json {
            screen::json(ballot);
        } else {
            screen::line(sentence(ballot));
        }
    }
    if ballots.is_empty() && !common.json {
        screen::note("Nothing is being voted on.");
    }
}

/// A ballot in one line.
fn sentence(ballot: &BallotView) -> String {
    let whom = match ballot.name.as_str() {
        "" => ballot.key.clone(),
        name => screen::glimpse(name, 64),
    };
    let what = format!("{} {whom}", ballot.change);
    let Some(number) = &ballot.ballot else {
        return format!("{what}: in effect");
    };
    let votes = format!("{number}  {what}: {} of {} votes", ballot.votes, ballot.needed);
    match (ballot.takes_effect, ballot.closes_ms) {
        (Some(height), _) => format!("{votes}, decided; in effect after block {height}"),
        (None, Some(closes_ms)) => format!(
            "{votes}; the others approve with: xchat network approve {number} (until {} {} UTC)",
            clock::day(closes_ms),
            clock::time_of_day(closes_ms)
        ),
        (None, None) => votes,
    }
}

fn show(common: &Common, view: &NetworkView) -> Result<(), Failure> {
    if common.json {
        screen::json(view);
        return Ok(());
    }
    screen::line(format!("network  {}", view.network));
    screen::line(format!(
        "height   {}, {} ago; epoch {} ends with block {}",
        view.height,
        span(view.age_ms),
        view.epoch,
        view.epoch_ends
    ));
    screen::line(format!("a name   costs {} bits of work", view.work_bits));
    let missing = view
        .validators
        .iter()
        .filter(|validator| validator.missing)
        .count();
    screen::line(format!(
        "decided by {} validators, of which {} may fail; {missing} missing",
        view.validators.len(),
        view.may_fail
    ));
    for validator in &view.validators {
        screen::line(validator_line(validator, view.height));
    }
    for node in &view.followers {
        let state = match (&node.problem, node.height) {
            (Some(problem), _) => problem.clone(),
            (None, height) => format!("follows, height {}", height.unwrap_or(0)),
        };
        let address = node.address.as_deref().unwrap_or("no address");
        screen::line(format!("  node {address}: {state}"));
    }
    for ballot in &view.ballots {
        screen::line(format!("ballot {}", sentence(ballot)));
    }
    if missing > view.may_fail {
        screen::note("More validators are missing than may fail: nothing is decided until some are back.");
    }
    Ok(())
}

fn validator_line(validator: &ValidatorView, height: u64) -> String {
    let mut parts = vec![format!(
        "  {} {}",
        screen::glimpse(&validator.name, 64),
        validator.key.get(..8).unwrap_or_default()
    )];
    match &validator.node {
        None => parts.push("its node is unknown".to_owned()),
        Some(node) => match (&node.problem, node.height, node.age_ms) {
            (Some(problem), ..) => parts.push(problem.clone()),
            (None, Some(found), Some(age_ms)) => {
                let role = if node.validates { "validates" } else { "follows" };
                parts.push(format!("{role}, height {found}, last block {} ago", span(age_ms)));
            }
            _ => {}
        },
    }
    parts.push(match validator.signed {
        0 => "not seen signing".to_owned(),
        signed => format!("signed {} blocks ago", height.saturating_sub(signed)),
    });
    if validator.missing {
        parts.push("MISSING".to_owned());
    }
    parts.join(": ").replacen(": ", "  ", 1)
}

/// A span of time as people say it.
fn span(ms: u64) -> String {
    match ms {
        0..10_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        10_000..120_000 => format!("{} s", ms / 1000),
        120_000..7_200_000 => format!("{} min", ms / 60_000),
        7_200_000..172_800_000 => format!("{} h", ms / 3_600_000),
        _ => format!("{} days", ms / 86_400_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ballot() -> BallotView {
        BallotView {
            ballot: Some("1a2b3c4d".to_owned()),
            change: "add",
            name: "epsilon\u{1b}[2J".to_owned(),
            key: "k".to_owned(),
            votes: 1,
            needed: 3,
            voters: vec!["alpha".to_owned()],
            closes_ms: Some(951_782_400_000),
            decided: false,
            takes_effect: None,
        }
    }

    #[test]
    fn a_ballot_says_how_it_goes_on() {
        assert_eq!(
            sentence(&ballot()),
            "1a2b3c4d  add epsilon\u{fffd}[2J: 1 of 3 votes; the others approve with: xchat network approve \
             1a2b3c4d (until 2000-02-29 00:00 UTC)"
        );
        let decided = BallotView {
            votes: 3,
            takes_effect: Some(255),
            ..ballot()
        };
        assert!(sentence(&decided).ends_with("3 of 3 votes, decided; in effect after block 255"));
    }

    #[test]
    fn spans_are_short() {
        let spans = [
            (250, "0.2 s"),
            (61_000, "61 s"),
            (180_000, "3 min"),
            (200_000_000, "2 days"),
        ];
        for (ms, said) in spans {
            assert_eq!(span(ms), said);
        }
    }
}

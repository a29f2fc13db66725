//! Votes on the validators, and what becomes of them at the end of an epoch (docs/spec/directory.md, VOT-01 to VOT-10).

use xchat_proto::certificate::quorum;
use xchat_proto::codec::Bounded;
use xchat_proto::directory_wire::RejectReason;
use xchat_proto::genesis::{Validators, validators_hash};
use xchat_proto::limits::{BALLOT_MS_MAX, BALLOTS_MAX};
use xchat_proto::operator::{Ballot, Change, Committee, Operator, Operators, Vote, operators};

/// How many of `validators` may be faulty.
fn faulty_max(validators: usize) -> usize {
    validators.saturating_sub(quorum(validators))
}

fn is_decided(ballot: &Ballot, validators: usize) -> bool {
    ballot.voters.as_slice().len() >= quorum(validators)
}

/// Whether a change has been approved and waits for the end of its epoch: then blocks should come quickly.
pub fn has_decided(committee: &Committee) -> bool {
    let validators = committee.operators.as_slice().len();
    let mut ballots = committee.ballots.as_slice().iter();
    ballots.any(|ballot| is_decided(ballot, validators))
}

fn bounded(ballots: Vec<Ballot>) -> Bounded<Ballot, BALLOTS_MAX> {
    // Only ever as many as there were, or one more when there is room.
    Bounded::new(ballots).unwrap_or_default()
}

/// The committee without the ballots that have closed undecided.
pub(crate) fn without_closed(committee: &Committee, now_ms: u64) -> Option<Committee> {
    let validators = committee.operators.as_slice().len();
    let stays = |ballot: &Ballot| now_ms < ballot.closes_ms || is_decided(ballot, validators);
    let ballots = committee.ballots.as_slice();
    if ballots.iter().all(stays) {
        return None;
    }
    Some(Committee {
        operators: committee.operators.clone(),
        ballots: bounded(ballots.iter().filter(|ballot| stays(ballot)).cloned().collect()),
    })
}

/// The committee after a vote.
pub(crate) fn vote(committee: &Committee, vote: &Vote, now_ms: u64) -> Result<Committee, RejectReason> {
    if vote.validators != validators_hash(&committee.validators()) {
        return Err(RejectReason::OtherValidators);
    }
    if committee.operator(&vote.voter).is_none() {
        return Err(RejectReason::NotAValidator);
    }
    if vote.closes_ms <= now_ms || vote.closes_ms > now_ms.saturating_add(BALLOT_MS_MAX) {
        return Err(RejectReason::BallotClosed);
    }
    committee
        .changed(&vote.change)
        .map_err(|_| RejectReason::BadChange)?;
    let mut ballots = committee.ballots.as_slice().to_vec();
    let same = |ballot: &&mut Ballot| ballot.change == vote.change && ballot.closes_ms == vote.closes_ms;
    if let Some(ballot) = ballots.iter_mut().find(same) {
        ballot.voters = with_voter(&ballot.voters, vote)?;
    } else {
        if !may_open(committee, vote) {
            return Err(RejectReason::TooManyBallots);
        }
        ballots.push(Ballot {
            change: vote.change.clone(),
            closes_ms: vote.closes_ms,
            voters: with_voter(&Validators::default(), vote)?,
        });
    }
    Ok(Committee {
        operators: committee.operators.clone(),
        ballots: bounded(ballots),
    })
}

/// Whether a vote is in its ballot; or what it wanted has come, with other validators than it was for.
pub(crate) fn counts(committee: &Committee, vote: &Vote) -> bool {
    let same = |ballot: &&Ballot| ballot.change == vote.change && ballot.closes_ms == vote.closes_ms;
    if let Some(ballot) = committee.ballots.as_slice().iter().find(same) {
        return ballot.voters.as_slice().contains(&vote.voter);
    }
    let has_come = match &vote.change {
        Change::Add { operator } => committee.operator(&operator.key).is_some(),
        Change::Remove { key } => committee.operator(key).is_none(),
    };
    has_come && vote.validators != validators_hash(&committee.validators())
}

fn with_voter(voters: &Validators, vote: &Vote) -> Result<Validators, RejectReason> {
    let mut voters = voters.as_slice().to_vec();
    match voters.binary_search(&vote.voter) {
        Ok(_) => return Err(RejectReason::VotedAlready),
        Err(at) => voters.insert(at, vote.voter),
    }
    Bounded::new(voters).map_err(|_| RejectReason::NotAValidator)
}

/// Whether the voter may open one more ballot. Those that no more than the faulty could have voted for are limited for
/// each voter, so that the faulty together can't keep all others from voting.
fn may_open(committee: &Committee, vote: &Vote) -> bool {
    let ballots = committee.ballots.as_slice();
    let faulty = faulty_max(committee.operators.as_slice().len());
    let unsupported = |ballot: &&Ballot| {
        let voters = ballot.voters.as_slice();
        voters.len() <= faulty && voters.contains(&vote.voter)
    };
    let share = BALLOTS_MAX
        .checked_div(faulty.saturating_add(1))
        .unwrap_or(0)
        .max(1);
    ballots.len() < BALLOTS_MAX && ballots.iter().filter(unsupported).count() < share
}

/// The committee after an operator has described itself anew.
pub(crate) fn describe(committee: &Committee, operator: &Operator) -> Result<Committee, RejectReason> {
    let present = committee
        .operator(&operator.key)
        .ok_or(RejectReason::NotAValidator)?;
    if present.revision.checked_add(1) != Some(operator.revision) {
        return Err(RejectReason::BadRevision);
    }
    let mut list = committee.operators.as_slice().to_vec();
    if list.len() > 1 && operator.consensus.is_none() {
        return Err(RejectReason::BadChange);
    }
    list.retain(|other| other.key != operator.key);
    list.push(operator.clone());
    Ok(Committee {
        operators: operators(list).map_err(|_| RejectReason::BadChange)?,
        ballots: committee.ballots.clone(),
    })
}

/// The committee after the last block of an epoch: decided changes are made, in the order in which their ballots were
/// opened. One that can't be made any more is dropped. When the validators change, all other ballots end.
pub(crate) fn at_epoch_end(committee: &Committee) -> Option<Committee> {
    if !has_decided(committee) {
        return None;
    }
    let validators = committee.operators.as_slice().len();
    let mut after = Committee::new(committee.operators.clone());
    for ballot in committee.ballots.as_slice() {
        if is_decided(ballot, validators)
            && let Ok(changed) = after.changed(&ballot.change)
        {
            after.operators = changed;
        }
    }
    if keys(&after.operators).eq(keys(&committee.operators)) {
        let ballots = committee.ballots.as_slice().iter();
        let undecided = ballots.filter(|ballot| !is_decided(ballot, validators));
        after.ballots = bounded(undecided.cloned().collect());
    }
    Some(after)
}

fn keys(operators: &Operators) -> impl Iterator<Item = &xchat_proto::keys::PublicKey> {
    operators.as_slice().iter().map(|operator| &operator.key)
}

#[cfg(test)]
mod tests;

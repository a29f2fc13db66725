//! Polls, and who voted for what.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _};
use xchat_proto::ids::AccountId;

use crate::content::Poll;
use crate::error::MachineError;
use crate::io::{ChoiceView, PollView};
use crate::rows::id32;
use crate::rows::message::People;

/// Stores a poll on which nobody has voted.
pub(crate) fn insert(connection: &Connection, row: i64, poll: &Poll) -> Result<(), MachineError> {
    connection
        .prepare_cached("INSERT INTO poll (message, question, is_multiple) VALUES (?1, ?2, ?3)")?
        .execute((row, poll.question.as_str(), poll.is_multiple))?;
    let mut statement =
        connection.prepare_cached("INSERT INTO poll_choice (message, place, text) VALUES (?1, ?2, ?3)")?;
    for (choice, place) in poll.choices.as_slice().iter().zip(0_i64..) {
        statement.execute((row, place, choice.as_str()))?;
    }
    Ok(())
}

/// The question of the poll in a row, if it is one; whether several may be chosen, and whether it is over.
fn head(connection: &Connection, row: i64) -> Result<Option<(String, bool, bool)>, MachineError> {
    let mut statement =
        connection.prepare_cached("SELECT question, is_multiple, is_ended FROM poll WHERE message = ?1")?;
    let found = statement.query_row([row], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    Ok(found.optional()?)
}

fn choices(connection: &Connection, row: i64) -> Result<Vec<(u8, String)>, MachineError> {
    let mut statement =
        connection.prepare_cached("SELECT place, text FROM poll_choice WHERE message = ?1 ORDER BY place")?;
    let rows = statement.query_map([row], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn votes(connection: &Connection, row: i64) -> Result<BTreeMap<AccountId, BTreeSet<u8>>, MachineError> {
    let mut statement = connection.prepare_cached("SELECT account, place FROM vote WHERE message = ?1")?;
    let mut rows = statement.query([row])?;
    let mut votes: BTreeMap<AccountId, BTreeSet<u8>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        votes
            .entry(AccountId(id32(row, 0)?))
            .or_default()
            .insert(row.get(1)?);
    }
    Ok(votes)
}

/// Stores who voted for what, and whether the poll is over; gives whether that is another than before. Who chose what
/// there isn't, or more than one may, has not voted.
pub(crate) fn set(
    connection: &Connection,
    row: i64,
    wanted: &BTreeMap<AccountId, BTreeSet<u8>>,
    is_ended: bool,
) -> Result<bool, MachineError> {
    let Some((_, is_multiple, was_ended)) = head(connection, row)? else {
        return Ok(false);
    };
    let places: BTreeSet<u8> = choices(connection, row)?
        .into_iter()
        .map(|(place, _)| place)
        .collect();
    let is_valid = |choices: &BTreeSet<u8>| choices.is_subset(&places) && (is_multiple || choices.len() <= 1);
    let mut wanted = wanted.clone();
    wanted.retain(|_, choices| is_valid(choices));
    if votes(connection, row)? == wanted && was_ended == is_ended {
        return Ok(false);
    }
    connection
        .prepare_cached("UPDATE poll SET is_ended = ?2 WHERE message = ?1")?
        .execute((row, is_ended))?;
    connection
        .prepare_cached("DELETE FROM vote WHERE message = ?1")?
        .execute([row])?;
    let mut statement =
        connection.prepare_cached("INSERT INTO vote (message, account, place) VALUES (?1, ?2, ?3)")?;
    for (account, choices) in &wanted {
        for place in choices {
            statement.execute((row, account.0.as_slice(), place))?;
        }
    }
    Ok(true)
}

/// The poll in a row, as people see it.
pub(crate) fn view(
    connection: &Connection,
    row: i64,
    people: &People<'_>,
) -> Result<Option<PollView>, MachineError> {
    let Some((question, is_multiple, is_ended)) = head(connection, row)? else {
        return Ok(None);
    };
    let votes = votes(connection, row)?;
    let choice = |(place, text): (u8, String)| {
        let voters = votes.iter().filter(|(_, chosen)| chosen.contains(&place));
        let own: Vec<bool> = voters.map(|(account, _)| account == people.own_account).collect();
        ChoiceView {
            text,
            mine: own.contains(&true),
            names: own.into_iter().map(|is_own| people.name(is_own)).collect(),
        }
    };
    Ok(Some(PollView {
        question,
        is_multiple,
        is_ended,
        voters: votes.len(),
        choices: choices(connection, row)?.into_iter().map(choice).collect(),
    }))
}

/// Nothing is left of the poll in a row.
pub(crate) fn remove(connection: &Connection, row: i64) -> Result<(), MachineError> {
    let mut statement = connection.prepare_cached("DELETE FROM poll WHERE message = ?1")?;
    statement.execute([row])?;
    Ok(())
}

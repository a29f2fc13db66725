//! KeyPackages: one-time ones in stock at the home, and a last-resort one that rotates weekly.

use xchat_proto::address::Endpoint;
use xchat_proto::codec::{Blob, Bounded};
use xchat_proto::limits::LAST_RESORT_ROTATION_MS;
use xchat_proto::mailbox_wire::{Reply, Request};

use crate::account::Stage;
use crate::error::MachineError;
use crate::group;
use crate::io::{Lane, Unreachable};
use crate::machine::live::Purpose;
use crate::machine::step::{Step, Via};
use crate::meta::{self, Key};

/// How many one-time KeyPackages are made at once.
const STOCK: usize = 20;
/// Below this many at the home, more are made.
const STOCK_LOW: u64 = 8;
/// How often the stock is looked after, in milliseconds.
const UPKEEP_EVERY_MS: u64 = 60 * 60 * 1000;

/// Publishes new one-time KeyPackages, and a last-resort one when it is time for it.
pub(crate) fn publish(step: &mut Step<'_>, home: &Endpoint) -> Result<(), MachineError> {
    let now_ms = step.now_ms;
    let mut one_time = Vec::new();
    for _ in 0..STOCK {
        let bytes = step.mls(|provider, own| group::key_package(provider, own, false, now_ms))??;
        one_time.push(Blob::new(bytes)?);
    }
    let made_ms: u64 = meta::fetch(step.connection, Key::LastResortMs)?.unwrap_or(0);
    let mut last_resort = None;
    if step.now_ms.saturating_sub(made_ms) >= LAST_RESORT_ROTATION_MS || made_ms == 0 {
        let bytes = step.mls(|provider, own| group::key_package(provider, own, true, now_ms))??;
        last_resort = Some(Blob::new(bytes)?);
        meta::put(step.connection, Key::LastResortMs, &step.now_ms)?;
    }
    let account = step.account()?;
    let (log, device) = (account.inbox, account.device_key().public());
    let capability = Some(step.inbox_capability()?);
    let request = Request::PublishKeyPackages {
        log,
        device,
        one_time: Bounded::new(one_time)?,
        last_resort,
    };
    let via = Via {
        home,
        lane: Lane::Inbox,
        capability,
        price: None,
    };
    step.ask_home(Purpose::PublishKeyPackages, via, request);
    Ok(())
}

/// Plans the next look at the stock.
pub(crate) fn plan(step: &mut Step<'_>) {
    step.live.upkeep_at = Some(step.now_ms.saturating_add(UPKEEP_EVERY_MS));
}

/// Asks how many are left.
pub(crate) fn look_after(step: &mut Step<'_>) -> Result<(), MachineError> {
    let Some(account) = step
        .account
        .as_ref()
        .filter(|account| account.stage == Stage::Registered && account.published)
    else {
        return Ok(());
    };
    let (log, device) = (account.inbox, account.device_key().public());
    let Some(home) = account.homes.as_slice().first().cloned() else {
        return Ok(());
    };
    let capability = Some(step.inbox_capability()?);
    let via = Via {
        home: &home,
        lane: Lane::Inbox,
        capability,
        price: None,
    };
    step.ask_home(
        Purpose::CountKeyPackages,
        via,
        Request::CountKeyPackages { log, device },
    );
    Ok(())
}

/// The home says how many are left.
pub(crate) fn counted(step: &mut Step<'_>, outcome: Result<Reply, Unreachable>) -> Result<(), MachineError> {
    let Ok(Reply::Count(left)) = outcome else {
        return Ok(());
    };
    let made_ms: u64 = meta::fetch(step.connection, Key::LastResortMs)?.unwrap_or(0);
    let rotate = step.now_ms.saturating_sub(made_ms) >= LAST_RESORT_ROTATION_MS;
    let home = step.account()?.homes.as_slice().first().cloned();
    match home {
        Some(home) if left < STOCK_LOW || rotate => publish(step, &home),
        _ => Ok(()),
    }
}

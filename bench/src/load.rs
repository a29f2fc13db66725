//! A node under load: durable appends and fetches per second, from senders in this same process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use xchat_mailbox::store::FjallStore;
use xchat_mailbox::{Command, Mailbox};
use xchat_node::{NodeConfig, NodeHandle, Quotas};
use xchat_proto::ids::LogId;
use xchat_proto::keys::SigningKey;
use xchat_proto::mailbox_wire::{Reply, Request};

use crate::Plan;
use crate::clock::{Stopwatch, now_ms};
use crate::device::{Device, envelope, numbered};
use crate::people::node_config;
use crate::raw::disk;
use crate::report::{Figure, Report, Target, float};

/// Requests of one sender without a reply.
const WINDOW: usize = 64;
/// Pages that one reader has asked for at the same time.
const PAGES: usize = 2;
const READERS: usize = 10;
/// Commands that the store alone gets at a time.
const BATCH: usize = 100;
/// Logs that these commands go to in turn.
const LOGS: usize = 50;

/// So much that no log is full before the time is over.
const QUOTAS: Quotas = Quotas {
    log_bytes: u64::MAX,
    log_bytes_for_commits: 0,
    inbox_entries: 0,
};

/// Rates without a network.
struct Limits {
    file: f64,
    store: f64,
}

pub(crate) async fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let time = plan.pick(Duration::from_secs(5), Duration::from_secs(1));
    let limits = limits(plan, time)?;
    report.add(Figure::new("raw.file_append_per_100.rate", "/s", limits.file))?;
    let store = Figure::new("store.append_per_100.rate", "/s", limits.store);
    report.add(store.beside("the same records appended to a file", limits.file))?;
    for senders in [1, 10, 50, 100] {
        let folder = plan.folder()?;
        let node = xchat_node::spawn(NodeConfig {
            quotas: QUOTAS,
            ..node_config(folder.path())
        })
        .await?;
        let devices = devices(&node, senders).await?;
        let before = node.stats();
        let (devices, rate, appended) = appends(devices, time).await?;
        let after = node.stats();
        let commits = after.commits.saturating_sub(before.commits);
        let figure = Figure::new(format!("appends.{senders}_senders.rate"), "/s", rate)
            .beside("the store alone, 100 at a time", limits.store);
        report.add(match senders {
            50 => figure.held_to(Target::Above(30_000.0)),
            _ => figure,
        })?;
        let per_commit = float(after.commands.saturating_sub(before.commands)) / float(commits.max(1));
        report.add(Figure::new(
            format!("appends.{senders}_senders.per_commit"),
            "appends",
            per_commit,
        ))?;
        if senders == 50 {
            let local = local_reads(plan, time)?;
            report.add(Figure::new("store.fetch.rate", "/s", local))?;
            let rate = fetches(devices, &appended, time).await?;
            let figure = Figure::new("fetches.10_readers.rate", "/s", rate)
                .beside("pages read from the store alone, on one core", local);
            report.add(figure.held_to(Target::Above(100_000.0)))?;
        } else {
            for device in devices {
                device.close().await;
            }
        }
        node.shutdown().await;
    }
    Ok(())
}

fn limits(plan: &Plan, time: Duration) -> anyhow::Result<Limits> {
    let folder = plan.folder()?;
    let file = disk::file_batches(folder.path(), BATCH, time)?;
    let (mut mailbox, logs) = store(folder.path())?;
    let mut number = 0_u64;
    let mut spent = Duration::ZERO;
    while spent < time {
        let batch = batch(&logs, number, BATCH)?;
        number = number.saturating_add(BATCH as u64);
        let watch = Stopwatch::start();
        let applied = mailbox.apply(batch, now_ms());
        spent = spent.saturating_add(watch.elapsed());
        are_appended(&applied.replies)?;
    }
    Ok(Limits {
        file,
        store: float(number) / spent.as_secs_f64(),
    })
}

fn store(folder: &std::path::Path) -> anyhow::Result<(Mailbox<FjallStore>, Vec<LogId>)> {
    let store = FjallStore::open(&folder.join("store"))?;
    let mut mailbox = Mailbox::open(SigningKey::from_seed(&[9; 32]), store)?;
    let logs: Vec<LogId> = (0..LOGS).map(|log| LogId(numbered(4, log))).collect();
    let create = |log: &LogId| Command::CreateConversation {
        log: *log,
        epoch: 0,
        capability: SigningKey::from_seed(&log.0).public(),
    };
    mailbox.apply(logs.iter().map(create).collect(), now_ms());
    Ok((mailbox, logs))
}

/// The next commands, for the logs in turn.
fn batch(logs: &[LogId], number: u64, count: usize) -> anyhow::Result<Vec<Command>> {
    let places = logs.iter().copied().cycle().zip(number..).take(count);
    places
        .map(|(log, number)| {
            Ok(Command::Append {
                log,
                epoch: 0,
                envelope: envelope(0, number)?,
            })
        })
        .collect()
}

fn are_appended(replies: &[Reply]) -> anyhow::Result<()> {
    let refused = replies
        .iter()
        .find(|reply| !matches!(reply, Reply::Appended { .. }));
    match refused {
        None => Ok(()),
        Some(reply) => anyhow::bail!("an append was answered with {reply:?}"),
    }
}

/// Entries per second that one thread reads from the mailbox, a page at a time.
fn local_reads(plan: &Plan, time: Duration) -> anyhow::Result<f64> {
    let folder = plan.folder()?;
    let (mut mailbox, logs) = store(folder.path())?;
    for round in 0..500 {
        let number = round * BATCH as u64;
        are_appended(&mailbox.apply(batch(&logs, number, BATCH)?, now_ms()).replies)?;
    }
    let watch = Stopwatch::start();
    let mut entries = 0_u64;
    'time: loop {
        for log in &logs {
            let mut from = 0;
            loop {
                let page = mailbox.read(log, 0, from, xchat_mailbox::PageLimits::default())?;
                entries = entries.saturating_add(page.entries.len() as u64);
                from = page.next;
                if watch.elapsed() >= time {
                    break 'time;
                }
                if !page.more {
                    break;
                }
            }
        }
    }
    Ok(float(entries) / watch.seconds())
}

async fn devices(node: &NodeHandle, count: usize) -> anyhow::Result<Vec<Device>> {
    let mut devices = Vec::with_capacity(count);
    for number in 0..count {
        let mut device = Device::new(number, node.endpoint()).await?;
        device.open_log().await?;
        devices.push(device);
    }
    Ok(devices)
}

/// Appends from all devices at once. Gives the devices back, the rate, and how many each has appended.
async fn appends(devices: Vec<Device>, time: Duration) -> anyhow::Result<(Vec<Device>, f64, Vec<u64>)> {
    let warm_up = time / 5;
    let total = Arc::new(AtomicU64::new(0));
    let watch = Stopwatch::start();
    let mut senders = JoinSet::new();
    for (number, device) in devices.into_iter().enumerate() {
        let total = Arc::clone(&total);
        senders.spawn(async move {
            let appended = send(number, device, watch, warm_up.saturating_add(time), &total).await;
            appended.map(|(device, count)| (number, device, count))
        });
    }
    tokio::time::sleep(warm_up).await;
    let (start, since) = (total.load(Ordering::Relaxed), Stopwatch::start());
    tokio::time::sleep(time.saturating_sub(time / 50)).await;
    let (end, seconds) = (total.load(Ordering::Relaxed), since.seconds());
    let mut done = Vec::new();
    while let Some(sender) = senders.join_next().await {
        done.push(sender??);
    }
    done.sort_by_key(|(number, ..)| *number);
    let counts = done.iter().map(|(_, _, count)| *count).collect();
    let devices = done.into_iter().map(|(_, device, _)| device).collect();
    Ok((devices, float(end.saturating_sub(start)) / seconds, counts))
}

async fn send(
    number: usize,
    mut device: Device,
    watch: Stopwatch,
    time: Duration,
    total: &AtomicU64,
) -> anyhow::Result<(Device, u64)> {
    let log = device.log();
    let (mut sent, mut acknowledged) = (0_u64, 0_u64);
    loop {
        let is_over = watch.elapsed() >= time;
        while !is_over && sent.saturating_sub(acknowledged) < WINDOW as u64 {
            device.push(Request::Append {
                log,
                epoch: 0,
                envelope: envelope(number, sent)?,
            })?;
            sent = sent.saturating_add(1);
        }
        device.flush().await?;
        if sent == acknowledged {
            return Ok((device, acknowledged));
        }
        let mut reply = Some(device.reply().await?);
        let mut count = 0;
        while let Some(arrived) = reply {
            are_appended(&[arrived])?;
            count += 1;
            reply = device.arrived()?;
        }
        acknowledged = acknowledged.saturating_add(count);
        total.fetch_add(count, Ordering::Relaxed);
    }
}

/// Entries per second that readers fetch, each from its own log, from the start again when it is through.
async fn fetches(devices: Vec<Device>, appended: &[u64], time: Duration) -> anyhow::Result<f64> {
    let total = Arc::new(AtomicU64::new(0));
    let watch = Stopwatch::start();
    let mut readers = JoinSet::new();
    for (device, count) in devices.into_iter().zip(appended.to_vec()).take(READERS) {
        let total = Arc::clone(&total);
        readers.spawn(async move { fetch(device, count, watch, time, &total).await });
    }
    while let Some(reader) = readers.join_next().await {
        reader??.close().await;
    }
    Ok(float(total.load(Ordering::Relaxed)) / watch.seconds())
}

async fn fetch(
    mut device: Device,
    count: u64,
    watch: Stopwatch,
    time: Duration,
    total: &AtomicU64,
) -> anyhow::Result<Device> {
    let log = device.log();
    let page = xchat_proto::limits::READ_ENTRIES_MAX as u64;
    let mut starts = (0..count.max(1)).step_by(usize::try_from(page)?).cycle();
    let mut pending = 0_usize;
    loop {
        let is_over = watch.elapsed() >= time;
        while !is_over && pending < PAGES {
            let from = starts.next().unwrap_or_default();
            device.push(Request::Read { log, epoch: 0, from })?;
            pending = pending.saturating_add(1);
        }
        device.flush().await?;
        if pending == 0 {
            return Ok(device);
        }
        match device.reply().await? {
            Reply::Entries { entries, .. } => {
                total.fetch_add(entries.as_slice().len() as u64, Ordering::Relaxed);
            }
            other => anyhow::bail!("a page was refused: {other:?}"),
        }
        pending = pending.saturating_sub(1);
    }
}

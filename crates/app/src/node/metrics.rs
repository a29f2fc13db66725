//! Numbers for monitoring, as Prometheus reads them (text format 0.0.4). Nothing in them points to anybody: no name, no
//! key, no address, no log.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use xchat_node::{ConsensusStats, NodeMetrics, NodeStats, Role};

use crate::failure::{Failure, Kind};
use crate::host::nodes::Node;

/// Listens for whoever monitors.
///
/// # Errors
/// When the address is in use, or not this machine's.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::new(
            Kind::InUse,
            "port-in-use",
            format!("{address} can't be used for metrics ({error})"),
        )
        .advise("Stop what uses it, or name another with --metrics")
    })
}

/// Serves the numbers until it is aborted.
pub(crate) async fn serve(listener: TcpListener, node: Arc<Node>) {
    let service = Router::new().route("/metrics", get(read)).with_state(node);
    if let Err(error) = axum::serve(listener, service).await {
        tracing::error!(%error, "the metrics are no longer served");
    }
}

async fn read(State(node): State<Arc<Node>>) -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        text(&node.metrics()),
    )
}

/// What a number is: it may go down, or it only grows until the node starts again.
const GAUGE: &str = "gauge";
const COUNTER: &str = "counter";

/// A number with its name, its kind, and what it says.
type Number = (&'static str, &'static str, &'static str, f64);

/// All numbers.
fn text(metrics: &NodeMetrics) -> String {
    let mut numbers = of_process(metrics);
    if let Some(directory) = &metrics.directory {
        numbers.extend(of_directory(metrics, directory));
    }
    numbers.extend(of_node(&metrics.node));
    let mut text = String::new();
    for (name, kind, help, value) in numbers {
        // Writing to memory never fails.
        let _written = write!(
            text,
            "# HELP xchat_{name} {help}\n# TYPE xchat_{name} {kind}\nxchat_{name} {value}\n"
        );
    }
    text
}

fn count(number: u64) -> f64 {
    number as f64
}

fn switch(is_on: bool) -> f64 {
    f64::from(u8::from(is_on))
}

fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}

#[rustfmt::skip]
fn of_process(metrics: &NodeMetrics) -> Vec<Number> {
    let ready = switch(metrics.directory.is_some());
    let started = seconds(metrics.started_ms);
    vec![
        ("directory_ready", GAUGE, "1 when the directory answers, 0 while it is being fetched.", ready),
        ("start_time_seconds", GAUGE, "When the node started, in Unix seconds.", started),
        ("relay", GAUGE, "1 when the node relays.", switch(metrics.relays)),
    ]
}

#[rustfmt::skip]
fn of_directory(metrics: &NodeMetrics, directory: &ConsensusStats) -> Vec<Number> {
    let age = seconds(metrics.now_ms.saturating_sub(directory.time_ms));
    let is = |role| switch(directory.role == role);
    let (validators, missing) = (directory.validators.len() as f64, metrics.missing() as f64);
    let (blocks, operations) = (directory.blocks_committed, directory.operations_committed);
    let waiting = directory.waiting as f64;
    let timeouts = count(directory.views_timed_out);
    vec![
        ("height", GAUGE, "Height of the newest block.", count(directory.height)),
        ("block_age_seconds", GAUGE, "Seconds since the newest block was made.", age),
        ("epoch", GAUGE, "Epoch of the next block.", count(directory.epoch)),
        ("validates", GAUGE, "1 when this node votes.", is(Role::Validator)),
        ("recovers", GAUGE, "1 when this validator waits until it may vote again.", is(Role::Recovering)),
        ("validators", GAUGE, "Validators of the network.", validators),
        ("validators_missing", GAUGE, "Validators that have signed no block for two minutes.", missing),
        ("operations_waiting", GAUGE, "Changes that wait for a block.", waiting),
        ("blocks_total", COUNTER, "Blocks committed.", count(blocks)),
        ("operations_total", COUNTER, "Changes committed.", count(operations)),
        ("views_timed_out_total", COUNTER, "Turns that ended without a block.", timeouts),
    ]
}

#[rustfmt::skip]
fn of_node(node: &NodeStats) -> Vec<Number> {
    vec![
        ("connections", GAUGE, "Connections that are open.", count(node.connections)),
        ("subscriptions", GAUGE, "Subscriptions that are open.", count(node.subscriptions)),
        ("registrations_total", COUNTER, "Names registered in the network.", count(node.registrations)),
        ("connections_accepted_total", COUNTER, "Connections accepted.", count(node.connections_accepted)),
        ("connections_refused_total", COUNTER, "Connections refused: too many.", count(node.connections_refused)),
        ("connections_misbehaved_total", COUNTER, "Connections that broke the protocol.", count(node.misbehaved)),
        ("mailbox_commands_total", COUNTER, "Commands carried out in the mailbox.", count(node.commands)),
        ("mailbox_commits_total", COUNTER, "Durable writes that carried them out.", count(node.commits)),
        ("mailbox_lags_total", COUNTER, "Times that a reader was too slow.", count(node.lags)),
        ("mailbox_fleeting_dropped_total", COUNTER, "What slow readers missed.", count(node.ephemerals_dropped)),
        ("directory_requests_total", COUNTER, "Requests to the directory.", count(node.directory_requests)),
        ("blob_bytes", GAUGE, "Bytes that files of conversations take.", count(node.blob_bytes)),
        ("blobs_stored_total", COUNTER, "Files of which all has come.", count(node.blobs_stored)),
        ("blobs_refused_total", COUNTER, "Times that there was no room for a file.", count(node.blobs_refused)),
        ("blob_bytes_received_total", COUNTER, "Bytes of files that came.", count(node.blob_bytes_received)),
        ("blob_bytes_sent_total", COUNTER, "Bytes of files that went.", count(node.blob_bytes_sent)),
        ("sync_bytes_total", COUNTER, "Bytes of blocks and snapshots given to other nodes.", count(node.sync_bytes)),
        ("blocks_fetched_total", COUNTER, "Blocks taken from other nodes.", count(node.blocks_fetched)),
    ]
}

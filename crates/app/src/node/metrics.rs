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
use xchat_node::{NodeMetrics, Role};

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

/// A number that may go down.
const GAUGE: &str = "gauge";
/// A number that only grows, until the node starts again.
const COUNTER: &str = "counter";

/// All numbers.
pub(super) fn text(metrics: &NodeMetrics) -> String {
    let mut text = String::new();
    let mut put = |name: &str, kind: &str, help: &str, value: f64| {
        let name = format!("xchat_{name}");
        // Writing to memory never fails.
        let _written = write!(
            text,
            "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"
        );
    };
    let count = |number: u64| number as f64;
    let seconds = |ms: u64| ms as f64 / 1000.0;
    let directory = metrics.directory.as_ref();
    let known = u64::from(directory.is_some());
    put(
        "directory_ready",
        GAUGE,
        "1 when the directory answers, 0 while it is being fetched.",
        count(known),
    );
    put(
        "start_time_seconds",
        GAUGE,
        "When the node started, in Unix seconds.",
        seconds(metrics.started_ms),
    );
    if let Some(directory) = directory {
        let age_ms = metrics.now_ms.saturating_sub(directory.time_ms);
        let is = |role| count(u64::from(directory.role == role));
        put(
            "height",
            GAUGE,
            "Height of the newest block.",
            count(directory.height),
        );
        put(
            "block_age_seconds",
            GAUGE,
            "Seconds since the newest block was made.",
            seconds(age_ms),
        );
        put("epoch", GAUGE, "Epoch of the next block.", count(directory.epoch));
        put("validates", GAUGE, "1 when this node votes.", is(Role::Validator));
        put(
            "recovers",
            GAUGE,
            "1 when this validator waits until it may vote again.",
            is(Role::Recovering),
        );
        put(
            "validators",
            GAUGE,
            "Validators of the network.",
            directory.validators.len() as f64,
        );
        let missing = "Validators whose signature was in no block for two minutes.";
        put("validators_missing", GAUGE, missing, metrics.missing() as f64);
        put(
            "operations_waiting",
            GAUGE,
            "Changes that wait for a block.",
            directory.waiting as f64,
        );
        put(
            "blocks_total",
            COUNTER,
            "Blocks committed.",
            count(directory.blocks_committed),
        );
        put(
            "operations_total",
            COUNTER,
            "Changes committed.",
            count(directory.operations_committed),
        );
        put(
            "views_timed_out_total",
            COUNTER,
            "Turns that ended without a block.",
            count(directory.views_timed_out),
        );
    }
    let node = &metrics.node;
    let gauges = [
        ("connections", "Connections that are open.", node.connections),
        (
            "subscriptions",
            "Subscriptions that are open.",
            node.subscriptions,
        ),
        ("relay", "1 when the node relays.", u64::from(metrics.relays)),
    ];
    let counters = [
        (
            "registrations_total",
            "Names registered in the network.",
            node.registrations,
        ),
        (
            "connections_accepted_total",
            "Connections accepted.",
            node.connections_accepted,
        ),
        (
            "connections_refused_total",
            "Connections refused: too many.",
            node.connections_refused,
        ),
        (
            "connections_misbehaved_total",
            "Connections closed for breaking the protocol.",
            node.misbehaved,
        ),
        (
            "mailbox_commands_total",
            "Commands carried out in the mailbox.",
            node.commands,
        ),
        (
            "mailbox_commits_total",
            "Durable writes that carried them out.",
            node.commits,
        ),
        (
            "mailbox_lags_total",
            "Times that a reader was too slow.",
            node.lags,
        ),
        (
            "mailbox_ephemerals_dropped_total",
            "Fleeting messages that slow readers missed.",
            node.ephemerals_dropped,
        ),
        (
            "directory_requests_total",
            "Requests to the directory.",
            node.directory_requests,
        ),
        (
            "sync_bytes_total",
            "Bytes of blocks and snapshots given to other nodes.",
            node.sync_bytes,
        ),
        (
            "blocks_fetched_total",
            "Blocks taken from other nodes.",
            node.blocks_fetched,
        ),
    ];
    for (name, help, value) in gauges {
        put(name, GAUGE, help, count(value));
    }
    for (name, help, value) in counters {
        put(name, COUNTER, help, count(value));
    }
    text
}

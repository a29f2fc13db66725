//! The listener: accepts connections, bounds them, and lets them end when the app stops.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use super::peer::Peer;
use super::{Api, router};
use crate::failure::{Failure, Kind};

/// Taken unless it is in use or another is asked for.
const PORT: u16 = 7470;
const CONNECTIONS_MAX: usize = 128;
const HEADER_BYTES_MAX: usize = 32 * 1024;
const HEADERS_MAX: usize = 64;
/// For the whole head of a request.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// For connections to end once the app stops.
const FAREWELL_TIME: Duration = Duration::from_secs(3);

/// Listens on 127.0.0.1 only: on `wanted`, else on the port of the last time, else on the usual one, else on any. A
/// browser keeps what belongs to a page, such as its theme, by the page's port.
///
/// # Errors
/// When `wanted` is in use, or no port is free.
pub(crate) async fn listen(wanted: Option<u16>, last: Option<u16>) -> Result<(TcpListener, u16), Failure> {
    let bind = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let mut bound = bind(wanted.or(last).unwrap_or(PORT)).await;
    for port in [PORT, 0] {
        if bound.is_err() && wanted.is_none() {
            bound = bind(port).await;
        }
    }
    let failed = |error: std::io::Error| {
        let port = wanted.unwrap_or(PORT);
        let advice = "Stop what uses it, or name another with --api-port";
        Failure::new(
            Kind::InUse,
            "port-in-use",
            format!("port {port} on 127.0.0.1 can't be used ({error})"),
        )
        .advise(advice)
    };
    let listener = bound.map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    Ok((listener, port))
}

/// Serves until `stop` turns true or its sender is gone.
pub(crate) async fn serve(listener: TcpListener, api: Api, mut stop: watch::Receiver<bool>) {
    let service = router(api);
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = connections.join_next() => continue,
        };
        if let Some((stream, peer, place)) = accepted {
            let service = Service {
                routes: TowerToHyperService::new(service.clone()),
                peer,
            };
            connections.spawn(connection(stream, place, service, stop.clone()));
        }
    }
    let farewell = async { while connections.join_next().await.is_some() {} };
    let _late = tokio::time::timeout(FAREWELL_TIME, farewell).await;
}

/// The routes, which are told whose request it is.
struct Service {
    routes: TowerToHyperService<axum::Router>,
    peer: Peer,
}

impl hyper::service::Service<Request<Incoming>> for Service {
    type Response = Response;
    type Error = Infallible;
    type Future = <TowerToHyperService<axum::Router> as hyper::service::Service<Request<Incoming>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        self.routes.call(request)
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, Peer, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, Peer(peer), place)),
        Err(error) => {
            // Out of file descriptors, most likely: trying again at once would spin.
            tracing::warn!(%error, "a local connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

async fn connection(
    stream: TcpStream,
    place: OwnedSemaphorePermit,
    service: Service,
    mut stop: watch::Receiver<bool>,
) {
    let _nagle = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = async { drop(stop.wait_for(|stop| *stop).await) } => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a local connection ended");
    }
    drop(place);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_that_was_ours_and_is_taken_is_given_up_and_a_wanted_one_is_not() {
        let (_held, port) = listen(None, None).await.unwrap();
        let (_other, other) = listen(None, Some(port)).await.unwrap();
        assert_ne!(other, port);
        assert_eq!(listen(Some(port), None).await.unwrap_err().code, "port-in-use");
    }
}

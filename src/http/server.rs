//! The listening side: the only user of hyper. Bounded in connections, requests, header size and time.

use std::future::Future;
use std::io;
use std::net::TcpListener;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// Open connections at a time; further ones wait to be accepted.
const MAX_CONNECTIONS: usize = 512;
/// A client that has not sent the whole head of its request by then is cut off.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest head of a request.
const MAX_HEAD: usize = 16 * 1024;
/// At shutdown, requests under way get this long to end.
const DRAIN: Duration = Duration::from_secs(5);
/// After a failed accept (no file descriptors left) the next try waits this long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// An answer.
pub type Reply = Response<Full<Bytes>>;

/// Serves requests with `handle` until `shutdown`, then ends those under way.
///
/// # Errors
/// When a listener cannot be used.
pub async fn serve<H, F>(
    listeners: Vec<TcpListener>,
    shutdown: CancellationToken,
    handle: H,
) -> io::Result<()>
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut loops = tokio::task::JoinSet::new();
    for listener in listeners {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loops.spawn(accept(
            listener,
            connections.clone(),
            shutdown.clone(),
            handle.clone(),
        ));
    }
    loops.join_all().await;
    Ok(())
}

async fn accept<H, F>(
    listener: tokio::net::TcpListener,
    connections: Arc<Semaphore>,
    shutdown: CancellationToken,
    handle: H,
) where
    H: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Reply> + Send + 'static,
{
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(shutdown.cancelled());
    loop {
        let next = async {
            let permit = connections.clone().acquire_owned().await;
            (listener.accept().await, permit)
        };
        let (accepted, permit) = tokio::select! {
            () = &mut stop => break,
            next = next => next,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                warn!("cannot accept a connection: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let handle = handle.clone();
        let service = service_fn(move |request| {
            let reply = handle(request);
            async move { Ok::<_, std::convert::Infallible>(reply.await) }
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                debug!("connection ended: {error}");
            }
            drop(permit);
        });
    }
    drop(listener);
    // Connections that do not end in time are cut with the runtime.
    let _ = tokio::time::timeout(DRAIN, graceful.shutdown()).await;
}

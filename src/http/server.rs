//! The listening side: the only user of hyper. Bounded in connections, requests, header size, memory and time.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, TcpListener};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use super::access::{Gate, Policy};
use super::connections::{Connections, Seat};
use super::tls::H2;

/// The largest head of a request.
const MAX_HEAD: u16 = 16 * 1024;
/// Requests at a time on one connection of HTTP/2; Prometheus has one.
const MAX_STREAMS: u32 = 16;
/// What is held of one answer for a slow client of HTTP/2, beside the answer itself.
const MAX_SEND_BUFFER: usize = 64 * 1024;
/// A peer of HTTP/2 that is gone without a word is noticed by a ping.
const PING: Duration = Duration::from_secs(30);
/// At shutdown, requests under way get this long to end.
const DRAIN: Duration = Duration::from_secs(5);
/// After a failed accept (no file descriptors left) the next try waits this long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How often slow connections are looked for.
const SWEEP: Duration = Duration::from_secs(1);
/// The first byte of a TLS handshake.
const HANDSHAKE: u8 = 0x16;

/// An answer.
pub type Reply = Response<Bytes>;

/// What answers requests; the address is the client's.
pub trait Handler: Clone + Send + Sync + 'static {
    /// Answers one request.
    fn handle(
        &self,
        request: Request<Incoming>,
        peer: IpAddr,
    ) -> impl Future<Output = Reply> + Send;
}

struct Server<H> {
    connections: Arc<Connections>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
    gate: Arc<Gate>,
    handler: H,
}

/// Serves requests with `handler` until `shutdown`, then ends those under way.
///
/// # Errors
/// When a listener cannot be used.
pub async fn serve<H: Handler>(
    listeners: Vec<TcpListener>,
    shutdown: CancellationToken,
    gate: Arc<Gate>,
    handler: H,
) -> io::Result<()> {
    let server = Arc::new(Server {
        connections: Arc::default(),
        tasks: TaskTracker::new(),
        shutdown,
        gate,
        handler,
    });
    let mut loops = tokio::task::JoinSet::new();
    for listener in listeners {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loops.spawn(accept(listener, server.clone()));
    }
    let connections = server.connections.clone();
    let sweeper = async {
        loop {
            tokio::time::sleep(SWEEP).await;
            connections.sweep();
        }
    };
    let drained = async {
        loops.join_all().await;
        server.tasks.close();
        // Connections that do not end in time are cut with the runtime.
        let _ = tokio::time::timeout(DRAIN, server.tasks.wait()).await;
    };
    tokio::select! {
        () = drained => {}
        () = sweeper => {}
    }
    Ok(())
}

async fn accept<H: Handler>(listener: tokio::net::TcpListener, server: Arc<Server<H>>) {
    let mut stop = pin!(server.shutdown.cancelled());
    loop {
        let next = async {
            let (stream, peer) = listener.accept().await?;
            Ok::<_, io::Error>((stream, seat(&server.connections, peer.ip()).await))
        };
        let accepted = tokio::select! {
            () = &mut stop => return,
            accepted = next => accepted,
        };
        match accepted {
            Ok((stream, seat)) => {
                let connection = connection(stream, Arc::new(seat), server.clone());
                server.tasks.spawn(connection);
            }
            Err(error) => {
                warn!("cannot accept a connection: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Waits for a place; idle connections make room.
async fn seat(connections: &Arc<Connections>, peer: IpAddr) -> Seat {
    loop {
        if let Some(seat) = connections.seat(peer) {
            return seat;
        }
        let _ = tokio::time::timeout(ACCEPT_PAUSE, connections.freed.notified()).await;
    }
}

/// One connection, from the first byte until it ends or is cut.
async fn connection<H: Handler>(stream: TcpStream, seat: Arc<Seat>, server: Arc<Server<H>>) {
    let cut = seat.cut.clone();
    let served = async {
        let mut changes = server.gate.changes().await;
        let policy = changes.borrow_and_update().clone();
        let Some(tls) = policy.tls() else {
            return http1(stream, &seat, &server, changes).await;
        };
        if let Some(stream) = refuse_plain(stream).await {
            let stream = tls.accept(stream).await?;
            if stream.get_ref().1.alpn_protocol() == Some(H2) {
                return http2(stream, &seat, &server, changes).await;
            }
            return http1(stream, &seat, &server, changes).await;
        }
        Ok(())
    };
    let ended = tokio::select! {
        () = cut.cancelled() => Err("cut: too slow, or idle while others wait".into()),
        ended = served => ended,
    };
    if let Err(error) = ended {
        debug!(peer = %seat.peer, "connection ended: {error}");
    }
}

type Ended = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Tells who speaks plain HTTP to a port of TLS; everybody else is given back.
async fn refuse_plain(mut stream: TcpStream) -> Option<TcpStream> {
    let mut first = [0];
    if stream.peek(&mut first).await.ok()? == 0 {
        return None;
    }
    if first[0] == HANDSHAKE {
        return Some(stream);
    }
    let answer = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\n\r\n\
                  this port speaks HTTPS\n";
    // What has come is taken: closing on unread bytes would take the answer back.
    let _ = stream.try_read(&mut [0; 4096]);
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
    None
}

async fn http1<S, H>(
    stream: S,
    seat: &Arc<Seat>,
    server: &Arc<Server<H>>,
    changes: watch::Receiver<Arc<Policy>>,
) -> Ended
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Handler,
{
    let service = service_fn(|request| answer(seat.clone(), server.clone(), request));
    let connection = http1::Builder::new()
        .max_buf_size(MAX_HEAD.into())
        // Kept by the table of connections, which knows idle ones from slow ones.
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), service);
    let end = http1::Connection::graceful_shutdown;
    until_ended(connection, end, &server.shutdown, changes).await
}

async fn http2<S, H>(
    stream: S,
    seat: &Arc<Seat>,
    server: &Arc<Server<H>>,
    changes: watch::Receiver<Arc<Policy>>,
) -> Ended
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Handler,
{
    let (for_seat, for_server) = (seat.clone(), server.clone());
    let service = service_fn(move |request| answer(for_seat.clone(), for_server.clone(), request));
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEAD.into())
        .max_send_buf_size(MAX_SEND_BUFFER)
        .keep_alive_interval(PING)
        .serve_connection(TokioIo::new(stream), service);
    let end = http2::Connection::graceful_shutdown;
    until_ended(connection, end, &server.shutdown, changes).await
}

/// Drives a connection. At shutdown, and when the policy changes, it ends after the requests under way.
async fn until_ended<C>(
    connection: C,
    end: fn(Pin<&mut C>),
    shutdown: &CancellationToken,
    mut changes: watch::Receiver<Arc<Policy>>,
) -> Ended
where
    C: Future<Output = hyper::Result<()>>,
{
    let mut connection = pin!(connection);
    tokio::select! {
        ended = &mut connection => return Ok(ended?),
        () = shutdown.cancelled() => {}
        _ = changes.changed() => {}
    }
    end(connection.as_mut());
    Ok(connection.await?)
}

async fn answer<H: Handler>(
    seat: Arc<Seat>,
    server: Arc<Server<H>>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let _running = seat.request();
    let reply = server.handler.handle(request, seat.peer).await;
    Ok(reply.map(|body| Full::new(seat.track(body))))
}

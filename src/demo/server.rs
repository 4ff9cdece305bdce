//! The HTTP side: connections, compression, and bodies that go wrong on purpose.

use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::io::{self, Write};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use flate2::write::GzEncoder;
use flate2::{Compress, Compression, FlushCompress};
use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::faults::Effect;
use super::gateway::{Call, Gateway, Reply};

/// Answers from this size on are compressed for those who accept it.
const WORTH_COMPRESSING: usize = 1_024;
/// The unit of the long bodies.
const MEBIBYTE: u32 = 1_048_576;
/// How long the first half of a broken body is given to arrive.
const HALFWAY: Duration = Duration::from_millis(20);

type Body = BoxBody<Bytes, io::Error>;

/// The gateway, shared by all connections.
pub(crate) struct Shared(Mutex<Gateway>);

impl Shared {
    pub(crate) fn new(gateway: Gateway) -> Self {
        Self(Mutex::new(gateway))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Gateway> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Accepts connections until told to stop.
pub(crate) async fn listen(
    listener: TcpListener,
    shared: Arc<Shared>,
    stopped: CancellationToken,
    tasks: TaskTracker,
) {
    loop {
        let accepted = tokio::select! {
            () = stopped.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((connection, peer)) = accepted else {
            // Out of descriptors, most likely: others must close first.
            tokio::time::sleep(HALFWAY).await;
            continue;
        };
        let (shared, stopped) = (Arc::clone(&shared), stopped.clone());
        tasks.spawn(async move {
            tokio::select! {
                () = stopped.cancelled() => {}
                () = serve(connection, peer.ip(), shared) => {}
            }
        });
    }
}

/// Serves one connection until it ends; where a fault asked for it, it ends with a reset.
async fn serve(connection: TcpStream, from: IpAddr, shared: Arc<Shared>) {
    let reset = Arc::new(AtomicBool::new(false));
    let wants_reset = Arc::clone(&reset);
    let service = service_fn(move |request| {
        let (shared, reset) = (Arc::clone(&shared), Arc::clone(&wants_reset));
        Box::pin(async move { answer(&request, from, &shared, &reset).await })
    });
    let mut served = http1::Builder::new().serve_connection(TokioIo::new(connection), service);
    let outcome = poll_fn(|context| served.poll_without_shutdown(context)).await;
    if outcome.is_err() && reset.load(Ordering::Relaxed) {
        // Closing then sends a reset; where it cannot be set, the connection just closes.
        let _ = served.into_parts().io.into_inner().set_zero_linger();
    }
}

async fn answer(
    request: &Request<Incoming>,
    from: IpAddr,
    shared: &Shared,
    reset: &AtomicBool,
) -> io::Result<Response<Body>> {
    let call = Call {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        api_key: text_of(request, "X-MBX-APIKEY"),
        from,
    };
    let reply = shared.lock().receive(&call);
    if !reply.trouble.delay.is_zero() {
        tokio::time::sleep(reply.trouble.delay).await;
    }
    let gzip = text_of(request, ACCEPT_ENCODING.as_str())
        .is_some_and(|accepted| accepted.contains("gzip"));
    match reply.trouble.instead {
        Some(Effect::Hang) => pending().await,
        Some(Effect::Drop) => Err(io::ErrorKind::ConnectionAborted.into()),
        Some(Effect::ResetMidBody) => {
            reset.store(true, Ordering::Relaxed);
            broken_off(&reply)
        }
        Some(Effect::Truncate) => broken_off(&reply),
        Some(Effect::Endless { bytes }) => send(&reply, &[], spaces(bytes)),
        Some(Effect::GzipBomb { bytes }) => {
            let encoding = [(CONTENT_ENCODING.as_str(), "gzip".to_owned())];
            send(&reply, &encoding, gzip_bomb(bytes)?)
        }
        Some(Effect::Reply { .. }) => send(&reply, &[], whole(reply.body.clone())),
        _ if gzip && reply.body.len() >= WORTH_COMPRESSING => {
            let encoding = [(CONTENT_ENCODING.as_str(), "gzip".to_owned())];
            send(&reply, &encoding, whole(compress(&reply.body)?))
        }
        _ => send(&reply, &[], whole(reply.body.clone())),
    }
}

fn text_of(request: &Request<Incoming>, header: &str) -> Option<String> {
    let value = request.headers().get(header)?;
    value.to_str().ok().map(str::to_owned)
}

fn send(reply: &Reply, further: &[(&str, String)], body: Body) -> io::Result<Response<Body>> {
    let mut response = Response::builder()
        .status(reply.status)
        .header(CONTENT_TYPE, &reply.content_type);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    for (name, value) in further {
        response = response.header(*name, value);
    }
    response.body(body).map_err(io::Error::other)
}

fn whole(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(never).boxed()
}

fn never(never: Infallible) -> io::Error {
    match never {}
}

fn compress(bytes: &[u8]) -> io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish().map(Bytes::from)
}

/// The length of the whole, and half of it.
fn broken_off(reply: &Reply) -> io::Result<Response<Body>> {
    let length = [(CONTENT_LENGTH.as_str(), reply.body.len().to_string())];
    let half = reply.body.slice(..reply.body.len() / 2);
    let body = stream::unfold(Some(half), |half| async {
        if let Some(half) = half {
            return Some((Ok(Frame::data(half)), None));
        }
        tokio::time::sleep(HALFWAY).await;
        Some((Err(io::ErrorKind::ConnectionReset.into()), None))
    });
    send(reply, &length, StreamBody::new(body).boxed())
}

/// So many spaces, made as they are read.
fn spaces(bytes: u64) -> Body {
    let block = Bytes::from(vec![b' '; 65_536]);
    let body = stream::unfold(bytes, move |left| {
        let size = usize::try_from(left).map_or(block.len(), |left| left.min(block.len()));
        let part = block.slice(..size);
        async move {
            let rest = left - u64::try_from(part.len()).unwrap_or(left);
            (left > 0).then(|| (Ok(Frame::data(part)), rest))
        }
    });
    StreamBody::new(body).boxed()
}

/// A gzip stream that grows a thousandfold: one compressed mebibyte of spaces, sent again and again.
fn gzip_bomb(bytes: u64) -> io::Result<Body> {
    let plain = vec![b' '; MEBIBYTE as usize];
    let mut deflate = Compress::new(Compression::fast(), false);
    let mut block = Vec::with_capacity(65_536);
    // After a full flush a block stands alone, so that copies of it follow one another.
    deflate
        .compress_vec(&plain, &mut block, FlushCompress::Full)
        .map_err(io::Error::other)?;
    let blocks = bytes.div_ceil(u64::from(MEBIBYTE));

    let mut one = crc32fast::Hasher::new();
    one.update(&plain);
    let mut all = crc32fast::Hasher::new();
    for _ in 0..blocks {
        all.combine(&one);
    }
    // The gzip trailer holds the length modulo 2^32.
    let length = u32::try_from(blocks % 4_096).unwrap_or_default() * MEBIBYTE;
    let head = Bytes::from_static(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
    let mut tail = vec![0x03, 0x00];
    tail.extend(all.finalize().to_le_bytes());
    tail.extend(length.to_le_bytes());
    let (block, tail) = (Bytes::from(block), Bytes::from(tail));
    let body = stream::unfold(0_u64, move |part| {
        let bytes = match part {
            0 => Some(head.clone()),
            _ if part <= blocks => Some(block.clone()),
            _ if part == blocks + 1 => Some(tail.clone()),
            _ => None,
        };
        async move { bytes.map(|bytes| (Ok(Frame::data(bytes)), part + 1)) }
    });
    Ok(StreamBody::new(body).boxed())
}

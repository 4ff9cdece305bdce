//! A small HTTP server that notes what it sees and answers, or fails to, as it is told.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::{HeaderMap, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

type Body = BoxBody<Bytes, std::io::Error>;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
}

/// What to do with a request.
pub(crate) enum Reply {
    /// Answer.
    Full(Response<Bytes>),
    /// Send this many MiB of spaces after a bracket, without saying how many.
    Stream(usize),
    /// Break off in the middle of the body.
    Half(Response<Bytes>),
    /// Send the head and never the body.
    Headless(Response<Bytes>),
    /// Never answer.
    Hang,
}

pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(crate) async fn start(reply: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&seen);
        let reply = Arc::new(reply);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (notes, reply) = (Arc::clone(&notes), Arc::clone(&reply));
                let service = service_fn(move |request| {
                    let seen = note(&request);
                    notes.lock().unwrap().push(seen.clone());
                    serve(reply(&seen))
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
        Self { url, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.path).collect()
    }
}

/// A good answer.
pub(crate) fn json(body: &str) -> Reply {
    answer(200, &[], body.to_owned())
}

pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Reply {
    Reply::Full(response(status, headers, body))
}

pub(crate) fn response(
    status: u16,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).unwrap()
}

pub(crate) fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.unwrap().as_millis().try_into().unwrap()
}

fn note(request: &hyper::Request<Incoming>) -> Seen {
    Seen {
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        headers: request.headers().clone(),
    }
}

async fn serve(reply: Reply) -> Result<Response<Body>, Infallible> {
    Ok(match reply {
        Reply::Full(response) => {
            response.map(|body| Full::new(body).map_err(|e| match e {}).boxed())
        }
        Reply::Stream(mib) => Response::new(spaces(mib)),
        Reply::Half(response) => response.map(broken),
        Reply::Headless(response) => {
            response.map(|_| BodyExt::boxed(StreamBody::new(stream::pending())))
        }
        Reply::Hang => std::future::pending().await,
    })
}

fn spaces(mib: usize) -> Body {
    let bracket = stream::once(async { Bytes::from_static(b"[") });
    let rest = stream::repeat(Bytes::from(vec![b' '; 1 << 20])).take(mib);
    BodyExt::boxed(StreamBody::new(
        bracket.chain(rest).map(|chunk| Ok(Frame::data(chunk))),
    ))
}

fn broken(body: Bytes) -> Body {
    let failure = stream::once(async {
        // The head and the first half go out before the connection breaks.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        Err(std::io::Error::other("broken off"))
    });
    let half = stream::once(async move { Ok(Frame::data(body)) });
    BodyExt::boxed(StreamBody::new(half.chain(Box::pin(failure))))
}

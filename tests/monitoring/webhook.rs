//! What a pager is: an address that Alertmanager posts to.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;

use super::process::eventually;

/// A server that keeps every alert it is told of.
pub struct Webhook {
    pub url: String,
    alerts: Arc<Mutex<Vec<Value>>>,
}

impl Webhook {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let alerts = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&alerts);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let kept = Arc::clone(&kept);
                let service = service_fn(move |request| keep(request, Arc::clone(&kept)));
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
        Self { url, alerts }
    }

    /// Everything that has come, in the order of its coming.
    pub fn alerts(&self) -> Vec<Value> {
        self.alerts.lock().unwrap().clone()
    }

    /// Waits for an alert of that name, state (`firing`, `resolved`) and these labels.
    pub async fn until(&self, name: &str, state: &str, labels: &[(&str, &str)]) -> Value {
        eventually(&format!("{name} {state} {labels:?}"), || async {
            self.alerts().into_iter().find(|alert| {
                alert["status"] == state
                    && alert["labels"]["alertname"] == name
                    && labels
                        .iter()
                        .all(|(label, value)| alert["labels"][label] == *value)
            })
        })
        .await
    }
}

async fn keep(
    request: Request<Incoming>,
    kept: Arc<Mutex<Vec<Value>>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let message: Value = serde_json::from_slice(&body).unwrap();
    kept.lock()
        .unwrap()
        .extend_from_slice(message["alerts"].as_array().unwrap());
    Ok(Response::default())
}

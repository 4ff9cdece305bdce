//! A real Prometheus on loopback with a data folder of its own.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::process::{client, eventually, send};

pub struct Prometheus {
    child: Child,
    url: String,
    _folder: TempDir,
}

/// What a query found: labels and the number as text.
pub type Found = Vec<(Value, String)>;

impl Prometheus {
    /// Starts one that scrapes `job`, a scrape configuration without name and interval.
    pub async fn scraping(job: &str) -> Self {
        Self::scraping_into(tempfile::tempdir().unwrap(), job).await
    }

    /// As [`Prometheus::scraping`], with what is in the folder `data` of `folder` as its past.
    pub async fn scraping_into(folder: TempDir, job: &str) -> Self {
        let config = folder.path().join("prometheus.yml");
        let text = format!(
            "global: {{scrape_interval: 250ms, scrape_timeout: 250ms}}\nscrape_configs:\n- job_name: aster\n{job}\n"
        );
        std::fs::write(&config, text).unwrap();
        // Freed at once; Prometheus cannot choose a port and tell.
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.path().join("data").display()
            ))
            .arg("--storage.tsdb.retention.time=10y")
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--log.level=error")
            .stdin(Stdio::null())
            .spawn()
            .expect("prometheus must be installed: tests/all.sh installs it");
        let url = format!("http://127.0.0.1:{port}");
        let prometheus = Self {
            child,
            url,
            _folder: folder,
        };
        eventually("Prometheus to be ready", || async {
            let ready = send(client().get(format!("{}/-/ready", prometheus.url))).await;
            ready.ok().filter(|a| a.status == 200)
        })
        .await;
        prometheus
    }

    /// An instant query.
    pub async fn query(&self, expression: &str) -> Found {
        self.ask(expression, None).await
    }

    /// A query at a time in the past, in seconds since the epoch.
    pub async fn query_at(&self, expression: &str, time: f64) -> Found {
        self.ask(expression, Some(time)).await
    }

    async fn ask(&self, expression: &str, time: Option<f64>) -> Found {
        let mut url = reqwest::Url::parse(&format!("{}/api/v1/query", self.url)).unwrap();
        url.query_pairs_mut().append_pair("query", expression);
        if let Some(time) = time {
            url.query_pairs_mut().append_pair("time", &time.to_string());
        }
        let answer = send(client().get(url)).await.unwrap();
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(answer["status"], "success", "{expression}: {answer}");
        let result = answer["data"]["result"].as_array().unwrap();
        result
            .iter()
            .map(|r| {
                (
                    r["metric"].clone(),
                    r["value"][1].as_str().unwrap().to_owned(),
                )
            })
            .collect()
    }

    /// Waits until the query finds what `good` accepts.
    pub async fn until(&self, expression: &str, good: impl Fn(&Found) -> bool) -> Found {
        eventually(expression, || async {
            let found = self.query(expression).await;
            good(&found).then_some(found)
        })
        .await
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

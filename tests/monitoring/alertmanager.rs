//! A real Alertmanager on loopback.

use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::process::{client, eventually, send};
use super::world::path;

pub struct Alertmanager {
    child: Child,
    /// Where Prometheus finds it.
    pub address: String,
    _folder: TempDir,
}

impl Alertmanager {
    /// Starts one that posts to `webhook` what our runbook's inhibition leaves over.
    pub async fn start(webhook: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("alertmanager.yml");
        let text = json!({
            "route": {
                "receiver": "pager",
                "group_by": ["alertname", "account"],
                "group_wait": "100ms",
                "group_interval": "300ms",
                "repeat_interval": "1h",
            },
            "receivers": [{
                "name": "pager",
                "webhook_configs": [{"url": webhook, "send_resolved": true}],
            }],
            "inhibit_rules": inhibition(),
        });
        fs::write(&config, text.to_string()).unwrap();
        // Freed at once; Alertmanager cannot choose a port and tell.
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .to_string();
        let child = Command::new("prometheus-alertmanager")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!(
                "--storage.path={}",
                folder.path().join("data").display()
            ))
            .arg(format!("--web.listen-address={address}"))
            .args(["--cluster.listen-address=", "--log.level=error"])
            .stdin(Stdio::null())
            .spawn()
            .expect("prometheus-alertmanager must be installed: tests/all.sh installs it");
        let alertmanager = Self {
            child,
            address,
            _folder: folder,
        };
        eventually("Alertmanager to be ready", || async {
            let url = format!("http://{}/-/ready", alertmanager.address);
            send(client().get(url))
                .await
                .ok()
                .filter(|a| a.status == 200)
        })
        .await;
        alertmanager
    }
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The rules that docs/alerts.md offers to mute warnings beside their critical alerts.
fn inhibition() -> Value {
    let document = fs::read_to_string(path("docs/alerts.md")).unwrap();
    let block = document
        .split("```yaml\n")
        .map(|part| part.split("```").next().unwrap())
        .find(|block| block.contains("inhibit_rules:"))
        .expect("docs/alerts.md has inhibit_rules");
    let block: Value = serde_saphyr::from_str(block).unwrap();
    block["inhibit_rules"].clone()
}

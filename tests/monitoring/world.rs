//! Exporters, Prometheus and rules in which everything goes [`FACTOR`] times as fast as in the world.

use std::fs;
use std::path::{Path, PathBuf};

use aster_exporter::collector::Collector;
use aster_exporter::demo::{Exchange, Options};
use serde_json::{Value, json};

use super::process::Exporter;
use super::prometheus::Prometheus;

/// By how much the intervals of collectors and `for:` of alerts are shortened.
pub const FACTOR: u32 = 20;

/// A demo exchange of that speed, with two days of history and no limit of weight.
pub async fn exchange(speed: f64) -> Exchange {
    let options = Options {
        speed,
        weight_limit: u32::MAX,
        symbols: 24,
        history_days: 2,
        trades_per_hour: 3,
        surprises: false,
        ..Options::default()
    };
    Exchange::start(options, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap()
}

/// An exporter with shortened intervals, one of its accounts watched by an agent.
pub async fn exporter(exchange: &Exchange) -> Exporter {
    let intervals: Vec<String> = Collector::ALL
        .iter()
        .map(|c| {
            let interval = c.default_interval() / FACTOR;
            format!("{}: {}ms", c.name(), interval.as_millis())
        })
        .collect();
    let collection = format!(
        "{{min_age: 100ms, intervals: {{{}}}}}",
        intervals.join(", ")
    );
    Exporter::start_agents(exchange, &collection, &["hedge"]).await
}

/// A Prometheus that scrapes the exporter, has the rules, and tells `alertmanager` (an address) if there is one.
pub async fn prometheus(exporter: &Exporter, alertmanager: Option<&str>) -> Prometheus {
    let folder = tempfile::tempdir().unwrap();
    let rules = shortened_rules(folder.path());
    let target = exporter.url.trim_start_matches("http://");
    let alerting = alertmanager.map_or_else(String::new, |address| {
        format!("alerting: {{alertmanagers: [{{static_configs: [{{targets: [\"{address}\"]}}]}}]}}")
    });
    let job =
        format!("  static_configs: [{{targets: [\"{target}\"]}}]\nrule_files: {rules}\n{alerting}");
    Prometheus::scraping_into(folder, &job).await
}

/// Copies of the rules that wait less, as a list for Prometheus's configuration.
fn shortened_rules(folder: &Path) -> String {
    let mut copies = Vec::new();
    for entry in fs::read_dir(path("deploy/prometheus/rules")).unwrap() {
        let file = entry.unwrap().path();
        let mut rules: Value = serde_saphyr::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        for group in rules["groups"].as_array_mut().unwrap() {
            group["interval"] = json!("250ms");
            group["rules"]
                .as_array_mut()
                .unwrap()
                .iter_mut()
                .for_each(shorten);
        }
        let copy = folder.join(file.file_name().unwrap());
        // JSON is YAML.
        fs::write(&copy, rules.to_string()).unwrap();
        copies.push(copy);
    }
    json!(copies).to_string()
}

fn shorten(rule: &mut Value) {
    if let Some(duration) = rule["for"].as_str().map(str::to_owned) {
        let duration = humantime::parse_duration(&duration).unwrap() / FACTOR;
        rule["for"] = json!(format!("{}ms", duration.as_millis()));
    }
}

pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

//! The rules of `deploy/prometheus/rules` by Prometheus's own promtool, and what promtool does not look at.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use serde_json::Value;

/// The alerts that users rely on, as the documentation names them.
const ALERTS: [&str; 34] = [
    "AnswersUnreadable",
    "AvailableBalanceLow",
    "Banned",
    "ClockSkew",
    "CollectionsSkipped",
    "CollectorFailing",
    "ConcentrationHigh",
    "ConfigReloadFailed",
    "CredentialsRejected",
    "DailyLossLimit",
    "DataStale",
    "DrawdownFromPeak",
    "EffectiveLeverageHigh",
    "EquityNotPositive",
    "ExporterDown",
    "FeeRateAnomaly",
    "FundingBleed",
    "KeyExpiring",
    "KeyTooPowerful",
    "LedgerBehind",
    "LedgerIncomplete",
    "LedgerRebuilt",
    "LiquidationHappened",
    "LiquidationNear",
    "MarginRatioHigh",
    "NearMaxNotional",
    "NoTradesForLong",
    "RateLimitNear",
    "StaleOpenOrder",
    "ThresholdsMissing",
    "TradingDisabled",
    "UnexpectedTransfer",
    "UnprotectedPosition",
    "UnrealizedLossLarge",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn yaml_files(folder: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yml"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{folder}");
    files
}

fn yaml(path: &Path) -> Value {
    serde_saphyr::from_str(&fs::read_to_string(path).unwrap())
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// Every rule of every file.
fn rules() -> Vec<Value> {
    yaml_files("deploy/prometheus/rules")
        .iter()
        .map(|path| yaml(path))
        .flat_map(|file| list(&file, "groups").to_vec())
        .flat_map(|group| list(&group, "rules").to_vec())
        .collect()
}

fn alerts() -> Vec<Value> {
    rules()
        .into_iter()
        .filter(|rule| rule["alert"].is_string())
        .collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("no {key} in {value}"))
}

fn promtool(arguments: &[&str], files: &[PathBuf]) {
    let output = Command::new("promtool")
        .args(arguments)
        .args(files)
        .output()
        .expect("promtool must be installed: tests/all.sh installs it");
    assert!(
        output.status.success(),
        "promtool {arguments:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn promtool_accepts_the_rules() {
    promtool(
        &["check", "rules", "--lint=all", "--lint-fatal"],
        &yaml_files("deploy/prometheus/rules"),
    );
}

#[test]
fn the_unit_tests_of_the_rules_pass() {
    thread::scope(|scope| {
        for test in unit_tests() {
            scope.spawn(|| promtool(&["test", "rules"], &[test]));
        }
    });
}

fn unit_tests() -> Vec<PathBuf> {
    yaml_files("tests/rules")
        .into_iter()
        .filter(|path| !path.ends_with("thresholds-changed.yml"))
        .collect()
}

/// `5m`, `26h`, `8m30s` in seconds.
fn seconds(duration: &str) -> u64 {
    let mut total = 0;
    let mut number = 0;
    for c in duration.chars() {
        match c {
            '0'..='9' => number = number * 10 + u64::from(c.to_digit(10).unwrap()),
            unit => {
                total += number
                    * BTreeMap::from([('s', 1), ('m', 60), ('h', 3600), ('d', 86400)])[&unit];
                number = 0;
            }
        }
    }
    total
}

/// What the unit tests have seen of one alert and severity.
#[derive(Default)]
struct Seen {
    silent: bool,
    fired: bool,
    resolved: bool,
}

#[test]
fn the_unit_tests_see_every_alert_silent_firing_and_resolved() {
    let mut seen: BTreeMap<(String, String), Seen> = BTreeMap::new();
    let severities = |name: &str| -> BTreeSet<String> {
        let of = |rule: &Value| text(&rule["labels"], "severity").to_owned();
        alerts()
            .iter()
            .filter(|r| r["alert"] == name)
            .map(of)
            .collect()
    };
    for test in unit_tests()
        .iter()
        .flat_map(|path| list(&yaml(path), "tests").to_vec())
    {
        let mut checks: Vec<&Value> = list(&test, "alert_rule_test").iter().collect();
        checks.sort_by_key(|check| seconds(text(check, "eval_time")));
        let mut fired_here = BTreeSet::new();
        for check in checks {
            let name = text(check, "alertname");
            let expected: BTreeSet<&str> = list(check, "exp_alerts")
                .iter()
                .map(|alert| text(&alert["exp_labels"], "severity"))
                .collect();
            for severity in severities(name) {
                let key = (name.to_owned(), severity.clone());
                let seen = seen.entry(key.clone()).or_default();
                if expected.contains(severity.as_str()) {
                    seen.fired = true;
                    fired_here.insert(key);
                } else if fired_here.contains(&key) {
                    seen.resolved = true;
                } else {
                    seen.silent = true;
                }
            }
        }
    }
    for alert in alerts() {
        let key = (
            text(&alert, "alert").to_owned(),
            text(&alert["labels"], "severity").to_owned(),
        );
        let seen = seen
            .get(&key)
            .unwrap_or_else(|| panic!("{key:?} has no test"));
        assert!(seen.silent, "{key:?} was never silent");
        assert!(seen.fired, "{key:?} never fired");
        assert!(seen.resolved, "{key:?} never resolved");
    }
}

#[test]
fn every_alert_is_known_and_written_in_the_style_of_mixins() {
    let names: BTreeSet<String> = alerts()
        .iter()
        .map(|a| text(a, "alert").to_owned())
        .collect();
    assert_eq!(names, ALERTS.map(str::to_owned).into());
    for alert in alerts() {
        let name = text(&alert, "alert");
        let severity = text(&alert["labels"], "severity");
        assert!(
            ["critical", "warning", "info"].contains(&severity),
            "{name}: {severity}"
        );
        let summary = text(&alert["annotations"], "summary");
        assert!(
            summary.ends_with('.') && !summary.contains("{{"),
            "{name}: {summary}"
        );
        let description = text(&alert["annotations"], "description");
        assert!(
            description.ends_with('.') || description.ends_with("{{ end }}"),
            "{name}: {description}"
        );
    }
}

#[test]
fn every_alert_has_its_place_in_the_runbook() {
    let document = fs::read_to_string(root().join("docs/alerts.md")).unwrap();
    let headings: BTreeSet<&str> = document
        .lines()
        .filter_map(|l| l.strip_prefix("### "))
        .collect();
    assert_eq!(headings, ALERTS.into());
    for section in document.split("\n### ").skip(1) {
        for part in ["**Means** ", "**Look at** ", "**Do** "] {
            assert!(section.contains(part), "no {part} in {section}");
        }
    }
    for alert in alerts() {
        let name = text(&alert, "alert");
        let url = text(&alert["annotations"], "runbook_url");
        let anchor = format!("/docs/alerts.md#{}", name.to_lowercase());
        assert!(url.ends_with(&anchor), "{name}: {url}");
    }
}

/// The selectors of `aster:threshold` in `expression`, as labels.
fn thresholds_of(expression: &str) -> Vec<BTreeMap<String, String>> {
    expression
        .split("aster:threshold{")
        .skip(1)
        .map(|rest| {
            let (labels, _) = rest.split_once('}').unwrap();
            labels
                .split(", ")
                .map(|pair| pair.split_once('=').unwrap())
                .map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned()))
                .collect()
        })
        .collect()
}

#[test]
fn every_threshold_is_used_and_every_one_used_is_there_and_belongs_to_its_alert() {
    let rules = rules();
    let mut unused: Vec<&Value> = rules
        .iter()
        .filter(|r| r["record"] == "aster:threshold")
        .collect();
    let there = unused.clone();
    for alert in rules.iter().filter(|rule| rule["alert"].is_string()) {
        for wanted in thresholds_of(text(alert, "expr")) {
            assert_eq!(wanted["alert"], text(alert, "alert"), "{alert}");
            assert_eq!(
                wanted["severity"],
                text(&alert["labels"], "severity"),
                "{alert}"
            );
            let matches = |rule: &&Value| {
                wanted
                    .iter()
                    .all(|(name, value)| rule["labels"][name] == **value)
            };
            assert!(there.iter().any(matches), "no threshold {wanted:?}");
            unused.retain(|rule| !matches(rule));
        }
    }
    assert!(unused.is_empty(), "no alert uses {unused:#?}");
}

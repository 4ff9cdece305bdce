//! The dashboards: what is checked in is what their source makes, and it is what Grafana's linter asks for.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub
)]

mod catalogue;
#[path = "../../grafana/src/mod.rs"]
mod grafana;
mod linter;
#[path = "../support/promql.rs"]
mod promql;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// Whether Prometheus's own parser takes every one of `expressions`.
pub(crate) fn promtool_parses(expressions: &[String]) -> Result<(), String> {
    let rules: Vec<Value> = expressions
        .iter()
        .enumerate()
        .map(|(index, expr)| json!({"record": format!("query:{index}"), "expr": expr}))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queries.yml");
    fs::write(
        &file,
        json!({"groups": [{"name": "queries", "rules": rules}]}).to_string(),
    )
    .unwrap();
    let output = Command::new("promtool")
        .args(["check", "rules"])
        .arg(&file)
        .output()
        .expect("promtool must be installed: tests/all.sh installs it");
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }
}

#[test]
fn what_is_checked_in_is_what_the_source_makes() {
    let folder = path("grafana/dashboards");
    let mut files = BTreeSet::new();
    for (uid, board) in grafana::dashboards() {
        let file = folder.join(format!("{uid}.json"));
        let made = serde_json::to_string_pretty(&board).unwrap() + "\n";
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&file, &made).unwrap();
        }
        let there = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            there == made,
            "{} is not what grafana/src makes; UPDATE_GOLDEN=1 writes it anew",
            file.display()
        );
        files.insert(file);
    }
    let there: BTreeSet<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(there, files);
}

#[test]
fn every_dashboard_keeps_every_rule_of_the_linter() {
    let mut broken = Vec::new();
    for (uid, board) in grafana::dashboards() {
        for (name, rule) in linter::RULES {
            let mut problems = Vec::new();
            rule(&board, &mut problems);
            broken.extend(
                problems
                    .iter()
                    .map(|problem| format!("{uid}: {name}: {problem}")),
            );
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

type Spoil = fn(&mut Value);

#[test]
fn every_rule_of_the_linter_finds_what_breaks_it() {
    let breaks: [(&str, Spoil); 15] = [
        ("template-datasource-rule", |d| {
            d["templating"]["list"][0]["name"] = json!("prom");
        }),
        ("template-job-rule", |d| {
            d["templating"]["list"][1]["allValue"] = json!(".*");
        }),
        ("template-instance-rule", |d| {
            d["templating"]["list"][2]["multi"] = json!(false);
        }),
        ("template-label-promql-rule", |d| {
            d["templating"]["list"][3]["query"]["query"] = json!("values(aster_up, account)");
        }),
        ("template-on-time-change-reload-rule", |d| {
            d["templating"]["list"][3]["refresh"] = json!(1);
        }),
        ("panel-datasource-rule", |d| {
            d["panels"][1]["datasource"]["uid"] = json!("P1");
        }),
        ("panel-title-description-rule", |d| {
            d["panels"][1]["description"] = json!("");
        }),
        ("panel-units-rule", |d| {
            d["panels"][1]["fieldConfig"]["defaults"]["unit"] = json!("dollars");
        }),
        ("panel-no-targets-rule", |d| {
            d["panels"][1]["targets"] = json!([]);
        }),
        ("target-promql-rule", |d| {
            d["panels"][1]["targets"][0]["expr"] = json!("sum(");
        }),
        ("target-rate-interval-rule", |d| {
            query(d, r#"rate(x{job=~"$job", instance=~"$instance"}[5m])"#);
        }),
        ("target-job-rule", |d| {
            query(d, r#"x{job="$job", instance=~"$instance"}"#);
        }),
        ("target-instance-rule", |d| query(d, r#"x{job=~"$job"}"#)),
        ("target-counter-agg-rule", |d| {
            query(d, r#"sum(x_total{job=~"$job", instance=~"$instance"})"#);
        }),
        ("uneditable-dashboard", |d| d["editable"] = json!(true)),
    ];
    let (_, board) = grafana::dashboards().remove(0);
    for (name, spoil) in breaks {
        let mut spoilt = board.clone();
        spoil(&mut spoilt);
        let mut problems = Vec::new();
        let (_, rule) = linter::RULES
            .iter()
            .find(|(rule, _)| *rule == name)
            .unwrap();
        rule(&spoilt, &mut problems);
        assert!(!problems.is_empty(), "{name}");
    }
}

fn query(dashboard: &mut Value, expression: &str) {
    dashboard["panels"][1]["targets"][0]["expr"] = json!(expression);
}

#[test]
fn panels_stand_beside_each_other_within_the_grid() {
    for (uid, board) in grafana::dashboards() {
        let mut taken = BTreeSet::new();
        for panel in list(&board, "panels") {
            let at = |key: &str| panel["gridPos"][key].as_u64().unwrap();
            assert!(at("x") + at("w") <= 24, "{uid}: {panel}");
            for x in at("x")..at("x") + at("w") {
                for y in at("y")..at("y") + at("h") {
                    assert!(
                        taken.insert((x, y)),
                        "{uid}: {} covers another",
                        panel["title"]
                    );
                }
            }
        }
        let ids: Vec<u64> = linter::panels(&board)
            .iter()
            .map(|p| p["id"].as_u64().unwrap())
            .collect();
        assert_eq!(
            ids.len(),
            ids.iter().collect::<BTreeSet<_>>().len(),
            "{uid}"
        );
    }
}

#[test]
fn what_boards_say_of_themselves_lets_them_be_linked_and_told_apart() {
    let boards = grafana::dashboards();
    for (uid, board) in &boards {
        assert!(text(board, "title").starts_with("Aster / "), "{uid}");
        assert!(!text(board, "description").is_empty(), "{uid}");
        assert_eq!(board["links"][0]["tags"], board["tags"], "{uid}");
        assert_eq!(board["links"][0]["includeVars"], true, "{uid}");
        let annotations: Vec<_> = list(&board["annotations"], "list")
            .iter()
            .map(|a| text(a, "name"))
            .collect();
        assert!(
            annotations.starts_with(&["Liquidation risk", "Exporter trouble"]),
            "{uid}"
        );
        let account = list(&board["templating"], "list")
            .iter()
            .find(|v| v["name"] == "account")
            .unwrap();
        assert_eq!(
            (&account["multi"], &account["includeAll"]),
            (&json!(true), &json!(true)),
            "{uid}"
        );
    }
}

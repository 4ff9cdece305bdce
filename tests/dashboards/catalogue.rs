//! Boards and rules against the catalogue of metrics, both ways.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use super::promql::selectors;
use super::{grafana, linter, list, path, text};

/// What comes from Prometheus or from the process itself.
const OTHERS: [&str; 5] = [
    "up",
    "ALERTS",
    "process_start_time_seconds",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
];

/// The names in the tables of docs/metrics.md.
fn catalogue() -> BTreeSet<String> {
    let document = fs::read_to_string(path("docs/metrics.md")).unwrap();
    document
        .lines()
        .filter_map(|line| line.strip_prefix("| `aster_"))
        .map(|rest| format!("aster_{}", rest.split('`').next().unwrap()))
        .collect()
}

/// `name: reason` of each line of a list.
fn reasons(file: &str) -> BTreeMap<String, String> {
    fs::read_to_string(path(file))
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            line.split_once(": ")
                .unwrap_or_else(|| panic!("no reason: {line}"))
        })
        .map(|(name, reason)| (name.to_owned(), reason.to_owned()))
        .collect()
}

fn rules() -> Vec<Value> {
    fs::read_dir(path("deploy/prometheus/rules"))
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .map(|file| serde_saphyr::from_str::<Value>(&file).unwrap())
        .flat_map(|file| list(&file, "groups").to_vec())
        .flat_map(|group| list(&group, "rules").to_vec())
        .collect()
}

/// The expressions of rules, with where they stand.
fn rule_expressions() -> Vec<(String, String)> {
    let name = |rule: &Value| format!("{}{}", text(rule, "record"), text(rule, "alert"));
    rules()
        .iter()
        .map(|rule| (name(rule), text(rule, "expr").to_owned()))
        .collect()
}

/// The queries of boards, their annotations and variables, with where they stand.
fn board_expressions() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (uid, board) in grafana::dashboards() {
        for (panel, query) in linter::queries(&board) {
            found.push((format!("{uid}: {}", text(panel, "title")), query.to_owned()));
        }
        for annotation in list(&board["annotations"], "list") {
            found.push((
                format!("{uid}: {}", text(annotation, "name")),
                text(annotation, "expr").to_owned(),
            ));
        }
        for variable in list(&board["templating"], "list")
            .iter()
            .filter(|v| v["type"] == "query")
        {
            let query = text(&variable["query"], "query");
            let (metric, _) = query
                .trim_start_matches("label_values(")
                .rsplit_once(',')
                .unwrap();
            found.push((
                format!("{uid}: {}", text(variable, "name")),
                metric.to_owned(),
            ));
        }
    }
    found
}

/// Every metric that is named, with one place that names it.
fn named() -> BTreeMap<String, String> {
    rule_expressions()
        .into_iter()
        .chain(board_expressions())
        .flat_map(|(place, expression)| {
            selectors(&expression)
                .into_iter()
                .map(move |s| (s.metric, place.clone()))
        })
        .collect()
}

/// The family that a series belongs to.
fn family(name: &str) -> &str {
    ["_bucket", "_sum", "_count"]
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .unwrap_or(name)
}

#[test]
fn every_metric_that_boards_and_rules_name_is_in_the_catalogue() {
    let recorded: BTreeSet<String> = rules()
        .iter()
        .map(|rule| text(rule, "record").to_owned())
        .collect();
    let known = catalogue();
    let unknown: Vec<_> = named()
        .into_iter()
        .filter(|(name, _)| {
            !known.contains(family(name))
                && !recorded.contains(name)
                && !OTHERS.contains(&name.as_str())
        })
        .collect();
    assert!(unknown.is_empty(), "not in docs/metrics.md: {unknown:#?}");
}

#[test]
fn every_metric_of_the_catalogue_is_used_or_it_is_said_why_not() {
    let named = named();
    let used: BTreeSet<&str> = named.keys().map(|name| family(name)).collect();
    let unused = reasons("tests/dashboards/unused.txt");
    let catalogue = catalogue();
    let forgotten: Vec<_> = catalogue
        .iter()
        .filter(|name| !used.contains(name.as_str()) && !unused.contains_key(*name))
        .collect();
    assert!(forgotten.is_empty(), "used nowhere: {forgotten:#?}");
    for (name, reason) in unused {
        assert!(!used.contains(name.as_str()), "{name} is used");
        assert!(catalogue.contains(&name), "{name} is no metric");
        assert!(reason.len() > 10, "{name}: {reason}");
    }
}

#[test]
fn every_recorded_series_is_used() {
    let named = named();
    for rule in rules() {
        let record = text(&rule, "record");
        assert!(record.is_empty() || named.contains_key(record), "{record}");
    }
}

//! The 17 rules of Grafana's dashboard-linter, as its `lint/rule_*.go` have them, its warnings taken as errors.
//!
//! Where the linter looks only at some kinds of panels, so do these rules, and where it looks less closely than its
//! documentation says (counters), they look as closely as that says. promtool parses the queries.

use serde_json::Value;

use super::promql::{Selector, selectors};
use super::{list, text};

type Rule = fn(&Value, &mut Vec<String>);

/// Every rule by its name in the linter.
pub const RULES: [(&str, Rule); 17] = [
    ("template-datasource-rule", template_datasource),
    ("template-job-rule", |d, p| template(d, "job", "Job", p)),
    ("template-instance-rule", |d, p| {
        template(d, "instance", "Instance", p);
    }),
    ("template-label-promql-rule", template_label_promql),
    ("template-on-time-change-reload-rule", template_reload),
    ("panel-datasource-rule", panel_datasource),
    ("panel-title-description-rule", panel_title_description),
    ("panel-units-rule", panel_units),
    ("panel-no-targets-rule", panel_no_targets),
    ("target-logql-rule", no_loki),
    ("target-logql-auto-rule", no_loki),
    ("target-promql-rule", target_promql),
    ("target-rate-interval-rule", target_rate_interval),
    ("target-job-rule", |d, p| target_matcher(d, "job", p)),
    ("target-instance-rule", |d, p| {
        target_matcher(d, "instance", p);
    }),
    ("target-counter-agg-rule", target_counter_aggregation),
    ("uneditable-dashboard", uneditable),
];

/// The kinds that panel rules look at.
const LINTED: [&str; 6] = [
    "stat",
    "singlestat",
    "graph",
    "table",
    "timeseries",
    "gauge",
];

/// Every panel, those of closed rows as well.
pub fn panels(dashboard: &Value) -> Vec<&Value> {
    list(dashboard, "panels")
        .iter()
        .flat_map(|panel| std::iter::once(panel).chain(list(panel, "panels")))
        .collect()
}

fn variables<'a>(dashboard: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    list(&dashboard["templating"], "list")
        .iter()
        .filter(move |variable| variable["type"] == kind)
}

/// Every query of every panel with its panel.
pub fn queries(dashboard: &Value) -> Vec<(&Value, &str)> {
    panels(dashboard)
        .into_iter()
        .flat_map(|panel| {
            list(panel, "targets")
                .iter()
                .map(move |t| (panel, text(t, "expr")))
        })
        .collect()
}

fn linted(dashboard: &Value) -> impl Iterator<Item = &Value> {
    panels(dashboard)
        .into_iter()
        .filter(|panel| LINTED.contains(&text(panel, "type")))
}

fn template_datasource(dashboard: &Value, problems: &mut Vec<String>) {
    let found: Vec<_> = variables(dashboard, "datasource").collect();
    match found.as_slice() {
        [one] if text(one, "query") == "prometheus" => {
            let name = text(one, "name");
            if !["datasource", "prometheus_datasource"].contains(&name) {
                problems.push(format!("is named {name}"));
            }
            let label = text(one, "label");
            if !["Data source", "Prometheus data source"].contains(&label) {
                problems.push(format!("is labelled {label}"));
            }
        }
        other => problems.push(format!(
            "not one variable of a Prometheus data source but {other:?}"
        )),
    }
}

fn template(dashboard: &Value, name: &str, label: &str, problems: &mut Vec<String>) {
    let all = list(&dashboard["templating"], "list");
    let Some(variable) = all.iter().find(|v| v["name"] == name) else {
        problems.push("there is none".to_owned());
        return;
    };
    let uid = text(&variable["datasource"], "uid");
    let good = [
        (
            ["$datasource", "${datasource}"].contains(&uid),
            "datasource",
        ),
        (text(variable, "type") == "query", "type"),
        (text(variable, "label") == label, "label"),
        (variable["multi"] == true, "multi"),
        (text(variable, "allValue") == ".+", "allValue"),
    ];
    problems.extend(
        good.iter()
            .filter(|(good, _)| !good)
            .map(|(_, what)| format!("{name}: {what}")),
    );
}

fn template_label_promql(dashboard: &Value, problems: &mut Vec<String>) {
    for variable in variables(dashboard, "query") {
        let query = text(&variable["query"], "query");
        let function = query.split('(').next().unwrap_or_default();
        let known = ["label_names", "label_values", "metrics", "query_result"];
        if !known.contains(&function) || !query.ends_with(')') || selectors(query).is_empty() {
            problems.push(query.to_owned());
        }
    }
}

fn template_reload(dashboard: &Value, problems: &mut Vec<String>) {
    let wrong = variables(dashboard, "query").filter(|variable| variable["refresh"] != 2);
    problems.extend(wrong.map(|variable| text(variable, "name").to_owned()));
}

fn panel_datasource(dashboard: &Value, problems: &mut Vec<String>) {
    for panel in linted(dashboard) {
        let uid = text(&panel["datasource"], "uid");
        if !["$datasource", "${datasource}"].contains(&uid) {
            problems.push(format!("{}: {uid}", text(panel, "title")));
        }
    }
}

fn panel_title_description(dashboard: &Value, problems: &mut Vec<String>) {
    // The linter leaves out bar gauges; we don't. A row has no description.
    for panel in panels(dashboard)
        .into_iter()
        .filter(|panel| panel["type"] != "row")
    {
        if text(panel, "title").is_empty() || text(panel, "description").is_empty() {
            problems.push(panel.to_string());
        }
    }
}

/// Of the linter's list of units, those in use here.
const UNITS: [&str; 10] = [
    "none",
    "short",
    "percentunit",
    "currencyUSD",
    "bytes",
    "s",
    "dtdurations",
    "dateTimeAsIso",
    "opm",
    "string",
];

fn panel_units(dashboard: &Value, problems: &mut Vec<String>) {
    for panel in panels(dashboard)
        .into_iter()
        .filter(|panel| panel["type"] != "row")
    {
        let config = &panel["fieldConfig"];
        let overridden = list(config, "overrides")
            .iter()
            .flat_map(|o| list(o, "properties"));
        let overridden = overridden
            .filter(|p| p["id"] == "unit")
            .map(|p| text(p, "value"));
        let units: Vec<&str> = [text(&config["defaults"], "unit")]
            .into_iter()
            .chain(overridden)
            .collect();
        // The linter asks of the last one; a format of times is none of its units, but one of Grafana's.
        let last = units.last().is_some_and(|unit| UNITS.contains(unit));
        let all = units
            .iter()
            .all(|unit| UNITS.contains(unit) || unit.starts_with("time:"));
        if !last || !all {
            problems.push(format!("{}: {units:?}", text(panel, "title")));
        }
    }
}

fn panel_no_targets(dashboard: &Value, problems: &mut Vec<String>) {
    for panel in panels(dashboard)
        .into_iter()
        .filter(|panel| panel["type"] != "row")
    {
        if list(panel, "targets").is_empty() {
            problems.push(text(panel, "title").to_owned());
        }
    }
}

fn no_loki(dashboard: &Value, problems: &mut Vec<String>) {
    // Both rules ask nothing of targets of another kind.
    for panel in panels(dashboard) {
        for target in list(panel, "targets") {
            if target["datasource"]["type"] != "prometheus" {
                problems.push(text(panel, "title").to_owned());
            }
        }
    }
}

fn target_promql(dashboard: &Value, problems: &mut Vec<String>) {
    let expressions: Vec<String> = queries(dashboard)
        .iter()
        .map(|(_, query)| expanded(query))
        .collect();
    if let Err(problem) = super::promtool_parses(&expressions) {
        problems.push(problem);
    }
}

/// The query with a duration in place of each of Grafana's own variables, as the linter writes it.
pub fn expanded(query: &str) -> String {
    query
        .replace("$__rate_interval", "8869990787ms")
        .replace("$__interval", "4867856611ms")
        .replace("$__range", "6069770749ms")
}

fn each_selector(dashboard: &Value, mut look: impl FnMut(&str, &Selector)) {
    for (panel, query) in queries(dashboard) {
        let title = text(panel, "title");
        for selector in selectors(query) {
            look(title, &selector);
        }
    }
}

fn target_rate_interval(dashboard: &Value, problems: &mut Vec<String>) {
    each_selector(dashboard, |title, selector| {
        let rate = selector
            .function
            .as_deref()
            .is_some_and(|f| f == "rate" || f == "irate");
        if rate && selector.range.as_deref() != Some("$__rate_interval") {
            problems.push(format!("{title}: {selector:?}"));
        }
    });
}

fn target_matcher(dashboard: &Value, label: &str, problems: &mut Vec<String>) {
    let value = format!("${label}");
    each_selector(dashboard, |title, selector| {
        let matched =
            |m: &super::promql::Matcher| m.label == label && m.operator == "=~" && m.value == value;
        if !selector.matchers.iter().any(matched) {
            problems.push(format!("{title}: {selector:?}"));
        }
    });
}

fn target_counter_aggregation(dashboard: &Value, problems: &mut Vec<String>) {
    each_selector(dashboard, |title, selector| {
        let counted = ["rate", "irate", "increase"];
        let aggregated = selector
            .function
            .as_deref()
            .is_some_and(|f| counted.contains(&f));
        if selector.metric.ends_with("_total") && !aggregated {
            problems.push(format!("{title}: {selector:?}"));
        }
    });
}

fn uneditable(dashboard: &Value, problems: &mut Vec<String>) {
    if dashboard["editable"] != false {
        problems.push("it is editable".to_owned());
    }
}

//! What stands around the panels: variables, links, annotations, and where each panel is.

use serde_json::{Value, json};

use super::panel::{DATASOURCE, Panel};
use super::query::expand;

/// Grafana's grid is this wide.
const WIDTH: u64 = 24;

/// A dashboard.
pub struct Board {
    /// Its address in Grafana and the name of its file.
    pub uid: &'static str,
    /// What stands at its top.
    pub title: &'static str,
    /// What it is for, in a sentence.
    pub description: &'static str,
    /// The time range that it opens with, such as `now-24h`.
    pub from: &'static str,
    /// A metric with the label `symbol` that the variable `symbol` offers, if the board has one.
    pub symbols: Option<&'static str>,
    /// Rows from top to bottom.
    pub rows: Vec<Row>,
}

/// A titled row of panels; those that don't fit beside each other stand below each other.
pub struct Row {
    title: &'static str,
    panels: Vec<Panel>,
}

impl Row {
    /// A row that shows its panels.
    pub fn new(title: &'static str, panels: Vec<Panel>) -> Self {
        Self { title, panels }
    }
}

impl Board {
    /// The dashboard as Grafana imports it.
    pub fn json(self) -> Value {
        let variables = self.variables();
        json!({
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": ["aster"],
            "editable": false,
            "graphTooltip": 1,
            "schemaVersion": 39,
            "timezone": "utc",
            "refresh": "30s",
            "time": {"from": self.from, "to": "now"},
            "templating": {"list": variables},
            "annotations": {"list": annotations()},
            "links": [link()],
            "panels": place(self.rows),
        })
    }

    fn variables(&self) -> Vec<Value> {
        let mut list = vec![
            json!({
                "name": "datasource",
                "label": "Data source",
                "type": "datasource",
                "query": "prometheus",
                "current": {},
                "options": [],
                "refresh": 1,
            }),
            variable("job", "Job", "aster_exporter_build_info"),
            variable(
                "instance",
                "Instance",
                r#"aster_exporter_build_info{job=~"$job"}"#,
            ),
            variable("account", "Account", "aster_up{#}"),
        ];
        list.extend(
            self.symbols
                .map(|metric| variable("symbol", "Symbol", metric)),
        );
        list
    }
}

/// A variable of the values that the label `name` has on the series of `metric`.
fn variable(name: &str, label: &str, metric: &str) -> Value {
    let query = format!("label_values({}, {name})", expand(metric));
    json!({
        "name": name,
        "label": label,
        "type": "query",
        "datasource": {"type": "prometheus", "uid": DATASOURCE},
        "definition": query,
        "query": {"query": query, "refId": "Variable", "qryType": 5},
        "refresh": 2,
        "sort": 1,
        "multi": true,
        "includeAll": true,
        "allValue": ".+",
        "current": {"selected": true, "text": ["All"], "value": ["$__all"]},
        "options": [],
    })
}

/// Links to the other boards, with what is chosen here.
fn link() -> Value {
    json!({
        "title": "Aster",
        "type": "dashboards",
        "tags": ["aster"],
        "asDropdown": false,
        "includeVars": true,
        "keepTime": false,
        "targetBlank": false,
        "icon": "external link",
        "tooltip": "",
        "url": "",
    })
}

fn annotations() -> [Value; 3] {
    // One region for each of these labels: regions of many accounts on top of each other would hide the panel.
    let firing = |labels: &str, alerts: &str, account: &str| {
        format!(
            r#"group by ({labels}) (ALERTS{{alertstate="firing", account=~"{account}", alertname=~"{alerts}"}})"#
        )
    };
    [
        annotation(
            "Liquidation risk",
            "red",
            &firing(
                "alertname, severity, account",
                "MarginRatioHigh|LiquidationNear|EquityNotPositive|LiquidationHappened",
                "$account",
            ),
            "{{alertname}} ({{severity}})",
        ),
        annotation(
            "Exporter trouble",
            "orange",
            &firing(
                "alertname, severity",
                "ExporterDown|DataStale|CollectorFailing|CredentialsRejected|Banned|ClockSkew",
                "$account|",
            ),
            "{{alertname}} ({{severity}})",
        ),
        annotation(
            "Exporter restarts",
            "blue",
            &expand(
                "changes(process_start_time_seconds{#}[$__rate_interval]) > 0 and on (job, instance) aster_exporter_build_info{#}",
            ),
            "Restart of the exporter",
        ),
    ]
}

fn annotation(name: &str, color: &str, query: &str, title: &str) -> Value {
    json!({
        "name": name,
        "datasource": {"type": "prometheus", "uid": DATASOURCE},
        "enable": true,
        "hide": false,
        "iconColor": color,
        "expr": query,
        "step": "60s",
        "titleFormat": title,
        "textFormat": "{{account}} {{instance}}",
        "tagKeys": "account",
        "useValueForTime": false,
    })
}

/// Gives every panel its number and its place in the grid.
fn place(rows: Vec<Row>) -> Vec<Value> {
    let mut placed = Vec::new();
    let mut id = 0;
    let mut number = || {
        id += 1;
        id
    };
    let mut top = 0;
    for row in rows {
        let at = json!({"x": 0, "y": top, "w": WIDTH, "h": 1});
        let row_id = number();
        top += 1;
        let mut panels = Vec::new();
        let (mut x, mut tallest) = (0, 0);
        for panel in row.panels {
            if x + panel.width > WIDTH {
                (x, top, tallest) = (0, top + tallest, 0);
            }
            let at = json!({"x": x, "y": top, "w": panel.width, "h": panel.height});
            x += panel.width;
            tallest = tallest.max(panel.height);
            panels.push(panel.json(number(), &at));
        }
        placed.push(json!({
            "type": "row",
            "id": row_id,
            "title": row.title,
            "collapsed": false,
            "gridPos": at,
            "panels": [],
        }));
        placed.extend(panels);
        top += tallest;
    }
    placed
}

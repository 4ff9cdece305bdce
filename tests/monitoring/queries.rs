//! Every query of the boards is asked of a real Prometheus, as Grafana asks it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::grafana;
use super::prometheus::Prometheus;
use super::world::{exchange, exporter, path, prometheus};

/// What is chosen in the variables of a board.
pub struct Choice {
    account: &'static str,
    symbol: &'static str,
}

impl Choice {
    /// All accounts and symbols.
    pub const ALL: Self = Self {
        account: ".+",
        symbol: ".+",
    };
    /// Several, as Grafana writes them.
    const SEVERAL: Self = Self {
        account: "(main|hedge)",
        symbol: "(BTCUSDT|ETHUSDT|SOLUSDT|LINKUSDT|ADAUSDT)",
    };
}

/// A query with the variables filled in as Grafana does it.
pub fn fill(query: &str, choice: &Choice) -> String {
    let filled = query
        .replace("$__rate_interval", "2s")
        .replace("$__range", "1h")
        .replace("$__interval", "1s")
        .replace("$job", ".+")
        .replace("$instance", ".+")
        .replace("$account", choice.account)
        .replace("$symbol", choice.symbol);
    assert!(!filled.contains('$'), "{filled}");
    filled
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

/// The selector whose label values a variable offers.
fn offered(variable: &Value) -> &str {
    let query = text(&variable["query"], "query");
    let inside = query.strip_prefix("label_values(").unwrap();
    inside.rsplit_once(',').unwrap().0
}

/// A query, and whether it has one answer for each day, to be asked at its beginning.
struct Query {
    expression: String,
    daily: bool,
}

/// Every query of panels and variables, by `board/kind and title of the panel/letter` and `board/$variable`.
fn queries() -> BTreeMap<String, Query> {
    let mut found = BTreeMap::new();
    for (uid, board) in grafana::dashboards() {
        for panel in list(&board, "panels") {
            for target in list(panel, "targets") {
                let (kind, title) = (text(panel, "type"), text(panel, "title"));
                let place = format!("{uid}/{kind} {title}/{}", text(target, "refId"));
                let query = Query {
                    expression: text(target, "expr").to_owned(),
                    daily: panel["interval"] == "1d",
                };
                let before = found.insert(place, query);
                assert!(before.is_none(), "{uid}: two panels of one kind and title");
            }
        }
        let variables = list(&board["templating"], "list").iter();
        for variable in variables.filter(|v| v["type"] == "query") {
            let place = format!("{uid}/${}", text(variable, "name"));
            let query = Query {
                expression: offered(variable).to_owned(),
                daily: false,
            };
            found.insert(place, query);
        }
    }
    found
}

/// The queries to which there is no answer, with every variable at `choice`.
async fn unanswered(prometheus: &Prometheus, choice: &Choice) -> BTreeSet<String> {
    let mut empty = BTreeSet::new();
    for (place, query) in queries() {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs_f64();
        let time = if query.daily {
            now - now % 86_400.0
        } else {
            now
        };
        let expression = fill(&query.expression, choice);
        if prometheus.query_at(&expression, time).await.is_empty() {
            empty.insert(place);
        }
    }
    empty
}

/// The queries to which the demo has no answer, each with the reason.
fn nothing_to_see() -> BTreeSet<String> {
    let list = fs::read_to_string(path("tests/monitoring/nothing-to-see.txt")).unwrap();
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            line.split_once(": ")
                .expect("a place and a reason")
                .0
                .to_owned()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_query_is_answered_where_the_demo_has_an_answer() {
    let exchange = exchange(30.0).await;
    let exporter = exporter(&exchange).await;
    let prometheus = prometheus(&exporter, None).await;
    let expected = nothing_to_see();
    let start = Instant::now();
    for choice in [Choice::ALL, Choice::SEVERAL] {
        let mut empty = unanswered(&prometheus, &choice).await;
        while empty != expected && start.elapsed() < Duration::from_secs(40) {
            tokio::time::sleep(Duration::from_millis(200)).await;
            empty = unanswered(&prometheus, &choice).await;
        }
        let lacking: Vec<_> = empty.difference(&expected).collect();
        let more: Vec<_> = expected.difference(&empty).collect();
        assert!(lacking.is_empty(), "no answer: {lacking:#?}");
        assert!(more.is_empty(), "answered, against the list: {more:#?}");
    }
}

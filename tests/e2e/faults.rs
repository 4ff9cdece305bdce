//! Every fault against every collector: the right kind is counted, that collector alone fails, nothing
//! wrong is shown, no secret appears, and it recovers when the fault ends.

use std::time::Duration;

use aster_exporter::collector::Collector;
use aster_exporter::demo::{Effect, Exchange, Fault};
use aster_exporter::exchange::Endpoint;
use serde_json::{Value, json};

use super::process::{Exporter, Series, eventually, exchange};

/// Shorter time-outs than the other tests: hanging is one of the faults.
const QUICK: &str = "{stale_after: 5, intervals: {balance: 400ms, account: 400ms, positions: 400ms, orders: 400ms, trades: 2s, income: 400ms, market: 400ms}}";
const HTML: &str = "<html><body>Request blocked. Ref: signature=feedface</body></html>";

fn html(status: u16) -> Effect {
    Effect::Reply {
        status,
        headers: vec![],
        content_type: "text/html".to_owned(),
        body: HTML.into(),
    }
}

fn code(status: u16, code: i64) -> Effect {
    let body = json!({"code": code, "msg": "as the documents say"}).to_string();
    Effect::Reply {
        status,
        headers: vec![],
        content_type: "application/json".to_owned(),
        body: body.into(),
    }
}

fn text(body: &'static str) -> Effect {
    Effect::Reply {
        status: 200,
        headers: vec![],
        content_type: "text/plain".to_owned(),
        body: body.into(),
    }
}

/// Faults after which nothing of the answer is left, and the kind that each counts as.
fn faults() -> Vec<(Effect, &'static str)> {
    let elsewhere = Effect::Reply {
        status: 302,
        headers: vec![(
            "Location".to_owned(),
            "http://192.0.2.1/?signature=feedface".to_owned(),
        )],
        content_type: "text/plain".to_owned(),
        body: "".into(),
    };
    vec![
        (code(400, -1102), "request"),
        (code(400, -1022), "auth"),
        (code(401, -2014), "auth"),
        (code(401, -2015), "auth"),
        (code(200, -2015), "auth"),
        (code(200, -1000), "server"),
        (code(400, -9999), "request"),
        (code(500, -1001), "server"),
        (html(500), "server"),
        (html(502), "server"),
        (html(503), "server"),
        (html(404), "request"),
        (html(200), "decode"),
        (elsewhere, "request"),
        (text(""), "decode"),
        (text("null"), "decode"),
        (text("[{"), "decode"),
        (text("[1,2,3]"), "decode"),
        (text("{\"a\":1}"), "decode"),
        (text("[[]]"), "decode"),
        (Effect::Hang, "timeout"),
        (Effect::Drop, "network"),
        (Effect::ResetMidBody, "network"),
        (Effect::Truncate, "network"),
        (Effect::Endless { bytes: 50 << 20 }, "decode"),
        (Effect::GzipBomb { bytes: 200 << 20 }, "decode"),
    ]
}

struct Case {
    collector: Collector,
    /// `main`, or nobody for the unsigned one.
    account: &'static str,
    exchange: Exchange,
    exporter: Exporter,
}

impl Case {
    async fn start(collector: Collector) -> Self {
        let exchange = exchange().await;
        let exporter = Exporter::start(&exchange, QUICK, &[]).await;
        let account = if collector == Collector::Market {
            ""
        } else {
            "main"
        };
        Self {
            collector,
            account,
            exchange,
            exporter,
        }
    }

    fn success(&self, page: &Series) -> Option<f64> {
        page.value(&format!(
            "aster_collector_success{{account=\"{}\",collector=\"{}\"}}",
            self.account,
            self.collector.name()
        ))
    }

    fn errors(&self, page: &Series, kind: &str) -> f64 {
        let endpoint = Endpoint::of(self.collector).name();
        page.value(&format!(
            "aster_api_errors_total{{account=\"{}\",endpoint=\"{endpoint}\",kind=\"{kind}\"}}",
            self.account
        ))
        .unwrap_or_else(|| panic!("no errors of kind {kind}"))
    }

    fn inject(&self, effect: Effect) {
        let fault = Fault::new(effect).on(Endpoint::of(self.collector).path());
        self.exchange.fault(if self.account.is_empty() {
            fault
        } else {
            fault.of(self.account)
        });
    }

    /// Every collector but the faulty one is good.
    fn others_are_good(&self, page: &Series) -> bool {
        let all = 6 * 3 + 1;
        page.sum("aster_collector_success{") >= f64::from(all - 1)
            && (self.account.is_empty() || page.is("aster_up{account=\"hedge\"}", 1.0))
    }

    async fn until(&self, what: &str, good: impl Fn(&Series) -> bool) -> Series {
        let name = format!("{}: {what}", self.collector.name());
        eventually(&name, || async {
            let page = self.exporter.series("/metrics").await;
            good(&page).then_some(page)
        })
        .await
    }

    async fn run(&self, effect: Effect, kind: &str) {
        let name = format!("{effect:?} as {kind}");
        let good = self
            .until(&format!("good before {name}"), |p| {
                self.success(p) == Some(1.0) && self.others_are_good(p)
            })
            .await;
        self.inject(effect);
        let failed = self
            .until(&name, |p| {
                self.success(p) == Some(0.0)
                    && self.errors(p, kind) > self.errors(&good, kind)
                    && self.others_are_good(p)
            })
            .await;
        let up = failed.value("aster_up{account=\"main\"}");
        assert_eq!(
            up,
            Some(if self.account.is_empty() { 1.0 } else { 0.0 }),
            "{name}"
        );
        // Nothing is shown that the exchange never said: an error is no empty account.
        assert!(
            !failed.is("aster_account_open_positions{account=\"main\"}", 0.0),
            "{name}"
        );
        assert!(
            !failed.is("aster_account_wallet_balance_usdt{account=\"main\"}", 0.0),
            "{name}"
        );
        assert!(
            !failed.is("aster_account_open_orders{account=\"main\"}", 0.0),
            "{name}"
        );
        self.exchange.clear_faults();
    }

    async fn no_secret_anywhere(&self) {
        let mut seen = self.exporter.log();
        for path in ["/", "/metrics"] {
            seen += &self.exporter.get(path).await.body;
        }
        for account in self.exchange.accounts() {
            assert!(!seen.contains(&account.api_key) && !seen.contains(&account.api_secret));
        }
        // Neither ours nor what answers say.
        assert!(
            !seen.contains("signature=") && !seen.contains("feedface"),
            "{seen}"
        );
    }
}

async fn all_faults_of(collector: Collector) {
    let case = Case::start(collector).await;
    for (effect, kind) in faults() {
        case.run(effect, kind).await;
    }
    case.until("recovery", |p| case.success(p) == Some(1.0))
        .await;
    case.no_secret_anywhere().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn balance() {
    all_faults_of(Collector::Balance).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn account() {
    all_faults_of(Collector::Account).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn positions() {
    all_faults_of(Collector::Positions).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders() {
    all_faults_of(Collector::Orders).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn income() {
    all_faults_of(Collector::Income).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn market() {
    all_faults_of(Collector::Market).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_odd_field_costs_one_series() {
    let case = Case::start(Collector::Positions).await;
    // A position that the demo closes meanwhile would look like one that was lost.
    case.exchange.freeze();
    let btc = |metric: &str| {
        format!(
            "aster_position_{metric}{{account=\"main\",symbol=\"BTCUSDT\",position_side=\"BOTH\"}}"
        )
    };
    let whole = case
        .until("all of it", |p| p.value(&btc("leverage")).is_some())
        .await;
    for odd in [
        json!("NaN"),
        json!(null),
        json!(""),
        json!({"a": 1}),
        json!(true),
    ] {
        let shown = odd.to_string();
        let before = case.errors(&case.exporter.series("/metrics").await, "decode");
        case.exchange.fault(
            Fault::edit(move |answer: &mut Value| {
                for row in answer.as_array_mut().into_iter().flatten() {
                    if row["symbol"] == "BTCUSDT" {
                        row["leverage"] = odd.clone();
                    }
                }
            })
            .on(Endpoint::PositionRisk.path())
            .of("main"),
        );
        let page = case
            .until(&shown, |p| {
                p.value(&btc("leverage")).is_none() && case.errors(p, "decode") > before
            })
            .await;
        assert_eq!(case.success(&page), Some(1.0), "{shown}");
        assert!(page.value(&btc("mark_price")).is_some(), "{shown}");
        assert_eq!(
            page.count("aster_position_size{account=\"main\""),
            whole.count("aster_position_size{account=\"main\""),
            "{shown}"
        );
        case.exchange.clear_faults();
        case.until("the series again", |p| p.value(&btc("leverage")).is_some())
            .await;
    }
    // One line when it begins and one when it ends, not one a collection.
    let lines = case
        .exporter
        .log()
        .lines()
        .filter(|l| l.contains("could not be read"))
        .count();
    assert!((1..=5).contains(&lines), "{lines} lines");
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_answers_are_not_failures_and_a_wrong_clock_is_mended() {
    let case = Case::start(Collector::Account).await;
    case.until("good", |p| case.success(p) == Some(1.0)).await;
    case.inject(Effect::Delay(Duration::from_millis(300)));
    case.until("a slow answer", |p| {
        p.value("aster_collector_duration_seconds{account=\"main\",collector=\"account\"}")
            .is_some_and(|s| s >= 0.3)
            && case.success(p) == Some(1.0)
    })
    .await;
    case.exchange.clear_faults();
    for offset in [90_000, -90_000] {
        case.exchange.set_clock_offset(offset);
        #[allow(clippy::cast_precision_loss, reason = "small numbers")]
        let seconds = offset as f64 / 1000.0;
        case.until("the new offset", |p| {
            p.value("aster_clock_offset_seconds")
                .is_some_and(|o| (o - seconds).abs() < 1.0)
                && p.is("aster_up{account=\"main\"}", 1.0)
                && p.is("aster_up{account=\"hedge\"}", 1.0)
        })
        .await;
    }
}

//! Reading the configuration again: what changes, what goes on, and what is refused.

use std::path::PathBuf;

use aster_exporter::demo::Exchange;
use tempfile::TempDir;

use super::process::{Answer, Exporter, binary, client, configure, eventually, exchange, send};

/// Fast enough not to wait for, and slow enough that nothing gets too old on a busy machine.
const STEADY: &str = "{stale_after: 20, min_age: 100ms, intervals: {balance: 500ms, account: 500ms, positions: 500ms, orders: 500ms, trades: 1s, income: 1s, market: 500ms}}";

/// An exporter whose file can be changed.
struct Rig {
    exchange: Exchange,
    exporter: Exporter,
    file: PathBuf,
    _folder: TempDir,
}

impl Rig {
    /// The accounts that `edit` leaves.
    async fn start(edit: impl FnOnce(String) -> String) -> Self {
        let exchange = exchange().await;
        let folder = tempfile::tempdir().unwrap();
        let file = configure(folder.path(), &exchange, STEADY);
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, edit(text)).unwrap();
        let mut command = binary();
        command.arg(format!("--config.file={}", file.display()));
        command.arg("--web.enable-lifecycle");
        let exporter = Exporter::spawn(command, tempfile::tempdir().unwrap()).await;
        Self {
            exchange,
            exporter,
            file,
            _folder: folder,
        }
    }

    fn edit(&self, edit: impl FnOnce(String) -> String) {
        let text = std::fs::read_to_string(&self.file).unwrap();
        std::fs::write(&self.file, edit(text)).unwrap();
    }

    async fn reload(&self) -> Answer {
        let url = format!("{}/-/reload", self.exporter.url);
        send(client().post(url)).await.unwrap()
    }

    async fn up(&self, accounts: &[&str]) {
        self.exporter
            .until("these accounts up", |page| {
                page.count("aster_up{") == accounts.len()
                    && accounts
                        .iter()
                        .all(|a| page.is(&format!("aster_up{{account=\"{a}\"}}"), 1.0))
            })
            .await;
    }
}

/// The lines of the file without those of this account.
fn without(text: &str, account: &str) -> String {
    let of = format!("name: {account},");
    let lines: Vec<&str> = text.lines().filter(|line| !line.contains(&of)).collect();
    lines.join("\n") + "\n"
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_come_and_go_while_the_others_run_on() {
    let mut line = String::new();
    let rig = Rig::start(|text| {
        line = text
            .lines()
            .find(|l| l.contains("name: hedge,"))
            .unwrap()
            .to_owned();
        without(&text, "hedge")
    })
    .await;
    rig.up(&["main", "trouble"]).await;
    // What main has counted, and since when its ledger counts, goes on.
    let requests = "aster_api_requests_total{account=\"main\",endpoint=\"account\",status=\"200\"}";
    let start = "aster_ledger_start_timestamp_seconds{account=\"main\"}";
    let before = rig
        .exporter
        .until("the ledger", |p| p.value(start).is_some())
        .await;

    rig.edit(|text| text + &line + "\n");
    assert_eq!(rig.reload().await.status, 200);
    // Nothing of main was lost for a moment.
    let page = rig.exporter.series("/metrics").await;
    assert!(page.is("aster_up{account=\"main\"}", 1.0), "{page:?}");
    assert!(page.count("aster_position_size{account=\"main\"") > 0);
    assert!(page.value(requests) >= before.value(requests));
    rig.up(&["main", "hedge", "trouble"]).await;
    let page = rig.exporter.series("/metrics").await;
    assert_eq!(page.value(start), before.value(start));

    rig.edit(|text| without(&text, "trouble"));
    assert_eq!(rig.reload().await.status, 200);
    let page = rig.exporter.series("/metrics").await;
    assert_eq!(page.count("account=\"trouble\""), 0, "{page:?}");
    rig.up(&["main", "hedge"]).await;
    // Nobody asks for it any more; what was under way may still arrive.
    let of_trouble = || {
        let seen = rig.exchange.requests();
        seen.iter()
            .filter(|s| s.account.as_deref() == Some("trouble"))
            .count()
    };
    eventually("silence", || async {
        let (asked, polled) = (of_trouble(), rig.exchange.requests().len());
        rig.exporter
            .until("several rounds", |_| {
                rig.exchange.requests().len() > polled + 60
            })
            .await;
        (of_trouble() == asked).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_counts_at_once_and_old_numbers_go() {
    let rig = Rig::start(|text| text).await;
    rig.up(&["main", "hedge", "trouble"]).await;
    let secret = rig.file.with_file_name("main.secret");
    let right = std::fs::read_to_string(&secret).unwrap();
    std::fs::write(&secret, "0".repeat(64)).unwrap();
    assert_eq!(rig.reload().await.status, 200);
    let page = rig
        .exporter
        .until("the key to be refused", |page| {
            page.value(
                "aster_api_errors_total{account=\"main\",endpoint=\"account\",kind=\"auth\"}",
            )
            .is_some_and(|n| n > 0.0)
        })
        .await;
    // They may be another account's.
    assert_eq!(page.count("aster_position_size{account=\"main\""), 0);
    assert!(page.is("aster_up{account=\"hedge\"}", 1.0));
    std::fs::write(&secret, right).unwrap();
    assert_eq!(rig.reload().await.status, 200);
    rig.up(&["main", "hedge", "trouble"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn intervals_change_by_a_signal() {
    let rig = Rig::start(|text| text).await;
    rig.up(&["main", "hedge", "trouble"]).await;
    let interval = "aster_collector_interval_seconds{account=\"main\",collector=\"positions\"}";
    rig.edit(|text| text.replace("positions: 500ms", "positions: 300ms"));
    rig.exporter.signal("HUP");
    let page = rig
        .exporter
        .until("the new interval", |page| page.is(interval, 0.3))
        .await;
    assert!(
        page.is("aster_up{account=\"main\"}", 1.0),
        "what was known stays"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_is_refused_and_the_old_one_goes_on() {
    let rig = Rig::start(|text| text).await;
    rig.up(&["main", "hedge", "trouble"]).await;
    let good = std::fs::read_to_string(&rig.file).unwrap();
    let state = "aster_exporter_config_last_reload_successful";
    let read = "aster_exporter_config_last_reload_success_timestamp_seconds";
    let since = rig.exporter.series("/metrics").await.value(read);
    let elsewhere = good.replace(&rig.exchange.url(), "http://127.0.0.1:9");
    for (text, why) in [
        ("accounts: [", "aster.yaml:"),
        ("colour: red\naccounts: []\n", "colour: unknown key"),
        (
            elsewhere.as_str(),
            "what changed in exchange.base_url needs a restart",
        ),
    ] {
        std::fs::write(&rig.file, text).unwrap();
        let answer = rig.reload().await;
        assert_eq!(answer.status, 500);
        assert!(answer.body.contains(why), "{}", answer.body);
        assert!(
            answer.body.contains("the old one goes on"),
            "{}",
            answer.body
        );
        let page = rig.exporter.series("/metrics").await;
        assert!(page.is(state, 0.0));
        assert_eq!(page.value(read), since);
        assert_eq!(page.count("aster_up{"), 3);
    }
    rig.up(&["main", "hedge", "trouble"]).await;
    std::fs::write(&rig.file, good).unwrap();
    assert_eq!(rig.reload().await.status, 200);
    let page = rig.exporter.series("/metrics").await;
    assert!(page.is(state, 1.0));
    assert!(page.value(read) > since);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_flag_nobody_can_ask_for_it() {
    let exchange = exchange().await;
    let exporter = Exporter::start(&exchange, STEADY, &[]).await;
    let url = format!("{}/-/reload", exporter.url);
    assert_eq!(send(client().post(&url)).await.unwrap().status, 403);
    assert_eq!(send(client().get(&url)).await.unwrap().status, 405);
}

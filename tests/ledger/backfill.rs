//! The past out of the ledger, into a real Prometheus, joined to the present without a jump.

use std::process::Command;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rust_decimal::Decimal;

use super::process::binary;
use super::prometheus::Prometheus;
use super::truth::until_true;
use super::world::{exchange, records, start};

#[tokio::test(flavor = "multi_thread")]
async fn past_and_present_are_one_series() {
    let exchange = exchange().await;
    exchange.freeze();
    let now = exchange.server_ms();
    let mut rng = StdRng::seed_from_u64(11);
    // A record every two hours of the last ten days.
    for hours in (1..120).rev() {
        exchange.book_income("main", records(&mut rng, 5, now - hours * 7_200_000, 1));
    }
    let folder = tempfile::tempdir().unwrap();
    let exporter = start(&exchange, folder.path(), &[]).await;
    until_true(&exporter, &exchange).await;

    let target = exporter.url.trim_start_matches("http://").to_owned();
    let home = tempfile::tempdir().unwrap();
    let from = format!("--from={}", Decimal::new(now - 11 * 86_400_000, 3));
    for kind in ["income", "trades"] {
        let text = binary()
            .args([
                "ledger",
                "export",
                "--account=main",
                "--format=openmetrics",
                "--step=4m",
                &from,
            ])
            .arg(format!("--kind={kind}"))
            .arg(format!(
                "--ledger.path={}",
                folder.path().join("ledger.db").display()
            ))
            .arg(format!("--label=instance={target}"))
            .arg("--label=job=aster")
            .output()
            .unwrap();
        assert!(
            text.status.success(),
            "{}",
            String::from_utf8_lossy(&text.stderr)
        );
        let file = home.path().join(format!("{kind}.om"));
        std::fs::write(&file, &text.stdout).unwrap();
        let made = Command::new("promtool")
            .args(["tsdb", "create-blocks-from", "openmetrics"])
            // One block: promtool reads its input again for each of them.
            .arg("--max-block-duration=720h")
            .arg(&file)
            .arg(home.path().join("data"))
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
    }
    let job = format!("  static_configs: [{{targets: [\"{target}\"]}}]");
    let prometheus = Prometheus::scraping_into(home, &job).await;

    let records = exchange.income("main");
    let seconds = |ms: i64| Decimal::new(ms, 3).to_string().parse::<f64>().unwrap();
    // At times in the past it says what had happened by then.
    for hours in [3, 50, 100, 170] {
        let at = now - hours * 3_600_000;
        let due: Decimal = records
            .iter()
            // Samples are four minutes apart.
            .filter(|r| {
                r.time <= at - 240_000 && r.income_type == "FUNDING_FEE" && r.asset == "USDT"
            })
            .map(|r| r.income)
            .sum();
        let net = "sum(aster_income_received_total{income_type=\"FUNDING_FEE\",asset=\"USDT\"}) - sum(aster_income_paid_total{income_type=\"FUNDING_FEE\",asset=\"USDT\"})";
        let found = prometheus.query_at(net, seconds(at)).await;
        let (found, due): (f64, f64) = (
            found[0].1.parse().unwrap(),
            due.to_string().parse().unwrap(),
        );
        assert!(
            (found - due).abs() < 1e-6,
            "{hours} hours ago: {found}, should be {due}"
        );
    }
    // The running exporter goes on in the same series: as many as it shows, none that ever falls, no jump where they meet.
    for metric in [
        "aster_income_paid_total",
        "aster_income_records_total",
        "aster_trades_quote_volume_total",
    ] {
        let one = format!("{metric}{{account=\"main\"}}");
        let live = exporter
            .series("/metrics")
            .await
            .count(&format!("{metric}{{account=\"main\""));
        prometheus
            .until(&format!("count(count_over_time({one}[5s]) > 3)"), |f| {
                f.first().is_some_and(|(_, n)| *n == live.to_string())
            })
            .await;
        let count = prometheus
            .query(&format!("count(last_over_time({one}[29d]))"))
            .await;
        assert_eq!(
            count[0].1,
            live.to_string(),
            "{metric}: past and present have the same labels"
        );
        let resets = prometheus.query(&format!("sum(resets({one}[29d]))")).await;
        assert_eq!(resets[0].1, "0", "{metric}");
        // The last sample of the past lies up to four minutes before the first of the present.
        let jump = prometheus
            .query(&format!(
                "sum({one}) - sum(last_over_time({one}[10m] offset 6m))"
            ))
            .await;
        let newest = records.iter().filter(|r| r.time > now - 960_000).count();
        if newest == 0 {
            assert_eq!(jump[0].1, "0", "{metric}");
        }
    }
}

//! What the counters must say: the exchange's own records, added up here.

use std::collections::BTreeMap;

use aster_exporter::demo::Exchange;
use rust_decimal::Decimal;

use super::process::{Exporter, Series};

/// Exact sums by series as the page writes them.
pub type Sums = BTreeMap<String, Decimal>;

/// What the counters of all accounts must say of what the exchange has now.
pub fn expected(exchange: &Exchange) -> Sums {
    let mut sums = Sums::new();
    for account in exchange.accounts() {
        income(exchange, &account.name, &mut sums);
        trades(exchange, &account.name, &mut sums);
    }
    sums
}

fn income(exchange: &Exchange, account: &str, sums: &mut Sums) {
    for record in exchange.income(account) {
        let labels = format!(
            "account=\"{account}\",asset=\"{}\",income_type=\"{}\",symbol=\"{}\"",
            record.asset, record.income_type, record.symbol
        );
        let mut add = |name: &str, amount: Decimal| {
            *sums
                .entry(format!("aster_income_{name}_total{{{labels}}}"))
                .or_default() += amount;
        };
        add("received", record.income.max(Decimal::ZERO));
        add("paid", (-record.income).max(Decimal::ZERO));
        add("records", Decimal::ONE);
    }
}

fn trades(exchange: &Exchange, account: &str, sums: &mut Sums) {
    for fill in exchange.trades(account) {
        let liquidity = if fill.maker { "maker" } else { "taker" };
        let (symbol, side) = (&fill.symbol, &fill.position_side);
        let mut add = |name: &str, labels: String, amount: Decimal| {
            let series = format!("aster_trades_{name}{{account=\"{account}\",{labels}}}");
            *sums.entry(series).or_default() += amount;
        };
        let labels = format!(
            "liquidity=\"{liquidity}\",position_side=\"{side}\",side=\"{}\",symbol=\"{symbol}\"",
            fill.side
        );
        add("total", labels.clone(), Decimal::ONE);
        add("base_volume_total", labels.clone(), fill.quantity);
        add("quote_volume_total", labels, fill.quote_quantity);
        let labels = format!("position_side=\"{side}\",symbol=\"{symbol}\"");
        let (profit, loss) = (
            fill.realized_pnl.max(Decimal::ZERO),
            (-fill.realized_pnl).max(Decimal::ZERO),
        );
        add("realized_profit_total", labels.clone(), profit);
        add("realized_loss_total", labels, loss);
        for (outcome, amount) in [("win", profit), ("loss", loss)] {
            let labels =
                format!("outcome=\"{outcome}\",position_side=\"{side}\",symbol=\"{symbol}\"");
            let counts = Decimal::from(u8::from(!amount.is_zero()));
            add("closing_total", labels, counts);
        }
        let labels = format!(
            "asset=\"{}\",liquidity=\"{liquidity}\",symbol=\"{symbol}\"",
            fill.commission_asset
        );
        add("commission_total", labels, fill.commission.abs());
    }
}

/// The counters of income and trades on a page, labels in the order of their names.
pub fn shown(page: &Series) -> BTreeMap<String, f64> {
    page.all()
        .filter(|(series, _)| {
            let counter = series.split('{').next().unwrap().ends_with("_total");
            counter && (series.starts_with("aster_income_") || series.starts_with("aster_trades_"))
        })
        .map(|(series, value)| (sorted(series), value.parse().unwrap()))
        .collect()
}

fn sorted(series: &str) -> String {
    let (name, labels) = series.split_once('{').unwrap();
    let mut labels: Vec<&str> = labels.strip_suffix("\"}").unwrap().split("\",").collect();
    labels.sort_unstable();
    format!("{name}{{{}\"}}", labels.join("\","))
}

/// What is wrong with what is shown, if anything: every label set is there with the float nearest to its exact sum.
pub fn difference(shown: &BTreeMap<String, f64>, sums: &Sums) -> Option<String> {
    let nearest = |sum: &Decimal| sum.abs().to_string().parse::<f64>().unwrap();
    let wrong = sums.iter().find_map(|(series, sum)| {
        let value = shown.get(series).copied();
        let same = value.is_some_and(|v| v.to_bits() == nearest(sum).to_bits());
        (!same).then(|| format!("{series}: {value:?}, should be {sum}"))
    });
    let unknown = || {
        let more = shown.keys().find(|series| !sums.contains_key(*series))?;
        Some(format!("{more} is not known to the exchange"))
    };
    wrong.or_else(unknown)
}

/// Waits until the counters are the exchange's own totals, to the last digit, for every label set.
pub async fn until_true(exporter: &Exporter, exchange: &Exchange) {
    until_all_true(&[exporter], exchange).await;
}

/// The same of exporters that share the accounts among them: together they show everything, and nothing twice.
pub async fn until_all_true(exporters: &[&Exporter], exchange: &Exchange) {
    let mut wrong = String::new();
    let start = std::time::Instant::now();
    while start.elapsed() < std::time::Duration::from_mins(1) {
        let sums = expected(exchange);
        let mut all = BTreeMap::new();
        for exporter in exporters {
            for (series, value) in shown(&exporter.series("/metrics").await) {
                let twice = all.insert(series.clone(), value);
                assert_eq!(twice, None, "{series} is shown twice");
            }
        }
        match difference(&all, &sums) {
            None => return,
            Some(what) => wrong = what,
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let logs: Vec<String> = exporters.iter().map(|e| e.log()).collect();
    let logs = logs.join("\n");
    let loud = logs.lines().filter(|l| !l.contains("level=debug"));
    panic!("{wrong}\n{}", loud.collect::<Vec<_>>().join("\n"));
}

//! What the tests of mapping and of families share.
#![allow(dead_code, reason = "no test uses all of it")]

use std::fmt::Write as _;
use std::path::PathBuf;

use aster_exporter::collector::Collector;
use aster_exporter::exchange::error::Error;
use aster_exporter::snapshot::{
    AccountSummary, Balances, Keep, Mapped, Market, Orders, Positions, Snapshot, map,
};
use rust_decimal::Decimal;

/// Only what the exporter shows when it is not told otherwise.
pub(crate) const DEFAULT: Keep = Keep {
    all_symbols: false,
    all_assets: false,
};

/// Everything.
pub(crate) const ALL: Keep = Keep {
    all_symbols: true,
    all_assets: true,
};

pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// An answer from `tests/fixtures/exchange`.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = path("tests/fixtures/exchange").join(format!("{name}.json"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The recorded `premiumIndex` of one symbol as the list that all symbols come in.
pub(crate) fn premium_index() -> Vec<u8> {
    [b"[", fixture("premium-index.recorded").as_slice(), b"]"].concat()
}

macro_rules! typed {
    ($($name:ident: $collector:ident, $variant:ident => $type:ty;)*) => {
        $(pub(crate) fn $name(body: impl AsRef<[u8]>, keep: Keep) -> Result<Mapped<$type>, Error> {
            let Mapped { value, problems } = map(Collector::$collector, body.as_ref(), keep)?;
            match value {
                Snapshot::$variant(value) => Ok(Mapped { value, problems }),
                other => panic!("not of this collector: {other:?}"),
            }
        })*
    };
}

typed! {
    balances: Balance, Balances => Balances;
    account: Account, Account => AccountSummary;
    positions: Positions, Positions => Positions;
    orders: Orders, Orders => Orders;
    market: Market, Market => Market;
}

/// What was mapped, if it was mapped without a problem.
pub(crate) fn clean<T>(mapped: Result<Mapped<T>, Error>) -> T {
    let mapped = mapped.expect("the answer as a whole can be read");
    assert_eq!(mapped.problems.summary(), "");
    mapped.value
}

/// What was mapped, with this many problems.
pub(crate) fn with_problems<T>(count: u64, mapped: Result<Mapped<T>, Error>) -> T {
    let mapped = mapped.expect("the answer as a whole can be read");
    let Mapped { value, problems } = mapped;
    assert_eq!(problems.count(), count, "{}", problems.summary());
    value
}

pub(crate) fn dec(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// A row whose fields are raw JSON, so that every spelling can be written.
#[derive(Debug, Clone)]
pub(crate) struct Row(Vec<(String, String)>);

impl Row {
    pub(crate) fn new(fields: &[(&str, &str)]) -> Self {
        Self(
            fields
                .iter()
                .map(|(name, json)| ((*name).to_owned(), (*json).to_owned()))
                .collect(),
        )
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }

    pub(crate) fn with(&self, name: &str, json: &str) -> Self {
        let mut row = self.without(name);
        row.0.push((name.to_owned(), json.to_owned()));
        row
    }

    pub(crate) fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|(n, _)| n != name).cloned().collect())
    }

    pub(crate) fn json(&self) -> String {
        let fields: Vec<String> = self
            .0
            .iter()
            .map(|(name, json)| format!("{name:?}:{json}"))
            .collect();
        format!("{{{}}}", fields.join(","))
    }
}

/// A list of these rows.
pub(crate) fn list(rows: &[Row]) -> String {
    let rows: Vec<String> = rows.iter().map(Row::json).collect();
    format!("[{}]", rows.join(","))
}

/// A row of `balance`.
pub(crate) fn balance_row() -> Row {
    Row::new(&[
        ("asset", r#""USDT""#),
        ("balance", r#""1.1""#),
        ("crossWalletBalance", r#""2.2""#),
        ("crossUnPnl", r#""-3.3""#),
        ("availableBalance", r#""4.4""#),
        ("maxWithdrawAmount", r#""5.5""#),
        ("marginAvailable", "true"),
    ])
}

/// The answer of `account`, without assets and positions.
pub(crate) fn account_row() -> Row {
    Row::new(&[
        ("feeTier", "3"),
        ("canTrade", "true"),
        ("canDeposit", "true"),
        ("canWithdraw", "false"),
        ("totalInitialMargin", r#""1.1""#),
        ("totalMaintMargin", r#""2.2""#),
        ("totalWalletBalance", r#""3.3""#),
        ("totalUnrealizedProfit", r#""-4.4""#),
        ("totalMarginBalance", r#""5.5""#),
        ("totalPositionInitialMargin", r#""6.6""#),
        ("totalOpenOrderInitialMargin", r#""7.7""#),
        ("totalCrossWalletBalance", r#""8.8""#),
        ("totalCrossUnPnl", r#""-9.9""#),
        ("availableBalance", r#""10.1""#),
        ("maxWithdrawAmount", r#""11.11""#),
        ("assets", "[]"),
        ("positions", "[]"),
    ])
}

/// A row of `assets` in `account`.
pub(crate) fn asset_row() -> Row {
    Row::new(&[
        ("asset", r#""USDT""#),
        ("walletBalance", r#""1.1""#),
        ("crossWalletBalance", r#""2.2""#),
        ("unrealizedProfit", r#""-3.3""#),
        ("marginBalance", r#""4.4""#),
        ("maintMargin", r#""5.5""#),
        ("initialMargin", r#""6.6""#),
        ("positionInitialMargin", r#""7.7""#),
        ("openOrderInitialMargin", r#""8.8""#),
    ])
}

/// A row of `positions` in `account`.
pub(crate) fn margin_row() -> Row {
    Row::new(&[
        ("symbol", r#""BTCUSDT""#),
        ("positionSide", r#""BOTH""#),
        ("positionAmt", r#""0.5""#),
        ("positionInitialMargin", r#""12.5""#),
        ("maintMargin", r#""1.25""#),
    ])
}

/// A row of `positionRisk`: isolated, long.
pub(crate) fn position_row() -> Row {
    Row::new(&[
        ("symbol", r#""BTCUSDT""#),
        ("positionSide", r#""BOTH""#),
        ("positionAmt", r#""0.5""#),
        ("entryPrice", r#""100.5""#),
        ("markPrice", r#""110.25""#),
        ("unRealizedProfit", r#""4.875""#),
        ("liquidationPrice", r#""50.1""#),
        ("leverage", r#""20""#),
        ("maxNotionalValue", r#""250000""#),
        ("marginType", r#""isolated""#),
        ("isolatedMargin", r#""7.25""#),
        ("isAutoAddMargin", r#""false""#),
        ("updateTime", "1780000000123"),
    ])
}

/// A row of `openOrders`: a reduce-only stop of a long.
pub(crate) fn order_row() -> Row {
    Row::new(&[
        ("orderId", "1"),
        ("symbol", r#""BTCUSDT""#),
        ("side", r#""SELL""#),
        ("positionSide", r#""BOTH""#),
        ("type", r#""STOP_MARKET""#),
        ("price", r#""0""#),
        ("stopPrice", r#""90.5""#),
        ("origQty", r#""0.5""#),
        ("executedQty", r#""0""#),
        ("reduceOnly", "true"),
        ("closePosition", "false"),
        ("time", "1780000000123"),
    ])
}

/// A row of `premiumIndex`.
pub(crate) fn market_row() -> Row {
    Row::new(&[
        ("symbol", r#""BTCUSDT""#),
        ("markPrice", r#""110.25""#),
        ("indexPrice", r#""110.5""#),
        ("lastFundingRate", r#""-0.0001""#),
        ("nextFundingTime", "1780012800000"),
    ])
}

/// Compares a text with a file; writes the file instead when `UPDATE_GOLDEN=1`.
pub(crate) fn golden(file: &str, actual: &str) {
    let path = path(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|v| v == "1") {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        std::fs::write(&path, actual).unwrap_or_else(|e| panic!("{file}: {e}"));
        return;
    }
    let expected = std::fs::read_to_string(&path)
        .unwrap_or_else(|e| panic!("{file}: {e}; UPDATE_GOLDEN=1 writes it"));
    assert!(
        expected == actual,
        "{file} differs (- file, + now); if this is meant, UPDATE_GOLDEN=1 writes it anew\n{}",
        diff(&expected, actual)
    );
}

/// The lines that differ, by their longest common subsequence.
fn diff(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut common = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut text) = (0, 0, String::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            writeln!(text, "{:>5} - {}", i + 1, old[i]).expect("string");
            i += 1;
        } else {
            writeln!(text, "{:>5} + {}", j + 1, new[j]).expect("string");
            j += 1;
        }
    }
    if text.is_empty() {
        "only line ends differ".clone_into(&mut text);
    }
    text
}

//! From an answer's bytes to a snapshot, for a market of 250 symbols.
#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "a benchmark stops at the first mistake"
)]

use std::fmt::Write as _;
use std::hint::black_box;

use aster_exporter::collector::Collector;
use aster_exporter::snapshot::{Keep, map};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const SYMBOLS: usize = 250;

fn rows(row: impl Fn(usize) -> String) -> String {
    let mut list = String::from("[");
    for symbol in 0..SYMBOLS {
        let separator = if symbol == 0 { "" } else { "," };
        write!(list, "{separator}{}", row(symbol)).expect("a string");
    }
    list + "]"
}

fn position_risk() -> String {
    rows(|n| {
        let size = if n % 10 == 0 { "20.000" } else { "0.000" };
        format!(
            r#"{{"symbol":"SYM{n}USDT","positionAmt":"{size}","entryPrice":"6563.66500","markPrice":"6679.50671178",
            "unRealizedProfit":"2316.83423560","liquidationPrice":"5930.78","leverage":"10","maxNotionalValue":"20000000",
            "marginType":"isolated","isolatedMargin":"15517.54150468","isAutoAddMargin":"false","positionSide":"BOTH",
            "notional":"133590.1342356","isolatedWallet":"13200.7","updateTime":1625474304765}}"#
        )
    })
}

fn account() -> String {
    let positions = rows(|n| {
        let size = if n % 10 == 0 { "20.000" } else { "0.000" };
        format!(
            r#"{{"symbol":"SYM{n}USDT","initialMargin":"0","maintMargin":"12.5","unrealizedProfit":"0.00000000",
            "positionInitialMargin":"100.25","openOrderInitialMargin":"0","leverage":"20","isolated":false,
            "entryPrice":"0.0","maxNotional":"1.2E7","positionSide":"BOTH","positionAmt":"{size}","updateTime":0}}"#
        )
    });
    format!(
        r#"{{"feeTier":0,"canTrade":true,"canDeposit":true,"canWithdraw":true,"updateTime":0,"totalInitialMargin":"1",
        "totalMaintMargin":"2","totalWalletBalance":"35.0112029814204","totalUnrealizedProfit":"0.00000000",
        "totalMarginBalance":"35.0112029814204","totalPositionInitialMargin":"3","totalOpenOrderInitialMargin":"4",
        "totalCrossWalletBalance":"35.0112029814204","totalCrossUnPnl":"0.00000000","availableBalance":"35.00840230",
        "maxWithdrawAmount":"35.0112029814204","assets":[],"positions":{positions}}}"#
    )
}

fn mapping(c: &mut Criterion) {
    let mut group = c.benchmark_group("decode and map 250 symbols");
    for (collector, answer) in [
        (Collector::Positions, position_risk()),
        (Collector::Account, account()),
    ] {
        group.throughput(Throughput::Bytes(answer.len() as u64));
        group.bench_function(collector.name(), |b| {
            b.iter(|| {
                map(collector, black_box(answer.as_bytes()), Keep::default()).expect("readable")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, mapping);
criterion_main!(benches);

//! A page of 10,000 and 100,000 series: when everything changed, when nothing did, and beside the
//! `prometheus` crate's encoder on the same families.
#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "a benchmark stops at the first mistake"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use aster_exporter::collector::Collector;
use aster_exporter::metrics::data;
use aster_exporter::metrics::exposition::Exposition;
use aster_exporter::metrics::family::Families;
use aster_exporter::snapshot::view::{
    AccountView, Attempt, CollectorView, Moment, Observed, Selection, View,
};
use aster_exporter::snapshot::{Position, PositionKey, Positions, Snapshot};
use criterion::{Criterion, criterion_group, criterion_main};
use prometheus::{Encoder as _, TextEncoder};
use rust_decimal::Decimal;

/// The series that one position makes.
const SERIES: usize = 10;

fn positions(series: usize) -> Positions {
    let amount = |n: usize| Some(Decimal::new(8, 8) * Decimal::from(n * 1_234_567 + 1));
    let rows: BTreeMap<_, _> = (0..series / SERIES)
        .map(|n| {
            let key = PositionKey {
                symbol: format!("SYM{n}USDT"),
                side: "BOTH".to_owned(),
            };
            let position = Position {
                size: Decimal::new(1, 3) * Decimal::from(n + 1),
                entry_price: amount(n),
                mark_price: amount(n + 1),
                unrealized_pnl: amount(n + 2),
                liquidation_price: amount(n + 3),
                leverage: Some(Decimal::TEN),
                max_notional: amount(n + 4),
                margin_type: Some("cross".to_owned()),
                auto_add_margin: Some(false),
                update_time: Some(1_700_000_000_000),
                ..Position::default()
            };
            (key, position)
        })
        .collect();
    Positions {
        changed: BTreeMap::new(),
        open: Some(rows.len()),
        rows,
    }
}

fn view(positions: &Positions) -> View {
    let at = Moment::now();
    let collector = CollectorView {
        attempt: Some(Attempt {
            at,
            duration: Duration::ZERO,
            error: None,
        }),
        data: Some(Arc::new(Observed {
            at,
            snapshot: Snapshot::Positions(positions.clone()),
        })),
        ..CollectorView::new(
            Collector::Positions,
            Duration::from_hours(8),
            Duration::from_hours(24),
        )
    };
    let account = AccountView {
        name: "main".to_owned(),
        auth: "hmac",
        agent: None,
        labels: BTreeMap::new(),
        collectors: vec![collector],
    };
    View {
        accounts: vec![Arc::new(account)],
        market: None,
    }
}

fn exposition(c: &mut Criterion) {
    for series in [10_000, 100_000] {
        let positions = positions(series);
        let (one, other) = (view(&positions), view(&positions));
        let (selection, now) = (Selection::default(), Moment::now());
        let families = data::positions(&[("main", &positions)]).into_vec();
        let exposition = Exposition::default();
        let page = |view: &View| {
            exposition
                .page(view, &selection, &now, Families::default())
                .expect("encodes")
        };
        let mut group = c.benchmark_group(format!("{series} series"));
        group.sample_size(20);
        group.bench_function("TextEncoder alone", |b| {
            b.iter(|| {
                let mut text = Vec::new();
                TextEncoder::new()
                    .encode(black_box(&families), &mut text)
                    .expect("encodes");
                text
            });
        });
        let mut turn = false;
        group.bench_function("changed, plain", |b| {
            b.iter(|| {
                turn = !turn;
                page(if turn { &one } else { &other }).plain()
            });
        });
        group.bench_function("unchanged, plain", |b| b.iter(|| page(&one).plain()));
        group.bench_function("changed, gzip", |b| {
            b.iter(|| {
                turn = !turn;
                page(if turn { &one } else { &other }).gzip()
            });
        });
        group.bench_function("unchanged, gzip", |b| b.iter(|| page(&one).gzip()));
        group.finish();
    }
}

criterion_group!(benches, exposition);
criterion_main!(benches);

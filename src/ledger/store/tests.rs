#![allow(clippy::cast_possible_wrap, reason = "small numbers")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::ledger::file;
use crate::ledger::release::Holds;
use crate::snapshot::sums::{ClosingSum, CommissionSum, FillSum, IncomeSum, NetSum};
use crate::snapshot::sums::{FillSums, IncomeSums};

const START: i64 = 1_700_000_000_000;
const TO: Progress = Progress {
    to: START,
    imported: false,
    gap: None,
};

fn store(folder: &tempfile::TempDir) -> Store {
    Store::new(file::open(&folder.path().join("ledger.db")).unwrap())
}

fn income(number: i64, cents: i64) -> Income {
    let kinds = ["FUNDING_FEE", "COMMISSION", "REALIZED_PNL"];
    let index = usize::try_from(number).unwrap();
    Income {
        time: START + number * 7_919_000,
        income_type: kinds[index % 3].to_owned(),
        symbol: ["BTCUSDT", "币安人生USDT"][index % 2].to_owned(),
        asset: "USDT".to_owned(),
        amount: Decimal::new(cents, 8),
        // The same number under every type, as the exchange gives it.
        tran_id: (9_007_199_254_740_993 + number / 3).to_string(),
        trade_id: String::new(),
        info: String::new(),
    }
}

fn fill(id: i64, cents: i64) -> Fill {
    Fill {
        id,
        time: START + id,
        symbol: "BTCUSDT".to_owned(),
        side: ["BUY", "SELL"][usize::try_from(id % 2).unwrap()].to_owned(),
        position_side: "BOTH".to_owned(),
        maker: id % 3 == 0,
        price: Decimal::new(60_000, 0),
        quantity: Decimal::new(id + 1, 3),
        quote_quantity: Decimal::new((id + 1) * 60, 0),
        realized_pnl: Decimal::new(cents, 5),
        commission: Decimal::new(-cents, 6),
        commission_asset: "USDT".to_owned(),
        order_id: String::new(),
    }
}

/// Pages of positions in a list of `count` records: any, in any order, overlapping and again.
fn pages(count: usize) -> impl Strategy<Value = Vec<Vec<usize>>> {
    prop::collection::vec(prop::collection::vec(0..count, 0..40), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn income_sums_are_those_of_the_set(
        amounts in prop::collection::vec(-100_000_000_000_i64..100_000_000_000, 60),
        mut pages in pages(60),
        reopened in any::<bool>(),
    ) {
        // In the end everything was read.
        pages.push((0..60).collect());
        let folder = tempfile::tempdir().unwrap();
        let mut store = store(&folder);
        let mut new = 0;
        for page in pages {
            if reopened {
                drop(store);
                store = self::store(&folder);
            }
            let account = store.account("main", START).unwrap();
            let page: Vec<_> = page.iter().map(|i| income(*i as i64, amounts[*i])).collect();
            let committed = store.commit_income(&account, &page, TO, START).unwrap();
            prop_assert_eq!(committed.conflicts, 0);
            new += committed.new;
        }
        prop_assert_eq!(new, 60);
        let mut due = IncomeSums::default();
        for (index, cents) in amounts.iter().enumerate() {
            due.add(&income(index as i64, *cents)).unwrap();
        }
        let account = store.account("main", START).unwrap();
        prop_assert_eq!(store.sums::<IncomeSum>(&account).unwrap(), due.by_key.clone());
        prop_assert_eq!(store.sums::<NetSum>(&account).unwrap(), due.by_hour);
        // And those are what anybody would add up by hand.
        let mut net: BTreeMap<String, i128> = BTreeMap::new();
        for (index, cents) in amounts.iter().enumerate() {
            *net.entry(income(index as i64, 0).income_type).or_default() += i128::from(*cents);
        }
        for (income_type, cents) in net {
            let of_type = due.by_key.iter().filter(|(key, _)| key.income_type == income_type);
            let sum: Decimal = of_type.map(|(_, sum)| sum.received - sum.paid).sum();
            prop_assert_eq!(sum, Decimal::from_i128_with_scale(cents, 8));
        }
    }

    #[test]
    fn fill_sums_are_those_of_the_set(
        amounts in prop::collection::vec(-1_000_000_i64..1_000_000, 40),
        mut pages in pages(40),
    ) {
        pages.push((0..40).collect());
        let folder = tempfile::tempdir().unwrap();
        let mut store = store(&folder);
        let account = store.account("main", START).unwrap();
        for page in pages {
            let page: Vec<_> = page.iter().map(|i| fill(*i as i64, amounts[*i])).collect();
            store.commit_fills(&account, "BTCUSDT", &page, None).unwrap();
        }
        let mut due = FillSums::default();
        for (index, cents) in amounts.iter().enumerate() {
            due.add(&fill(index as i64, *cents)).unwrap();
        }
        prop_assert_eq!(store.sums::<FillSum>(&account).unwrap(), due.fills);
        prop_assert_eq!(store.sums::<ClosingSum>(&account).unwrap(), due.closing);
        prop_assert_eq!(store.sums::<CommissionSum>(&account).unwrap(), due.commission);
    }
}

#[test]
fn accounts_do_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store(&folder);
    let (one, two) = (
        store.account("one", START).unwrap(),
        store.account("two", START + 5).unwrap(),
    );
    for account in [&one, &two] {
        let committed = store
            .commit_income(account, &[income(1, 100)], TO, START)
            .unwrap();
        assert_eq!(committed.new, 1);
    }
    let kept = store.account("two", START + 1000).unwrap();
    assert_eq!((kept.start, kept.income_to), (START + 5, START));
}

#[test]
fn a_record_told_differently_later_changes_nothing_and_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store(&folder);
    let account = store.account("main", START).unwrap();
    store
        .commit_income(&account, &[income(1, 100)], TO, START)
        .unwrap();
    let before = store.sums::<IncomeSum>(&account).unwrap();
    let again = store
        .commit_income(&account, &[income(1, 101), income(1, 100)], TO, START)
        .unwrap();
    assert_eq!((again.new, again.conflicts), (0, 1));
    assert_eq!(store.sums::<IncomeSum>(&account).unwrap(), before);
}

#[test]
fn a_sum_that_cannot_be_exact_is_refused_and_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store(&folder);
    let account = store.account("main", START).unwrap();
    let mut large = income(3, 0);
    large.amount = Decimal::MAX;
    store
        .commit_income(&account, std::slice::from_ref(&large), TO, START)
        .unwrap();
    let mut small = large.clone();
    small.tran_id = "other".to_owned();
    small.amount = Decimal::new(1, 8);
    let progress = Progress {
        to: START + 1,
        ..TO
    };
    let refused = store.commit_income(&account, &[small], progress, START);
    assert_eq!(refused, Err(Error::Inexact));
    let account = store.account("main", START).unwrap();
    assert_eq!(account.income_to, START);
    let sums = store.sums::<IncomeSum>(&account).unwrap();
    assert_eq!(sums.values().map(|sum| sum.records).sum::<u64>(), 1);
}

#[test]
fn new_label_sets_are_zero_until_they_were_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store(&folder);
    let account = store.account("main", START).unwrap();
    let imported = Progress {
        imported: true,
        ..TO
    };
    store
        .commit_income(&account, &[income(0, 100)], imported, START)
        .unwrap();
    let account = store.account("main", START).unwrap();
    store
        .commit_income(&account, &[income(1, -100)], imported, START)
        .unwrap();

    let begin = Instant::now();
    let shown = |holds: &mut Holds, store: &Store, seconds| {
        let mut sums = store.sums::<IncomeSum>(&account).unwrap();
        let now = begin + Duration::from_secs(seconds);
        holds.hold_back(store, &account, now, &mut sums).unwrap();
        sums.into_iter()
            .map(|(key, sum)| {
                (
                    key.income_type,
                    (sum.received - sum.paid).normalize().to_string(),
                )
            })
            .collect::<BTreeMap<_, _>>()
    };
    let mut holds = Holds::new(Duration::from_mins(1));
    let first = shown(&mut holds, &store, 0);
    assert_eq!(
        first["FUNDING_FEE"], "0.000001",
        "it was there from the first import"
    );
    assert_eq!(first["COMMISSION"], "0");
    assert_eq!(shown(&mut holds, &store, 59)["COMMISSION"], "0");
    // A process that begins anew does not know whether anybody saw the 0.
    let mut holds = Holds::new(Duration::from_mins(1));
    assert_eq!(shown(&mut holds, &store, 61)["COMMISSION"], "0");
    assert_eq!(shown(&mut holds, &store, 121)["COMMISSION"], "-0.000001");
    let mut holds = Holds::new(Duration::from_mins(1));
    assert_eq!(shown(&mut holds, &store, 200)["COMMISSION"], "-0.000001");
}

#[test]
fn symbols_that_income_names_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store(&folder);
    let account = store.account("main", START).unwrap();
    // Funding is no trade.
    store
        .commit_income(&account, &[income(0, 5), income(1, 5)], TO, START + 9)
        .unwrap();
    let known = |store: &Store| store.symbols(&account).unwrap();
    let state = |hinted, asked| SymbolState {
        symbol: "币安人生USDT".to_owned(),
        hinted,
        asked,
    };
    assert_eq!(known(&store), [state(START + 9, 0)]);
    store
        .commit_fills(&account, "币安人生USDT", &[], Some(START + 20))
        .unwrap();
    assert_eq!(known(&store), [state(START + 9, START + 20)]);
    // What is known already is no news.
    store
        .commit_income(&account, &[income(1, 5)], TO, START + 30)
        .unwrap();
    assert_eq!(known(&store), [state(START + 9, START + 20)]);
}

#[test]
fn reading_on_begins_some_fills_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store(&folder);
    let account = store.account("main", START).unwrap();
    assert_eq!(store.recent_fill(&account, "BTCUSDT", 2).unwrap(), None);
    let page: Vec<_> = [10, 12, 15, 40].map(|id| fill(id, 1)).into();
    store
        .commit_fills(&account, "BTCUSDT", &page, None)
        .unwrap();
    assert_eq!(store.recent_fill(&account, "BTCUSDT", 2).unwrap(), Some(12));
    assert_eq!(store.recent_fill(&account, "BTCUSDT", 9).unwrap(), Some(10));
}

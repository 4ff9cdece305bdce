//! What the ledger says: families of trades and income.

use rust_decimal::Decimal;

use super::catalog as c;
use super::data::Of;
use super::family::{Families, float, seconds};
use crate::snapshot::sums::{ClosingSum, FillSum, IncomeSum};
use crate::snapshot::totals::{IncomeTotals, TradeTotals};
use crate::snapshot::view::Moment;

/// The families of `trades`.
#[must_use]
pub fn trades(accounts: &[Of<'_, TradeTotals>]) -> Families {
    let mut families = Families::default();
    fills(accounts, &mut families);
    closing(accounts, &mut families);
    let commission = accounts.iter().flat_map(|(account, t)| {
        t.sums.commission.iter().map(|(key, sum)| {
            let labels = [*account, &*key.symbol, &*key.asset, &*key.liquidity];
            (labels, float(sum.0))
        })
    });
    families.add(&c::TRADES_COMMISSION, commission);
    let last = accounts.iter().flat_map(|(account, t)| {
        let last = t.last.iter();
        last.map(|(symbol, time)| ([*account, symbol.as_str()], seconds(*time)))
    });
    families.add(&c::TRADES_LAST_TIMESTAMP, last);
    families
}

fn fills(accounts: &[Of<'_, TradeTotals>], families: &mut Families) {
    type Number = fn(&FillSum) -> f64;
    const COLUMNS: [(&c::Metric, Number); 3] = [
        (&c::TRADES, |s| count(s.fills)),
        (&c::TRADES_BASE_VOLUME, |s| float(s.base)),
        (&c::TRADES_QUOTE_VOLUME, |s| float(s.quote)),
    ];
    for (metric, number) in COLUMNS {
        let rows = accounts.iter().flat_map(|(account, t)| {
            t.sums.fills.iter().map(move |(key, sum)| {
                let labels = [
                    *account,
                    &*key.symbol,
                    &*key.side,
                    &*key.position_side,
                    &*key.liquidity,
                ];
                (labels, number(sum))
            })
        });
        families.add(metric, rows);
    }
}

fn closing(accounts: &[Of<'_, TradeTotals>], families: &mut Families) {
    type Number = fn(&ClosingSum) -> f64;
    const COLUMNS: [(&c::Metric, Number); 2] = [
        (&c::TRADES_REALIZED_PROFIT, |s| float(s.profit)),
        (&c::TRADES_REALIZED_LOSS, |s| float(s.loss)),
    ];
    let rows = || {
        accounts.iter().flat_map(|(account, t)| {
            let closing = t.sums.closing.iter();
            closing.map(|(key, sum)| ([*account, &*key.symbol, &*key.position_side], sum))
        })
    };
    for (metric, number) in COLUMNS {
        families.add(metric, rows().map(|(labels, sum)| (labels, number(sum))));
    }
    let outcomes = rows().flat_map(|([account, symbol, side], sum)| {
        [("win", sum.wins), ("loss", sum.losses)]
            .map(|(outcome, fills)| ([account, symbol, side, outcome], count(fills)))
    });
    families.add(&c::TRADES_CLOSING, outcomes);
}

/// The families of `income` that change only when it is collected.
#[must_use]
pub fn income(accounts: &[Of<'_, IncomeTotals>]) -> Families {
    type Number = fn(&IncomeSum) -> f64;
    const COLUMNS: [(&c::Metric, Number); 3] = [
        (&c::INCOME_RECEIVED, |s| float(s.received)),
        (&c::INCOME_PAID, |s| float(s.paid)),
        (&c::INCOME_RECORDS, |s| count(s.records)),
    ];
    let mut families = Families::default();
    for (metric, number) in COLUMNS {
        let rows = accounts.iter().flat_map(|(account, t)| {
            t.sums.iter().map(move |(key, sum)| {
                let labels = [*account, &*key.income_type, &*key.asset, &*key.symbol];
                (labels, number(sum))
            })
        });
        families.add(metric, rows);
    }
    let last = accounts.iter().flat_map(|(account, t)| {
        let last = t.last.iter();
        last.map(|(income_type, time)| ([*account, income_type.as_str()], seconds(*time)))
    });
    families.add(&c::INCOME_LAST_TIMESTAMP, last);
    let single = |number: fn(&IncomeTotals) -> f64| {
        accounts
            .iter()
            .map(move |(account, t)| ([*account], number(t)))
    };
    families.add(&c::LEDGER_START_TIMESTAMP, single(|t| seconds(t.start)));
    families.add(
        &c::LEDGER_IMPORT_PROGRESS,
        single(|t| float(Decimal::new(t.importing.unwrap_or(1000).into(), 3))),
    );
    families.add(&c::LEDGER_GAPS, single(|t| count(t.gaps)));
    families
}

/// What both collectors tell of the ledger.
#[must_use]
pub fn ledger(income: &[Of<'_, IncomeTotals>], trades: &[Of<'_, TradeTotals>]) -> Families {
    let mut families = Families::default();
    let rows = |of_income: fn(&IncomeTotals) -> u64, of_trades: fn(&TradeTotals) -> u64| {
        let income = income
            .iter()
            .map(move |(a, t)| ([*a, "income"], count(of_income(t))));
        let trades = trades
            .iter()
            .map(move |(a, t)| ([*a, "trade"], count(of_trades(t))));
        income.chain(trades)
    };
    families.add(&c::LEDGER_RECORDS, rows(|t| t.records, |t| t.records));
    families.add(&c::LEDGER_CONFLICTS, rows(|t| t.conflicts, |t| t.conflicts));
    families
}

/// Net income of the windows that end at `now`: made anew for each page, for time alone changes them.
#[must_use]
pub fn windows(accounts: &[Of<'_, IncomeTotals>], now: &Moment) -> Families {
    let mut families = Families::default();
    let rows = accounts.iter().flat_map(|(account, t)| {
        let nets = t.windows.at(t.server_ms(now)).into_iter();
        nets.map(|((income_type, asset), window, net)| {
            ([*account, &**income_type, &**asset, window], float(net))
        })
    });
    families.add(&c::INCOME_NET, rows);
    families
}

fn count(number: u64) -> f64 {
    float(Decimal::from(number))
}

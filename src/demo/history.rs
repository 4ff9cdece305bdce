//! What has happened to an account: its income rows and its trades, ready to be paged through.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use rust_decimal::Decimal;

/// The first number given to the rows of a type; every type begins here, so numbers meet across types.
const FIRST_TRANSACTION: i64 = 9_689_322_392;

/// The first number of a trade's rows: nineteen digits, beyond what a double holds.
const FIRST_OF_TRADES: i64 = 1_907_331_204_500_000_003;

/// The first trade id of a symbol.
const FIRST_TRADE: i64 = 25_851_813;

/// One row of `/fapi/v1/income`; `info` repeats the type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomeRecord {
    /// The symbol, empty if none.
    pub symbol: String,
    /// The type, such as `FUNDING_FEE`.
    pub income_type: String,
    /// The amount, signed.
    pub income: Decimal,
    /// The asset of the amount.
    pub asset: String,
    /// The server's time it is dated with, in milliseconds.
    pub time: i64,
    /// The transaction id, unique within one type of one account.
    pub tran_id: i64,
    /// The trade behind it, empty if none.
    pub trade_id: String,
}

/// One row of `/fapi/v1/userTrades`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradeRecord {
    /// The trade id, rising within one symbol.
    pub id: i64,
    /// The order it filled, in whole or in part.
    pub order_id: u64,
    /// The symbol.
    pub symbol: String,
    /// `BUY` or `SELL`.
    pub side: &'static str,
    /// Whether the account's order was waiting in the book.
    pub maker: bool,
    /// `BOTH`, `LONG` or `SHORT`.
    pub position_side: &'static str,
    /// The price.
    pub price: Decimal,
    /// The quantity, as the symbol spells it.
    pub quantity: Decimal,
    /// Price times quantity.
    pub quote_quantity: Decimal,
    /// Profit or loss of what it closed, before fees.
    pub realized_pnl: Decimal,
    /// The fee; positive for a cost.
    pub commission: Decimal,
    /// The asset the fee was paid in.
    pub commission_asset: String,
    /// The server's time, in milliseconds.
    pub time: i64,
}

/// The trades in one symbol, to be found by id and by time.
#[derive(Default)]
struct Trades {
    by_id: BTreeMap<i64, TradeRecord>,
    by_time: BTreeSet<(i64, i64)>,
}

/// Everything an account has on record.
#[derive(Default)]
pub(crate) struct History {
    /// By time, then in the order of arrival.
    income: BTreeMap<(i64, u64), IncomeRecord>,
    trades: BTreeMap<usize, Trades>,
    transactions: BTreeMap<String, i64>,
    arrived: u64,
    traded: i64,
}

impl History {
    /// The next transaction id of a type.
    pub(crate) fn next_transaction(&mut self, income_type: &str) -> i64 {
        let next = self
            .transactions
            .entry(income_type.to_owned())
            .or_insert(FIRST_TRANSACTION);
        *next += 1;
        *next - 1
    }

    /// The transaction id that the rows of one trade share.
    pub(crate) fn next_of_trades(&mut self) -> i64 {
        self.traded += 1;
        FIRST_OF_TRADES + self.traded
    }

    /// The next trade id in a symbol; others trade there too, so some are left out.
    pub(crate) fn next_trade(&self, symbol: usize) -> i64 {
        let last = self.trades.get(&symbol).and_then(|t| t.by_id.keys().last());
        last.map_or(FIRST_TRADE, |last| last + 1 + last % 3)
    }

    /// Takes an income row in, wherever its date puts it.
    pub(crate) fn add_income(&mut self, income: IncomeRecord) {
        self.arrived += 1;
        self.income.insert((income.time, self.arrived), income);
    }

    /// Takes a trade in.
    pub(crate) fn add_trade(&mut self, symbol: usize, trade: TradeRecord) {
        let trades = self.trades.entry(symbol).or_default();
        trades.by_time.insert((trade.time, trade.id));
        trades.by_id.insert(trade.id, trade);
    }

    /// The income rows dated within `times`, oldest first.
    pub(crate) fn income(&self, times: RangeInclusive<i64>) -> impl Iterator<Item = &IncomeRecord> {
        // A range that ends before it begins would panic in the map.
        let times = (!times.is_empty()).then_some(times);
        times
            .into_iter()
            .flat_map(|times| {
                self.income
                    .range((*times.start(), 0)..=(*times.end(), u64::MAX))
            })
            .map(|(_, income)| income)
    }

    /// The trades in a symbol from an id on, in rising order.
    pub(crate) fn trades_from(&self, symbol: usize, id: i64) -> impl Iterator<Item = &TradeRecord> {
        let trades = self.trades.get(&symbol);
        trades
            .into_iter()
            .flat_map(move |trades| trades.by_id.range(id..))
            .map(|(_, trade)| trade)
    }

    /// The trades in a symbol dated within `times`, oldest first.
    pub(crate) fn trades_within(
        &self,
        symbol: usize,
        times: RangeInclusive<i64>,
    ) -> impl DoubleEndedIterator<Item = &TradeRecord> {
        let trades = self.trades.get(&symbol);
        let found = trades.filter(|_| !times.is_empty());
        found.into_iter().flat_map(move |trades| {
            trades
                .by_time
                .range((*times.start(), i64::MIN)..=(*times.end(), i64::MAX))
                .filter_map(|(_, id)| trades.by_id.get(id))
        })
    }

    /// Every income row, by time.
    pub(crate) fn all_income(&self) -> impl Iterator<Item = &IncomeRecord> {
        self.income.values()
    }

    /// Every trade, symbol by symbol in the order of the market's list, by id.
    pub(crate) fn all_trades(&self) -> impl Iterator<Item = &TradeRecord> {
        self.trades
            .values()
            .flat_map(|trades| trades.by_id.values())
    }
}

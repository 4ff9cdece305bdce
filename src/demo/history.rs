//! What happened in a demo account: its income and its trades, as the exchange tells them.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::answers::{money, plain};
use super::auth::Query;
use super::refusal::Refusal;

const DAY_MS: i64 = 86_400_000;
/// What is told when no time is asked for, and the longest range that may be.
const WEEK_MS: i64 = 7 * DAY_MS;
const MOST_ROWS: usize = 1_000;
/// The first transaction id: nineteen digits, beyond what a double holds.
const FIRST_TRANSACTION: i64 = 1_301_000_000_000_000_009;
const FIRST_TRADE: i64 = 210_000_001;

/// A record of `GET /fapi/v1/income`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomeRecord {
    /// `symbol`; empty where there is none.
    pub symbol: String,
    /// `incomeType`.
    pub income_type: String,
    /// `income`: credits are positive.
    pub income: Decimal,
    /// `asset`.
    pub asset: String,
    /// `time`, ms since the epoch.
    pub time: i64,
    /// `tranId`: what one transaction books under several types has the same.
    pub tran_id: i64,
    /// `tradeId`; empty where there is none.
    pub trade_id: String,
}

/// A record of `GET /fapi/v1/userTrades`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the exchange's own")]
pub struct TradeRecord {
    pub id: i64,
    pub order_id: u64,
    pub symbol: String,
    pub side: &'static str,
    pub position_side: &'static str,
    pub maker: bool,
    pub price: Decimal,
    pub quantity: Decimal,
    pub quote_quantity: Decimal,
    pub realized_pnl: Decimal,
    /// Positive for a cost, as live answers show it.
    pub commission: Decimal,
    pub commission_asset: String,
    /// ms since the epoch.
    pub time: i64,
}

/// The records of one account.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// In the order of time.
    income: Vec<IncomeRecord>,
    /// By symbol, in the order of ids.
    trades: BTreeMap<String, Vec<TradeRecord>>,
    transactions: i64,
    trade_ids: i64,
}

impl History {
    /// The id of a new transaction.
    pub(crate) const fn next_transaction(&mut self) -> i64 {
        self.transactions += 1;
        FIRST_TRANSACTION + self.transactions
    }

    /// The id of a new trade.
    pub(crate) const fn next_trade(&mut self) -> i64 {
        self.trade_ids += 3;
        FIRST_TRADE + self.trade_ids
    }

    /// Books a record at its time, after those of the same time.
    pub(crate) fn book(&mut self, record: IncomeRecord) {
        let place = self
            .income
            .partition_point(|known| known.time <= record.time);
        self.income.insert(place, record);
    }

    /// Books many records at once.
    pub(crate) fn book_all(&mut self, records: impl IntoIterator<Item = IncomeRecord>) {
        self.income.extend(records);
        // Stable: those of one time stay in the order in which they came.
        self.income.sort_by_key(|record| record.time);
    }

    pub(crate) fn trade(&mut self, trade: TradeRecord) {
        self.trades
            .entry(trade.symbol.clone())
            .or_default()
            .push(trade);
    }

    /// Every income record, oldest first.
    pub(crate) fn income(&self) -> &[IncomeRecord] {
        &self.income
    }

    /// Every trade, by symbol.
    pub(crate) fn trades(&self) -> impl Iterator<Item = &TradeRecord> {
        self.trades.values().flatten()
    }

    /// Answers `GET /fapi/v1/income`; `now` is the server's time.
    pub(crate) fn answer_income(&self, query: &Query<'_>, now: i64) -> Result<Value, Refusal> {
        let range = Range::of(query, now, 100)?;
        let (symbol, income_type) = (query.get("symbol"), query.get("incomeType"));
        let first = self.income.partition_point(|r| r.time < range.start);
        let rows = self.income[first..]
            .iter()
            .take_while(|r| r.time <= range.end)
            .filter(|r| symbol.is_none_or(|s| s == r.symbol))
            .filter(|r| income_type.is_none_or(|t| t == r.income_type))
            .take(range.limit)
            .map(income_row);
        Ok(rows.collect())
    }

    /// Answers `GET /fapi/v1/userTrades` for a symbol of the market; `now` is the server's time.
    pub(crate) fn answer_trades(
        &self,
        symbol: &str,
        query: &Query<'_>,
        now: i64,
    ) -> Result<Value, Refusal> {
        let trades = self.trades.get(symbol).map_or(&[][..], Vec::as_slice);
        let limit = limit(query, 500)?;
        if let Some(from) = number(query, "fromId")? {
            if query.get("startTime").or(query.get("endTime")).is_some() {
                return Err(Refusal::unwanted("fromId"));
            }
            let first = trades.partition_point(|t| t.id < from);
            return Ok(trades[first..].iter().take(limit).map(trade_row).collect());
        }
        let range = Range::of(query, now, 500)?;
        if range.end.saturating_sub(range.start) > WEEK_MS {
            return Err(Refusal::interval_too_long());
        }
        let inside = trades
            .iter()
            .filter(|t| (range.start..=range.end).contains(&t.time));
        Ok(inside.take(limit).map(trade_row).collect())
    }
}

/// The times and the number of rows that a query asks for.
struct Range {
    start: i64,
    end: i64,
    limit: usize,
}

impl Range {
    fn of(query: &Query<'_>, now: i64, usual: usize) -> Result<Self, Refusal> {
        let (start, end) = match (number(query, "startTime")?, number(query, "endTime")?) {
            (Some(start), Some(end)) => (start, end),
            (Some(start), None) => (start, start.saturating_add(WEEK_MS)),
            (None, Some(end)) => (end.saturating_sub(WEEK_MS), end),
            (None, None) => (now - WEEK_MS, now),
        };
        Ok(Self {
            start,
            end,
            limit: limit(query, usual)?,
        })
    }
}

fn limit(query: &Query<'_>, usual: usize) -> Result<usize, Refusal> {
    match number(query, "limit")? {
        None => Ok(usual),
        Some(limit) => usize::try_from(limit)
            .ok()
            .filter(|limit| (1..=MOST_ROWS).contains(limit))
            .ok_or_else(|| Refusal::invalid("limit")),
    }
}

fn number(query: &Query<'_>, name: &str) -> Result<Option<i64>, Refusal> {
    let number = query.get(name).map(str::parse::<i64>).transpose();
    number
        .ok()
        .filter(|number| number.is_none_or(|n| n >= 0))
        .ok_or_else(|| Refusal::invalid(name))
}

fn income_row(record: &IncomeRecord) -> Value {
    json!({
        "symbol": record.symbol,
        "incomeType": record.income_type,
        "income": money(record.income),
        "asset": record.asset,
        "info": record.income_type,
        "time": record.time,
        "tranId": record.tran_id,
        "tradeId": record.trade_id,
    })
}

fn trade_row(trade: &TradeRecord) -> Value {
    json!({
        "buyer": trade.side == "BUY",
        "commission": money(trade.commission),
        "commissionAsset": trade.commission_asset,
        "id": trade.id,
        "maker": trade.maker,
        "orderId": trade.order_id,
        "price": plain(trade.price),
        "qty": plain(trade.quantity),
        "quoteQty": plain(trade.quote_quantity),
        "realizedPnl": money(trade.realized_pnl),
        "side": trade.side,
        "positionSide": trade.position_side,
        "symbol": trade.symbol,
        "marginAsset": trade.commission_asset,
        "time": trade.time,
    })
}

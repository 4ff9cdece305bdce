//! The pages of the two histories: what may be asked, and which rows answer it.
//!
//! Where the documents are silent: a `limit` above the highest is refused (-1130); `startTime` alone
//! reaches to the present for income and seven days on for trades; `endTime` alone reaches seven days
//! back; of too many rows the oldest come, except that trades asked for without times or id are the latest.

use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::account::MARGIN_ASSET;
use super::answers::{money, plain};
use super::auth::Query;
use super::history::{History, IncomeRecord, TradeRecord};
use super::refusal::Refusal;

/// How far back the histories reach unless asked for more, and the longest span of trades.
const WEEK_MS: i64 = 7 * 24 * 3_600_000;
/// The same in the words of the refusal.
const WEEK_HOURS: u32 = 168;
/// The most rows of a page.
const MOST: usize = 1_000;
/// The rows of a page of income unless asked for more.
const INCOME_ROWS: usize = 100;
/// The rows of a page of trades unless asked for more.
const TRADE_ROWS: usize = 500;

/// The times asked for.
struct Span {
    start: Option<i64>,
    end: Option<i64>,
}

impl Span {
    fn of(query: &Query) -> Result<Self, Refusal> {
        let span = Self {
            start: number(query, "startTime")?,
            end: number(query, "endTime")?,
        };
        if span
            .start
            .zip(span.end)
            .is_some_and(|(start, end)| start > end)
        {
            return Err(Refusal::invalid("startTime"));
        }
        Ok(span)
    }

    fn is_open(&self) -> bool {
        self.start.is_none() && self.end.is_none()
    }
}

/// A page of the income history.
pub(crate) fn income(history: &History, query: &Query, now: i64) -> Result<Value, Refusal> {
    let limit = limit(query, INCOME_ROWS)?;
    let span = Span::of(query)?;
    let end = span.end.unwrap_or(now);
    let start = span.start.unwrap_or(end.saturating_sub(WEEK_MS));
    let matches = |asked: &str, value: &str| query.get(asked).is_none_or(|asked| asked == value);
    Ok(history
        .income(start..=end)
        .filter(|income| matches("symbol", &income.symbol))
        .filter(|income| matches("incomeType", &income.income_type))
        .take(limit)
        .map(income_row)
        .collect())
}

/// A page of the account's trades in a symbol.
pub(crate) fn trades(
    history: &History,
    symbol: Option<usize>,
    query: &Query,
    now: i64,
) -> Result<Value, Refusal> {
    let symbol = symbol.ok_or_else(|| Refusal::missing("symbol"))?;
    let limit = limit(query, TRADE_ROWS)?;
    let span = Span::of(query)?;
    let from = number(query, "fromId")?;
    if let Some(id) = from {
        if !span.is_open() {
            return Err(Refusal::bad_combination());
        }
        let rows = history.trades_from(symbol, id);
        return Ok(rows.take(limit).map(trade_row).collect());
    }
    if span.is_open() {
        let rows = history.trades_within(symbol, now.saturating_sub(WEEK_MS)..=now);
        return Ok(by_id(rows.rev().take(limit)));
    }
    let rows = history.trades_within(symbol, week(&span, now)?);
    Ok(by_id(rows.take(limit)))
}

/// The times of a span of trades; without one of its ends it is a week long.
fn week(span: &Span, now: i64) -> Result<RangeInclusive<i64>, Refusal> {
    let end = span.end.unwrap_or_else(|| {
        let start = span.start.unwrap_or(now);
        start.saturating_add(WEEK_MS).min(now)
    });
    let start = span.start.unwrap_or(end.saturating_sub(WEEK_MS));
    if end.saturating_sub(start) > WEEK_MS {
        return Err(Refusal::interval_too_big(WEEK_HOURS));
    }
    Ok(start..=end)
}

fn by_id<'a>(rows: impl Iterator<Item = &'a TradeRecord>) -> Value {
    let mut rows: Vec<&TradeRecord> = rows.collect();
    rows.sort_by_key(|trade| trade.id);
    rows.into_iter().map(trade_row).collect()
}

fn limit(query: &Query, default: usize) -> Result<usize, Refusal> {
    let asked = number(query, "limit")?;
    asked.map_or(Ok(default), |asked| {
        usize::try_from(asked)
            .ok()
            .filter(|asked| (1..=MOST).contains(asked))
            .ok_or_else(|| Refusal::invalid("limit"))
    })
}

fn number(query: &Query, name: &str) -> Result<Option<i64>, Refusal> {
    let parse = |text: &str| text.parse().ok().filter(|number: &i64| *number >= 0);
    query
        .get(name)
        .map(|text| parse(text).ok_or_else(|| Refusal::invalid(name)))
        .transpose()
}

fn income_row(income: &IncomeRecord) -> Value {
    // The documents show text; answers have been seen to hold numbers.
    let tran_id = if income.income_type == "TRANSFER" {
        json!(income.tran_id.to_string())
    } else {
        json!(income.tran_id)
    };
    json!({
        "symbol": income.symbol,
        "incomeType": income.income_type,
        "income": money(income.income),
        "asset": income.asset,
        "info": income.income_type,
        "time": income.time,
        "tranId": tran_id,
        "tradeId": income.trade_id,
    })
}

fn trade_row(trade: &TradeRecord) -> Value {
    json!({
        "symbol": trade.symbol,
        "id": trade.id,
        "orderId": trade.order_id,
        "side": trade.side,
        "price": plain(trade.price),
        "qty": trade.quantity.to_string(),
        "realizedPnl": money(trade.realized_pnl),
        "marginAsset": MARGIN_ASSET,
        "quoteQty": plain(trade.quote_quantity),
        "commission": money(trade.commission),
        "commissionAsset": trade.commission_asset,
        "time": trade.time,
        "positionSide": trade.position_side,
        "buyer": trade.side == "BUY",
        "maker": trade.maker,
    })
}

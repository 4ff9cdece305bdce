//! `GET /fapi/v1/premiumIndex` → mark prices and funding.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::reader::{Problems, Reader, present, some_readable, unique};
use crate::exchange::error::Error;
use crate::exchange::payload::{PremiumIndexRow, list};

/// The market, by symbol.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Market {
    /// By symbol.
    pub symbols: BTreeMap<String, SymbolMarket>,
}

/// Prices and funding of one symbol.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SymbolMarket {
    /// `markPrice`.
    pub mark_price: Option<Decimal>,
    /// `indexPrice`.
    pub index_price: Option<Decimal>,
    /// `lastFundingRate`: what the next funding will charge.
    pub funding_rate: Option<Decimal>,
    /// `nextFundingTime`, ms since the epoch.
    pub next_funding_time: Option<i64>,
}

pub(super) fn map(body: &[u8], problems: &mut Problems) -> Result<Market, Error> {
    let rows = list::<PremiumIndexRow<'_>>(body)?;
    let sent = rows.len();
    let mut symbols = Vec::with_capacity(sent);
    for (name, row) in present(rows, problems) {
        let Some(symbol) = Reader::new(problems, name).text("symbol", row.symbol) else {
            continue;
        };
        let mut reader = Reader::new(problems, symbol.as_str());
        let market = SymbolMarket {
            mark_price: reader.price("markPrice", row.mark_price),
            index_price: reader.price("indexPrice", row.index_price),
            funding_rate: reader.decimal("lastFundingRate", row.last_funding_rate),
            next_funding_time: reader.millis("nextFundingTime", row.next_funding_time),
        };
        symbols.push((symbol, market));
    }
    some_readable(sent, symbols.len())?;
    Ok(Market {
        symbols: unique(symbols, problems),
    })
}

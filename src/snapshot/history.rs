//! `GET /fapi/v1/income` and `GET /fapi/v1/userTrades` → records for the ledger.
//!
//! Here one odd field costs the whole answer: a sum that left a record out would be wrong for ever, while an answer
//! that is refused is asked for again.

use rust_decimal::Decimal;

use super::reader::{Problems, Reader, optional, present};
use crate::exchange::error::{Error, Kind};
use crate::exchange::payload::{FillRow, IncomeRow, list};

/// One record of `GET /fapi/v1/income`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Income {
    /// `time`, ms since the epoch.
    pub time: i64,
    /// `incomeType`, as the exchange calls it.
    pub income_type: String,
    /// `symbol`; empty where there is none.
    pub symbol: String,
    /// `asset`.
    pub asset: String,
    /// `income` in units of the asset: credits are positive, debits negative.
    pub amount: Decimal,
    /// `tranId`, unique only together with type, symbol, asset and trade.
    pub tran_id: String,
    /// `tradeId`; empty where there is none.
    pub trade_id: String,
    /// `info`; empty where there is none.
    pub info: String,
}

/// One record of `GET /fapi/v1/userTrades`: a fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fill {
    /// `id`; rises within a symbol.
    pub id: i64,
    /// `time`, ms since the epoch.
    pub time: i64,
    /// `symbol`.
    pub symbol: String,
    /// `side`: `BUY` or `SELL`.
    pub side: String,
    /// `positionSide`: `BOTH`, `LONG` or `SHORT`.
    pub position_side: String,
    /// `maker`: whether it took no liquidity.
    pub maker: bool,
    /// `price`.
    pub price: Decimal,
    /// `qty`, in the base asset.
    pub quantity: Decimal,
    /// `quoteQty`, in the quote asset.
    pub quote_quantity: Decimal,
    /// `realizedPnl`, in the margin asset, before fees.
    pub realized_pnl: Decimal,
    /// `commission`, with the exchange's sign.
    pub commission: Decimal,
    /// `commissionAsset`.
    pub commission_asset: String,
    /// `orderId`; empty where there is none.
    pub order_id: String,
}

impl Fill {
    /// The value of the label `liquidity`.
    #[must_use]
    pub const fn liquidity(&self) -> &'static str {
        if self.maker { "maker" } else { "taker" }
    }
}

/// Reads a page of income.
///
/// # Errors
/// [`Kind::Decode`] when it is no list, or when any record of it cannot be read whole.
pub fn income(body: &[u8]) -> Result<Vec<Income>, Error> {
    let mut problems = Problems::default();
    let rows = present(list::<IncomeRow<'_>>(body)?, &mut problems);
    let records = rows
        .into_iter()
        .filter_map(|(name, row)| income_record(&mut Reader::new(&mut problems, name), &row))
        .collect();
    all_readable(records, &problems)
}

/// Reads a page of fills.
///
/// # Errors
/// [`Kind::Decode`] when it is no list, or when any record of it cannot be read whole.
pub fn fills(body: &[u8]) -> Result<Vec<Fill>, Error> {
    let mut problems = Problems::default();
    let rows = present(list::<FillRow<'_>>(body)?, &mut problems);
    let records = rows
        .into_iter()
        .filter_map(|(name, row)| fill_record(&mut Reader::new(&mut problems, name), &row))
        .collect();
    all_readable(records, &problems)
}

fn income_record(reader: &mut Reader<'_>, row: &IncomeRow<'_>) -> Option<Income> {
    // All fields are read before any is given up, so that every problem is told.
    let time = reader.millis("time", row.time);
    let income_type = reader.text("incomeType", row.income_type);
    let asset = reader.text("asset", row.asset);
    let amount = reader.decimal("income", row.income);
    let tran_id = reader.text("tranId", row.tran_id);
    Some(Income {
        time: time?,
        income_type: income_type?,
        symbol: optional(row.symbol),
        asset: asset?,
        amount: amount?,
        tran_id: tran_id?,
        trade_id: optional(row.trade_id),
        info: optional(row.info),
    })
}

fn fill_record(reader: &mut Reader<'_>, row: &FillRow<'_>) -> Option<Fill> {
    let id = reader.integer("id", row.id);
    let time = reader.millis("time", row.time);
    let symbol = reader.text("symbol", row.symbol);
    let side = reader.text("side", row.side);
    let position_side = reader.text("positionSide", row.position_side);
    let maker = reader.boolean("maker", row.maker);
    let price = reader.decimal("price", row.price);
    let quantity = reader.decimal("qty", row.qty);
    let quote_quantity = reader.decimal("quoteQty", row.quote_qty);
    let realized_pnl = reader.decimal("realizedPnl", row.realized_pnl);
    let commission = reader.decimal("commission", row.commission);
    let commission_asset = reader.text("commissionAsset", row.commission_asset);
    Some(Fill {
        id: id?,
        time: time?,
        symbol: symbol?,
        side: side?,
        position_side: position_side?,
        maker: maker?,
        price: price?,
        quantity: quantity?,
        quote_quantity: quote_quantity?,
        realized_pnl: realized_pnl?,
        commission: commission?,
        commission_asset: commission_asset?,
        order_id: optional(row.order_id),
    })
}

fn all_readable<T>(records: Vec<T>, problems: &Problems) -> Result<Vec<T>, Error> {
    if problems.count() == 0 {
        return Ok(records);
    }
    let message = format!(
        "records that cannot be read whole are not summed, the page is asked for again: {}",
        problems.summary()
    );
    Err(Error::new(Kind::Decode, message))
}

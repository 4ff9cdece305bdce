//! Records as names and values, and back.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::{Duration, UNIX_EPOCH};

use rust_decimal::Decimal;

use crate::snapshot::history::{Fill, Income};

/// A record as names and values.
pub(super) type Row = Vec<(&'static str, String)>;

pub(super) const INCOME_COLUMNS: [&str; 9] = [
    "time",
    "timeMs",
    "incomeType",
    "asset",
    "symbol",
    "income",
    "tranId",
    "tradeId",
    "info",
];

pub(super) fn income_row(r: &Income) -> Row {
    let values = [
        date(r.time),
        r.time.to_string(),
        r.income_type.clone(),
        r.asset.clone(),
        r.symbol.clone(),
        r.amount.to_string(),
        r.tran_id.clone(),
        r.trade_id.clone(),
        r.info.clone(),
    ];
    INCOME_COLUMNS.into_iter().zip(values).collect()
}

pub(super) const FILL_COLUMNS: [&str; 14] = [
    "time",
    "timeMs",
    "symbol",
    "id",
    "orderId",
    "side",
    "positionSide",
    "maker",
    "price",
    "qty",
    "quoteQty",
    "realizedPnl",
    "commission",
    "commissionAsset",
];

pub(super) fn fill_row(f: &Fill) -> Row {
    let values = [
        date(f.time),
        f.time.to_string(),
        f.symbol.clone(),
        f.id.to_string(),
        f.order_id.clone(),
        f.side.clone(),
        f.position_side.clone(),
        f.maker.to_string(),
        f.price.to_string(),
        f.quantity.to_string(),
        f.quote_quantity.to_string(),
        f.realized_pnl.to_string(),
        f.commission.to_string(),
        f.commission_asset.clone(),
    ];
    FILL_COLUMNS.into_iter().zip(values).collect()
}

fn date(ms: i64) -> String {
    let time = UNIX_EPOCH + Duration::from_millis(ms.max(0).unsigned_abs());
    humantime::format_rfc3339_millis(time).to_string()
}

/// Writes a row as a line of JSON.
pub(super) fn write_line(out: &mut dyn Write, row: Row) -> io::Result<()> {
    let object: serde_json::Map<_, _> = row
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    serde_json::to_writer(&mut *out, &object)?;
    out.write_all(b"\n")
}

/// The values of a line, by name.
#[derive(Debug, serde::Deserialize)]
#[serde(transparent)]
pub(super) struct Values(BTreeMap<String, String>);

impl Values {
    /// The text called `name`.
    pub(super) fn text(&self, name: &str) -> Result<String, String> {
        let found = self.0.get(name).cloned();
        found.ok_or_else(|| format!("{name:?} is missing"))
    }

    /// The number or truth value called `name`.
    pub(super) fn read<T: std::str::FromStr>(&self, name: &str) -> Result<T, String> {
        let text = self.text(name)?;
        text.parse()
            .map_err(|_| format!("{name:?} has an unexpected value: {text:?}"))
    }

    fn amount(&self, name: &str) -> Result<Decimal, String> {
        let text = self.text(name)?;
        Decimal::from_str_exact(&text).map_err(|_| format!("{name:?} is no amount: {text:?}"))
    }

    /// The record of income that [`income_row`] made this of.
    pub(super) fn income(&self) -> Result<Income, String> {
        Ok(Income {
            time: self.read("timeMs")?,
            income_type: self.text("incomeType")?,
            asset: self.text("asset")?,
            symbol: self.text("symbol")?,
            amount: self.amount("income")?,
            tran_id: self.text("tranId")?,
            trade_id: self.text("tradeId")?,
            info: self.text("info")?,
        })
    }

    /// The fill that [`fill_row`] made this of.
    pub(super) fn fill(&self) -> Result<Fill, String> {
        Ok(Fill {
            time: self.read("timeMs")?,
            symbol: self.text("symbol")?,
            id: self.read("id")?,
            order_id: self.text("orderId")?,
            side: self.text("side")?,
            position_side: self.text("positionSide")?,
            maker: self.read("maker")?,
            price: self.amount("price")?,
            quantity: self.amount("qty")?,
            quote_quantity: self.amount("quoteQty")?,
            realized_pnl: self.amount("realizedPnl")?,
            commission: self.amount("commission")?,
            commission_asset: self.text("commissionAsset")?,
        })
    }
}

//! `GET /fapi/v2/positionRisk` → positions.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Keep;
use super::reader::{Problems, Reader, present, some_readable, unique_kept};
use crate::exchange::error::Error;
use crate::exchange::payload::{Field, PositionRow, list};

/// The positions of an account.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Positions {
    /// How many are not zero; `None` when a row was lost and the number cannot be known.
    pub open: Option<usize>,
    /// When the position of a symbol last changed, closed ones included; ms since the epoch.
    pub changed: BTreeMap<String, i64>,
    /// By symbol and side.
    pub rows: BTreeMap<PositionKey, Position>,
}

/// What tells positions apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PositionKey {
    /// `symbol`.
    pub symbol: String,
    /// `positionSide`: `BOTH` in one-way mode, `LONG` or `SHORT` in hedge mode.
    pub side: String,
}

/// One position; amounts are in the symbol's margin asset.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Position {
    /// `positionAmt`; a short is negative.
    pub size: Decimal,
    /// `entryPrice`.
    pub entry_price: Option<Decimal>,
    /// `markPrice`.
    pub mark_price: Option<Decimal>,
    /// `unRealizedProfit`.
    pub unrealized_pnl: Option<Decimal>,
    /// `liquidationPrice`; `None` where there is none.
    pub liquidation_price: Option<Decimal>,
    /// `leverage`.
    pub leverage: Option<Decimal>,
    /// `maxNotionalValue`.
    pub max_notional: Option<Decimal>,
    /// `isolatedMargin`; only for isolated positions.
    pub isolated_margin: Option<Decimal>,
    /// `marginType`: `cross` or `isolated`.
    pub margin_type: Option<String>,
    /// `isAutoAddMargin`.
    pub auto_add_margin: Option<bool>,
    /// `updateTime`, ms since the epoch.
    pub update_time: Option<i64>,
}

impl Position {
    /// Size × mark price, with the sign of the size.
    #[must_use]
    pub fn notional(&self) -> Option<Decimal> {
        self.size.checked_mul(self.mark_price?)
    }
}

pub(super) fn map(body: &[u8], keep: Keep, problems: &mut Problems) -> Result<Positions, Error> {
    let rows = list::<PositionRow<'_>>(body)?;
    let sent = rows.len();
    let mut usable = Vec::with_capacity(sent);
    for (name, row) in present(rows, problems) {
        let mut reader = Reader::new(problems, name);
        if let Some((key, size)) =
            position_key(&mut reader, row.symbol, row.position_side, row.position_amt)
        {
            usable.push((key, size, row));
        }
    }
    some_readable(sent, usable.len())?;
    let mut lost = usable.len() < sent;
    let mut found = Vec::with_capacity(usable.len());
    let mut changed: BTreeMap<String, i64> = BTreeMap::new();
    for (key, size, row) in usable {
        // What is wrong with the time of a closed position is no problem of what is shown.
        let time = Reader::new(&mut Problems::default(), "").millis("updateTime", row.update_time);
        if let Some(time) = time {
            let newest = changed.entry(key.symbol.clone()).or_insert(time);
            *newest = time.max(*newest);
        }
        let position = (!size.is_zero() || keep.all_symbols)
            .then(|| read(size, &row, &mut Reader::new(problems, key.symbol.as_str())));
        found.push((key, position));
    }
    let before = problems.count();
    let rows = unique_kept(found, problems);
    lost |= problems.count() > before;
    let open = rows.values().filter(|p| !p.size.is_zero()).count();
    Ok(Positions {
        open: (!lost).then_some(open),
        changed,
        rows,
    })
}

/// The fields without which a row says nothing.
pub(super) fn position_key(
    reader: &mut Reader<'_>,
    symbol: Field<'_>,
    side: Field<'_>,
    size: Field<'_>,
) -> Option<(PositionKey, Decimal)> {
    // All three are read before any is given up, so that every problem is counted.
    let key = (
        reader.text("symbol", symbol),
        reader.text("positionSide", side),
    );
    let size = reader.decimal("positionAmt", size);
    let (symbol, side) = (key.0?, key.1?);
    Some((PositionKey { symbol, side }, size?))
}

fn read(size: Decimal, row: &PositionRow<'_>, reader: &mut Reader<'_>) -> Position {
    let margin_type = reader.text("marginType", row.margin_type);
    let isolated = margin_type.as_deref() == Some("isolated");
    Position {
        size,
        entry_price: reader.price("entryPrice", row.entry_price),
        mark_price: reader.price("markPrice", row.mark_price),
        unrealized_pnl: reader.decimal_of([
            ("unRealizedProfit", row.un_realized_profit),
            ("unrealizedProfit", row.unrealized_profit),
        ]),
        liquidation_price: reader.price("liquidationPrice", row.liquidation_price),
        leverage: reader.decimal("leverage", row.leverage),
        max_notional: reader.decimal_of([
            ("maxNotionalValue", row.max_notional_value),
            ("maxNotional", row.max_notional),
        ]),
        isolated_margin: if isolated {
            reader.decimal("isolatedMargin", row.isolated_margin)
        } else {
            None
        },
        margin_type,
        auto_add_margin: reader.boolean("isAutoAddMargin", row.is_auto_add_margin),
        update_time: reader.millis("updateTime", row.update_time),
    }
}

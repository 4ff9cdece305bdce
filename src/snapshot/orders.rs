//! `GET /fapi/v1/openOrders` → orders, their sums, and how far stop orders cover the positions.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::positions::{Position, PositionKey, Positions};
use super::reader::{Problems, Reader, present, some_readable, unique};
use crate::exchange::error::Error;
use crate::exchange::payload::{OrderRow, list};

/// The order types that close a position when the price goes against it.
const STOP_TYPES: [&str; 3] = ["STOP", "STOP_MARKET", "TRAILING_STOP_MARKET"];

/// The open orders of an account.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Orders {
    /// The orders that could be read.
    pub orders: Vec<Order>,
    /// How many rows could not be read at all, or contradict another row of the same order.
    pub lost: usize,
}

/// One open order. A name that could not be read is empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Order {
    /// What it is counted by.
    pub group: Group,
    /// `origQty − executedQty`; never negative.
    pub remaining: Option<Decimal>,
    /// `price`, or for orders without one `stopPrice`, then `activatePrice`.
    pub price: Option<Decimal>,
    /// `closePosition`: closes all of the position, whatever its size.
    pub close_position: Option<bool>,
    /// `time`, ms since the epoch.
    pub time: Option<i64>,
}

/// What orders are counted by.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// `symbol`.
    pub symbol: String,
    /// `side`: `BUY` or `SELL`.
    pub side: String,
    /// `positionSide`.
    pub position_side: String,
    /// `type`.
    pub order_type: String,
    /// `reduceOnly`: `true` or `false`.
    pub reduce_only: String,
}

pub(super) fn map(body: &[u8], problems: &mut Problems) -> Result<Orders, Error> {
    let rows = list::<OrderRow<'_>>(body)?;
    let sent = rows.len();
    let mut named = Vec::with_capacity(sent);
    for (index, (name, row)) in present(rows, problems).into_iter().enumerate() {
        let mut reader = Reader::new(problems, name);
        // No series needs the id: a row without one is an order of its own.
        let id = row
            .order_id
            .and_then(|_| reader.text("orderId", row.order_id))
            .ok_or(index);
        let order = order(&row, &mut reader);
        if order.is_named() {
            named.push(((order.group.symbol.clone(), id), order));
        }
    }
    some_readable(sent, named.len())?;
    let unnamed = sent - named.len();
    let before = problems.count();
    let orders = unique(named, problems).into_values().collect();
    let contradictory = problems.count() - before;
    Ok(Orders {
        orders,
        lost: unnamed + usize::try_from(contradictory).unwrap_or(usize::MAX - unnamed),
    })
}

fn order(row: &OrderRow<'_>, reader: &mut Reader<'_>) -> Order {
    let mut name = |field: &str, value| reader.text(field, value).unwrap_or_default();
    let group = Group {
        symbol: name("symbol", row.symbol),
        side: name("side", row.side),
        position_side: name("positionSide", row.position_side),
        order_type: name("type", row.r#type),
        reduce_only: reader
            .boolean("reduceOnly", row.reduce_only)
            .map(|b| b.to_string())
            .unwrap_or_default(),
    };
    let quantity = reader.decimal("origQty", row.orig_qty);
    let executed = reader.decimal("executedQty", row.executed_qty);
    let mut remaining = quantity.zip(executed).and_then(|(q, e)| q.checked_sub(e));
    if remaining.is_some_and(|quantity| quantity < Decimal::ZERO) {
        reader.problem("executedQty is more than origQty");
        remaining = None;
    }
    Order {
        group,
        remaining,
        price: order_price(row, reader),
        // Only some answers carry it: an order that does not say so does not close everything.
        close_position: match row.close_position {
            Some(_) => reader.boolean("closePosition", row.close_position),
            None => Some(false),
        },
        time: reader.millis("time", row.time),
    }
}

/// The price an order will trade around. An unreadable one is not replaced by another.
fn order_price(row: &OrderRow<'_>, reader: &mut Reader<'_>) -> Option<Decimal> {
    let price = reader.decimal("price", row.price)?;
    if !price.is_zero() {
        return Some(price);
    }
    let optional = [
        ("stopPrice", row.stop_price),
        ("activatePrice", row.activate_price),
    ];
    for (name, field) in optional {
        if field.is_some() {
            let price = reader.decimal(name, field)?;
            if !price.is_zero() {
                return Some(price);
            }
        }
    }
    None
}

impl Orders {
    /// How many orders are open; `None` when a row was lost and the number cannot be known.
    #[must_use]
    pub fn count(&self) -> Option<usize> {
        (self.lost == 0).then_some(self.orders.len())
    }

    /// How many orders each group has, of those that could be read.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&Group, usize> {
        let mut counts = BTreeMap::new();
        for order in &self.orders {
            *counts.entry(&order.group).or_insert(0) += 1;
        }
        counts
    }

    /// Σ remaining quantity × price by (symbol, side, position side); `None` where a part of the sum is unknown.
    #[must_use]
    pub fn notionals(&self) -> BTreeMap<(&str, &str, &str), Option<Decimal>> {
        let mut sums = BTreeMap::new();
        for Order {
            group,
            remaining,
            price,
            ..
        } in &self.orders
        {
            let key = (
                group.symbol.as_str(),
                group.side.as_str(),
                group.position_side.as_str(),
            );
            let notional = match remaining {
                // An order of no quantity (one that closes the position) needs no price.
                Some(quantity) if quantity.is_zero() => Some(Decimal::ZERO),
                Some(quantity) => price.and_then(|price| quantity.checked_mul(price)),
                None => None,
            };
            let sum = sums.entry(key).or_insert(Some(Decimal::ZERO));
            *sum = sum
                .zip(notional)
                .and_then(|(sum, notional)| sum.checked_add(notional));
        }
        sums
    }

    /// The time of the oldest order of each symbol, ms since the epoch; `None` where one is unknown.
    #[must_use]
    pub fn oldest(&self) -> BTreeMap<&str, Option<i64>> {
        let mut oldest = BTreeMap::new();
        for Order { group, time, .. } in &self.orders {
            oldest
                .entry(group.symbol.as_str())
                .and_modify(|known: &mut Option<i64>| {
                    *known = known.zip(*time).map(|(a, b)| a.min(b));
                })
                .or_insert(*time);
        }
        oldest
    }

    /// How much of each open position its stop orders would close, 0 to 1. A position for which that
    /// cannot be known is left out.
    #[must_use]
    pub fn stop_coverage<'p>(
        &self,
        positions: &'p Positions,
    ) -> BTreeMap<&'p PositionKey, Decimal> {
        if self.lost > 0 {
            return BTreeMap::new();
        }
        positions
            .rows
            .iter()
            .filter(|(_, position)| !position.size.is_zero())
            .filter_map(|(key, position)| Some((key, self.coverage(key, position)?)))
            .collect()
    }

    fn coverage(&self, key: &PositionKey, position: &Position) -> Option<Decimal> {
        let size = position.size.abs();
        let mut closed = Some(Decimal::ZERO);
        for order in &self.orders {
            let quantity = match order.closes(key, position) {
                Some(Closes::Nothing) => continue,
                Some(Closes::Everything) => return Some(Decimal::ONE),
                Some(Closes::Remaining) => order.remaining,
                None => None,
            };
            // An unknown order does not end the search: a later one may close everything.
            closed = closed
                .zip(quantity)
                .and_then(|(sum, quantity)| sum.checked_add(quantity));
        }
        Some(closed?.checked_div(size)?.min(Decimal::ONE))
    }
}

enum Closes {
    Nothing,
    Remaining,
    Everything,
}

impl Order {
    /// Whether the row was an order at all: any other object, an error say, has none of its names.
    fn is_named(&self) -> bool {
        let Group {
            symbol,
            side,
            order_type,
            ..
        } = &self.group;
        [symbol, side, order_type]
            .into_iter()
            .any(|name| !name.is_empty())
    }

    /// What this order would close of a position as its stop; `None` when its row does not tell.
    fn closes(&self, key: &PositionKey, position: &Position) -> Option<Closes> {
        let Group {
            symbol,
            side,
            position_side,
            order_type,
            reduce_only,
        } = &self.group;
        let closing = if position.size.is_sign_negative() {
            "BUY"
        } else {
            "SELL"
        };
        // An unreadable name is empty and might be this position's: then the coverage is unknown.
        let differs = |name: &str, wanted: &str| !name.is_empty() && name != wanted;
        if differs(symbol, &key.symbol)
            || differs(side, closing)
            || differs(position_side, &key.side)
        {
            return Some(Closes::Nothing);
        }
        if !order_type.is_empty() && !STOP_TYPES.contains(&order_type.as_str()) {
            return Some(Closes::Nothing);
        }
        if [symbol, side, position_side, order_type]
            .into_iter()
            .any(String::is_empty)
        {
            return None;
        }
        if self.close_position? {
            return Some(Closes::Everything);
        }
        // In hedge mode an order of the position's side can only close it; the exchange refuses the flag there.
        match (key.side.as_str(), reduce_only.as_str()) {
            ("LONG" | "SHORT", _) | (_, "true") => Some(Closes::Remaining),
            (_, "") => None,
            _ => Some(Closes::Nothing),
        }
    }
}

//! A demo account: wallets, positions, open orders, and what trades do to them.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::cash::DECIMALS;
use super::history::History;
use super::market::{Market, Symbol};
use super::orders::{Order, OrderType, PositionSide, Side};

/// The fee of an order that waited in the book.
const MAKER_FEE: Decimal = Decimal::from_parts(2, 0, 0, false, 4);

/// The fee of an order that took what was there.
const TAKER_FEE: Decimal = Decimal::from_parts(5, 0, 0, false, 4);

/// The asset all positions are margined in.
pub(crate) const MARGIN_ASSET: &str = "USDT";

/// A symbol's place in the market and the side of the position.
pub(crate) type Key = (usize, PositionSide);

/// An asset's balance.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wallet {
    pub(crate) balance: Decimal,
    pub(crate) updated: i64,
}

/// A position that is, or was, open; a short's amount is negative.
#[derive(Debug, Clone, Default)]
pub(crate) struct Position {
    pub(crate) amount: Decimal,
    pub(crate) entry: Decimal,
    /// What was set aside for the position, where margin is isolated.
    pub(crate) isolated_wallet: Decimal,
    pub(crate) updated: i64,
}

/// What an account has set for a symbol.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    pub(crate) leverage: u32,
    pub(crate) isolated: bool,
}

/// A trade of the account at a known price.
pub(crate) struct Fill {
    pub(crate) key: Key,
    pub(crate) side: Side,
    pub(crate) price: Decimal,
    pub(crate) quantity: Decimal,
    pub(crate) maker: bool,
    /// The order that is filled.
    pub(crate) order: u64,
    pub(crate) at: i64,
}

/// One account of the demo exchange.
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) alias: String,
    pub(crate) hedge: bool,
    pub(crate) multi_assets: bool,
    pub(crate) can_withdraw: bool,
    /// What fees are paid in; it is worth as much as the margin asset.
    pub(crate) fee_asset: &'static str,
    pub(crate) wallets: BTreeMap<&'static str, Wallet>,
    pub(crate) positions: BTreeMap<Key, Position>,
    pub(crate) settings: BTreeMap<usize, Setting>,
    pub(crate) orders: Vec<Order>,
    pub(crate) next_order: u64,
    pub(crate) history: History,
}

impl Account {
    /// What the account has set for the symbol, or what holds unless set.
    pub(crate) fn setting(&self, market: &Market, symbol: usize) -> Setting {
        self.settings.get(&symbol).copied().unwrap_or(Setting {
            leverage: market.symbols[symbol].default_leverage(),
            isolated: false,
        })
    }

    /// The position's signed amount, zero when there is none.
    pub(crate) fn amount(&self, key: Key) -> Decimal {
        self.positions
            .get(&key)
            .map_or(Decimal::ZERO, |position| position.amount)
    }

    /// Books a trade: position, entry price, isolated margin, realized profit and fee.
    pub(crate) fn fill(&mut self, market: &Market, fill: &Fill) {
        let symbol = &market.symbols[fill.key.0];
        let setting = self.setting(market, fill.key.0);
        let position = self.positions.entry(fill.key).or_default();
        let realized = position.reduce(fill);
        let closed = realized.map_or(Decimal::ZERO, |(quantity, _)| quantity);
        position.add(fill, fill.quantity - closed, symbol, setting);
        position.updated = fill.at;

        let rate = if fill.maker { MAKER_FEE } else { TAKER_FEE };
        let fee = (fill.price * fill.quantity * rate).round_dp(DECIMALS);
        let profit = realized.map(|(_, profit)| profit.round_dp(DECIMALS));
        self.settle(symbol, fill, fee, profit);
    }

    /// Buys or sells at the mark price.
    pub(crate) fn take(&mut self, market: &Market, key: Key, signed: Decimal, at: i64) {
        let order = self.next_order_id();
        self.take_for(market, key, signed, order, at);
    }

    fn take_for(&mut self, market: &Market, key: Key, signed: Decimal, order: u64, at: i64) {
        let fill = Fill {
            key,
            side: Side::moving(signed),
            price: market.symbols[key.0].mark(),
            quantity: signed.abs(),
            maker: false,
            order,
            at,
        };
        self.fill(market, &fill);
    }

    /// Closes the position at the mark price; the orders that could only reduce it expire.
    pub(crate) fn close(&mut self, market: &Market, key: Key, at: i64) {
        let amount = self.amount(key);
        if !amount.is_zero() {
            self.take(market, key, -amount, at);
        }
        self.expire_closing_orders();
    }

    /// Puts an order into the book under the next id.
    pub(crate) fn place(&mut self, mut order: Order) {
        order.id = self.next_order_id();
        self.orders.push(order);
    }

    /// An order id that was not used before.
    pub(crate) fn next_order_id(&mut self) -> u64 {
        let id = self.next_order;
        self.next_order += 7 + id % 5;
        id
    }

    /// Fills the orders the market has come to.
    pub(crate) fn match_orders(&mut self, market: &Market, at: i64) {
        let met: Vec<Order> = self
            .orders
            .iter()
            .filter(|order| order.is_met(market.symbols[order.symbol].mark()))
            .cloned()
            .collect();
        for order in met {
            if order.kind == OrderType::Limit {
                self.fill_limit(market, &order, at);
            } else {
                self.trigger(market, &order, at);
            }
        }
    }

    fn fill_limit(&mut self, market: &Market, order: &Order, at: i64) {
        let part = order.next_part(market.symbols[order.symbol].quantity_decimals);
        let fill = Fill {
            key: (order.symbol, order.position_side),
            side: order.side,
            price: order.price,
            quantity: part,
            maker: true,
            order: order.id,
            at,
        };
        self.fill(market, &fill);
        for open in self.orders.iter_mut().filter(|open| open.id == order.id) {
            open.executed += part;
            open.updated = at;
        }
        self.orders
            .retain(|open| open.id != order.id || !open.remaining().is_zero());
    }

    fn trigger(&mut self, market: &Market, order: &Order, at: i64) {
        let key = (order.symbol, order.position_side);
        self.orders.retain(|open| open.id != order.id);
        let amount = self.amount(key);
        let closes = !amount.is_zero() && Side::moving(-amount) == order.side;
        if closes {
            let quantity = if order.close_position {
                amount.abs()
            } else {
                order.quantity.min(amount.abs())
            };
            self.take_for(market, key, order.side.signed(quantity), order.id, at);
        }
        self.expire_closing_orders();
    }

    /// Drops conditional orders whose position is gone.
    fn expire_closing_orders(&mut self) {
        let positions = &self.positions;
        self.orders.retain(|order| {
            order.holds_margin()
                || positions
                    .get(&(order.symbol, order.position_side))
                    .is_some_and(|position| !position.amount.is_zero())
        });
    }
}

impl Position {
    /// Profit or loss if closed at `mark`, without fees.
    pub(crate) fn unrealized(&self, mark: Decimal) -> Decimal {
        (mark - self.entry) * self.amount
    }

    /// Takes off what the fill closes; the quantity closed and the profit realized.
    fn reduce(&mut self, fill: &Fill) -> Option<(Decimal, Decimal)> {
        let opposing = !self.amount.is_zero() && Side::moving(self.amount) != fill.side;
        if !opposing {
            return None;
        }
        let size = self.amount.abs();
        let quantity = fill.quantity.min(size);
        let signed = fill.side.signed(quantity);
        let profit = (self.entry - fill.price) * signed;
        let kept = (self.isolated_wallet * (size - quantity) / size).round_dp(8);
        self.amount += signed;
        self.isolated_wallet = kept;
        if self.amount.is_zero() {
            self.entry = Decimal::ZERO;
        }
        Some((quantity, profit))
    }

    /// Opens or adds; the entry price is the average, to three digits beyond the tick.
    fn add(&mut self, fill: &Fill, quantity: Decimal, symbol: &Symbol, setting: Setting) {
        if quantity.is_zero() {
            return;
        }
        let size = self.amount.abs();
        let cost = self.entry * size + fill.price * quantity;
        self.entry = (cost / (size + quantity)).round_dp(symbol.price_decimals + 3);
        self.amount += fill.side.signed(quantity);
        if setting.isolated {
            self.isolated_wallet += fill.price * quantity / Decimal::from(setting.leverage);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::{Options, world::World};

    fn world() -> World {
        World::new(&Options::default(), 0)
    }

    fn order(key: Key, side: Side, kind: OrderType, price: Decimal, quantity: Decimal) -> Order {
        Order {
            id: 0,
            symbol: key.0,
            position_side: key.1,
            side,
            kind,
            price,
            quantity,
            executed: Decimal::ZERO,
            reduce_only: kind != OrderType::Limit,
            close_position: quantity.is_zero(),
            placed: 0,
            updated: 0,
        }
    }

    #[test]
    fn trades_move_entry_price_and_wallet() {
        let World {
            market, mut actors, ..
        } = world();
        let account = &mut actors[0].account;
        let key = (market.find("LINKUSDT").unwrap(), PositionSide::Both);
        let before = account.wallets[MARGIN_ASSET].balance;
        let mut trade = |side, price: i64, quantity: i64| {
            let fill = Fill {
                key,
                side,
                price: Decimal::from(price),
                quantity: Decimal::from(quantity),
                maker: false,
                order: 1,
                at: 1,
            };
            account.fill(&market, &fill);
            let position = &account.positions[&key];
            (position.amount, position.entry)
        };
        let number = Decimal::from;
        assert_eq!(trade(Side::Buy, 10, 3), (number(3), number(10)));
        assert_eq!(trade(Side::Buy, 14, 1), (number(4), number(11)));
        assert_eq!(trade(Side::Sell, 13, 2), (number(2), number(11)));
        assert_eq!(trade(Side::Sell, 12, 5), (number(-3), number(12)));
        assert_eq!(trade(Side::Buy, 10, 3), (number(0), number(0)));
        // Two won 2 each, two won 1 each, three sold short won 2 each; 5 in 10000 of 160 went in fees.
        let gained = number(4 + 2 + 6) - number(30 + 14 + 26 + 60 + 30) * TAKER_FEE;
        assert_eq!(account.wallets[MARGIN_ASSET].balance - before, gained);
    }

    #[test]
    fn a_stop_closes_what_it_covers() {
        let World {
            market, mut actors, ..
        } = world();
        let account = &mut actors[0].account;
        let key = (market.find("LINKUSDT").unwrap(), PositionSide::Both);
        let mark = market.symbols[key.0].mark();
        account.orders.clear();
        account.take(&market, key, Decimal::TEN, 1);
        let stop = |quantity| order(key, Side::Sell, OrderType::StopMarket, mark, quantity);
        account.place(stop(Decimal::from(4)));
        account.match_orders(&market, 2);
        assert_eq!(account.amount(key), Decimal::from(6));
        account.place(stop(Decimal::ZERO));
        let profit = mark + Decimal::ONE;
        let kind = OrderType::TakeProfitMarket;
        account.place(order(key, Side::Sell, kind, profit, Decimal::ONE));
        account.match_orders(&market, 3);
        assert!(account.amount(key).is_zero());
        assert!(account.orders.is_empty());
    }

    #[test]
    fn a_limit_order_fills_in_two_parts() {
        let World {
            market, mut actors, ..
        } = world();
        let account = &mut actors[0].account;
        let key = (market.find("LINKUSDT").unwrap(), PositionSide::Both);
        let mark = market.symbols[key.0].mark();
        account.orders.clear();
        account.place(order(key, Side::Buy, OrderType::Limit, mark, Decimal::TEN));
        account.match_orders(&market, 1);
        assert_eq!(account.orders[0].executed, Decimal::from(5));
        account.match_orders(&market, 2);
        assert_eq!(account.amount(key), Decimal::TEN);
        assert!(account.orders.is_empty());
    }
}

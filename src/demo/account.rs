//! A demo account: wallets, positions, open orders, and the arithmetic that ties them together.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

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
    pub(crate) at: i64,
}

/// What one position amounts to at the present mark price.
#[derive(Debug, Clone, Default)]
pub(crate) struct Worth {
    pub(crate) notional: Decimal,
    pub(crate) unrealized: Decimal,
    pub(crate) position_initial: Decimal,
    pub(crate) order_initial: Decimal,
    pub(crate) maintenance: Decimal,
}

/// The account's sums, in the margin asset.
#[derive(Debug, Clone, Default)]
pub(crate) struct Totals {
    pub(crate) wallet: Decimal,
    pub(crate) cross_wallet: Decimal,
    pub(crate) unrealized: Decimal,
    pub(crate) cross_unrealized: Decimal,
    pub(crate) position_initial: Decimal,
    pub(crate) order_initial: Decimal,
    pub(crate) maintenance: Decimal,
    pub(crate) cross_maintenance: Decimal,
    pub(crate) isolated_wallets: Decimal,
    pub(crate) available: Decimal,
}

/// One account of the demo exchange.
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) alias: String,
    pub(crate) hedge: bool,
    pub(crate) multi_assets: bool,
    pub(crate) can_withdraw: bool,
    pub(crate) wallets: BTreeMap<&'static str, Wallet>,
    pub(crate) positions: BTreeMap<Key, Position>,
    pub(crate) settings: BTreeMap<usize, Setting>,
    pub(crate) orders: Vec<Order>,
    pub(crate) next_order: u64,
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
        let fee = fill.price * fill.quantity * rate;
        let profit = realized.map_or(Decimal::ZERO, |(_, profit)| profit);
        let wallet = self.wallets.entry(MARGIN_ASSET).or_default();
        wallet.balance += profit - fee;
        wallet.updated = fill.at;
    }

    /// Buys or sells at the mark price.
    pub(crate) fn take(&mut self, market: &Market, key: Key, signed: Decimal, at: i64) {
        let fill = Fill {
            key,
            side: Side::moving(signed),
            price: market.symbols[key.0].mark(),
            quantity: signed.abs(),
            maker: false,
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
        order.id = self.next_order;
        self.next_order += 7 + order.id % 5;
        self.orders.push(order);
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
            self.take(market, key, order.side.signed(quantity), at);
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

    /// What each position and each symbol with orders amounts to now.
    pub(crate) fn worths(&self, market: &Market) -> BTreeMap<Key, Worth> {
        let mut worths: BTreeMap<Key, Worth> = BTreeMap::new();
        for (key, position) in &self.positions {
            let symbol = &market.symbols[key.0];
            let leverage = Decimal::from(self.setting(market, key.0).leverage);
            let notional = position.amount * symbol.mark();
            worths.insert(
                *key,
                Worth {
                    notional,
                    unrealized: position.unrealized(symbol.mark()),
                    position_initial: notional.abs() / leverage,
                    maintenance: notional.abs() * symbol.maintenance_rate(),
                    order_initial: Decimal::ZERO,
                },
            );
        }
        for order in self.orders.iter().filter(|order| order.holds_margin()) {
            let leverage = Decimal::from(self.setting(market, order.symbol).leverage);
            let worth = worths
                .entry((order.symbol, order.position_side))
                .or_default();
            worth.order_initial += order.price * order.remaining() / leverage;
        }
        worths
    }

    /// The account's sums at the present prices.
    pub(crate) fn totals(&self, market: &Market, worths: &BTreeMap<Key, Worth>) -> Totals {
        let mut totals = Totals {
            wallet: self.collateral(market),
            ..Totals::default()
        };
        let mut isolated_initial = Decimal::ZERO;
        for (key, worth) in worths {
            totals.unrealized += worth.unrealized;
            totals.position_initial += worth.position_initial;
            totals.order_initial += worth.order_initial;
            totals.maintenance += worth.maintenance;
            if self.setting(market, key.0).isolated {
                isolated_initial += worth.position_initial;
            } else {
                totals.cross_unrealized += worth.unrealized;
                totals.cross_maintenance += worth.maintenance;
            }
        }
        totals.isolated_wallets = self.positions.values().map(|p| p.isolated_wallet).sum();
        totals.cross_wallet = totals.wallet - totals.isolated_wallets;
        let held = totals.position_initial - isolated_initial + totals.order_initial;
        let free = totals.cross_wallet + totals.cross_unrealized - held;
        totals.available = free.max(Decimal::ZERO);
        totals
    }

    /// What backs the account: the margin asset, or every asset's value in multi-assets mode.
    fn collateral(&self, market: &Market) -> Decimal {
        self.wallets
            .iter()
            .filter(|(asset, _)| self.multi_assets || **asset == MARGIN_ASSET)
            .map(|(asset, wallet)| wallet.balance * super::assets::value(market, asset))
            .sum()
    }

    /// The mark price at which the position's margin would no longer do; `None` when no price does that.
    pub(crate) fn liquidation_price(
        &self,
        market: &Market,
        key: Key,
        totals: &Totals,
    ) -> Option<Decimal> {
        let symbol = &market.symbols[key.0];
        let isolated = self.setting(market, key.0).isolated;
        let together: Vec<&Position> = self
            .positions
            .iter()
            .filter(|(other, _)| other.0 == key.0 && (!isolated || **other == key))
            .map(|(_, position)| position)
            .collect();
        let amount: Decimal = together.iter().map(|p| p.amount).sum();
        let size: Decimal = together.iter().map(|p| p.amount.abs()).sum();
        let cost: Decimal = together.iter().map(|p| p.amount * p.entry).sum();
        let rate = symbol.maintenance_rate();
        let slope = amount - rate * size;
        let cushion = if isolated {
            together.iter().map(|p| p.isolated_wallet).sum()
        } else {
            // What the other positions leave over, whatever this symbol's price does.
            let own: Decimal = together.iter().map(|p| p.unrealized(symbol.mark())).sum();
            let others_maintenance = totals.cross_maintenance - rate * size * symbol.mark();
            totals.cross_wallet + totals.cross_unrealized - own - others_maintenance
        };
        let price = (cost - cushion).checked_div(slope)?;
        (price > Decimal::ZERO).then(|| price.round_dp(symbol.price_decimals))
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

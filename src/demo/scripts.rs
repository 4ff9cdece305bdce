//! What the owners of the demo accounts do: open and reopen positions, quote around the mark, cover with stops.

use rand::RngExt;
use rand::rngs::StdRng;
use rust_decimal::Decimal;

use super::account::{Account, Fill, Key};
use super::market::Market;
use super::orders::{Order, OrderType, PositionSide, Side};

/// The last tick of the four minutes in which a cycling position is open.
const CYCLE_OPEN: u64 = 480;
/// Four minutes open, one closed.
const CYCLE: u64 = 600;
/// How long a position stays closed after a stop closed it.
const PAUSE: u64 = 60;
/// How long quotes stay where they are.
const QUOTE_AGE: u64 = 40;
/// How long conditional orders stay where they are.
const COVER_AGE: u64 = 240;
/// How far conditional orders stand from the mark price, in parts per million.
const COVER_DISTANCE: i64 = 80_000;

/// Which conditional orders stand behind a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cover {
    /// No order at all.
    Nothing,
    /// A stop over half of the position.
    Half,
    /// A stop over the whole position.
    Full,
    /// A stop that closes whatever there is.
    ClosePosition,
    /// Only a take profit, which is no protection.
    TakeProfit,
}

/// What is meant to happen with one position.
pub(crate) struct Plan {
    pub(crate) key: Key,
    /// The signed amount the position is opened with.
    pub(crate) amount: Decimal,
    pub(crate) cover: Cover,
    pub(crate) quotes: bool,
    pub(crate) cycles: bool,
    /// Set when somebody closed the position from outside: it stays closed.
    pub(crate) retired: bool,
    was_open: bool,
    closed_until: u64,
    cover_placed: u64,
}

impl Plan {
    /// A plan for a position that is opened at the start.
    pub(crate) fn new(key: Key, amount: Decimal, cover: Cover) -> Self {
        Self {
            key,
            amount,
            cover,
            quotes: false,
            cycles: false,
            retired: false,
            was_open: false,
            closed_until: 0,
            cover_placed: 0,
        }
    }

    /// Opens the position before the first tick, `offset_ppm` away from the mark price.
    pub(crate) fn open_at_start(
        &mut self,
        account: &mut Account,
        market: &Market,
        offset_ppm: i64,
        at: i64,
    ) {
        let fill = Fill {
            key: self.key,
            side: Side::moving(self.amount),
            price: market.symbols[self.key.0].near_mark(offset_ppm),
            quantity: self.amount.abs(),
            maker: false,
            order: account.next_order_id(),
            at,
        };
        account.fill(market, &fill);
        self.was_open = true;
    }

    /// Does what is due at this tick.
    pub(crate) fn act(
        &mut self,
        account: &mut Account,
        market: &Market,
        rng: &mut StdRng,
        tick: u64,
        at: i64,
    ) {
        if self.retired {
            return;
        }
        self.keep_open(account, market, tick, at);
        if self.quotes && tick.is_multiple_of(QUOTE_AGE) {
            self.quote(account, market, rng, at);
        }
        self.keep_cover(account, market, tick, at);
    }

    fn keep_open(&mut self, account: &mut Account, market: &Market, tick: u64, at: i64) {
        let wanted = !self.cycles || tick % CYCLE < CYCLE_OPEN;
        let open = !account.amount(self.key).is_zero();
        if open && !wanted {
            account.close(market, self.key, at);
        } else if !open && self.was_open && wanted {
            self.closed_until = tick + PAUSE;
        } else if !open && wanted && tick >= self.closed_until {
            account.take(market, self.key, self.amount, at);
        }
        self.was_open = wanted && !account.amount(self.key).is_zero();
    }

    /// Moves the limit orders: one a little below the mark price, one a little above.
    fn quote(&self, account: &mut Account, market: &Market, rng: &mut StdRng, at: i64) {
        let key = self.key;
        account
            .orders
            .retain(|order| !order.holds_margin() || (order.symbol, order.position_side) != key);
        let symbol = &market.symbols[key.0];
        let amount = account.amount(key);
        if amount.is_zero() {
            return;
        }
        let part = (self.amount.abs() / Decimal::TEN).trunc_with_scale(symbol.quantity_decimals);
        let room = self.amount.abs() / Decimal::TWO;
        for side in [Side::Buy, Side::Sell] {
            let distance = rng.random_range(300_i64..1_200);
            let ppm = if side == Side::Buy {
                -distance
            } else {
                distance
            };
            let after = amount + side.signed(part);
            if (after - self.amount).abs() <= room {
                let mut order = self.order(side, OrderType::Limit, symbol.near_mark(ppm), at);
                order.quantity = part;
                account.place(order);
            }
        }
    }

    /// Sees to it that the conditional order fits the position, and moves it with the price.
    fn keep_cover(&mut self, account: &mut Account, market: &Market, tick: u64, at: i64) {
        let symbol = &market.symbols[self.key.0];
        let amount = account.amount(self.key);
        if amount.is_zero() || self.cover == Cover::Nothing {
            return;
        }
        let size = amount.abs();
        let quantity = match self.cover {
            Cover::Half => (size / Decimal::TWO).trunc_with_scale(symbol.quantity_decimals),
            Cover::ClosePosition => Decimal::ZERO,
            _ => size,
        };
        let key = self.key;
        let is_cover =
            |order: &Order| !order.holds_margin() && (order.symbol, order.position_side) == key;
        let fits = account
            .orders
            .iter()
            .any(|order| is_cover(order) && order.quantity == quantity);
        if fits && tick < self.cover_placed + COVER_AGE {
            return;
        }
        account.orders.retain(|order| !is_cover(order));
        self.cover_placed = tick;
        account.place(self.cover_order(market, amount, quantity, account.hedge, at));
    }

    fn cover_order(
        &self,
        market: &Market,
        amount: Decimal,
        quantity: Decimal,
        hedge: bool,
        at: i64,
    ) -> Order {
        let profit = self.cover == Cover::TakeProfit;
        let above = profit == amount.is_sign_positive();
        let ppm = if above {
            COVER_DISTANCE
        } else {
            -COVER_DISTANCE
        };
        let price = market.symbols[self.key.0].near_mark(ppm);
        let kind = if profit {
            OrderType::TakeProfitMarket
        } else {
            OrderType::StopMarket
        };
        let mut order = self.order(Side::moving(-amount), kind, price, at);
        order.quantity = quantity;
        order.close_position = self.cover == Cover::ClosePosition;
        // In hedge mode the flag may not be sent: the position side says what is closed.
        order.reduce_only = !hedge;
        order
    }

    fn order(&self, side: Side, kind: OrderType, price: Decimal, at: i64) -> Order {
        Order {
            id: 0,
            symbol: self.key.0,
            position_side: self.key.1,
            side,
            kind,
            price,
            quantity: Decimal::ZERO,
            executed: Decimal::ZERO,
            reduce_only: false,
            close_position: false,
            placed: at,
            updated: at,
        }
    }
}

/// What a demo account is there to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// One-way mode, cross and isolated margin, limit orders that come, move and fill, stops over
    /// some of the positions, and a position that closes and opens again.
    Main,
    /// Hedge mode and multi-assets mode, with a symbol outside ASCII.
    Hedge,
    /// One position close to liquidation whenever the scripted price falls.
    Trouble,
}

impl Role {
    /// The wallets at the start.
    pub(crate) fn wallets(self) -> Vec<(&'static str, Decimal)> {
        match self {
            Self::Main => vec![("USDT", Decimal::new(4_250_000, 2))],
            Self::Hedge => vec![
                ("USDT", Decimal::new(6_000_000, 3)),
                ("USDC", Decimal::new(4_500_125, 3)),
            ],
            Self::Trouble => vec![("USDT", Decimal::new(605, 0))],
        }
    }

    /// Leverage and isolation where they are not the default.
    pub(crate) fn settings(self) -> &'static [(&'static str, u32, bool)] {
        match self {
            Self::Main => &[
                ("ETHUSDT", 10, false),
                ("SOLUSDT", 5, true),
                ("XRPUSDT", 4, true),
            ],
            Self::Hedge => &[("ETHUSDT", 25, false), ("币安人生USDT", 2, false)],
            Self::Trouble => &[("DOGEUSDT", 25, false)],
        }
    }

    /// What the account pays its fees in.
    pub(crate) fn fee_asset(self) -> &'static str {
        if self == Self::Hedge { "USDC" } else { "USDT" }
    }

    /// Where the account buys and sells again at once.
    pub(crate) fn ventures(self, market: &Market) -> Vec<Key> {
        let (side, names): (_, &[&str]) = match self {
            Self::Main => (
                PositionSide::Both,
                &["LINKUSDT", "AVAXUSDT", "SUIUSDT", "XRPUSDT"],
            ),
            Self::Hedge => (PositionSide::Long, &["ADAUSDT", "HYPEUSDT"]),
            Self::Trouble => (PositionSide::Both, &[]),
        };
        let symbols = names.iter().filter_map(|name| market.find(name));
        symbols.map(|symbol| (symbol, side)).collect()
    }

    /// The positions the account means to have.
    pub(crate) fn plans(self, market: &Market) -> Vec<Plan> {
        use PositionSide::{Both, Long, Short};
        let plan = |name: &str, side, amount, cover| {
            market
                .find(name)
                .map(|symbol| Plan::new((symbol, side), amount, cover))
        };
        let quoted = |plan: Plan| Plan {
            quotes: true,
            ..plan
        };
        let cycling = |plan: Plan| Plan {
            cycles: true,
            ..plan
        };
        let plans = match self {
            Self::Main => vec![
                plan("BTCUSDT", Both, Decimal::new(850, 3), Cover::Full).map(quoted),
                plan("ETHUSDT", Both, Decimal::new(-6_500, 3), Cover::Half).map(quoted),
                plan(
                    "SOLUSDT",
                    Both,
                    Decimal::new(7_500, 2),
                    Cover::ClosePosition,
                ),
                plan("BNBUSDT", Both, Decimal::new(1_225, 2), Cover::TakeProfit),
                plan("ASTERUSDT", Both, Decimal::new(3_500, 1), Cover::Full).map(cycling),
            ],
            Self::Hedge => vec![
                plan("ETHUSDT", Long, Decimal::new(4_000, 3), Cover::Full).map(quoted),
                plan("ETHUSDT", Short, Decimal::new(-2_500, 3), Cover::Half),
                plan(
                    "币安人生USDT",
                    Long,
                    Decimal::new(15_000, 0),
                    Cover::Nothing,
                ),
                plan(
                    "XRPUSDT",
                    Short,
                    Decimal::new(-8_000, 1),
                    Cover::ClosePosition,
                ),
            ],
            Self::Trouble => vec![plan(
                super::market::DIPPING,
                Both,
                Decimal::new(50_000, 0),
                Cover::Nothing,
            )],
        };
        plans.into_iter().flatten().collect()
    }
}

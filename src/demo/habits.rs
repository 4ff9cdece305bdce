//! What an account lives through besides its plans: quick trades, funding, transfers, and now and then a surprise.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rust_decimal::Decimal;

use super::account::{Account, Fill, Key};
use super::history::IncomeRecord;
use super::market::{Market, Symbol};
use super::orders::Side;
use super::scripts::Role;

/// Funding is due every demo hour, counted from the start.
pub(crate) const FUNDING: u64 = 7_200;
/// How often something is bought and sold again.
const QUICK_TRADE: u64 = 180;
/// When a burst comes within the demo hour.
const BURST: u64 = 2_400;
/// In how many fills a burst buys, and sells again.
const BURST_PARTS: usize = 30;
/// How late a late row is, in ticks: three to ten minutes.
const LATE: std::ops::Range<u64> = 360..1_200;
/// What a quick trade is worth.
const STAKE: Decimal = Decimal::from_parts(400, 0, 0, false, 0);

/// The habits of one account, and what is still to come of them.
pub(crate) struct Habits {
    /// Where it trades quickly; no position stays open there.
    ventures: Vec<Key>,
    /// The balances its owner keeps up.
    home: Vec<(&'static str, Decimal)>,
    /// Rows that are dated already and appear at a later tick.
    late: Vec<(u64, IncomeRecord)>,
    surprises: bool,
    rng: StdRng,
}

impl Habits {
    pub(crate) fn new(role: Role, market: &Market, surprises: bool, seed: u64) -> Self {
        Self {
            ventures: role.ventures(market),
            home: role.wallets(),
            late: Vec::new(),
            surprises,
            rng: StdRng::seed_from_u64(seed),
        }
    }

    /// Does what is due at this tick.
    pub(crate) fn act(&mut self, account: &mut Account, market: &Market, tick: u64, at: i64) {
        self.book_late(account, tick, at);
        if tick % QUICK_TRADE == QUICK_TRADE / 2
            && let Some(key) = self.venture()
        {
            round_trip(account, market, key, 1, at);
        }
        if self.surprises
            && tick % FUNDING == BURST
            && let Some(key) = self.venture()
        {
            round_trip(account, market, key, BURST_PARTS, at);
        }
        if tick.is_multiple_of(FUNDING) {
            self.fund(account, market, tick, at);
            self.keep_home(account, at);
        }
    }

    fn venture(&mut self) -> Option<Key> {
        let last = self.ventures.len().checked_sub(1)?;
        Some(self.ventures[self.rng.random_range(0..=last)])
    }

    fn book_late(&mut self, account: &mut Account, tick: u64, at: i64) {
        for (_, income) in self.late.extract_if(.., |(due, _)| *due <= tick) {
            account.book(income, at);
        }
    }

    /// Every open position pays or gets its funding; one row in eight comes late.
    fn fund(&mut self, account: &mut Account, market: &Market, tick: u64, at: i64) {
        for key in account.open_keys() {
            let symbol = &market.symbols[key.0];
            let income = account.funding(market, key, symbol.mark(), symbol.funding_rate(), at);
            if self.surprises && self.rng.random_range(0..8) == 0 {
                self.late.push((tick + self.rng.random_range(LATE), income));
            } else {
                account.book(income, at);
            }
        }
    }

    /// The owner makes up for what went astray by more than one percent.
    fn keep_home(&self, account: &mut Account, at: i64) {
        for (asset, home) in &self.home {
            let balance = account.wallets.get(asset).map_or(*home, |w| w.balance);
            let astray = (home - balance).trunc_with_scale(2);
            if astray.abs() * Decimal::ONE_HUNDRED > *home {
                account.transfer(asset, astray, at);
            }
        }
    }
}

/// Buys at the mark price and sells a little above it from the book, all at once, each in so many fills.
pub(crate) fn round_trip(account: &mut Account, market: &Market, key: Key, parts: usize, at: i64) {
    let symbol = &market.symbols[key.0];
    let share = STAKE / Decimal::from(parts.max(1));
    for (side, ppm, maker) in [(Side::Buy, 0, false), (Side::Sell, 700, true)] {
        let order = account.next_order_id();
        for _ in 0..parts {
            let fill = Fill {
                key,
                side,
                price: symbol.near_mark(ppm),
                quantity: worth(symbol, share),
                maker,
                order,
                at,
            };
            account.fill(market, &fill);
        }
    }
}

/// What a quick trade buys.
pub(crate) fn stake(symbol: &Symbol) -> Decimal {
    worth(symbol, STAKE)
}

/// The quantity that is worth about so much.
fn worth(symbol: &Symbol, amount: Decimal) -> Decimal {
    (amount / symbol.mark())
        .trunc_with_scale(symbol.quantity_decimals)
        .max(symbol.lot())
}

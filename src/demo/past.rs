//! What an account has lived through before the exchange started: a history that ends with the
//! balances the account starts with and no position.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rust_decimal::Decimal;

use super::Options;
use super::account::{Account, Fill, Key};
use super::habits::{round_trip, stake};
use super::market::Market;
use super::orders::Side;
use super::scripts::{Plan, Role};

const HOUR_MS: i64 = 3_600_000;
/// How far a past price may be from the present one, in parts per million.
const REACH_PPM: i64 = 3_000;
/// When the money came before the first trade, in milliseconds.
const OPENED_MS: i64 = 60_000;
/// When, before the start, everything was closed, in milliseconds.
const CLOSED_MS: i64 = 600_000;
/// In how many fills the one burst of the past bought, and sold again.
const BURST_PARTS: usize = 75;

/// A position the account had, and by how much it went up and down.
#[derive(Clone, Copy)]
struct Stance {
    key: Key,
    amount: Decimal,
    part: Decimal,
}

/// The past of one account in the making.
struct Past<'a> {
    account: &'a mut Account,
    market: &'a Market,
    stances: Vec<Stance>,
    rng: StdRng,
}

/// Gives the account its past; it begins with the transfer that everything was paid from.
pub(crate) fn live_through(
    account: &mut Account,
    market: &Market,
    role: Role,
    options: &Options,
    seed: u64,
    start: i64,
) {
    let hours = i64::from(options.history_days) * 24;
    let began = start - hours * HOUR_MS;
    let mut past = Past {
        stances: stances(&role.plans(market), &role.ventures(market), market),
        rng: StdRng::seed_from_u64(seed),
        account,
        market,
    };
    for hour in 0..hours {
        past.hour(began + hour * HOUR_MS, hour, options);
    }
    past.close(start - CLOSED_MS);
    for (asset, balance) in role.wallets() {
        let spent = account
            .wallets
            .get(asset)
            .map_or(Decimal::ZERO, |w| w.balance);
        account.transfer(asset, balance - spent, began - OPENED_MS);
    }
}

fn stances(plans: &[Plan], ventures: &[Key], market: &Market) -> Vec<Stance> {
    let planned = plans.iter().map(|plan| Stance {
        key: plan.key,
        amount: plan.amount,
        part: -(plan.amount / Decimal::TEN)
            .trunc_with_scale(market.symbols[plan.key.0].quantity_decimals),
    });
    let ventured = ventures.iter().map(|key| Stance {
        key: *key,
        amount: Decimal::ZERO,
        part: stake(&market.symbols[key.0]),
    });
    planned.chain(ventured).collect()
}

impl Past<'_> {
    /// One hour: positions are opened in the first, funding is settled in all others, and some fills follow.
    fn hour(&mut self, at: i64, hour: i64, options: &Options) {
        if hour == 0 {
            self.open(at);
        } else {
            self.fund(at);
        }
        let mut times: Vec<i64> = (0..options.trades_per_hour)
            .map(|_| at + self.rng.random_range(1..HOUR_MS - CLOSED_MS))
            .collect();
        times.sort_unstable();
        for time in times {
            self.trade(time);
        }
        if options.surprises && hour == 40 {
            self.burst(at + HOUR_MS / 2);
        }
    }

    fn open(&mut self, at: i64) {
        for place in 0..self.stances.len() {
            let Stance { key, amount, .. } = self.stances[place];
            if !amount.is_zero() {
                self.fill(key, amount, at);
            }
        }
    }

    /// Rates of both signs occurred, so that funding was paid and received.
    fn fund(&mut self, at: i64) {
        for key in self.account.open_keys() {
            let rate = Decimal::new(self.rng.random_range(-6_000..=18_000), 8);
            let price = self.price(key);
            let income = self.account.funding(self.market, key, price, rate, at);
            self.account.book(income, at);
        }
    }

    /// Takes a part off one position, or brings it back to what it was.
    fn trade(&mut self, at: i64) {
        let Some(last) = self.stances.len().checked_sub(1) else {
            return;
        };
        let Stance { key, amount, part } = self.stances[self.rng.random_range(0..=last)];
        let away = amount - self.account.amount(key);
        self.fill(key, if away.is_zero() { part } else { away }, at);
    }

    fn burst(&mut self, at: i64) {
        let idle = self
            .stances
            .iter()
            .find(|stance| stance.amount.is_zero() && self.account.amount(stance.key).is_zero());
        if let Some(key) = idle.map(|stance| stance.key) {
            round_trip(self.account, self.market, key, BURST_PARTS, at);
        }
    }

    fn close(&mut self, at: i64) {
        for key in self.account.open_keys() {
            let amount = self.account.amount(key);
            self.fill(key, -amount, at);
        }
    }

    fn fill(&mut self, key: Key, signed: Decimal, at: i64) {
        let fill = Fill {
            key,
            side: Side::moving(signed),
            price: self.price(key),
            quantity: signed.abs(),
            maker: self.rng.random(),
            order: self.account.next_order_id(),
            at,
        };
        self.account.fill(self.market, &fill);
    }

    fn price(&mut self, key: Key) -> Decimal {
        let ppm = self.rng.random_range(-REACH_PPM..=REACH_PPM);
        self.market.symbols[key.0].near_mark(ppm)
    }
}

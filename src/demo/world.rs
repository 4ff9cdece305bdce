//! The demo world: the market and the accounts, moved tick by tick.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use super::account::{Account, Setting, Wallet};
use super::assets::ASSETS;
use super::history::History;
use super::market::{Market, TICK_MS};
use super::orders::PositionSide;
use super::scripts::{Plan, Role};
use super::{AccountOptions, Credentials, Options};

/// The most ticks made up for at once: twenty minutes of demo time.
const CATCH_UP: u64 = 2_400;

/// Funding is paid every hour of the demo.
const FUNDING: u64 = 3_600_000 / TICK_MS;

/// The first order id: nineteen digits, beyond what a double holds.
const FIRST_ORDER: u64 = 1_204_500_000_000_000_017;

/// An account, its keys, and what its owner does.
pub(crate) struct Actor {
    pub(crate) account: Account,
    pub(crate) credentials: Credentials,
    plans: Vec<Plan>,
}

/// Market and accounts at one tick.
pub(crate) struct World {
    pub(crate) market: Market,
    pub(crate) actors: Vec<Actor>,
    tick: u64,
    rng: StdRng,
}

impl World {
    /// The world at tick 0: positions are open and orders are in the book.
    pub(crate) fn new(options: &Options, at: i64) -> Self {
        let market = Market::new(options.seed, options.symbols);
        let mut rng = StdRng::seed_from_u64(options.seed.wrapping_add(2));
        let actors = options
            .accounts
            .iter()
            .map(|wanted| Actor::new(wanted, &market, options.seed, &mut rng, at))
            .collect();
        Self {
            market,
            actors,
            tick: 0,
            rng,
        }
    }

    /// Moves everything by one tick; `at` is the server's time of it.
    pub(crate) fn step(&mut self, at: i64) {
        self.tick += 1;
        self.market.step(self.tick);
        if self.tick.is_multiple_of(FUNDING) {
            for actor in &mut self.actors {
                actor.account.pay_funding(&self.market, at);
            }
        }
        for actor in &mut self.actors {
            actor.account.match_orders(&self.market, at);
            for plan in &mut actor.plans {
                plan.act(
                    &mut actor.account,
                    &self.market,
                    &mut self.rng,
                    self.tick,
                    at,
                );
            }
        }
    }

    /// Closes every position of the account in the symbol, for good, with its orders.
    pub(crate) fn close_position(&mut self, account: &str, symbol: &str, at: i64) {
        let Some(symbol) = self.market.find(symbol) else {
            return;
        };
        for actor in &mut self.actors {
            if actor.credentials.name == account {
                actor.close(&self.market, symbol, at);
            }
        }
    }

    /// Whoever acts for the account of that name.
    pub(crate) fn actor(&mut self, name: &str) -> Option<&mut Actor> {
        let mut actors = self.actors.iter_mut();
        actors.find(|actor| actor.credentials.name == name)
    }

    /// Buys and sells the same amount of a symbol, in so many parts.
    pub(crate) fn round_trip(&mut self, account: &str, symbol: &str, parts: u32, at: i64) {
        let Some(symbol) = self.market.find(symbol) else {
            return;
        };
        let Some(actor) = self
            .actors
            .iter_mut()
            .find(|a| a.credentials.name == account)
        else {
            return;
        };
        let side = if actor.account.hedge {
            PositionSide::Long
        } else {
            PositionSide::Both
        };
        for _ in 0..parts {
            actor
                .account
                .take(&self.market, (symbol, side), Decimal::ONE, at);
        }
        for _ in 0..parts {
            actor
                .account
                .take(&self.market, (symbol, side), -Decimal::ONE, at);
        }
    }

    /// The account of that name.
    pub(crate) fn account(&self, name: &str) -> Option<&Account> {
        self.actors
            .iter()
            .map(|actor| &actor.account)
            .find(|account| account.name == name)
    }

    /// The keys that belong to `api_key`.
    pub(crate) fn credentials(&self, api_key: &str) -> Option<&Credentials> {
        self.actors
            .iter()
            .map(|actor| &actor.credentials)
            .find(|credentials| credentials.api_key == api_key)
    }
}

impl Actor {
    fn new(wanted: &AccountOptions, market: &Market, seed: u64, rng: &mut StdRng, at: i64) -> Self {
        let role = wanted.role;
        let mut account = Account {
            name: wanted.name.clone(),
            alias: derive(seed, &wanted.name, "alias")[..16].to_owned(),
            hedge: role == Role::Hedge,
            multi_assets: role == Role::Hedge,
            can_withdraw: role == Role::Main,
            wallets: wallets(role, at),
            positions: BTreeMap::new(),
            settings: BTreeMap::new(),
            orders: Vec::new(),
            history: History::default(),
            next_order: FIRST_ORDER + rng.random_range(0..1_000_000_u64) * 1_000_003,
        };
        account.deposit(at);
        for (name, leverage, isolated) in role.settings() {
            if let Some(symbol) = market.find(name) {
                let setting = Setting {
                    leverage: *leverage,
                    isolated: *isolated,
                };
                account.settings.insert(symbol, setting);
            }
        }
        let mut plans = role.plans(market);
        for plan in &mut plans {
            let offset = if role == Role::Trouble {
                0
            } else {
                rng.random_range(-8_000_i64..=8_000)
            };
            plan.open_at_start(&mut account, market, offset, at);
            plan.act(&mut account, market, rng, 0, at);
        }
        Self {
            credentials: Credentials {
                name: wanted.name.clone(),
                api_key: derive(seed, &wanted.name, "key"),
                api_secret: derive(seed, &wanted.name, "secret"),
            },
            account,
            plans,
        }
    }

    fn close(&mut self, market: &Market, symbol: usize, at: i64) {
        for plan in self.plans.iter_mut().filter(|plan| plan.key.0 == symbol) {
            plan.retired = true;
            self.account
                .orders
                .retain(|order| (order.symbol, order.position_side) != plan.key);
            self.account.close(market, plan.key, at);
        }
    }
}

fn wallets(role: Role, at: i64) -> BTreeMap<&'static str, Wallet> {
    let mut wallets: BTreeMap<&'static str, Wallet> = ASSETS
        .iter()
        .map(|(asset, _)| (*asset, Wallet::default()))
        .collect();
    for (asset, balance) in role.wallets() {
        let wallet = Wallet {
            balance,
            updated: at,
        };
        wallets.insert(asset, wallet);
    }
    wallets
}

/// Sixty-four hexadecimal digits that belong to the seed, the account and the use.
fn derive(seed: u64, account: &str, used_as: &str) -> String {
    hex::encode(Sha256::digest(format!("demo {seed} {account} {used_as}")))
}

/// Turns the time that passes here into ticks there.
pub(crate) struct Pace {
    speed: f64,
    last: Instant,
    carried: Duration,
    frozen: bool,
}

impl Pace {
    /// A pace of `speed` demo seconds a second; anything but a positive number stands still.
    pub(crate) fn new(speed: f64) -> Self {
        Self {
            speed,
            last: Instant::now(),
            carried: Duration::ZERO,
            frozen: false,
        }
    }

    /// How many ticks are due since this was last asked; what is too much to make up for is dropped.
    pub(crate) fn due(&mut self) -> u64 {
        let passed = self.last.elapsed();
        self.last += passed;
        if self.frozen {
            return 0;
        }
        let demo = passed.as_secs_f64() * self.speed;
        self.carried += Duration::try_from_secs_f64(demo).unwrap_or_default();
        let ticks = u64::try_from(self.carried.as_millis()).unwrap_or(u64::MAX) / TICK_MS;
        if ticks > CATCH_UP {
            self.carried = Duration::ZERO;
            return CATCH_UP;
        }
        self.carried -= Duration::from_millis(ticks * TICK_MS);
        ticks
    }

    /// How long a tick takes here, in milliseconds.
    pub(crate) fn tick_ms(&self) -> i64 {
        let tick = Duration::from_millis(TICK_MS).as_secs_f64() / self.speed;
        Duration::try_from_secs_f64(tick)
            .ok()
            .and_then(|tick| i64::try_from(tick.as_millis()).ok())
            .unwrap_or_default()
    }

    /// Stops or goes on; the time spent frozen is not made up for.
    pub(crate) fn set_frozen(&mut self, frozen: bool) {
        self.frozen = frozen;
    }
}

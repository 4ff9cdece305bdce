//! The demo world: the market and the accounts, moved tick by tick.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use super::account::{Account, Setting, Wallet};
use super::agent::{self, Agent};
use super::assets::ASSETS;
use super::habits::{self, Habits};
use super::history::History;
use super::market::{Market, TICK_MS};
use super::past;
use super::scripts::{Plan, Role};
use super::{AccountOptions, Credentials, Options};

/// The most ticks made up for at once: twenty minutes of demo time.
const CATCH_UP: u64 = 2_400;

/// The first order id: nineteen digits, beyond what a double holds.
const FIRST_ORDER: u64 = 1_204_500_000_000_000_017;

/// An account, its keys, and what its owner does.
pub(crate) struct Actor {
    pub(crate) account: Account,
    pub(crate) credentials: Credentials,
    pub(crate) agent: Agent,
    plans: Vec<Plan>,
    habits: Habits,
}

/// Market and accounts at one tick.
pub(crate) struct World {
    pub(crate) market: Market,
    pub(crate) actors: Vec<Actor>,
    tick: u64,
    /// The server's time of the last tick.
    at: i64,
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
            .map(|wanted| Actor::new(wanted, &market, options, &mut rng, at))
            .collect();
        Self {
            market,
            actors,
            tick: 0,
            at,
            rng,
        }
    }

    /// Moves everything by one tick; `at` is the server's time of it.
    pub(crate) fn step(&mut self, at: i64) {
        self.tick += 1;
        self.at = at;
        self.market.step(self.tick);
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
            let (habits, account) = (&mut actor.habits, &mut actor.account);
            habits.act(account, &self.market, self.tick, at);
        }
    }

    /// When funding is settled next, in the server's time.
    pub(crate) fn next_funding(&self, pace: &Pace) -> i64 {
        let ticks = habits::FUNDING - self.tick % habits::FUNDING;
        self.at.saturating_add(pace.ms_of(ticks))
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

    /// The account of that name.
    pub(crate) fn account(&self, name: &str) -> Option<&Account> {
        self.actors
            .iter()
            .map(|actor| &actor.account)
            .find(|account| account.name == name)
    }

    /// The market and the account of that name, to change it.
    pub(crate) fn account_mut(&mut self, name: &str) -> Option<(&Market, &mut Account)> {
        let mut actors = self.actors.iter_mut().map(|actor| &mut actor.account);
        let account = actors.find(|account| account.name == name)?;
        Some((&self.market, account))
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
    fn new(
        wanted: &AccountOptions,
        market: &Market,
        options: &Options,
        rng: &mut StdRng,
        at: i64,
    ) -> Self {
        let (role, seed) = (wanted.role, options.seed);
        let mut account = Account {
            name: wanted.name.clone(),
            alias: derive(seed, &wanted.name, "alias")[..16].to_owned(),
            hedge: role == Role::Hedge,
            multi_assets: role == Role::Hedge,
            can_withdraw: role == Role::Main,
            fee_asset: role.fee_asset(),
            wallets: wallets(at),
            positions: BTreeMap::new(),
            settings: BTreeMap::new(),
            orders: Vec::new(),
            next_order: FIRST_ORDER + rng.random_range(0..1_000_000_u64) * 1_000_003,
            history: History::default(),
        };
        for (name, leverage, isolated) in role.settings() {
            if let Some(symbol) = market.find(name) {
                let setting = Setting {
                    leverage: *leverage,
                    isolated: *isolated,
                };
                account.settings.insert(symbol, setting);
            }
        }
        let past = own_seed(seed, &wanted.name, "past");
        past::live_through(&mut account, market, role, options, past, at);
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
        let wallet = |used_as| agent::Wallet::of(derive(seed, &wanted.name, used_as));
        let (user, signer) = (wallet("wallet").address, wallet("agent"));
        Self {
            agent: Agent::new(user.clone(), signer.address.clone()),
            credentials: Credentials {
                name: wanted.name.clone(),
                api_key: derive(seed, &wanted.name, "key"),
                api_secret: derive(seed, &wanted.name, "secret"),
                user,
                signer: signer.address,
                private_key: signer.private_key,
            },
            habits: Habits::new(
                role,
                market,
                options.surprises,
                own_seed(seed, &wanted.name, "habits"),
            ),
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

fn wallets(at: i64) -> BTreeMap<&'static str, Wallet> {
    let empty = Wallet {
        balance: Decimal::ZERO,
        updated: at,
    };
    let assets = ASSETS.iter();
    assets.map(|(asset, _)| (*asset, empty.clone())).collect()
}

/// Sixty-four hexadecimal digits that belong to the seed, the account and the use.
fn derive(seed: u64, account: &str, used_as: &str) -> String {
    hex::encode(Sha256::digest(format!("demo {seed} {account} {used_as}")))
}

/// A seed of its own for one use by one account, so that others' numbers stay as they are.
fn own_seed(seed: u64, account: &str, used_as: &str) -> u64 {
    let digest = Sha256::digest(format!("demo {seed} {account} {used_as}"));
    digest[..8]
        .iter()
        .fold(0, |seed, byte| seed << 8 | u64::from(*byte))
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

    /// How long so many ticks take here, in milliseconds; as long as there where nothing moves by itself.
    pub(crate) fn ms_of(&self, ticks: u64) -> i64 {
        let there = Duration::from_millis(ticks.saturating_mul(TICK_MS));
        let here = Duration::try_from_secs_f64(there.as_secs_f64() / self.speed);
        i64::try_from(here.unwrap_or(there).as_millis()).unwrap_or(i64::MAX)
    }

    /// Stops or goes on; the time spent frozen is not made up for.
    pub(crate) fn set_frozen(&mut self, frozen: bool) {
        self.frozen = frozen;
    }
}

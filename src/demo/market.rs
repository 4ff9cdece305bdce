//! The symbols of the demo market and their seeded, moving prices.

use std::collections::HashMap;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rust_decimal::Decimal;

/// How often prices move, in milliseconds of demo time.
pub(crate) const TICK_MS: u64 = 500;

/// The symbol whose price follows the scripted dip.
pub(crate) const DIPPING: &str = "DOGEUSDT";

/// A million, the unit of relative moves.
const PPM: i64 = 1_000_000;

/// How far the scripted price falls, in parts per million.
const DIP_PPM: i64 = 38_600;

/// How far a scripted price jitters around its script, in parts per million.
const JITTER_PPM: i64 = 250;

/// Base asset, price in ticks, decimals of the price, decimals of the quantity, highest leverage,
/// highest notional as the exchange spells it.
const KNOWN: [(&str, i64, u32, u32, u32, &str); 24] = [
    ("BTC", 1_066_307, 1, 3, 100, "1.2E7"),
    ("ETH", 253_412, 2, 3, 100, "1.2E7"),
    ("DOGE", 20_000, 5, 0, 25, "1000000"),
    ("SOL", 15_236, 2, 2, 50, "3000000"),
    ("BNB", 65_118, 2, 2, 50, "2000000"),
    ("ASTER", 17_342, 4, 1, 20, "1500000"),
    ("币安人生", 13_254, 5, 0, 5, "100000"),
    ("XRP", 22_871, 4, 1, 50, "4000000"),
    ("CAKE", 27_315, 4, 1, 20, "250000"),
    ("TWT", 7_918, 4, 0, 20, "100000"),
    ("FORM", 26_641, 4, 1, 20, "75000"),
    ("LISTA", 23_187, 5, 0, 20, "75000"),
    ("LINK", 13_942, 3, 2, 50, "1000000"),
    ("ADA", 61_240, 5, 0, 50, "1000000"),
    ("AVAX", 19_876, 3, 1, 50, "1000000"),
    ("LTC", 8_641, 2, 3, 50, "1000000"),
    ("SUI", 31_254, 4, 1, 50, "1000000"),
    ("HYPE", 38_413, 3, 2, 20, "500000"),
    ("1000PEPE", 110_212, 7, 0, 25, "750000"),
    ("WLFI", 18_421, 5, 0, 20, "250000"),
    ("PUMP", 41_213, 7, 0, 20, "250000"),
    ("TRUMP", 9_173, 3, 2, 20, "500000"),
    ("PENGU", 110_342, 7, 0, 20, "100000"),
    ("SBET", 21_342, 3, 2, 20, "130000"),
];

/// The most symbols a market has: enough names can be made up for these.
const MOST: usize = 2_000;

const SYLLABLES: [&str; 16] = [
    "BA", "CO", "DE", "FI", "GO", "KA", "LU", "MI", "NO", "PA", "RI", "SO", "TA", "VE", "XO", "ZU",
];

/// One perpetual contract, margined in USDT.
pub(crate) struct Symbol {
    pub(crate) name: String,
    pub(crate) base: String,
    pub(crate) price_decimals: u32,
    pub(crate) quantity_decimals: u32,
    pub(crate) max_leverage: u32,
    pub(crate) max_notional: &'static str,
    /// Delisted symbols stay in the lists, and their price stands still.
    pub(crate) trading: bool,
    start: i64,
    ticks: i64,
    reach_ppm: i64,
    funding: i64,
}

impl Symbol {
    /// The mark price, always on the tick grid.
    pub(crate) fn mark(&self) -> Decimal {
        Decimal::new(self.ticks, self.price_decimals)
    }

    /// The index price: below the mark while longs pay funding.
    pub(crate) fn index(&self) -> Decimal {
        let premium = (self.mark() * self.funding_rate()).round_dp(8);
        self.mark() - premium
    }

    /// The last funding rate.
    pub(crate) fn funding_rate(&self) -> Decimal {
        Decimal::new(self.funding, 8)
    }

    /// Maintenance margin as a share of the notional: half the initial margin at full leverage.
    pub(crate) fn maintenance_rate(&self) -> Decimal {
        Decimal::ONE / Decimal::from(2 * self.max_leverage)
    }

    /// The leverage an account has here until it sets another.
    pub(crate) fn default_leverage(&self) -> u32 {
        self.max_leverage.min(20)
    }

    /// The least that can be traded.
    pub(crate) fn lot(&self) -> Decimal {
        Decimal::new(1, self.quantity_decimals)
    }

    /// The mark price moved by so many parts per million, on the tick grid.
    pub(crate) fn near_mark(&self, ppm: i64) -> Decimal {
        Decimal::new(
            (self.ticks + self.ticks * ppm / PPM).max(1),
            self.price_decimals,
        )
    }

    /// One step of a walk that is pulled back, gently, to where it began.
    fn walk(&mut self, rng: &mut StdRng) {
        let reach = (self.ticks * self.reach_ppm / PPM).max(1);
        let pull = (self.start - self.ticks) / 50_000;
        let moved = self.ticks + rng.random_range(-reach..=reach) + pull;
        self.ticks = moved.clamp(self.start / 2 + 1, self.start * 2);
    }

    /// One step along the script: calm, fall, stay low, recover.
    fn follow_script(&mut self, tick: u64, rng: &mut StdRng) {
        let at = i64::try_from(tick % 540).unwrap_or_default();
        let dip = match at {
            0..120 => 0,
            120..300 => DIP_PPM * (at - 120) / 180,
            300..420 => DIP_PPM,
            _ => DIP_PPM * (540 - at) / 120,
        };
        let ppm = rng.random_range(-JITTER_PPM..=JITTER_PPM) - dip;
        self.ticks = self.start + self.start * ppm / PPM;
    }

    fn drift_funding(&mut self, rng: &mut StdRng) {
        let moved = self.funding + rng.random_range(-150_i64..=150);
        self.funding = moved.clamp(-20_000, 40_000);
    }
}

/// All symbols, in the order of the exchange's lists.
pub(crate) struct Market {
    pub(crate) symbols: Vec<Symbol>,
    by_name: HashMap<String, usize>,
    rng: StdRng,
}

impl Market {
    /// A market of `count` symbols, never fewer than the known ones.
    pub(crate) fn new(seed: u64, count: usize) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut market = Self {
            symbols: Vec::new(),
            by_name: HashMap::new(),
            rng: StdRng::seed_from_u64(seed.wrapping_add(1)),
        };
        for (base, start, price_decimals, quantity_decimals, max_leverage, max_notional) in KNOWN {
            market.list(Symbol {
                name: format!("{base}USDT"),
                base: base.to_owned(),
                price_decimals,
                quantity_decimals,
                max_leverage,
                max_notional,
                trading: true,
                start,
                ticks: start,
                reach_ppm: if max_leverage == 100 { 100 } else { 200 },
                funding: 10_000,
            });
        }
        while market.symbols.len() < count.min(MOST) {
            let symbol = invent(&mut rng, market.symbols.len());
            market.list(symbol);
        }
        market
    }

    fn list(&mut self, symbol: Symbol) {
        if !self.by_name.contains_key(&symbol.name) {
            self.by_name.insert(symbol.name.clone(), self.symbols.len());
            self.symbols.push(symbol);
        }
    }

    /// Where the symbol stands in the list.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// Moves every price by one tick; funding rates drift once a minute.
    pub(crate) fn step(&mut self, tick: u64) {
        let minute = tick.is_multiple_of(120);
        for symbol in self.symbols.iter_mut().filter(|symbol| symbol.trading) {
            if symbol.name == DIPPING {
                symbol.follow_script(tick, &mut self.rng);
            } else {
                symbol.walk(&mut self.rng);
            }
            if minute {
                symbol.drift_funding(&mut self.rng);
            }
        }
    }
}

/// A symbol nobody has heard of; every fortieth is delisted.
fn invent(rng: &mut StdRng, position: usize) -> Symbol {
    let mut base = String::new();
    for _ in 0..3 {
        base.push_str(SYLLABLES[rng.random_range(0..SYLLABLES.len())]);
    }
    let start = rng.random_range(5_000_i64..500_000);
    let (max_leverage, max_notional) =
        [(5, "25000"), (5, "100000"), (10, "50000"), (20, "1.5E5")][rng.random_range(0..4)];
    Symbol {
        name: format!("{base}USDT"),
        base,
        price_decimals: rng.random_range(2..=6),
        quantity_decimals: rng.random_range(0..=2),
        max_leverage,
        max_notional,
        trading: position % 40 != 39,
        start,
        ticks: start,
        reach_ppm: rng.random_range(150..=400),
        funding: rng.random_range(-5_000..=20_000),
    }
}

//! Exact sums of the ledger's records, by label set: what the counters of income and trades say.
//!
//! Pure: records in, sums out. A sum that cannot be held exactly is an error, never a rounded number.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::history::{Fill, Income};

const HOUR_MS: i64 = 3_600_000;

/// A sum that needs more digits than 96 bits hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inexact;

/// `a + b`, exactly or not at all.
///
/// # Errors
/// [`Inexact`] when the sum has more digits than a [`Decimal`] holds.
pub fn exact(a: Decimal, b: Decimal) -> Result<Decimal, Inexact> {
    let sum = a.checked_add(b).ok_or(Inexact)?;
    // An addition that does not fit is rounded to fewer places; trailing zeros alone may go.
    let places = a.normalize().scale().max(b.normalize().scale());
    if sum.scale() >= places {
        Ok(sum)
    } else {
        Err(Inexact)
    }
}

/// Something that records are added up in.
pub trait Sum: Default + Clone + PartialEq {
    /// Adds another sum of the same label set.
    ///
    /// # Errors
    /// [`Inexact`], and `self` is of no use any more.
    fn add(&mut self, other: &Self) -> Result<(), Inexact>;
}

/// The label set of an income counter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncomeKey {
    /// `incomeType`.
    pub income_type: String,
    /// `asset`.
    pub asset: String,
    /// `symbol`; empty where there is none.
    pub symbol: String,
}

/// Income of one label set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncomeSum {
    /// Σ of the credits.
    pub received: Decimal,
    /// Σ of the debits, as a positive number.
    pub paid: Decimal,
    /// How many records.
    pub records: u64,
    /// The newest `time`, ms since the epoch.
    pub last: i64,
}

impl Sum for IncomeSum {
    fn add(&mut self, other: &Self) -> Result<(), Inexact> {
        self.received = exact(self.received, other.received)?;
        self.paid = exact(self.paid, other.paid)?;
        self.records += other.records;
        self.last = self.last.max(other.last);
        Ok(())
    }
}

/// The label set of a counter of fills.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FillKey {
    /// `symbol`.
    pub symbol: String,
    /// `side`.
    pub side: String,
    /// `positionSide`.
    pub position_side: String,
    /// `maker` or `taker`.
    pub liquidity: String,
}

/// Fills of one label set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FillSum {
    /// How many.
    pub fills: u64,
    /// Σ qty.
    pub base: Decimal,
    /// Σ quoteQty.
    pub quote: Decimal,
    /// The newest `time`, ms since the epoch.
    pub last: i64,
}

impl Sum for FillSum {
    fn add(&mut self, other: &Self) -> Result<(), Inexact> {
        self.fills += other.fills;
        self.base = exact(self.base, other.base)?;
        self.quote = exact(self.quote, other.quote)?;
        self.last = self.last.max(other.last);
        Ok(())
    }
}

/// The label set of a counter of realized profit and loss.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClosingKey {
    /// `symbol`.
    pub symbol: String,
    /// `positionSide`.
    pub position_side: String,
}

/// Closing fills of one label set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClosingSum {
    /// Σ of the winning fills.
    pub profit: Decimal,
    /// Σ of the losing fills, as a positive number.
    pub loss: Decimal,
    /// How many fills won.
    pub wins: u64,
    /// How many fills lost.
    pub losses: u64,
}

impl Sum for ClosingSum {
    fn add(&mut self, other: &Self) -> Result<(), Inexact> {
        self.profit = exact(self.profit, other.profit)?;
        self.loss = exact(self.loss, other.loss)?;
        self.wins += other.wins;
        self.losses += other.losses;
        Ok(())
    }
}

/// The label set of a counter of commission.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommissionKey {
    /// `symbol`.
    pub symbol: String,
    /// `commissionAsset`.
    pub asset: String,
    /// `maker` or `taker`.
    pub liquidity: String,
}

/// Commission of one label set: Σ |commission|.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommissionSum(pub Decimal);

impl Sum for CommissionSum {
    fn add(&mut self, other: &Self) -> Result<(), Inexact> {
        self.0 = exact(self.0, other.0)?;
        Ok(())
    }
}

/// Net income of one asset and type within one hour; [`hour`] numbers the hours.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HourKey {
    /// `incomeType`.
    pub income_type: String,
    /// `asset`.
    pub asset: String,
    /// Hours since the epoch.
    pub hour: i64,
}

/// Σ of the signed records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetSum(pub Decimal);

impl Sum for NetSum {
    fn add(&mut self, other: &Self) -> Result<(), Inexact> {
        self.0 = exact(self.0, other.0)?;
        Ok(())
    }
}

/// The hour, counted from the epoch, of a time in ms.
#[must_use]
pub const fn hour(time_ms: i64) -> i64 {
    time_ms.div_euclid(HOUR_MS)
}

/// The first millisecond of an hour.
#[must_use]
pub const fn hour_start(hour: i64) -> i64 {
    hour.saturating_mul(HOUR_MS)
}

/// Sums of income, by label set and by hour.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncomeSums {
    /// By type, asset and symbol.
    pub by_key: BTreeMap<IncomeKey, IncomeSum>,
    /// By type, asset and hour.
    pub by_hour: BTreeMap<HourKey, NetSum>,
}

impl IncomeSums {
    /// Adds one record that was not added before.
    ///
    /// # Errors
    /// [`Inexact`], and `self` is of no use any more.
    pub fn add(&mut self, record: &Income) -> Result<(), Inexact> {
        let (received, paid) = split(record.amount);
        let key = IncomeKey {
            income_type: record.income_type.clone(),
            asset: record.asset.clone(),
            symbol: record.symbol.clone(),
        };
        let sum = IncomeSum {
            received,
            paid,
            records: 1,
            last: record.time,
        };
        add_to(&mut self.by_key, key, &sum)?;
        let hour = HourKey {
            income_type: record.income_type.clone(),
            asset: record.asset.clone(),
            hour: hour(record.time),
        };
        add_to(&mut self.by_hour, hour, &NetSum(record.amount))
    }
}

/// Sums of fills, by label set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FillSums {
    /// Counts and volumes.
    pub fills: BTreeMap<FillKey, FillSum>,
    /// Realized profit and loss.
    pub closing: BTreeMap<ClosingKey, ClosingSum>,
    /// Commission.
    pub commission: BTreeMap<CommissionKey, CommissionSum>,
}

impl FillSums {
    /// Adds one fill that was not added before.
    ///
    /// # Errors
    /// [`Inexact`], and `self` is of no use any more.
    pub fn add(&mut self, fill: &Fill) -> Result<(), Inexact> {
        let liquidity = fill.liquidity().to_owned();
        let key = FillKey {
            symbol: fill.symbol.clone(),
            side: fill.side.clone(),
            position_side: fill.position_side.clone(),
            liquidity: liquidity.clone(),
        };
        let sum = FillSum {
            fills: 1,
            base: fill.quantity,
            quote: fill.quote_quantity,
            last: fill.time,
        };
        add_to(&mut self.fills, key, &sum)?;
        let key = ClosingKey {
            symbol: fill.symbol.clone(),
            position_side: fill.position_side.clone(),
        };
        let (profit, loss) = split(fill.realized_pnl);
        let sum = ClosingSum {
            profit,
            loss,
            wins: u64::from(!profit.is_zero()),
            losses: u64::from(!loss.is_zero()),
        };
        add_to(&mut self.closing, key, &sum)?;
        let key = CommissionKey {
            symbol: fill.symbol.clone(),
            asset: fill.commission_asset.clone(),
            liquidity,
        };
        add_to(
            &mut self.commission,
            key,
            &CommissionSum(fill.commission.abs()),
        )
    }
}

/// Adds `sum` to that of `key`.
///
/// # Errors
/// [`Inexact`], and the sum of `key` is of no use any more.
pub fn add_to<K: Ord, S: Sum>(sums: &mut BTreeMap<K, S>, key: K, sum: &S) -> Result<(), Inexact> {
    sums.entry(key).or_default().add(sum)
}

/// A signed amount as a credit and a debit, both positive.
#[must_use]
pub fn split(amount: Decimal) -> (Decimal, Decimal) {
    if amount.is_sign_negative() {
        (Decimal::ZERO, -amount)
    } else {
        (amount, Decimal::ZERO)
    }
}

//! What the exporter knows, in its own terms: exact amounts, absent where the exchange gave none.

mod account;
pub mod agent;
mod balance;
pub mod history;
mod market;
mod orders;
mod positions;
mod reader;
pub mod sums;
pub mod totals;
pub mod view;
pub mod windows;

pub use account::{AccountSummary, AssetMargin, PositionMargin, Totals};
pub use balance::{AssetBalance, Balances};
pub use market::{Market, SymbolMarket};
pub use orders::{Group, Order, Orders};
pub use positions::{Position, PositionKey, Positions};
pub use reader::Problems;

use self::totals::{IncomeTotals, TradeTotals};
use crate::collector::Collector;
use crate::exchange::error::{Error, Kind};

/// What one collection of one collector found.
#[allow(
    clippy::large_enum_variant,
    reason = "there is one a collector, behind an Arc"
)]
#[derive(Debug, Clone, PartialEq)]
pub enum Snapshot {
    /// From `balance`.
    Balances(Balances),
    /// From `account`.
    Account(AccountSummary),
    /// From `positions`.
    Positions(Positions),
    /// From `orders`.
    Orders(Orders),
    /// From `trades`, by way of the ledger.
    Trades(TradeTotals),
    /// From `income`, by way of the ledger.
    Income(IncomeTotals),
    /// From `market`.
    Market(Market),
}

/// What is kept of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keep {
    /// Positions of size zero too.
    pub all_symbols: bool,
    /// Empty assets too.
    pub all_assets: bool,
}

/// A snapshot and what could not be read on the way to it.
#[derive(Debug)]
pub struct Mapped<T> {
    /// What was found.
    pub value: T,
    /// What was missing or unreadable.
    pub problems: Problems,
}

/// Maps the answer of `collector` to a snapshot.
///
/// # Errors
/// When the answer as a whole cannot be read; single fields and rows are counted in the problems instead. History is
/// no snapshot of its own: see [`history`].
pub fn map(collector: Collector, body: &[u8], keep: Keep) -> Result<Mapped<Snapshot>, Error> {
    let mut problems = Problems::default();
    let value = match collector {
        Collector::Balance => Snapshot::Balances(balance::map(body, keep, &mut problems)?),
        Collector::Account => Snapshot::Account(account::map(body, keep, &mut problems)?),
        Collector::Positions => Snapshot::Positions(positions::map(body, keep, &mut problems)?),
        Collector::Orders => Snapshot::Orders(orders::map(body, &mut problems)?),
        Collector::Market => Snapshot::Market(market::map(body, &mut problems)?),
        Collector::Trades | Collector::Income => {
            let message = "history is read by the ledger alone";
            return Err(Error::new(Kind::Request, message));
        }
    };
    Ok(Mapped { value, problems })
}

//! Reading the exchange's history into the ledger, page by page, from where it was left.

mod income;
mod trades;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::error::Error as LedgerError;
use super::{Ledger, Store};
use crate::config::{AccountConfig, LedgerConfig};
use crate::exchange::{Client, Error, Kind};

pub use self::income::IncomeImport;
pub use self::trades::{Activity, TradeImport};

/// The most records that the exchange gives at once.
const PAGE: usize = 1000;
/// The longest range of time that one request may name.
const LONGEST_RANGE_MS: i64 = 7 * 86_400_000;
/// Between two signs of life of a long import.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// What both imports of an account need.
#[derive(Debug, Clone)]
pub struct Source {
    /// Talks to the exchange.
    pub client: Client,
    /// Whose history.
    pub account: Arc<AccountConfig>,
    /// Where it goes.
    pub ledger: Ledger,
    /// How far it reaches back.
    pub config: LedgerConfig,
    /// For how long what is published is shown.
    pub max_age: Duration,
}

impl Source {
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store, &mut super::Holds) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, Error> {
        self.ledger
            .run(work)
            .await
            .map_err(|error| Error::new(Kind::Ledger, error.to_string()))
    }

    /// The start of an account that is new to the ledger.
    fn first_start(&self, now: i64) -> i64 {
        let history = i64::try_from(self.config.history.as_millis()).unwrap_or(i64::MAX);
        now.saturating_sub(history).max(0)
    }
}

/// When an import last told of itself.
#[derive(Debug)]
struct SignOfLife(Instant);

impl SignOfLife {
    fn new() -> Self {
        Self(Instant::now())
    }

    /// Whether it is time for another.
    fn due(&mut self) -> bool {
        let due = self.0.elapsed() >= SIGN_OF_LIFE;
        if due {
            self.0 = Instant::now();
        }
        due
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

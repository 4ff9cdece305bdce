//! New label sets are shown at 0 before their value, or Prometheus would miss it.
//!
//! `increase()` sees only the difference of two samples. A counter that begins at 5 never rose, as far as Prometheus
//! can tell; so a label set that is new is shown at 0 for a while, and that it was is kept in the ledger.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::time::{Duration, Instant};

use super::error::Error;
use super::store::{Account, Store};
use super::tables::{Kept, held, release};

/// Since when this process shows label sets at 0.
#[derive(Debug)]
pub struct Holds {
    /// How long it does.
    period: Duration,
    since: HashMap<(i64, &'static str, String), Instant>,
}

impl Holds {
    pub(super) fn new(period: Duration) -> Self {
        Self {
            period,
            since: HashMap::new(),
        }
    }

    /// Puts 0 for the label sets that were not shown at 0 long enough.
    pub(super) fn hold_back<S: Kept>(
        &mut self,
        store: &Store,
        account: &Account,
        now: Instant,
        sums: &mut BTreeMap<S::Key, S>,
    ) -> Result<(), Error>
    where
        S::Key: Debug,
    {
        for key in held::<S>(&store.db, account.id)? {
            let place = (account.id, S::TABLE, format!("{key:?}"));
            let since = *self.since.entry(place.clone()).or_insert(now);
            if now.saturating_duration_since(since) < self.period {
                sums.insert(key, S::default());
            } else {
                release::<S>(&store.db, account.id, &key)?;
                self.since.remove(&place);
            }
        }
        Ok(())
    }
}

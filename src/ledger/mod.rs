//! The ledger: every record of income and trades, on disk, and the exact sums that follow from them.
//!
//! What makes it survive a crash at any moment:
//! * Records, the sums that follow from them and the place up to which the exchange was read commit in one
//!   transaction. After a crash all three are as before the page or as after it.
//! * Pages are asked for from that place on, with an overlap; a record that is known already changes nothing.
//! * A view is published after its commit. So a counter that was shown once never goes back.

mod error;
pub mod export;
mod file;
pub mod import;
mod read;
mod records;
mod release;
mod schema;
mod store;
mod tables;
pub mod transfer;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::{error, warn};

pub use self::error::Error;
use self::file::Lock;
use self::release::Holds;
pub use self::store::{Account, Committed, Progress, Store, SymbolState};
use crate::config::LedgerConfig;

/// The ledger of this process; clones share it.
#[derive(Debug, Clone)]
pub struct Ledger {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    state: Mutex<State>,
    rebuilds: AtomicU64,
}

#[derive(Debug)]
struct State {
    lock: Option<Lock>,
    store: Option<Store>,
    holds: Holds,
    closed: bool,
}

impl Ledger {
    /// Opens the ledger of `config`, or makes one. A damaged one is set aside and a new one made; one that the disk
    /// does not give now is opened when it does.
    ///
    /// # Errors
    /// [`Error::refuses_start`]: another process has it, a newer exporter or another program wrote it.
    pub fn open(config: &LedgerConfig) -> Result<Self, Error> {
        let ledger = Self {
            shared: Arc::new(Shared {
                path: config.path.clone(),
                state: Mutex::new(State {
                    lock: None,
                    store: None,
                    holds: Holds::new(config.zero_for),
                    closed: false,
                }),
                rebuilds: AtomicU64::new(0),
            }),
        };
        match ledger.blocking(|_, _| Ok(())) {
            Err(error) if error.refuses_start() => Err(error),
            Err(error) => {
                warn!(%error, "starting without the ledger; it is opened when that is possible");
                Ok(ledger)
            }
            Ok(()) => Ok(ledger),
        }
    }

    /// How often a damaged ledger was set aside since this process started.
    #[must_use]
    pub fn rebuilds(&self) -> u64 {
        self.shared.rebuilds.load(Ordering::Relaxed)
    }

    /// Does something with the store, off the async threads.
    ///
    /// # Errors
    /// Those of `work`; and when the ledger cannot be opened.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store, &mut Holds) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let ledger = self.clone();
        tokio::task::spawn_blocking(move || ledger.blocking(work))
            .await
            .unwrap_or_else(|_| Err(Error::Disk("the work on it was broken off".to_owned())))
    }

    /// Closes the file, for good: what still runs is refused.
    pub fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        // SQLite moves what is in the log beside it into the file when it is closed.
        state.store = None;
        state.lock = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let state = self.shared.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }

    fn blocking<T>(
        &self,
        work: impl FnOnce(&mut Store, &mut Holds) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut state = self.state();
        let state = &mut *state;
        if state.closed {
            return Err(Error::Disk("it is closed, the exporter ends".to_owned()));
        }
        if state.lock.is_none() {
            state.lock = Some(file::lock(&self.shared.path)?);
        }
        let mut store = match state.store.take() {
            Some(store) => store,
            None => self.open_or_replace()?,
        };
        let result = work(&mut store, &mut state.holds);
        match &result {
            Err(Error::Damaged(what)) => {
                drop(store);
                self.set_aside(what)?;
            }
            _ => state.store = Some(store),
        }
        result
    }

    fn open_or_replace(&self) -> Result<Store, Error> {
        let path = &self.shared.path;
        let db = match file::open(path) {
            Err(Error::Damaged(what)) => {
                self.set_aside(&what)?;
                file::open(path)
            }
            opened => opened,
        };
        Ok(Store::new(db?))
    }

    fn set_aside(&self, what: &str) -> Result<(), Error> {
        let aside = file::set_aside(&self.shared.path)?;
        self.shared.rebuilds.fetch_add(1, Ordering::Relaxed);
        error!(
            kept = %aside.display(),
            "the ledger is damaged ({what}); it was renamed, and a new one is built from the exchange as far as its history reaches: \
             the counters of income and trades begin anew"
        );
        Ok(())
    }
}

//! How the last reading of the configuration went.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// Whether the last reading was good, and when the configuration in use was read.
#[derive(Debug)]
pub struct Status(Mutex<(bool, SystemTime)>);

impl Default for Status {
    fn default() -> Self {
        Self(Mutex::new((true, SystemTime::now())))
    }
}

impl Status {
    /// Another configuration is in use from now on.
    pub fn read(&self) {
        *self.lock() = (true, SystemTime::now());
    }

    /// The one that was read last is not used.
    pub fn refused(&self) {
        self.lock().0 = false;
    }

    /// Whether the last reading was good, and when the configuration in use was read.
    #[must_use]
    pub fn get(&self) -> (bool, SystemTime) {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, (bool, SystemTime)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

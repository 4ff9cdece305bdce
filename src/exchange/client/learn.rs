//! What the client asks for itself: the exchange's clock and its limit of weight.

use std::time::{Duration, Instant};

use tokio::time::timeout_at;

use super::Inner;
use crate::exchange::budget;
use crate::exchange::clock;
use crate::exchange::endpoint::Endpoint;
use crate::exchange::error::{Error, Kind};
use crate::exchange::request::Request;

const CLOCK_RETRY: Duration = Duration::from_secs(10);

impl Inner {
    /// Reads the exchange's clock unless it was read after `since`, one reader at a time; whether it was.
    pub(super) async fn sync_clock(&self, since: Option<Instant>, deadline: Instant) -> bool {
        if self.clock.read_after(since) {
            return true;
        }
        let Ok(mut failed) = timeout_at(deadline.into(), self.clock_failed.lock()).await else {
            return false;
        };
        // Somebody else may have read it while we waited.
        if self.clock.read_after(since) {
            return true;
        }
        let recently = failed.is_some_and(|at| at.elapsed() < CLOCK_RETRY);
        if recently || self.check_hold().is_err() {
            return false;
        }
        // Noted beforehand: a reader that is dropped half way has failed too.
        *failed = Some(Instant::now());
        match self.read_clock(deadline).await {
            Ok(()) => {
                *failed = None;
                true
            }
            Err(error) => {
                tracing::warn!(%error, "cannot read the exchange's clock, going on with ours");
                false
            }
        }
    }

    /// Reads the exchange's limit of weight.
    pub(super) async fn read_limit(&self, limit: Duration) -> Result<(), Error> {
        let endpoint = Endpoint::ExchangeInfo;
        let body = self.fetch(None, &Request::new(endpoint), limit).await?;
        let Some(weight) = budget::parse_limit(&body) else {
            self.stats.count_error("", endpoint, Kind::Decode, 1);
            return Err(Error::new(
                Kind::Decode,
                "the answer holds no limit of REQUEST_WEIGHT by the minute",
            ));
        };
        self.budget.set_limit(weight);
        self.stats.set_limits(self.budget.limits());
        Ok(())
    }

    async fn read_clock(&self, deadline: Instant) -> Result<(), Error> {
        let endpoint = Endpoint::Time;
        let sent_ms = clock::now_ms();
        let body = self
            .attempt(None, &Request::new(endpoint), endpoint.path(), deadline)
            .await?;
        let received_ms = clock::now_ms();
        let Some(server_ms) = clock::parse(&body) else {
            self.stats.count_error("", endpoint, Kind::Decode, 1);
            return Err(Error::new(Kind::Decode, "the answer holds no serverTime"));
        };
        self.clock.set(server_ms, sent_ms, received_ms);
        self.stats.set_clock_offset(self.clock.offset_ms());
        Ok(())
    }
}

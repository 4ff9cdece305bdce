//! The weight that the exporter allows itself. Every request takes its share here before it is sent, so whatever is
//! configured and however many accounts there are, the sum of any 60 seconds stays within the budget.
//!
//! The exchange limits by IP address, and the trading bot lives on the same one. What others use is read from the
//! exchange's own count of the minute; when that comes near its limit, history waits first, then everything but
//! accounts and positions, then these too.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::sync::Notify;
use tokio::time::timeout_at;

use super::endpoint::Endpoint;

/// The limit of a minute until the exchange has told its own.
const USUAL_LIMIT: u64 = 2_400;
/// The smallest budget: the dearest request must fit into the share of its class.
const SMALLEST_BUDGET: u64 = 60;

const MINUTE: Duration = Duration::from_mins(1);
/// Requests travel, some faster than others: what leaves within this arrives within more than a minute.
const WINDOW: Duration = Duration::from_secs(61);
/// After a refusal the budget grows back from this part of it, in percent, within [`MINUTE`].
const AFTER_REFUSAL_PERCENT: u64 = 20;

/// What goes first when not everything can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Margin and positions: what wakes somebody. The exchange's clock too, without which neither can be asked for.
    Core,
    /// Everything else that is a state.
    State,
    /// Trades and income: they wait in the exchange's history and are not lost.
    History,
}

impl Class {
    /// The class of `endpoint`.
    #[must_use]
    pub const fn of(endpoint: Endpoint) -> Self {
        match endpoint {
            Endpoint::Time | Endpoint::Account | Endpoint::PositionRisk => Self::Core,
            Endpoint::ExchangeInfo
            | Endpoint::PremiumIndex
            | Endpoint::Balance
            | Endpoint::OpenOrders
            | Endpoint::Agent => Self::State,
            Endpoint::UserTrades | Endpoint::Income => Self::History,
        }
    }

    /// How much of the budget requests of this class and of less urgent ones may fill together, in percent.
    const fn budget_percent(self) -> u64 {
        match self {
            Self::Core => 100,
            Self::State => 90,
            Self::History => 75,
        }
    }

    /// Up to which part of the exchange's limit, by everybody's use, requests of this class are sent, in percent.
    const fn limit_percent(self) -> u64 {
        match self {
            Self::Core => 95,
            Self::State => 80,
            Self::History => 60,
        }
    }
}

/// The budget of this process.
#[derive(Debug)]
pub struct Budget {
    state: Mutex<State>,
    /// Somebody who waited has got in or given up.
    moved: Notify,
}

#[derive(Debug)]
struct State {
    /// What the configuration allows; none is half of the limit.
    configured: Option<u64>,
    limit: u64,
    /// What was spent in the last minute.
    spent: VecDeque<(Instant, Class, u64)>,
    /// What the exchange counted for this IP, and until when its minute lasts.
    used: Option<(u64, Instant)>,
    /// Sent and not yet answered: not yet in what the exchange has counted.
    in_flight: u64,
    /// When the last refusal ended.
    slow_from: Option<Instant>,
    waiting: BTreeSet<Ticket>,
    tickets: u64,
}

/// A place in the queue: the class first, then whose data is oldest.
type Ticket = (Class, Instant, u64);

/// The right to send one request; given back when it was answered.
#[derive(Debug)]
#[must_use]
pub struct Permit<'a> {
    budget: &'a Budget,
    weight: u64,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.budget.lock();
        state.in_flight = state.in_flight.saturating_sub(self.weight);
    }
}

/// Leaves the queue also when whoever waits is dropped.
struct Waiting<'a> {
    budget: &'a Budget,
    ticket: Ticket,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.budget.lock().waiting.remove(&self.ticket);
        self.budget.moved.notify_waiters();
    }
}

impl Budget {
    /// A budget of `configured` weight a minute, or of half the exchange's limit.
    #[must_use]
    pub fn new(configured: Option<u64>) -> Self {
        Self {
            state: Mutex::new(State {
                configured,
                limit: USUAL_LIMIT,
                spent: VecDeque::new(),
                used: None,
                in_flight: 0,
                slow_from: None,
                waiting: BTreeSet::new(),
                tickets: 0,
            }),
            moved: Notify::new(),
        }
    }

    /// The exchange's limit and the budget, in weight a minute.
    #[must_use]
    pub fn limits(&self) -> (u64, u64) {
        let state = self.lock();
        (state.limit, state.budget())
    }

    /// Takes in the limit of a minute that the exchange tells.
    pub fn set_limit(&self, limit: u64) {
        self.lock().limit = limit.max(SMALLEST_BUDGET);
        self.moved.notify_waiters();
    }

    /// Takes in what the exchange has counted for this IP in its minute, of which `left` is left.
    pub fn set_used(&self, used: u64, left: Duration, now: Instant) {
        let mut state = self.lock();
        let standing = state.used.filter(|(_, until)| now < *until);
        // Answers that were under way together may arrive in any order.
        let used = standing.map_or(used, |(standing, _)| standing.max(used));
        state.used = Some((used, now + left));
    }

    /// After a refusal that lasts until `until`: begin slowly then.
    pub fn refused_until(&self, until: Instant) {
        let slow_from = &mut self.lock().slow_from;
        *slow_from = Some(slow_from.map_or(until, |standing| standing.max(until)));
    }

    /// The right to send a request to `endpoint` of this weight, waited for until `deadline`.
    ///
    /// Who waits is served by class, and within it the one first whose data is oldest (`since`). None when the
    /// deadline passes first.
    pub async fn acquire(
        &self,
        endpoint: Endpoint,
        weight: u64,
        since: Instant,
        deadline: Instant,
    ) -> Option<Permit<'_>> {
        let waiting = self.enqueue(Class::of(endpoint), since);
        loop {
            // Asked for before the look at the state: what moves between the two is not missed.
            let moved = self.moved.notified();
            let now = Instant::now();
            let taken = self.lock().take(&waiting.ticket, weight, now);
            let Err(wake) = taken else {
                return Some(Permit {
                    budget: self,
                    weight,
                });
            };
            if now >= deadline {
                return None;
            }
            let wake = wake.map_or(deadline, |wake| wake.min(deadline));
            // Either way the state is looked at again.
            let _ = timeout_at(wake.into(), moved).await;
        }
    }

    fn enqueue(&self, class: Class, since: Instant) -> Waiting<'_> {
        let mut state = self.lock();
        state.tickets += 1;
        let ticket = (class, since, state.tickets);
        state.waiting.insert(ticket);
        Waiting {
            budget: self,
            ticket,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn budget(&self) -> u64 {
        let configured = self.configured.unwrap_or(self.limit / 2);
        configured.min(self.limit).max(SMALLEST_BUDGET)
    }

    /// Takes `weight`, or says when to look again (`None`: when the queue moves).
    fn take(&mut self, ticket: &Ticket, weight: u64, now: Instant) -> Result<(), Option<Instant>> {
        if self.waiting.first() != Some(ticket) {
            return Err(None);
        }
        self.room(ticket.0, weight, now).map_err(Some)?;
        self.spent.push_back((now, ticket.0, weight));
        self.in_flight += weight;
        Ok(())
    }

    /// Whether there is room for `weight`, or when to look again.
    fn room(&mut self, class: Class, weight: u64, now: Instant) -> Result<(), Instant> {
        while let Some((at, ..)) = self.spent.front()
            && now.duration_since(*at) >= WINDOW
        {
            self.spent.pop_front();
        }
        if let Some((used, until)) = self.used
            && now < until
            && used + self.in_flight + weight > self.limit * class.limit_percent() / 100
        {
            return Err(until);
        }
        // What is spent counts against each class that may be as urgent: each must keep its own share.
        let growing = self.slow(now).is_some();
        for share in [Class::Core, Class::State, Class::History] {
            if share > class {
                break;
            }
            let allowed = self.allowed(share, now);
            let of_share = self.spent.iter().filter(|(_, c, _)| *c >= share);
            let spent: u64 = of_share.clone().map(|(.., weight)| weight).sum();
            if spent + weight > allowed {
                let mut left = spent;
                let free = of_share.clone().find_map(|(at, _, then)| {
                    left -= then;
                    (left + weight <= allowed).then_some(*at + WINDOW)
                });
                let soon = now + Duration::from_secs(1);
                return Err(match free {
                    Some(free) if !growing => free,
                    Some(free) => free.min(soon),
                    None => soon,
                });
            }
        }
        Ok(())
    }

    /// The percentage of its share that each class has shortly after a refusal.
    fn slow(&self, now: Instant) -> Option<u64> {
        let from = self.slow_from.filter(|from| now < *from + MINUTE)?;
        let seconds = now.saturating_duration_since(from).as_secs();
        Some(AFTER_REFUSAL_PERCENT + seconds * (100 - AFTER_REFUSAL_PERCENT) / 60)
    }

    /// What `class` and the less urgent ones may fill of the budget.
    fn allowed(&self, class: Class, now: Instant) -> u64 {
        let share = |weight: u64| weight * class.budget_percent() / 100;
        let whole = share(self.budget());
        // The dearest request fits even after a refusal, or its collector would stand still.
        self.slow(now).map_or(whole, |percent| {
            (whole * percent / 100)
                .max(share(SMALLEST_BUDGET))
                .min(whole)
        })
    }
}

/// The weight that the exchange allows in a minute, of an answer of `GET /fapi/v1/exchangeInfo`.
#[must_use]
pub fn parse_limit(body: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Info {
        #[serde(rename = "rateLimits")]
        limits: Vec<Row>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Row {
        rate_limit_type: String,
        interval: String,
        interval_num: u64,
        limit: u64,
    }
    let info: Info = serde_json::from_slice(body).ok()?;
    let by_minute = |l: &&Row| {
        l.rate_limit_type == "REQUEST_WEIGHT" && l.interval == "MINUTE" && l.interval_num == 1
    };
    let found = info.limits.iter().find(by_minute)?.limit;
    (found > 0).then_some(found)
}

#[cfg(test)]
mod tests;

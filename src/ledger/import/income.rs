//! Reading `GET /fapi/v1/income`.
//!
//! Pages are asked for by time. A page that is full may end within a millisecond, so the next one begins with that
//! same millisecond; a millisecond that alone fills a page is read by type and symbol.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing::{error, info, warn};

use super::{LONGEST_RANGE_MS, PAGE, SignOfLife, Source, millis};
use crate::exchange::{Endpoint, Error, Kind, Request};
use crate::ledger::read;
use crate::ledger::store::{Account, Progress};
use crate::snapshot::history::{self, Income};
use crate::snapshot::totals::IncomeTotals;

/// The types that the exchange's documents name, and those seen beside them.
const TYPES: [&str; 9] = [
    "TRANSFER",
    "WELCOME_BONUS",
    "REALIZED_PNL",
    "FUNDING_FEE",
    "COMMISSION",
    "INSURANCE_CLEAR",
    "MARKET_MERCHANT_RETURN_REWARD",
    "TRANSFER_SPOT_TO_FUTURE",
    "TRANSFER_FUTURE_TO_SPOT",
];
/// An overlap that holds more records than these is read as a whole only every [`REVIEW`], and these every time.
const BUSY: usize = 2 * PAGE;
const REVIEW: Duration = Duration::from_mins(15);
/// How far our clock may be behind the exchange's before the place up to which we have read is not believed.
const DOUBT_MS: i64 = 10 * 60_000;

/// Brings the income of an account up to the present.
#[derive(Debug)]
pub struct IncomeImport {
    source: Source,
    /// When the whole overlap was last read.
    reviewed: Mutex<Option<Instant>>,
}

/// What a page says of the range it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// All of the range.
    Whole,
    /// What is before this time.
    Before(i64),
    /// More than a page within the first millisecond.
    Crowded,
}

/// A step of an import: what to keep, and where to go on.
struct Step {
    records: Vec<Income>,
    /// Everything up to here has been read.
    to: i64,
    /// The millisecond that could not be read whole.
    gap: Option<i64>,
}

impl IncomeImport {
    /// The import of what `source` names; nothing is asked yet.
    #[must_use]
    pub const fn new(source: Source) -> Self {
        Self {
            source,
            reviewed: Mutex::new(None),
        }
    }

    /// Reads what is new, and what appeared late within the overlap; gives what the ledger says then. `tell` is
    /// called with it while a long import goes on.
    ///
    /// # Errors
    /// Those of requests; [`Kind::Ledger`] when the ledger cannot keep a page. What was kept before stays.
    pub async fn poll(
        &self,
        limit: Duration,
        tell: &(dyn Fn(IncomeTotals) + Send + Sync),
    ) -> Result<IncomeTotals, Error> {
        let now = self.source.client.server_ms(limit).await?;
        let account = self.account(now).await?;
        let begun = Instant::now();
        let (mut from, whole) = self.begin(&account, now).await?;
        let (mut conflicts, mut alive, mut told) = (0, SignOfLife::new(), false);
        while from <= now {
            let end = now.min(from.saturating_add(LONGEST_RANGE_MS - 1));
            let step = self.step(from, end, limit).await?;
            from = step.to.saturating_add(1);
            conflicts += self.keep(step, now).await?;
            if from <= now && alive.due() {
                let totals = self.totals(now).await?;
                // What has to be caught up with is not shown as if it were the present.
                if let Some(done) = totals.importing {
                    let done = format!("{:.1}%", f32::from(done) / 10.0);
                    info!(
                        account = self.source.account.name,
                        done,
                        records = totals.records,
                        "reading the income history"
                    );
                    tell(totals);
                    told = true;
                }
            }
        }
        if whole {
            *self.reviewed() = Some(begun);
        }
        let mut totals = self.totals(now).await?;
        totals.conflicts = conflicts;
        if told {
            info!(
                account = self.source.account.name,
                records = totals.records,
                "the income history was read"
            );
        }
        Ok(totals)
    }

    /// What the ledger says now, without asking the exchange for more.
    ///
    /// # Errors
    /// [`Kind::Ledger`] when the ledger cannot be read.
    pub async fn known(&self, limit: Duration) -> Result<IncomeTotals, Error> {
        let now = self.source.client.server_ms(limit).await?;
        self.totals(now).await
    }

    async fn account(&self, now: i64) -> Result<Account, Error> {
        let (name, start) = (
            self.source.account.name.clone(),
            self.source.first_start(now),
        );
        self.source
            .run(move |store, _| store.account(&name, start))
            .await
    }

    /// Where to begin: at the place up to which was read, or before it by the overlap; and whether that is all of the
    /// overlap. Where it holds many records, all of it is read only now and then: each page has its weight.
    async fn begin(&self, account: &Account, now: i64) -> Result<(i64, bool), Error> {
        let next = account.income_to.saturating_add(1);
        if !account.income_imported {
            return Ok((next, true));
        }
        let next = next.min(now);
        let overlap = millis(self.source.config.overlap);
        let whole = next.saturating_sub(overlap).max(account.start);
        if self.reviewed().is_none_or(|at| at.elapsed() >= REVIEW) {
            return Ok((whole, true));
        }
        let account = *account;
        let recent = self
            .source
            .run(move |store, _| store.recent_income(&account, BUSY))
            .await?;
        let from = recent.unwrap_or(whole).min(next).max(whole);
        Ok((from, from == whole))
    }

    fn reviewed(&self) -> MutexGuard<'_, Option<Instant>> {
        self.reviewed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn step(&self, from: i64, end: i64, limit: Duration) -> Result<Step, Error> {
        let records = self.page(from, end, None, None, limit).await?;
        match extent(from, &records)? {
            Extent::Whole => Ok(Step {
                records,
                to: end,
                gap: None,
            }),
            Extent::Before(time) => Ok(Step {
                records,
                to: time - 1,
                gap: None,
            }),
            Extent::Crowded => self.crowded(from, records, limit).await,
        }
    }

    /// Reads a millisecond that holds more records than a page, by type, and where that is not enough by symbol.
    async fn crowded(&self, at: i64, first: Vec<Income>, limit: Duration) -> Result<Step, Error> {
        let name = self.source.account.name.clone();
        let names = self
            .source
            .run(move |store, _| match store.find_account(&name)? {
                Some(account) => store.income_names(&account),
                None => Ok([Vec::new(), Vec::new()]),
            })
            .await?;
        let [mut types, mut symbols] = names.map(BTreeSet::from_iter);
        types.extend(TYPES.map(str::to_owned));
        types.extend(first.iter().map(|r| r.income_type.clone()));
        symbols.extend(first.iter().map(|r| r.symbol.clone()));
        let (mut records, mut whole) = (first, true);
        for income_type in &types {
            let of_type = self.page(at, at, Some(income_type), None, limit).await?;
            if of_type.len() >= PAGE {
                // Nothing can be asked about records without a symbol alone.
                whole &= of_type.iter().all(|r| !r.symbol.is_empty());
                symbols.extend(of_type.iter().map(|r| r.symbol.clone()));
                for symbol in symbols.iter().filter(|s| !s.is_empty()) {
                    let of_symbol = self
                        .page(at, at, Some(income_type), Some(symbol), limit)
                        .await?;
                    whole &= of_symbol.len() < PAGE;
                    records.extend(of_symbol);
                }
            }
            records.extend(of_type);
        }
        Ok(Step {
            records,
            to: at,
            gap: (!whole).then_some(at),
        })
    }

    async fn page(
        &self,
        from: i64,
        end: i64,
        income_type: Option<&str>,
        symbol: Option<&str>,
        limit: Duration,
    ) -> Result<Vec<Income>, Error> {
        let mut request = Request::new(Endpoint::Income);
        if let Some(symbol) = symbol {
            request = request.with("symbol", symbol);
        }
        if let Some(income_type) = income_type {
            request = request.with("incomeType", income_type);
        }
        let request = request
            .with("startTime", from.to_string())
            .with("endTime", end.to_string())
            .with("limit", PAGE.to_string());
        let source = &self.source;
        let body = source
            .client
            .fetch(Some(&source.account), &request, limit)
            .await?;
        history::income(&body).inspect_err(|error| {
            source.client.stats().count_error(
                &source.account.name,
                Endpoint::Income,
                error.kind,
                1,
            );
        })
    }

    /// Commits a step; returns how many of its records contradict what was known.
    async fn keep(&self, step: Step, now: i64) -> Result<u64, Error> {
        let name = self.source.account.name.clone();
        // Should the exchange's clock be ahead of the truth, what comes after the truth must be asked for again.
        let believed = crate::exchange::clock::now_ms().saturating_add(DOUBT_MS);
        let progress = Progress {
            to: step.to.min(believed),
            imported: step.to >= now,
            gap: step.gap,
        };
        let start = self.source.first_start(now);
        let committed = self
            .source
            .run(move |store, _| {
                let account = store.account(&name, start)?;
                store.commit_income(&account, &step.records, progress, now)
            })
            .await?;
        if committed.new_gap {
            error!(
                account = self.source.account.name,
                time_ms = progress.to,
                "more income records share one millisecond than the exchange gives out, even by type and symbol: \
                 some of them are missing from the sums"
            );
        }
        if committed.conflicts > 0 {
            warn!(
                account = self.source.account.name,
                records = committed.conflicts,
                "the exchange now tells income records differently than before; what it told first is kept"
            );
        }
        Ok(committed.conflicts as u64)
    }

    async fn totals(&self, now: i64) -> Result<IncomeTotals, Error> {
        let (name, start) = (
            self.source.account.name.clone(),
            self.source.first_start(now),
        );
        let horizon = self.source.max_age + Duration::from_mins(1);
        self.source
            .run(move |store, holds| {
                let account = store.account(&name, start)?;
                read::income(store, holds, &account, now, horizon)
            })
            .await
    }
}

/// What the page that begins at `from` holds of its range.
fn extent(from: i64, records: &[Income]) -> Result<Extent, Error> {
    if records.len() < PAGE {
        return Ok(Extent::Whole);
    }
    if !records.is_sorted_by_key(|r| r.time) {
        // The missing ones could be anywhere.
        let message = "a full page of income is not in the order of time, so it cannot be told what is missing";
        return Err(Error::new(Kind::Decode, message));
    }
    Ok(match records.last() {
        Some(last) if last.time > from => Extent::Before(last.time),
        _ => Extent::Crowded,
    })
}

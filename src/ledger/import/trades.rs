//! Reading `GET /fapi/v1/userTrades`, of the symbols in which something happened.
//!
//! The exchange tells fills by symbol alone, and there are hundreds. What says that a symbol traded: an income record
//! (a fill pays commission, or realizes profit), and the time of the last change of its position. Both are seen also
//! when a position was opened and closed between two readings.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tracing::{debug, info, warn};

use super::{LONGEST_RANGE_MS, PAGE, SignOfLife, Source};
use crate::exchange::{Endpoint, Error, Kind, Request};
use crate::ledger::read;
use crate::ledger::store::Account;
use crate::snapshot::history::{self, Fill};
use crate::snapshot::totals::TradeTotals;

/// A symbol is asked about again for this long after it traded, should fills be told later than what names them.
const SETTLE_MS: i64 = 2 * 60_000;
/// How often a symbol with a position or an order is asked about though nothing says that it traded.
const REVIEW_MS: i64 = 15 * 60_000;
/// How many known fills are read again, to find one that appears late.
const REREAD: u32 = 100;
/// The exchange's code for a symbol that it does not know (any more).
const BAD_SYMBOL: i64 = -1121;

/// What other collectors say of an account's symbols.
#[derive(Debug, Clone, Default)]
pub struct Activity {
    /// Symbols with a position or an order.
    pub open: BTreeSet<String>,
    /// When the positions of symbols last changed, ms since the epoch.
    pub changed: BTreeMap<String, i64>,
}

/// Brings the fills of an account up to the present.
#[derive(Debug)]
pub struct TradeImport {
    source: Source,
    /// Whether the ledger hears of symbols from income as well.
    with_income: bool,
}

impl TradeImport {
    /// The import of what `source` names; nothing is asked yet.
    #[must_use]
    pub const fn new(source: Source, with_income: bool) -> Self {
        Self {
            source,
            with_income,
        }
    }

    /// Reads the new fills of the symbols that are due; gives what the ledger says then.
    ///
    /// # Errors
    /// Those of requests, the first one when several symbols fail; [`Kind::Ledger`] when the ledger cannot keep a page.
    pub async fn poll(
        &self,
        activity: Activity,
        limit: Duration,
        tell: &(dyn Fn(TradeTotals) + Send + Sync),
    ) -> Result<TradeTotals, Error> {
        let now = self.source.client.server_ms(limit).await?;
        let (name, start) = (
            self.source.account.name.clone(),
            self.source.first_start(now),
        );
        let (account, due) = self
            .source
            .run(move |store, _| {
                let account = store.account(&name, start)?;
                let symbols = store.symbols(&account)?;
                let symbols = symbols.into_iter().map(|s| (s.symbol, (s.hinted, s.asked)));
                Ok((account, due(&account, &symbols.collect(), &activity, now)))
            })
            .await?;
        let (mut conflicts, mut failed, mut alive) = (0, None, SignOfLife::new());
        for (symbol, from) in due {
            match self.symbol(&account, &symbol, from, now, limit).await {
                Ok(more) => conflicts += more,
                Err(error) if error.unsent.is_some() => return Err(error),
                // One symbol's trouble must not keep the others from being read.
                Err(error) => failed = failed.or(Some(error)),
            }
            if !account.trades_imported && alive.due() {
                info!(
                    account = self.source.account.name,
                    symbol, "reading the history of trades"
                );
                tell(self.totals(start).await?);
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        let with_income = self.with_income;
        let name = self.source.account.name.clone();
        self.source
            .run(move |store, _| {
                let account = store.account(&name, start)?;
                // Symbols that the last pages of income named are asked about first.
                if !account.trades_imported
                    && (account.income_imported || !with_income)
                    && store.symbols(&account)?.iter().all(|s| s.asked > 0)
                {
                    store.trades_are_imported(&account)?;
                }
                Ok(())
            })
            .await?;
        let mut totals = self.totals(start).await?;
        totals.conflicts = conflicts;
        if !account.trades_imported && !totals.importing {
            debug!(
                account = self.source.account.name,
                records = totals.records,
                "the history of trades was read"
            );
        }
        Ok(totals)
    }

    async fn totals(&self, start: i64) -> Result<TradeTotals, Error> {
        let name = self.source.account.name.clone();
        self.source
            .run(move |store, holds| {
                let account = store.account(&name, start)?;
                read::trades(store, holds, &account)
            })
            .await
    }

    /// Reads the fills of one symbol to their end; returns how many contradict what was known.
    async fn symbol(
        &self,
        account: &Account,
        symbol: &str,
        from: i64,
        now: i64,
        limit: Duration,
    ) -> Result<u64, Error> {
        let (known, wanted) = (*account, symbol.to_owned());
        let recent = self
            .source
            .run(move |store, _| store.recent_fill(&known, &wanted, REREAD))
            .await?;
        let mut next = match recent {
            Some(id) => Next::Id(id),
            None => Next::Time(from),
        };
        let mut conflicts = 0;
        loop {
            let (page, end) = match self.page(symbol, next, now, limit).await {
                Err(error) if error.code == Some(BAD_SYMBOL) => {
                    warn!(
                        account = self.source.account.name,
                        symbol,
                        "the exchange does not know the symbol any more; its fills cannot be read"
                    );
                    (Vec::new(), now)
                }
                page => page?,
            };
            let last = page.iter().map(|fill| fill.id).max();
            next = match (next, last) {
                // A full page, or the first fills found: on by number.
                (_, Some(last)) if page.len() >= PAGE => Next::Id(last.saturating_add(1)),
                (Next::Time(_), Some(last)) if end < now => Next::Id(last.saturating_add(1)),
                (Next::Time(_), None) if end < now => Next::Time(end + 1),
                _ => Next::End,
            };
            let asked = matches!(next, Next::End).then_some(now);
            conflicts += self.keep(symbol, page, asked, now).await?;
            if asked.is_some() {
                return Ok(conflicts);
            }
        }
    }

    async fn page(
        &self,
        symbol: &str,
        next: Next,
        now: i64,
        limit: Duration,
    ) -> Result<(Vec<Fill>, i64), Error> {
        let request = Request::new(Endpoint::UserTrades).with("symbol", symbol);
        let (request, end) = match next {
            Next::Id(id) => (request.with("fromId", id.to_string()), now),
            Next::Time(from) => {
                let end = now.min(from.saturating_add(LONGEST_RANGE_MS - 1));
                let request = request.with("startTime", from.to_string());
                (request.with("endTime", end.to_string()), end)
            }
            Next::End => return Ok((Vec::new(), now)),
        };
        let request = request.with("limit", PAGE.to_string());
        let source = &self.source;
        let body = source
            .client
            .fetch(Some(&source.account), &request, limit)
            .await?;
        let fills = history::fills(&body).and_then(|fills| of_symbol(symbol, fills));
        let fills = fills.inspect_err(|error| {
            source.client.stats().count_error(
                &source.account.name,
                Endpoint::UserTrades,
                error.kind,
                1,
            );
        })?;
        Ok((fills, end))
    }

    async fn keep(
        &self,
        symbol: &str,
        page: Vec<Fill>,
        asked: Option<i64>,
        now: i64,
    ) -> Result<u64, Error> {
        let (name, start) = (
            self.source.account.name.clone(),
            self.source.first_start(now),
        );
        let kept = symbol.to_owned();
        let committed = self
            .source
            .run(move |store, _| {
                let account = store.account(&name, start)?;
                store.commit_fills(&account, &kept, &page, asked)
            })
            .await?;
        if committed.conflicts > 0 {
            warn!(
                account = self.source.account.name,
                symbol,
                records = committed.conflicts,
                "the exchange now tells fills differently than before; what it told first is kept"
            );
        }
        Ok(committed.conflicts as u64)
    }
}

/// Where the next page begins.
#[derive(Debug, Clone, Copy)]
enum Next {
    Id(i64),
    Time(i64),
    End,
}

/// The symbols to ask about, and since when fills are wanted where none are known.
fn due(
    account: &Account,
    known: &BTreeMap<String, (i64, i64)>,
    activity: &Activity,
    now: i64,
) -> Vec<(String, i64)> {
    let names: BTreeSet<&String> = known
        .keys()
        .chain(&activity.open)
        .chain(activity.changed.keys())
        .collect();
    // The exchange's clock may have been ahead when it was asked.
    let state = |symbol: &String| {
        let (hinted, asked) = known.get(symbol).copied().unwrap_or_default();
        (hinted, asked.min(now))
    };
    let wanted = |symbol: &&String| {
        let (hinted, asked) = state(symbol);
        let changed = activity.changed.get(*symbol).copied().unwrap_or(0);
        let open = activity.open.contains(*symbol);
        if asked == 0 {
            return open || hinted > 0 || changed >= account.start;
        }
        let review = open && now.saturating_sub(asked) >= REVIEW_MS;
        review || hinted.max(changed).saturating_add(SETTLE_MS) >= asked
    };
    // Where no fill is known, those before the last question are known not to be there.
    let first = |symbol: &String| (state(symbol).1 - LONGEST_RANGE_MS).max(account.start);
    names
        .into_iter()
        .filter(wanted)
        .map(|symbol| (symbol.clone(), first(symbol)))
        .collect()
}

/// Refuses fills of another symbol than the one that was asked about.
fn of_symbol(symbol: &str, fills: Vec<Fill>) -> Result<Vec<Fill>, Error> {
    match fills.iter().find(|fill| fill.symbol != symbol) {
        None => Ok(fills),
        Some(other) => {
            let message = format!(
                "asked for fills of {symbol}, the answer tells of {}",
                other.symbol
            );
            Err(Error::new(Kind::Decode, message))
        }
    }
}

#[cfg(test)]
mod tests;

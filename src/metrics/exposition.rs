//! The page: what the exchange says, encoded once per change, and what the exporter says of itself, each time.

use std::sync::{Arc, Mutex, PoisonError};

use super::family::Families;
use super::segment::{Segment, gzip, plain};
use super::{data, history};
use crate::collector::Collector;
use crate::snapshot::view::{Moment, Observed, Selection, View};

/// The groups of families that change together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Balances,
    Accounts,
    Positions,
    Orders,
    Coverage,
    Market,
    Trades,
    Income,
    Ledger,
}

const GROUPS: [Group; 9] = [
    Group::Balances,
    Group::Accounts,
    Group::Positions,
    Group::Orders,
    Group::Coverage,
    Group::Market,
    Group::Trades,
    Group::Income,
    Group::Ledger,
];

impl Group {
    /// The collectors whose data it shows; the group is part of a page when the first of them is.
    const fn collectors(self) -> &'static [Collector] {
        match self {
            Self::Balances => &[Collector::Balance],
            Self::Accounts => &[Collector::Account],
            Self::Positions => &[Collector::Positions],
            Self::Orders => &[Collector::Orders],
            Self::Coverage => &[Collector::Orders, Collector::Positions],
            Self::Market => &[Collector::Market, Collector::Positions],
            Self::Trades => &[Collector::Trades],
            Self::Income => &[Collector::Income],
            Self::Ledger => &[Collector::Income, Collector::Trades],
        }
    }
}

/// The data of an account that a group is made from, by collector of the group.
type Source = (Option<String>, Vec<Option<Arc<Observed>>>);

/// A group as it was last encoded, and what it was made from.
#[derive(Debug)]
struct Cached {
    sources: Vec<Source>,
    segment: Arc<Segment>,
}

/// Makes pages, and remembers the encoded form of what has not changed since the last one.
#[derive(Debug, Default)]
pub struct Exposition {
    cache: Mutex<[Option<Cached>; GROUPS.len()]>,
}

/// A page of metrics.
#[derive(Debug)]
pub struct Page(Vec<Arc<Segment>>);

impl Page {
    /// In the text format.
    #[must_use]
    pub fn plain(&self) -> Vec<u8> {
        plain(self.0.iter().map(|s| &**s))
    }

    /// In the text format, as gzip.
    #[must_use]
    pub fn gzip(&self) -> Vec<u8> {
        gzip(self.0.iter().map(|s| &**s))
    }
}

impl Exposition {
    /// The page of `selection` at `now`, with `own` as what the exporter says of itself.
    ///
    /// # Errors
    /// When families cannot be encoded: a mistake of this program.
    pub fn page(
        &self,
        view: &View,
        selection: &Selection,
        now: &Moment,
        own: Families,
    ) -> prometheus::Result<Page> {
        let whole = *selection == Selection::default();
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let mut segments = Vec::with_capacity(GROUPS.len() + 1);
        for (group, cached) in GROUPS.into_iter().zip(cache.iter_mut()) {
            let sources = sources(group, view, selection, now);
            if let Some(known) = cached
                .as_ref()
                .filter(|c| whole && same(&c.sources, &sources))
            {
                segments.push(known.segment.clone());
                continue;
            }
            let segment = Arc::new(Segment::encode(&families(group, &sources).into_vec())?);
            segments.push(segment.clone());
            if whole {
                *cached = Some(Cached { sources, segment });
            }
        }
        let income = sources(Group::Income, view, selection, now);
        let windows = history::windows(&of(&income, Observed::income), now);
        segments.push(Arc::new(Segment::encode(&windows.into_vec())?));
        segments.push(Arc::new(Segment::encode(&own.into_vec())?));
        Ok(Page(segments))
    }
}

/// What a group shows: fresh data of the selected accounts.
fn sources(group: Group, view: &View, selection: &Selection, now: &Moment) -> Vec<Source> {
    let collectors = group.collectors();
    if group == Group::Market {
        return market_sources(view, selection, now);
    }
    view.accounts
        .iter()
        .filter(|a| {
            collectors
                .iter()
                .all(|c| selection.includes(Some(&a.name), *c))
        })
        .map(|a| {
            let fresh = |c: &Collector| a.collector(*c)?.fresh(now).cloned();
            (Some(a.name.clone()), collectors.iter().map(fresh).collect())
        })
        .collect()
}

/// The market first, then the positions of all accounts, which say what symbols are shown.
fn market_sources(view: &View, selection: &Selection, now: &Moment) -> Vec<Source> {
    let market = view.market.as_ref().and_then(|m| m.fresh(now)).cloned();
    if market.is_none() || !selection.includes(None, Collector::Market) {
        return Vec::new();
    }
    let positions = view.accounts.iter().map(|a| {
        let fresh = a
            .collector(Collector::Positions)
            .and_then(|c| c.fresh(now))
            .cloned();
        (Some(a.name.clone()), vec![fresh])
    });
    std::iter::once((None, vec![market]))
        .chain(positions)
        .collect()
}

/// Whether both were made from the very same snapshots.
fn same(known: &[Source], wanted: &[Source]) -> bool {
    let same_data = |a: &Option<Arc<Observed>>, b: &Option<Arc<Observed>>| match (a, b) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    };
    known.len() == wanted.len()
        && known
            .iter()
            .zip(wanted)
            .all(|((name, data), (wanted_name, wanted_data))| {
                name == wanted_name
                    && data.len() == wanted_data.len()
                    && data.iter().zip(wanted_data).all(|(a, b)| same_data(a, b))
            })
}

fn families(group: Group, sources: &[Source]) -> Families {
    match group {
        Group::Balances => data::balances(&of(sources, Observed::balances)),
        Group::Accounts => data::accounts(&of(sources, Observed::account)),
        Group::Positions => data::positions(&of(sources, Observed::positions)),
        Group::Orders => data::orders(&of(sources, Observed::orders)),
        Group::Trades => history::trades(&of(sources, Observed::trades)),
        Group::Income => history::income(&of(sources, Observed::income)),
        Group::Ledger => history::ledger(
            &nth(sources, 0, Observed::income),
            &nth(sources, 1, Observed::trades),
        ),
        Group::Coverage => data::coverage(&covered(sources)),
        Group::Market => sources
            .first()
            .and_then(|(_, market)| market.first()?.as_ref()?.market())
            .map(|market| data::market(market, &of(&sources[1..], Observed::positions)))
            .unwrap_or_default(),
    }
}

/// The first data of each source, typed, with the account's name.
fn of<'s, T>(
    sources: &'s [Source],
    typed: impl Fn(&'s Observed) -> Option<&'s T>,
) -> Vec<(&'s str, &'s T)> {
    nth(sources, 0, typed)
}

/// The data at this place of each source, typed, with the account's name.
fn nth<'s, T>(
    sources: &'s [Source],
    index: usize,
    typed: impl Fn(&'s Observed) -> Option<&'s T>,
) -> Vec<(&'s str, &'s T)> {
    let data = |data: &'s [Option<Arc<Observed>>]| typed(data.get(index)?.as_deref()?);
    sources
        .iter()
        .filter_map(|(name, found)| Some((name.as_deref()?, data(found)?)))
        .collect()
}

fn covered(
    sources: &[Source],
) -> Vec<(&str, &crate::snapshot::Positions, &crate::snapshot::Orders)> {
    sources
        .iter()
        .filter_map(|(name, data)| {
            let [orders, positions] = data.as_slice() else {
                return None;
            };
            let (orders, positions) =
                (orders.as_ref()?.orders()?, positions.as_ref()?.positions()?);
            Some((name.as_deref()?, positions, orders))
        })
        .collect()
}

//! The cheapest way to all open orders: by symbol where few symbols can have any, and all at once now and then.
//!
//! All at once costs 40, one symbol 1. The account's answer names the symbols in which orders take margin, so an order
//! in a symbol that had none is found. Two kinds take no margin: those that only reduce a position, and stop orders
//! that would open one. The first are in symbols with positions, which are always asked about; the second wait for the
//! next look at all.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::plan::SWEEP;
use crate::collector::Collector;
use crate::exchange::{Error, Kind};
use crate::snapshot::view::{AccountView, Moment};

/// Of more symbols one look at all is quicker, and soon cheaper.
const MANY: usize = 15;

/// When all orders were last asked for at once.
#[derive(Debug, Default)]
pub(super) struct Sweep(Mutex<Option<Instant>>);

impl Sweep {
    /// The symbols to ask about; none when all must be asked for at once.
    pub(super) fn symbols(&self, account: &AccountView, now: &Moment) -> Option<BTreeSet<String>> {
        let swept = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if swept.is_none_or(|swept| now.monotonic.duration_since(swept) >= SWEEP) {
            return None;
        }
        let fresh = |collector| account.collector(collector)?.fresh(now);
        let summary = fresh(Collector::Account).and_then(|o| o.account())?;
        let positions = fresh(Collector::Positions).and_then(|o| o.positions())?;
        // What cannot be counted may hide a symbol.
        positions.open?;
        let known = account.collector(Collector::Orders)?.data.as_ref()?;
        let orders = known.orders().filter(|orders| orders.lost == 0)?;
        let mut symbols = summary.ordered.clone()?;
        symbols.extend(orders.orders.iter().map(|order| order.group.symbol.clone()));
        let held = positions.rows.iter().filter(|(_, row)| !row.size.is_zero());
        symbols.extend(held.map(|(key, _)| key.symbol.clone()));
        (symbols.len() <= MANY).then_some(symbols)
    }

    /// All orders were asked for at `at`.
    pub(super) fn swept(&self, at: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }
}

/// The lists of several answers as one.
///
/// # Errors
/// [`Kind::Decode`] when one is no list.
pub(super) fn joined<B: AsRef<[u8]>>(answers: &[B]) -> Result<Vec<u8>, Error> {
    let mut all = vec![b'['];
    for answer in answers {
        let list = answer.as_ref().trim_ascii();
        let rows = list
            .strip_prefix(b"[")
            .and_then(|list| list.strip_suffix(b"]"))
            .ok_or_else(|| Error::new(Kind::Decode, "the answer is no list"))?
            .trim_ascii();
        if !rows.is_empty() {
            if all.len() > 1 {
                all.push(b',');
            }
            all.extend_from_slice(rows);
        }
    }
    all.push(b']');
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_joined_and_nothing_else() {
        let join = |answers: &[&str]| joined(answers).map(|all| String::from_utf8(all).unwrap());
        assert_eq!(join(&[]).unwrap(), "[]");
        assert_eq!(join(&["[]", " [1,2] ", "[ ]", "[3]"]).unwrap(), "[1,2,3]");
        assert_eq!(join(&["[1]", "{}"]).unwrap_err().kind, Kind::Decode);
        assert_eq!(join(&["["]).unwrap_err().kind, Kind::Decode);
    }
}

//! `aster-exporter check`: what works with this configuration, and for what does not, why and what to do.

use crate::collector::Collector;
use crate::snapshot::view::{AccountView, CollectorView, Moment, View};

/// The result of trying everything once.
#[derive(Debug)]
pub struct Report {
    /// A table for people, and a closing line.
    pub text: String,
    /// Whether everything worked.
    pub passed: bool,
}

/// Tells what the first collection of everything found.
#[must_use]
pub fn report(view: &View, now: &Moment) -> Report {
    let header = ["ACCOUNT", "COLLECTOR", "RESULT", "TOOK", "WHAT TO DO"].map(str::to_owned);
    let mut rows = vec![header];
    let mut failed = 0;
    for (account, collector) in view.collectors() {
        let error = failure(collector, now);
        failed += usize::from(error.is_some());
        let took = collector
            .attempt
            .as_ref()
            .map_or(0, |a| a.duration.as_millis());
        rows.push([
            account.unwrap_or("-").to_owned(),
            collector.collector.name().to_owned(),
            if error.is_some() { "FAILED" } else { "ok" }.to_owned(),
            format!("{took} ms"),
            error.unwrap_or_default(),
        ]);
    }
    let total = rows.len() - 1;
    let closing = match failed {
        0 => format!("all {total} collectors work"),
        _ => format!("{failed} of {total} collectors failed"),
    };
    let notes: String = view
        .accounts
        .iter()
        .filter_map(|account| {
            Some(format!(
                "note: account {:?}: {}\n",
                account.name,
                note(account)?
            ))
        })
        .collect();
    Report {
        text: format!("{}\n{notes}{closing}\n", table(&rows)),
        passed: failed == 0,
    }
}

fn failure(collector: &CollectorView, now: &Moment) -> Option<String> {
    match &collector.attempt {
        None if collector.skipped_blocked > 0 => {
            Some("not tried: the exchange refuses this IP for now; try again later".to_owned())
        }
        None => Some("no answer in time".to_owned()),
        Some(attempt) => match &attempt.error {
            Some(error) => Some(format!("{}: {error}", error.kind.name())),
            None if collector.fresh(now).is_none() => Some("no data".to_owned()),
            None => None,
        },
    }
}

/// What to mend about a key that works: it can do more than an exporter needs, or nobody knows whether it can.
fn note(account: &AccountView) -> Option<String> {
    let Some(agent) = &account.agent else {
        return powerful(account);
    };
    match &agent.error {
        Some(error) => Some(format!("cannot learn what the agent may do: {error}")),
        None => agent.excess(),
    }
}

/// What to say of an API key that does not only read, as far as the exchange tells.
fn powerful(account: &AccountView) -> Option<String> {
    let data = account.collector(Collector::Account)?.data.as_ref()?;
    let found = data.account()?;
    let can = [(found.can_trade, "trade"), (found.can_withdraw, "withdraw")];
    let can: Vec<&str> = can
        .into_iter()
        .filter(|(can, _)| *can == Some(true))
        .map(|(_, what)| what)
        .collect();
    (!can.is_empty()).then(|| {
        format!(
            "the exchange says that it can {}: use a key for the exporter alone that can only read",
            can.join(" and ")
        )
    })
}

/// Columns as wide as their widest cell; the last one as it is.
fn table(rows: &[[String; 5]]) -> String {
    let width = |column: usize| {
        rows.iter()
            .map(|r| r[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2), width(3)];
    let lines = rows.iter().map(|row| {
        let cells = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.chain([row[4].clone()]).collect::<Vec<_>>().join("  ");
        line.trim_end().to_owned() + "\n"
    });
    lines.collect()
}

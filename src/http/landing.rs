//! The page for people: what runs, how fresh it is, and what went wrong last.

use std::fmt::Write as _;

use crate::exchange::Endpoint;
use crate::exchange::stats::StatsSnapshot;
use crate::snapshot::view::{CollectorView, Moment, View};

/// Everything between the title and the table of collectors.
const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>aster-exporter</title>
<style>
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #cf222e; --idle: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --good: #3fb950; --bad: #ff7b72; --idle: #d29922; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 68rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; padding: .35rem .75rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th.number { text-align: right; }
.good { color: var(--good); } .bad { color: var(--bad); } .idle { color: var(--idle); }
.note { border-left: 4px solid var(--bad); padding: .25rem .75rem; }
nav a { margin-right: 1rem; }
</style>
</head>
<body>
"#;

/// What the page shows beside the view.
pub(super) struct About<'a> {
    /// `0.1.0 (revision abc1234)`.
    pub(super) version: &'a str,
    /// Where the metrics are.
    pub(super) telemetry_path: &'a str,
    /// For how many more seconds no request is sent, if none is.
    pub(super) blocked_for: Option<u64>,
    /// What requests have cost so far, and what they may cost.
    pub(super) stats: &'a StatsSnapshot,
}

/// Renders the page at `now`.
#[must_use]
pub(super) fn landing(view: &View, about: &About<'_>, now: &Moment) -> String {
    let mut page = HEAD.to_owned();
    let metrics = escape(about.telemetry_path);
    let version = escape(about.version);
    // Writing to a string cannot fail.
    let _ = write!(
        page,
        "<h1>aster-exporter</h1>\n<p>Prometheus metrics of Aster DEX futures accounts. Version {version}.</p>\n\
         <nav><a href=\"{metrics}\">Metrics</a> <a href=\"/-/healthy\">Healthy</a> <a href=\"/-/ready\">Ready</a></nav>\n"
    );
    if let Some(seconds) = about.blocked_for {
        let _ = writeln!(
            page,
            "<p class=\"note\">The exchange refused requests of this IP: none is sent for another {seconds} s.</p>"
        );
    }
    page.push_str(&weight(about.stats));
    page.push_str(
        "<table>\n<thead><tr><th>Account</th><th>Collector</th><th>State</th><th class=\"number\">Every</th><th class=\"number\">Age of data</th>\
         <th class=\"number\">Took</th><th class=\"number\">Weight spent</th><th>Last error</th></tr></thead>\n<tbody>\n",
    );
    for (account, collector) in view.collectors() {
        let endpoint = Endpoint::of(collector.collector);
        let weight = about.stats.weight(account.unwrap_or_default(), endpoint);
        page.push_str(&row(account, collector, weight, now));
    }
    page.push_str("</tbody>\n</table>\n");
    page.push_str(&accounts_nav(view, &metrics));
    page.push_str("</body>\n</html>\n");
    page
}

fn row(account: Option<&str>, collector: &CollectorView, weight: u64, now: &Moment) -> String {
    let attempt = collector.attempt.as_ref();
    let error = attempt.and_then(|a| a.error.as_ref());
    let (class, state) = match (attempt, error) {
        (None, _) => ("idle", "waiting"),
        (Some(_), Some(error)) => ("bad", error.kind.name()),
        (Some(_), None) if importing(collector).is_some() => ("idle", "first import"),
        (Some(_), None) if collector.fresh(now).is_some() => ("good", "good"),
        (Some(_), None) => ("bad", "too old"),
    };
    let age = collector.data.as_ref().map_or_else(
        || "no data".to_owned(),
        |data| {
            let age = format!("{:.1} s", now.since(&data.at).as_secs_f64());
            if collector.fresh(now).is_some() {
                age
            } else {
                age + ", not shown"
            }
        },
    );
    let every = collector.interval.as_secs_f64();
    let took = attempt.map_or_else(String::new, |a| format!("{} ms", a.duration.as_millis()));
    let error = error
        .map(|e| escape(&e.message))
        .or_else(|| importing(collector))
        .unwrap_or_default();
    format!(
        "<tr><td>{}</td><td>{}</td><td class=\"{class}\">{state}</td><td class=\"number\">{every:.0} s</td><td class=\"number\">{age}</td>\
         <td class=\"number\">{took}</td><td class=\"number\">{weight}</td><td>{error}</td></tr>\n",
        account.map_or_else(|| "all accounts".to_owned(), escape),
        collector.collector.name(),
    )
}

/// The exchange's count of this IP, its limit, and the exporter's own budget.
fn weight(stats: &StatsSnapshot) -> String {
    let (Some(limit), Some(budget)) = (stats.weight_limit, stats.weight_budget) else {
        return String::new();
    };
    let used = stats.used_weight.map_or_else(
        || "nothing is known yet".to_owned(),
        |used| used.to_string(),
    );
    format!(
        "<p>Request weight of this IP in the running minute, by everybody: {used}, of {limit} that the exchange allows. \
         This exporter allows itself {budget} in any minute.</p>\n"
    )
}

/// How far the first import of history has come, while it runs.
fn importing(collector: &CollectorView) -> Option<String> {
    let data = collector.data.as_ref()?;
    if let Some(done) = data.income().and_then(|totals| totals.importing) {
        let (whole, part) = (done / 10, done % 10);
        return Some(format!(
            "reading history: {whole}.{part} % done, its counters come when it is complete"
        ));
    }
    let waiting = data.trades().is_some_and(|totals| totals.importing);
    waiting.then(|| "reading history: its counters come when it is complete".to_owned())
}

fn accounts_nav(view: &View, metrics: &str) -> String {
    let links: Vec<String> = view
        .accounts
        .iter()
        .map(|a| {
            let query =
                percent_encoding::utf8_percent_encode(&a.name, percent_encoding::NON_ALPHANUMERIC);
            format!(
                "<a href=\"{metrics}?account={query}\">{}</a>",
                escape(&a.name)
            )
        })
        .collect();
    format!("<nav>Metrics of one account: {}</nav>\n", links.join(" "))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

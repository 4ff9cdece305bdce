//! The catalogue as a page for people: `docs/metrics.md` is this text.

use super::catalog::{CATALOG, Metric, Section};

const INTRO: &str = "\
<!-- Made from src/metrics/catalog.rs; a test compares the two. UPDATE_GOLDEN=1 cargo test writes it anew. -->

# Metrics

Names, types and labels are stable: dashboards and alerts may rely on them.

How to read them:

* Every series of an account carries `account`, its name in the configuration. Other label values are the exchange's own
  words (`BOTH`, `LONG`, `BUY`, `STOP_MARKET`).
* Times are Unix times in seconds, ratios go from 0 to 1. The unit of money is in the name (`_usdt`) or in the text: the
  asset of the label `asset`, or the symbol's margin asset.
* The brackets at the end of a text name the exchange's answer and the field that a number comes from.

**Fresh or absent.** Data comes from the last successful collection, never from the moment of the scrape. Once it is older
than its collector's maximum age it is no longer exposed: alert on absence too, and on `aster_up` and
`aster_collector_success`.

**Absent is never 0.** A number that the exchange did not send, or that cannot be read exactly, has no series; a 0 is a 0
that the exchange sent or a count that is known. A sum or count of which a part is unknown is absent as well; only a row that cannot be
read at all leaves the other rows' series as they are, and takes `aster_account_open_positions` or
`aster_account_open_orders` away. The series of
a closed position or a filled order end with the next successful collection.
";

/// The page `docs/metrics.md`.
#[must_use]
pub fn markdown() -> String {
    let sections: String = CATALOG.iter().map(|s| section(s)).collect();
    format!("{INTRO}{sections}")
}

fn section(section: &Section) -> String {
    let rows: String = section.metrics.iter().map(|m| row(m)).collect();
    format!(
        "\n## {}\n\n{}\n\n| metric | type | labels | meaning |\n|---|---|---|---|\n{rows}",
        section.title, section.about
    )
}

fn row(metric: &Metric) -> String {
    let labels: Vec<String> = metric.labels.iter().map(|l| format!("`{l}`")).collect();
    format!(
        "| `{}` | {} | {} | {} |\n",
        metric.name,
        metric.kind.name(),
        labels.join(" "),
        metric.help.replace('|', "\\|")
    )
}

//! The page for people in a real browser: what somebody who opens it reads.

use std::process::{Command, Stdio};

use aster_exporter::demo::Fault;

use super::process::{Exporter, eventually};
use super::world::{exchange, exporter};

/// The page as headless Chromium has it after loading, one line of text for each line that is read.
fn read(url: &str) -> String {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
        ])
        .args(["--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(url)
        .stdin(Stdio::null())
        .output()
        .expect("chromium must be installed: tests/all.sh installs it");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    visible(&String::from_utf8(output.stdout).unwrap())
}

/// The text of a document's body; cells of a row are parted by bars.
fn visible(document: &str) -> String {
    let body = document.split_once("<body>").unwrap().1;
    let mut text = body
        .replace("</td><td", "</td> | <td")
        .replace("</th><th", "</th> | <th");
    while let Some(start) = text.find('<') {
        let end = start + text[start..].find('>').unwrap();
        text.replace_range(start..=end, "");
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Reads the page again and again until `good`, and gives it.
async fn until(exporter: &Exporter, what: &str, good: impl Fn(&str) -> bool) -> String {
    let url = format!("{}/", exporter.url);
    let url = url.as_str();
    eventually(what, || async {
        let page = read(url);
        good(&page).then_some(page)
    })
    .await
}

/// The cells of a line.
fn cells(line: &str) -> Vec<&str> {
    line.split('|').map(str::trim).collect()
}

/// The row of a collector.
fn row<'a>(page: &'a str, account: &str, collector: &str) -> Vec<&'a str> {
    let mut rows = page.lines().map(cells);
    rows.find(|row| row.starts_with(&[account, collector]))
        .unwrap_or_else(|| panic!("no {collector} of {account}: {page}"))
}

/// How many collectors are in a state.
fn states(page: &str, state: &str) -> usize {
    let rows = page.lines().map(cells);
    rows.filter(|row| row.get(2) == Some(&state)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_reads_who_is_well_who_fails_and_that_nothing_is_sent() {
    let exchange = exchange(1.0).await;
    let exporter = exporter(&exchange).await;

    // Three accounts with six collectors, and the market.
    let page = until(&exporter, "all is well", |page| states(page, "good") == 19).await;
    assert!(page.trim_start().starts_with("aster-exporter"), "{page}");
    assert!(page.contains(
        "Account | Collector | State | Every | Age of data | Took | Weight spent | Last error"
    ));
    assert_eq!(row(&page, "all accounts", "market")[2], "good");
    let account = row(&page, "main", "account");
    assert!(
        account[4].ends_with(" s") && account[5].ends_with(" ms"),
        "{account:?}"
    );
    assert!(account[6].parse::<u64>().unwrap() > 0, "{account:?}");
    assert_eq!(account[7], "", "no error");
    assert!(!page.contains("refused"), "{page}");

    // One endpoint of one account fails.
    exchange.fault(Fault::reply(503, "{}").on("/fapi/v2/balance").of("main"));
    let page = until(&exporter, "a failure", |page| states(page, "server") == 1).await;
    let failing = row(&page, "main", "balance");
    assert!(failing[7].contains("503"), "{failing:?}");
    until(&exporter, "data too old to be shown", |page| {
        row(page, "main", "balance")[4].ends_with("not shown")
    })
    .await;
    assert_eq!(states(&page, "good"), 18, "nothing else fails");
    exchange.clear_faults();
    until(&exporter, "all is well again", |page| {
        states(page, "good") == 19
    })
    .await;

    // The exchange bans this address.
    exchange.fault(Fault::reply(418, r#"{"code":-1003,"msg":"banned <b>"}"#).times(1));
    let page = until(&exporter, "the note", |page| {
        page.contains("none is sent for another")
    })
    .await;
    assert!(
        page.contains("The exchange refused requests of this IP"),
        "{page}"
    );
    assert!(states(&page, "banned") > 0, "{page}");
}

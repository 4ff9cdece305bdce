//! An account moves to another ledger: no record is lost, none counts twice.

use std::fs;
use std::path::Path;

use aster_exporter::demo::Exchange;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tempfile::TempDir;

use super::truth::until_true;
use super::world::{disturb, exchange, ledger, sqlite, start};

/// All that a ledger says, of every account by its name; when symbols were heard of and what was shown are its own.
const ALL: [&str; 9] = [
    "SELECT start, income_imported, trades_imported FROM account WHERE name = '@'",
    "SELECT * FROM income_gap WHERE account = $ ORDER BY time",
    "SELECT time, income_type, asset, symbol, amount, tran_id, trade_id, info FROM income WHERE account = $ ORDER BY 1,2,3,4,5,6,7",
    "SELECT income_type, asset, symbol, received, paid, records, last FROM income_sum WHERE account = $",
    "SELECT income_type, asset, hour, net FROM income_hour WHERE account = $",
    "SELECT symbol, id, time, side, position_side, maker, price, quantity, quote_quantity, realized_pnl, commission, commission_asset, order_id FROM fill WHERE account = $",
    "SELECT symbol, side, position_side, liquidity, fills, base, quote, last FROM fill_sum WHERE account = $",
    "SELECT symbol, position_side, profit, loss, wins, losses FROM closing_sum WHERE account = $",
    "SELECT symbol, asset, liquidity, amount FROM commission_sum WHERE account = $",
];

fn contents(folder: &Path, account: &str) -> Vec<String> {
    let of = format!("(SELECT id FROM account WHERE name = '{account}')");
    ALL.map(|sql| {
        let sql = sql.replace('$', &of).replace('@', account);
        sqlite(&folder.join("ledger.db"), &sql)
    })
    .into()
}

/// Exports an account in one of both ways; gives the file.
fn export(folder: &Path, account: &str, format: &str) -> String {
    let file = folder.join(format!("{account}.{format}"));
    let name = file.to_str().unwrap();
    let mut arguments = vec!["export", "--account", account, "--format", format];
    if format == "sqlite" {
        arguments.extend(["--output", name]);
    }
    let (code, out, told) = ledger(folder, &arguments);
    assert_eq!(code, Some(0), "{told}");
    if format == "sqlite" {
        let parts = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name());
        let of_it = |n: &std::ffi::OsString| {
            n.to_string_lossy()
                .starts_with(&format!("{account}.sqlite"))
        };
        assert_eq!(parts.filter(of_it).count(), 1, "it is one file");
    }
    if format == "jsonl" {
        fs::write(&file, out).unwrap();
    }
    name.to_owned()
}

fn import(folder: &Path, file: &str) -> String {
    let (code, out, told) = ledger(folder, &["import", file]);
    assert_eq!(code, Some(0), "{told}");
    out
}

/// A ledger in `folder` that has all that the exchange has.
async fn fill(exchange: &Exchange, folder: &Path, rng: &mut StdRng) {
    let exporter = start(exchange, folder, &[]).await;
    for round in 0..4 {
        disturb(exchange, rng, round);
    }
    exchange.freeze();
    until_true(&exporter, exchange).await;
    exchange.thaw();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_takes_its_ledger_along() {
    let exchange = exchange().await;
    let (old, new) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut rng = StdRng::seed_from_u64(11);
    fill(&exchange, old.path(), &mut rng).await;
    for (account, format) in [("main", "sqlite"), ("hedge", "jsonl"), ("trouble", "jsonl")] {
        let file = export(old.path(), account, format);
        let told = import(new.path(), &file);
        let count = sqlite(
            &old.path().join("ledger.db"),
            &format!(
                "SELECT (SELECT count(*) FROM income i WHERE i.account = account.id) + (SELECT count(*) FROM fill f WHERE f.account = account.id) \
                 FROM account WHERE name = '{account}'"
            ),
        );
        let count = count.trim();
        assert_eq!(
            told,
            format!("account {account:?}: {count} records read, {count} of them new\n")
        );
        assert_eq!(contents(new.path(), account), contents(old.path(), account));

        let again = import(new.path(), &file);
        assert!(again.ends_with(" 0 of them new\n"), "{again}");
        assert_eq!(contents(new.path(), account), contents(old.path(), account));
    }
    // It goes on from there.
    fill(&exchange, new.path(), &mut rng).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_has_begun_takes_in_what_came_before() {
    let exchange = exchange().await;
    let (old, new) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut rng = StdRng::seed_from_u64(12);
    fill(&exchange, old.path(), &mut rng).await;
    fill(&exchange, new.path(), &mut rng).await;
    for account in ["main", "hedge", "trouble"] {
        let file = export(old.path(), account, "sqlite");
        let told = import(new.path(), &file);
        assert!(told.ends_with(" 0 of them new\n"), "{told}");
    }
    // As if it had found nothing: what the other one read is all that there is.
    let ledger_file = new.path().join("ledger.db");
    sqlite(
        &ledger_file,
        "DELETE FROM income; DELETE FROM income_sum; DELETE FROM income_hour; DELETE FROM fill; DELETE FROM fill_sum; \
         DELETE FROM closing_sum; DELETE FROM commission_sum;",
    );
    for account in ["main", "hedge", "trouble"] {
        import(new.path(), &export(old.path(), account, "jsonl"));
        assert_eq!(
            contents(new.path(), account)[2..],
            contents(old.path(), account)[2..]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_whole_or_does_not_fit_changes_nothing() {
    let exchange = exchange().await;
    let (old, new) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut rng = StdRng::seed_from_u64(13);
    fill(&exchange, old.path(), &mut rng).await;
    let whole = export(old.path(), "main", "jsonl");
    let refused = |folder: &Path, arguments: &[&str], why: &str| {
        let (code, _, told) = ledger(folder, arguments);
        assert_eq!(code, Some(1), "{arguments:?}");
        assert!(told.contains(why), "{told}");
    };

    let text = fs::read_to_string(&whole).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let part = new.path().join("part.jsonl");
    let name = part.to_str().unwrap();
    let mut without_one = lines.clone();
    without_one.remove(lines.len() / 2);
    let wrong = text.replacen("\"income\":\"", "\"income\":\"1e", 1);
    for (content, why) in [
        (lines[..lines.len() - 1].join("\n"), "the end is missing"),
        (without_one.join("\n"), "unexpected \"end\" after"),
        (wrong, "is no amount"),
        ("{\"timeMs\":\"1\"}".to_owned(), "this is no whole account"),
        ("time,timeMs".to_owned(), "line 1 is no object of texts"),
        (String::new(), "the end is missing"),
    ] {
        fs::write(&part, content).unwrap();
        refused(new.path(), &["import", name], why);
        let accounts = sqlite(
            &new.path().join("ledger.db"),
            "SELECT count(*) FROM account",
        );
        assert_eq!(accounts.trim(), "0", "{why}");
    }
    refused(
        new.path(),
        &["import", "/nowhere"],
        "cannot import /nowhere",
    );
    refused(
        new.path(),
        &["import", "--account=hedge", &whole],
        "it has another account: main",
    );

    let ledger_file = old.path().join("ledger.db");
    refused(
        old.path(),
        &[
            "export",
            "--account=main",
            "--format=sqlite",
            "--output",
            ledger_file.to_str().unwrap(),
        ],
        "is there already",
    );

    for (arguments, why) in [
        (
            ["--format=csv", "--kind=income", "--output=x"],
            "--output is for sqlite",
        ),
        (
            ["--format=sqlite", "--kind=income", "--output=x"],
            "without --kind",
        ),
        (
            ["--format=jsonl", "--from=2026-11-01", "--to=2026-11-02"],
            "neither --from nor --to",
        ),
    ] {
        let arguments = [&["export", "--account=main"], &arguments[..]].concat();
        refused(old.path(), &arguments, why);
    }

    // A ledger that began after the other one had ended.
    import(new.path(), &whole);
    sqlite(
        &new.path().join("ledger.db"),
        "UPDATE account SET start = income_to + 1000, income_to = income_to + 2000",
    );
    let before = contents(new.path(), "main");
    refused(
        new.path(),
        &["import", &whole],
        "records of the time between would be missing",
    );
    assert_eq!(contents(new.path(), "main"), before);

    // One that an exporter writes.
    let exporter = start(&exchange, old.path(), &[]).await;
    refused(
        old.path(),
        &["import", &whole],
        "is in use by another process",
    );
    drop(exporter);
}

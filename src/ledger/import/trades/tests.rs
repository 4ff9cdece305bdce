use super::*;

const START: i64 = 1_700_000_000_000;
const MINUTE: i64 = 60_000;

fn account() -> Account {
    Account {
        id: 1,
        start: START,
        income_to: START,
        income_imported: true,
        trades_imported: true,
        income_gaps: 0,
    }
}

fn asked(symbols: &[(&str, i64, i64)], activity: &Activity, now: i64) -> Vec<(String, i64)> {
    let known = symbols
        .iter()
        .map(|(symbol, hinted, asked)| ((*symbol).to_owned(), (*hinted, *asked)))
        .collect();
    due(&account(), &known, activity, now)
}

#[test]
fn a_quiet_account_asks_nothing() {
    let now = START + 600 * MINUTE;
    let quiet = [("BTCUSDT", START + MINUTE, now - MINUTE)];
    assert_eq!(asked(&quiet, &Activity::default(), now), []);
    // A position that did not change is no reason either, until it is reviewed.
    let activity = Activity {
        open: ["BTCUSDT".to_owned()].into(),
        changed: [("BTCUSDT".to_owned(), START)].into(),
    };
    assert_eq!(asked(&quiet, &activity, now), []);
    assert_eq!(asked(&quiet, &activity, now + 20 * MINUTE).len(), 1);
}

#[test]
fn what_was_opened_and_closed_between_two_readings_is_asked_about() {
    let now = START + 600 * MINUTE;
    // Its position is zero again, but the time of its last change tells.
    let changed = Activity {
        open: BTreeSet::new(),
        changed: [("ETHUSDT".to_owned(), now - MINUTE / 2)].into(),
    };
    assert_eq!(asked(&[], &changed, now), [("ETHUSDT".to_owned(), START)]);
    // So does income, without any word of positions.
    let named = [("ETHUSDT", now - MINUTE, now - 2 * MINUTE)];
    assert_eq!(asked(&named, &Activity::default(), now).len(), 1);
}

#[test]
fn a_symbol_is_asked_again_until_late_fills_had_their_time() {
    let now = START + 600 * MINUTE;
    for (after, again) in [(MINUTE, true), (3 * MINUTE, false)] {
        let symbols = [("BTCUSDT", now - 5 * MINUTE, now - 5 * MINUTE + after)];
        let found = asked(&symbols, &Activity::default(), now);
        assert_eq!(!found.is_empty(), again, "{after}");
    }
}

#[test]
fn a_change_before_the_ledger_began_is_none_of_its_business() {
    let before = Activity {
        open: BTreeSet::new(),
        changed: [("OLDUSDT".to_owned(), START - 1)].into(),
    };
    assert_eq!(asked(&[], &before, START + MINUTE), []);
}

#[test]
fn fills_of_another_symbol_are_refused() {
    let body = br#"[{"id":1,"time":5,"symbol":"ETHUSDT","side":"BUY","positionSide":"BOTH","maker":true,
        "price":"1","qty":"1","quoteQty":"1","realizedPnl":"0","commission":"0","commissionAsset":"USDT"}]"#;
    let fills = history::fills(body).unwrap();
    assert!(of_symbol("ETHUSDT", fills.clone()).is_ok());
    let refused = of_symbol("BTCUSDT", fills).unwrap_err();
    assert_eq!(refused.kind, Kind::Decode);
}

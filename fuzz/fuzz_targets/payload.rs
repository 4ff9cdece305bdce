//! Every answer of the exchange: the first byte says which endpoint's, the rest is the body.
#![no_main]

use aster_exporter::collector::Collector;
use aster_exporter::exchange::{budget, clock};
use aster_exporter::snapshot::{Keep, agent, history, map};
use aster_exporter::wallet::Address;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((which, body)) = data.split_first() else {
        return;
    };
    let keep = Keep {
        all_symbols: which & 0x80 != 0,
        all_assets: which & 0x40 != 0,
    };
    let snapshot = |collector| drop(map(collector, body, keep));
    match which & 0x0f {
        0 => snapshot(Collector::Balance),
        1 => snapshot(Collector::Account),
        2 => snapshot(Collector::Positions),
        3 => snapshot(Collector::Orders),
        4 => snapshot(Collector::Market),
        5 => drop(history::fills(body)),
        6 => drop(history::income(body)),
        7 => {
            if let Ok(signer) = Address::parse("0x21cF8Ae13Bb72632562c6Fff438652Ba1a151bb0") {
                let _ = agent::find(body, signer);
            }
        }
        8 => drop(budget::parse_limit(body)),
        _ => drop(clock::parse(body)),
    }
});

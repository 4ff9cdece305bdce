//! The request line: method, path and query, separated by spaces.
#![no_main]

use std::collections::BTreeMap;
use std::sync::Arc;

use aster_exporter::http::route::{accepts_gzip, route};
use aster_exporter::snapshot::view::{AccountView, View};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    let account = |name: &str| {
        Arc::new(AccountView {
            name: name.to_owned(),
            auth: "hmac",
            agent: None,
            labels: BTreeMap::new(),
            collectors: Vec::new(),
        })
    };
    let view = View {
        accounts: vec![account("main"), account("a b")],
        market: None,
    };
    let _ = accepts_gzip(data);
    let mut parts = data.splitn(3, ' ');
    let mut next = || parts.next().unwrap_or_default();
    let (method, path, query) = (next(), next(), next());
    if let Err(refusal) = route(method, path, query, "/metrics", &view) {
        assert!((400..500).contains(&refusal.status));
        assert!(!refusal.message.contains('\n'));
    }
});

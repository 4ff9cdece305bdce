//! From a request's method, path and query to what is wanted: pure.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;

use crate::collector::Collector;
use crate::snapshot::view::{Selection, View};

/// What a request wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// The page of metrics, or a part of it.
    Metrics(Selection),
    /// One account, collected now.
    Probe(Selection),
    /// The page for people.
    Landing,
    /// Whether the process serves.
    Healthy,
    /// Whether there is something to scrape.
    Ready,
    /// Reading the configuration again.
    Reload,
}

/// A request that cannot be served, with what to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// What is wrong and what would be right.
    pub message: String,
}

fn refuse<T>(status: u16, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        status,
        message: message.into(),
    })
}

/// Reads a request. `query` is as sent, without the question mark.
///
/// # Errors
/// 405 for another method than GET and HEAD, 404 for an unknown path or probe target, 400 for a
/// parameter that names what does not exist.
pub fn route(
    method: &str,
    path: &str,
    query: &str,
    telemetry_path: &str,
    view: &View,
) -> Result<Route, Refusal> {
    if path == "/-/reload" {
        return match method {
            "POST" | "PUT" => Ok(Route::Reload),
            _ => refuse(405, "only POST and PUT are served here"),
        };
    }
    if !matches!(method, "GET" | "HEAD") {
        return refuse(405, "only GET and HEAD are served here");
    }
    match path {
        _ if path == telemetry_path => Ok(Route::Metrics(selection(query, view)?)),
        "/probe" => Ok(Route::Probe(target(query, view)?)),
        "/" => Ok(Route::Landing),
        "/-/healthy" => Ok(Route::Healthy),
        "/-/ready" => Ok(Route::Ready),
        _ => refuse(
            404,
            format!("nothing here; metrics are at {telemetry_path}"),
        ),
    }
}

fn selection(query: &str, view: &View) -> Result<Selection, Refusal> {
    let mut selection = Selection::default();
    let (mut collect, mut exclude) = (BTreeSet::new(), BTreeSet::new());
    for (name, value) in parameters(query) {
        match name.as_str() {
            "account" => set_account(&mut selection, value, view, 400)?,
            "collect[]" => collect.extend([collector(&value)?]),
            "exclude[]" => exclude.extend([collector(&value)?]),
            // Other parameters are not ours: Prometheus passes on whatever its configuration says.
            _ => {}
        }
    }
    if !collect.is_empty() && !exclude.is_empty() {
        return refuse(400, "collect[] and exclude[] cannot be used together");
    }
    if !exclude.is_empty() {
        collect = Collector::ALL
            .into_iter()
            .filter(|c| !exclude.contains(c))
            .collect();
    }
    selection.collectors = (!collect.is_empty()).then_some(collect);
    Ok(selection)
}

fn target(query: &str, view: &View) -> Result<Selection, Refusal> {
    let mut selection = Selection::default();
    for (name, value) in parameters(query) {
        if name == "target" {
            set_account(&mut selection, value, view, 404)?;
        }
    }
    if selection.account.is_none() {
        return refuse(
            400,
            format!("the parameter target is missing; {}", known_accounts(view)),
        );
    }
    Ok(selection)
}

fn set_account(
    selection: &mut Selection,
    name: String,
    view: &View,
    unknown: u16,
) -> Result<(), Refusal> {
    if selection
        .account
        .as_ref()
        .is_some_and(|known| *known != name)
    {
        return refuse(400, "only one account can be asked for at a time");
    }
    if !view.accounts.iter().any(|a| a.name == name) {
        return refuse(
            unknown,
            format!("there is no account of that name; {}", known_accounts(view)),
        );
    }
    selection.account = Some(name);
    Ok(())
}

fn known_accounts(view: &View) -> String {
    let names: Vec<&str> = view.accounts.iter().map(|a| a.name.as_str()).collect();
    format!("the accounts are {}", names.join(", "))
}

fn collector(name: &str) -> Result<Collector, Refusal> {
    Collector::from_name(name).map_or_else(
        || {
            let known = Collector::ALL.map(Collector::name).join(", ");
            refuse(
                400,
                format!("there is no collector of that name; the collectors are {known}"),
            )
        },
        Ok,
    )
}

/// The parameters of a query, decoded as forms encode them.
fn parameters(query: &str) -> impl Iterator<Item = (String, String)> {
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(move |part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(name), decode(value))
        })
}

/// Whether the client takes gzip, by its `Accept-Encoding`.
#[must_use]
pub fn accepts_gzip(accept_encoding: &str) -> bool {
    accept_encoding.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let gzip = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let refused = parts
            .filter_map(|p| p.strip_prefix("q="))
            .any(|q| q.parse::<f64>().is_ok_and(|q| q <= 0.0));
        gzip && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::view::AccountView;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn view() -> View {
        let account = |name: &str| {
            Arc::new(AccountView {
                name: name.to_owned(),
                auth: "hmac",
                agent: None,
                labels: BTreeMap::new(),
                collectors: Vec::new(),
            })
        };
        View {
            accounts: vec![account("main"), account("a b")],
            market: None,
        }
    }

    fn get(path: &str, query: &str) -> Result<Route, Refusal> {
        route("GET", path, query, "/metrics", &view())
    }

    fn status(path: &str, query: &str) -> u16 {
        get(path, query).map_or_else(|refusal| refusal.status, |_| 200)
    }

    #[test]
    fn statuses() {
        let cases = [
            ("/metrics", "", 200),
            ("/metrics", "account=main", 200),
            (
                "/metrics",
                "account=a+b&collect[]=balance&collect%5B%5D=orders",
                200,
            ),
            ("/metrics", "account=main&account=main", 200),
            ("/metrics", "account=main&account=a+b", 400),
            ("/metrics", "account=nobody", 400),
            ("/metrics", "account=", 400),
            ("/metrics", "collect[]=nothing", 400),
            ("/metrics", "collect[]=balance&exclude[]=orders", 400),
            ("/metrics", "unknown=1", 200),
            ("/probe", "target=main", 200),
            ("/probe", "target=nobody", 404),
            ("/probe", "target=http://evil.example", 404),
            ("/probe", "", 400),
            ("/", "", 200),
            ("/-/healthy", "", 200),
            ("/-/ready", "", 200),
            ("/-/reload", "", 405),
            ("/metrics/", "", 404),
            ("/../etc/passwd", "", 404),
        ];
        for (path, query, expected) in cases {
            assert_eq!(status(path, query), expected, "{path}?{query}");
        }
        let post = route("POST", "/metrics", "", "/metrics", &view());
        assert_eq!(post.map_err(|r| r.status), Err(405));
    }

    #[test]
    fn exclude_is_all_the_others() {
        let Ok(Route::Metrics(selection)) = get("/metrics", "exclude[]=market&exclude[]=orders")
        else {
            panic!("not accepted");
        };
        let names: Vec<_> = selection
            .collectors
            .iter()
            .flatten()
            .map(|c| c.name())
            .collect();
        assert_eq!(
            names,
            ["balance", "account", "positions", "trades", "income"]
        );
    }

    #[test]
    fn encodings() {
        let cases = [
            ("gzip", true),
            ("deflate, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("identity", false),
            ("", false),
            ("x-gzip-not", false),
        ];
        for (header, expected) in cases {
            assert_eq!(accepts_gzip(header), expected, "{header}");
        }
    }

    proptest! {
        #[test]
        fn no_query_panics(path in ".{0,20}", query in ".{0,60}") {
            let _ = get(&path, &query);
            let _ = get("/metrics", &query);
        }
    }
}

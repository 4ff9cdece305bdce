//! `aster-exporter demo`: the exporter against a simulated exchange, both in this process.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Error, Result};

use crate::collector::Collector;
use crate::config::{
    AccountConfig, Auth, CollectionConfig, Config, ExchangeConfig, LedgerConfig, Mode, WebConfig,
};
use crate::demo::{Credentials, Exchange, Options};
use crate::exporter::Exporter;
use crate::listen;
use crate::shutdown;
use crate::wallet::{Address, PrivateKey};

/// Short enough that the page moves while somebody looks at it.
const INTERVAL: Duration = Duration::from_secs(2);

/// Long enough for a Prometheus that scrapes every 15 s.
const ZERO_FOR: Duration = Duration::from_secs(40);

/// Starts the exchange on loopback and the exporter on `listen`, prints what to open, and serves until a signal.
///
/// # Errors
/// When a port is taken or the web configuration is wrong.
pub async fn run(
    listen: Vec<SocketAddr>,
    seed: u64,
    speed: f64,
    web_config: Option<PathBuf>,
) -> Result<()> {
    let shutdown = shutdown::on_signal()?;
    let options = Options {
        seed,
        speed,
        weight_limit: u32::MAX,
        ..Options::default()
    };
    let exchange = Exchange::start(options, ([127, 0, 0, 1], 0).into())
        .await
        .context("the demo exchange cannot listen on loopback")?;
    // The simulated history begins anew at each start, so the ledger of it does too.
    let folder = tempfile::tempdir().context("there is no place for the demo's ledger")?;
    let config = config(
        &exchange,
        listen,
        folder.path().join("ledger.db"),
        web_config,
    )?;
    let mend = "choose another port with --port, or --port=0 for a free one";
    let addresses = config.web.listen.iter();
    let listeners: Vec<_> = addresses
        .map(|address| listen::bind(*address, mend))
        .collect::<Result<_>>()?;
    let exporter = Exporter::new(&config)?;
    let first = listeners
        .first()
        .context("there is no address to listen on")?;
    let address = first.local_addr()?;
    let scheme = exporter.scheme();
    let names: Vec<&str> = config.accounts.iter().map(|a| a.name.as_str()).collect();
    let text = format!(
        "Demo exchange    {}  (accounts {})\n\
             Overview         {scheme}://{address}/\n\
             Metrics          {scheme}://{address}/metrics\n\
             Stop with Ctrl-C.\n",
        exchange.url(),
        names.join(", ")
    );
    // It serves whether or not somebody reads this.
    let mut out = std::io::stdout();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    exporter.serve(listeners, shutdown).await?;
    exchange.stop().await;
    Ok(())
}

/// One account is watched with its agent key, the others with their API keys.
fn auth(account: &Credentials) -> Result<Auth> {
    if account.name != "hedge" {
        return Ok(Auth::Hmac {
            api_key: account.api_key.clone().into(),
            api_secret: account.api_secret.clone().into(),
        });
    }
    Ok(Auth::V3 {
        user: Address::parse(&account.user).map_err(Error::msg)?,
        key: PrivateKey::parse(&account.private_key).map_err(Error::msg)?,
        chain_id: 1666,
    })
}

fn config(
    exchange: &Exchange,
    listen: Vec<SocketAddr>,
    ledger: PathBuf,
    web_config: Option<PathBuf>,
) -> Result<Config> {
    let account = |a: Credentials| {
        Ok(AccountConfig {
            auth: auth(&a)?,
            name: a.name,
            labels: BTreeMap::from([("desk".to_owned(), "demo".to_owned())]),
            collectors: BTreeSet::from(Collector::OF_ACCOUNT),
        })
    };
    let accounts: Result<_> = exchange.accounts().into_iter().map(account).collect();
    Ok(Config {
        exchange: ExchangeConfig {
            base_url: exchange.url(),
            recv_window: Duration::from_secs(5),
            request_timeout: Duration::from_secs(5),
            weight_budget: None,
        },
        collection: CollectionConfig {
            mode: Mode::Interval,
            intervals: Collector::ALL.map(|c| (c, INTERVAL)).into(),
            stale_after: 3,
            min_age: Duration::from_secs(1),
            market: true,
            all_symbols: false,
            all_assets: false,
        },
        accounts: accounts?,
        elsewhere: 0,
        ledger: LedgerConfig {
            path: ledger,
            zero_for: ZERO_FOR,
            ..LedgerConfig::default()
        },
        web: WebConfig {
            listen,
            systemd_socket: false,
            config_file: web_config,
            telemetry_path: "/metrics".to_owned(),
            max_requests: 40,
            disable_exporter_metrics: false,
            timeout_offset: Duration::from_millis(500),
        },
        warnings: Vec::new(),
    })
}

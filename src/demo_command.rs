//! `aster-exporter demo`: the exporter against a simulated exchange, both in this process.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::collector::Collector;
use crate::config::{
    AccountConfig, Auth, CollectionConfig, Config, ExchangeConfig, Mode, WebConfig,
};
use crate::demo::{Exchange, Options};
use crate::exporter::Exporter;
use crate::listen;
use crate::shutdown;

/// Short enough that the page moves while somebody looks at it.
const INTERVAL: Duration = Duration::from_secs(2);

/// Starts both on loopback, prints what to open, and serves until a signal.
///
/// # Errors
/// When the port is taken or the web configuration is wrong.
pub async fn run(port: u16, seed: u64, speed: f64, web_config: Option<PathBuf>) -> Result<()> {
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
    let config = config(&exchange, port, web_config);
    let mend = "choose another port with --port, or --port=0 for a free one";
    let listener = listen::bind(([127, 0, 0, 1], port).into(), mend)?;
    let exporter = Exporter::new(&config)?;
    let address = listener.local_addr()?;
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
    exporter.serve(vec![listener], shutdown).await?;
    exchange.stop().await;
    Ok(())
}

fn config(exchange: &Exchange, port: u16, web_config: Option<PathBuf>) -> Config {
    let accounts = exchange.accounts().into_iter().map(|a| AccountConfig {
        name: a.name,
        auth: Auth::Hmac {
            api_key: a.api_key.into(),
            api_secret: a.api_secret.into(),
        },
        labels: BTreeMap::from([("desk".to_owned(), "demo".to_owned())]),
        collectors: BTreeSet::from(Collector::OF_ACCOUNT),
    });
    Config {
        exchange: ExchangeConfig {
            base_url: exchange.url(),
            recv_window: Duration::from_secs(5),
            request_timeout: Duration::from_secs(5),
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
        accounts: accounts.collect(),
        web: WebConfig {
            listen: vec![([127, 0, 0, 1], port).into()],
            systemd_socket: false,
            config_file: web_config,
            telemetry_path: "/metrics".to_owned(),
            max_requests: 40,
            disable_exporter_metrics: false,
            timeout_offset: Duration::from_millis(500),
        },
    }
}

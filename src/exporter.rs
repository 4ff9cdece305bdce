//! The parts of the exporter put together.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::collector::Collector;
use crate::config::{Config, Mode, Status};
use crate::exchange::{Client, Stats};
use crate::http::{App, Gate, server};
use crate::ledger::Ledger;
use crate::metrics::health::Health;
use crate::poller::Poller;
use crate::reload::{Read, Reloader};
use crate::snapshot::view::{Selection, View};
use crate::systemd;

/// How long `once` waits for the first import of history; the next run goes on where it ended.
const FIRST_IMPORT: Duration = Duration::from_mins(10);

/// An exporter that is ready to run.
#[derive(Debug)]
pub struct Exporter {
    mode: Mode,
    /// How long a first collection may take.
    patience: Duration,
    poller: Poller,
    ledger: Option<Ledger>,
    app: Arc<App>,
    gate: Arc<Gate>,
    client: Client,
    status: Arc<Status>,
}

impl Exporter {
    /// Puts the parts together; nothing runs and nothing is sent yet.
    ///
    /// # Errors
    /// When the web configuration is wrong, when the HTTP client cannot be built (no root certificates, for example),
    /// and when the ledger is not ours to write.
    pub fn new(config: &Config) -> Result<Self> {
        let ledger = config
            .wants_ledger()
            .then(|| Ledger::open(&config.ledger))
            .transpose()?;
        Self::with_ledger(config, ledger)
    }

    /// As [`Exporter::new`], without the ledger: the collectors of history make one request each and keep nothing.
    ///
    /// # Errors
    /// When the web configuration is wrong or the HTTP client cannot be built.
    pub fn for_trial(config: &Config) -> Result<Self> {
        Self::with_ledger(config, None)
    }

    fn with_ledger(config: &Config, ledger: Option<Ledger>) -> Result<Self> {
        let gate = Arc::new(Gate::open(config.web.config_file.as_deref())?);
        // A collection may take a clock request and a retry beside the request itself; a history, many requests.
        let patience = match ledger {
            Some(_) => FIRST_IMPORT,
            None => config.exchange.request_timeout * 3,
        };
        let (stats, status) = (Arc::new(Stats::default()), Arc::new(Status::default()));
        let client = Client::new(&config.exchange, stats.clone())?;
        let poller = Poller::new(config, &client, ledger.as_ref());
        let health = Health::new(
            !config.web.disable_exporter_metrics,
            status.clone(),
            ledger.clone(),
        );
        let app = Arc::new(App::new(
            config,
            poller.clone(),
            stats,
            health,
            gate.clone(),
        ));
        Ok(Self {
            mode: config.collection.mode,
            patience,
            poller,
            ledger,
            app,
            gate,
            client,
            status,
        })
    }

    /// How the page is reached: `https` or `http`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        self.gate.scheme()
    }

    /// What reads the configuration again, with `read`, while this runs with `config`. `by_http` lets clients ask for it.
    #[must_use]
    pub fn reloader(&self, config: &Config, read: Box<Read>, by_http: bool) -> Arc<Reloader> {
        let reloader = Arc::new(Reloader::new(
            read,
            config,
            self.poller.clone(),
            self.client.clone(),
            self.ledger.is_some(),
            self.status.clone(),
        ));
        if by_http {
            let reloader = reloader.clone();
            self.app.allow_reload(Box::new(move || reloader.reload()));
        }
        reloader
    }

    /// Collects and serves until `shutdown`.
    ///
    /// # Errors
    /// When a listener cannot be used.
    pub async fn serve(
        self,
        listeners: Vec<TcpListener>,
        shutdown: CancellationToken,
    ) -> Result<()> {
        let timers = async {
            match self.mode {
                Mode::Interval => self.poller.run_timers().await,
                Mode::Scrape => self.poller.watch_limit().await,
            }
        };
        let ended = tokio::select! {
            served = server::serve(listeners, shutdown, self.gate, self.app) => Ok(served?),
            () = timers => Ok(()),
            () = systemd::watchdog(|| self.poller.stalled(std::time::Instant::now()).is_empty()) => Ok(()),
        };
        systemd::stopping();
        if let Some(ledger) = &self.ledger {
            ledger.close();
        }
        ended
    }

    /// Runs every collector once and gives what they found.
    pub async fn collect_once(&self) -> Arc<View> {
        // Trades come last: what they ask about follows from the others.
        let of = |trades: bool| Selection {
            collectors: Some(
                Collector::ALL
                    .into_iter()
                    .filter(|c| (*c == Collector::Trades) == trades)
                    .collect(),
            ),
            ..Selection::default()
        };
        for selection in [of(false), of(true)] {
            self.poller
                .refresh(&selection, Instant::now() + self.patience)
                .await;
        }
        self.poller.view().borrow().clone()
    }

    /// The page of metrics as it is now.
    ///
    /// # Errors
    /// When it cannot be encoded: a mistake of this program.
    pub fn page(&self) -> Result<Vec<u8>> {
        Ok(self.app.page(&Selection::default(), true)?.plain())
    }
}

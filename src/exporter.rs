//! The parts of the exporter put together.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Result;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Mode};
use crate::exchange::{Client, Stats};
use crate::http::{App, Gate, server};
use crate::metrics::health::Health;
use crate::poller::Poller;
use crate::snapshot::view::{Selection, View};

/// An exporter that is ready to run.
#[derive(Debug)]
pub struct Exporter {
    mode: Mode,
    longest: std::time::Duration,
    poller: Poller,
    app: Arc<App>,
    gate: Arc<Gate>,
}

impl Exporter {
    /// Puts the parts together; nothing runs and nothing is sent yet.
    ///
    /// # Errors
    /// When the web configuration is wrong, or the HTTP client cannot be built (no root certificates, for example).
    pub fn new(config: &Config) -> Result<Self> {
        let gate = Arc::new(Gate::open(config.web.config_file.as_deref())?);
        let stats = Arc::new(Stats::default());
        let client = Client::new(&config.exchange, stats.clone())?;
        let poller = Poller::new(config, &client);
        let health = Health::new(!config.web.disable_exporter_metrics, SystemTime::now());
        let app = Arc::new(App::new(
            config,
            poller.clone(),
            stats,
            health,
            gate.clone(),
        ));
        Ok(Self {
            mode: config.collection.mode,
            longest: config.exchange.request_timeout,
            poller,
            app,
            gate,
        })
    }

    /// How the page is reached: `https` or `http`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        self.gate.scheme()
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
            if self.mode == Mode::Interval {
                self.poller.run_timers().await;
            }
            // Without timers, serving alone decides when this ends.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            served = server::serve(listeners, shutdown, self.gate, self.app) => Ok(served?),
            () = timers => Ok(()),
        }
    }

    /// Runs every collector once and gives what they found.
    pub async fn collect_once(&self) -> Arc<View> {
        // A collection may take a clock request and a retry beside the request itself.
        self.poller
            .refresh(&Selection::default(), Instant::now() + self.longest * 3)
            .await;
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

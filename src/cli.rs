//! The command line: names and habits of the Prometheus exporters.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::collector::Collector;
use crate::config::{
    DEFAULT_PORT, MOST_REQUESTS, Mode, Overrides, Shard, listen_address, telemetry_path,
};
use crate::ledger_command::LedgerCommand;
use crate::logging::{Format, Level};
use crate::version::LONG;

/// Prometheus exporter for Aster DEX futures accounts.
///
/// Without a command it collects and serves metrics. Without a configuration file, one account comes from the environment:
/// `ASTER_USER`, `ASTER_SIGNER` and `ASTER_SIGNER_PRIVATE_KEY`, or `ASTER_API_KEY` and `ASTER_API_SECRET`.
#[derive(Debug, Parser)]
#[command(name = "aster-exporter", version = LONG, max_term_width = 110)]
pub struct Cli {
    /// What to do; without one, serve.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The flags of the server.
    #[command(flatten)]
    pub flags: Flags,
}

/// What to do besides serving.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve a simulated exchange: no keys, no network.
    Demo {
        /// The port of the metrics page on loopback, unless --web.listen-address names another place; 0 chooses a free one.
        #[arg(long, default_value_t = DEFAULT_PORT)]
        port: u16,
        /// The market moves in the same way for the same seed.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How many times faster than real time the market moves.
        #[arg(long, default_value_t = 1.0, value_parser = speed)]
        speed: f64,
    },
    /// Try the configuration: one request of each kind, and what to do about those that fail.
    Check {
        /// Stop after reading the configuration; send nothing.
        #[arg(long)]
        offline: bool,
    },
    /// Collect once, print the metrics, and end.
    Once,
    /// Ask a running exporter whether it is well: 0 if it is, else 1.
    Healthcheck {
        /// What to ask [default: http, the first --web.listen-address, /-/healthy]; with user and password where they are needed.
        #[arg(env = "ASTER_HEALTHCHECK_URL", hide_env_values = true)]
        url: Option<String>,
    },
    /// The ledger of income and trades: what it holds, and what another one held.
    #[command(subcommand)]
    Ledger(LedgerCommand),
}

/// The flags of the server; `check` and `once` take them too.
#[derive(Debug, Clone, Args)]
pub struct Flags {
    /// The configuration file.
    #[arg(
        long = "config.file",
        env = "ASTER_CONFIG_FILE",
        value_name = "FILE",
        global = true
    )]
    pub config_file: Option<PathBuf>,
    /// Read the configuration, say what is wrong with it, and end.
    #[arg(long = "config.check", global = true)]
    pub config_check: bool,
    /// Where to serve, as address:port or :port; repeatable [default: 127.0.0.1:10099].
    #[arg(long = "web.listen-address", value_name = "ADDRESS", value_parser = listen_address, global = true)]
    pub listen: Vec<SocketAddr>,
    /// The path of the metrics page [default: /metrics].
    #[arg(long = "web.telemetry-path", value_name = "PATH", value_parser = telemetry_path, global = true)]
    pub telemetry_path: Option<String>,
    /// Let POST /-/reload read the configuration again, as SIGHUP does.
    #[arg(long = "web.enable-lifecycle", global = true)]
    pub web_enable_lifecycle: bool,
    /// A file with TLS, users and headers, in the format of the Prometheus exporter-toolkit.
    #[arg(long = "web.config.file", value_name = "FILE", global = true)]
    pub web_config_file: Option<PathBuf>,
    /// Requests served at a time, more get 503; 0 is no limit [default: 40].
    #[arg(long = "web.max-requests", value_name = "NUMBER", value_parser = max_requests, global = true)]
    pub max_requests: Option<usize>,
    /// Take the listening sockets from systemd.
    #[arg(long = "web.systemd-socket", global = true)]
    pub systemd_socket: bool,
    /// Leave out the metrics of the process itself (`process_*`).
    #[arg(long = "web.disable-exporter-metrics", global = true)]
    pub disable_exporter_metrics: bool,
    /// Seconds kept back from the scrape's time-out.
    #[arg(long, value_name = "SECONDS", default_value = "0.5", value_parser = seconds, global = true)]
    pub timeout_offset: Duration,
    /// Collect on timers, or at each scrape [default: interval].
    #[arg(
        long = "collection.mode",
        value_name = "MODE",
        value_enum,
        global = true
    )]
    pub mode: Option<ModeName>,
    /// Collectors that are switched on or off.
    #[command(flatten)]
    pub collectors: CollectorFlags,
    /// Expose positions of size zero too.
    #[arg(long = "collector.positions.all-symbols", global = true)]
    pub all_symbols: bool,
    /// Expose empty assets too.
    #[arg(long = "collector.balance.all-assets", global = true)]
    pub all_assets: bool,
    /// The file in which records of income and trades are kept [default: data/ledger.db].
    #[arg(long = "ledger.path", value_name = "FILE", global = true)]
    pub ledger_path: Option<PathBuf>,
    /// Watch a part of the accounts: this is process N of M, counted from 0; the accounts' names decide.
    #[arg(long, env = "ASTER_SHARD", value_name = "N/M", global = true)]
    pub shard: Option<Shard>,
    /// The least important messages that are logged.
    #[arg(long = "log.level", value_enum, default_value_t = Level::Info, global = true)]
    pub log_level: Level,
    /// How messages are written.
    #[arg(long = "log.format", value_enum, default_value_t = Format::Logfmt, global = true)]
    pub log_format: Format,
}

/// The values of `--collection.mode`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ModeName {
    /// Each collector on its own timer.
    Interval,
    /// At each scrape.
    Scrape,
}

impl Flags {
    /// What the flags say of the configuration.
    #[must_use]
    pub fn overrides(&self) -> Overrides {
        Overrides {
            listen: self.listen.clone(),
            telemetry_path: self.telemetry_path.clone(),
            max_requests: self.max_requests,
            systemd_socket: self.systemd_socket,
            web_config_file: self.web_config_file.clone(),
            disable_exporter_metrics: self.disable_exporter_metrics,
            timeout_offset: self.timeout_offset,
            mode: self.mode.map(|mode| match mode {
                ModeName::Interval => Mode::Interval,
                ModeName::Scrape => Mode::Scrape,
            }),
            collectors: self.collectors.0.clone(),
            all_symbols: self.all_symbols,
            all_assets: self.all_assets,
            ledger_path: self.ledger_path.clone(),
            shard: self.shard,
        }
    }
}

/// `--collector.NAME` and `--no-collector.NAME` for every collector; of both, the last one counts.
#[derive(Debug, Clone, Default)]
pub struct CollectorFlags(BTreeMap<Collector, bool>);

const COLLECTOR_FLAGS: [(Collector, &str, &str, &str); 7] = [
    (
        Collector::Balance,
        "collector.balance",
        "no-collector.balance",
        "Collect balances by asset",
    ),
    (
        Collector::Account,
        "collector.account",
        "no-collector.account",
        "Collect the account's totals and margins",
    ),
    (
        Collector::Positions,
        "collector.positions",
        "no-collector.positions",
        "Collect positions",
    ),
    (
        Collector::Orders,
        "collector.orders",
        "no-collector.orders",
        "Collect open orders",
    ),
    (
        Collector::Trades,
        "collector.trades",
        "no-collector.trades",
        "Collect trades into the ledger",
    ),
    (
        Collector::Income,
        "collector.income",
        "no-collector.income",
        "Collect income into the ledger",
    ),
    (
        Collector::Market,
        "collector.market",
        "no-collector.market",
        "Collect mark prices and funding, unsigned",
    ),
];

impl Args for CollectorFlags {
    fn augment_args(command: clap::Command) -> clap::Command {
        COLLECTOR_FLAGS
            .into_iter()
            .fold(command, |command, (_, on, off, help)| {
                let flag = |name: &'static str| {
                    Arg::new(name)
                        .long(name)
                        .action(ArgAction::SetTrue)
                        .global(true)
                };
                command
                    .arg(
                        flag(on)
                            .overrides_with(off)
                            .help(format!("{help} [default: on]")),
                    )
                    .arg(
                        flag(off)
                            .overrides_with(on)
                            .help(format!("Don't: {}", help.to_lowercase())),
                    )
            })
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for CollectorFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for (collector, on, off, _) in COLLECTOR_FLAGS {
            if matches.get_flag(on) {
                self.0.insert(collector, true);
            } else if matches.get_flag(off) {
                self.0.insert(collector, false);
            }
        }
        Ok(())
    }
}

/// Reads the command line; prints help, version or what is wrong with it, and ends then.
#[must_use]
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Cli {
    Cli::parse_from(last_counts(arguments.into_iter().collect()))
}

/// Leaves the last of each collector's two flags. Clap does this too, but not across a command between them.
fn last_counts(mut arguments: Vec<OsString>) -> Vec<OsString> {
    for (_, on, off, _) in COLLECTOR_FLAGS {
        let (on, off) = (format!("--{on}"), format!("--{off}"));
        let is_one = |argument: &OsString| *argument == *on || *argument == *off;
        if let Some(last) = arguments.iter().rposition(is_one) {
            let mut index = 0;
            arguments.retain(|argument| {
                index += 1;
                index > last || !is_one(argument)
            });
        }
    }
    arguments
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse::<f64>()
        .ok()
        .and_then(|s| Duration::try_from_secs_f64(s).ok());
    seconds
        .filter(|s| *s <= Duration::from_mins(1))
        .ok_or_else(|| "expected a number of seconds from 0 to 60, such as 0.5".to_owned())
}

fn max_requests(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|n| *n <= MOST_REQUESTS);
    number.ok_or_else(|| format!("expected a whole number from 0 to {MOST_REQUESTS}, such as 40"))
}

fn speed(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|speed| (0.0..=1000.0).contains(speed))
        .ok_or_else(|| "expected a number from 0 to 1000, such as 10".to_owned())
}

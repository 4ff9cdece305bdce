//! The command `aster-exporter`: reads flags, begins to log, runs, and says how it ended.

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use aster_exporter::check::report;
use aster_exporter::cli::{Command, Flags, parse};
use aster_exporter::config::{Config, ConfigError, load};
use aster_exporter::exporter::Exporter;
use aster_exporter::http::Gate;
use aster_exporter::snapshot::view::Moment;
use aster_exporter::{
    demo_command, healthcheck, ledger_command, listen, logging, shutdown, systemd, version,
};
use tracing::{info, warn};

/// A wrong flag or configuration; clap ends with the same.
const WRONG_USE: u8 = 2;

fn main() -> ExitCode {
    let cli = parse(std::env::args_os());
    logging::init(cli.flags.log_level, cli.flags.log_format);
    let ended = tokio::runtime::Runtime::new()
        .context("cannot start")
        .and_then(|runtime| {
            let ended = runtime.block_on(run(cli.command, &cli.flags));
            // A name that is being resolved cannot be interrupted, and must not delay the end.
            runtime.shutdown_background();
            ended
        });
    let (code, message) = match ended {
        Ok(code) => return code,
        Err(error) if error.is::<ConfigError>() => (ExitCode::from(WRONG_USE), error.to_string()),
        Err(error) => (ExitCode::FAILURE, format!("{error:#}")),
    };
    // When nobody reads the message, the code still tells.
    let _ = writeln!(std::io::stderr(), "{message}");
    code
}

async fn run(command: Option<Command>, flags: &Flags) -> anyhow::Result<ExitCode> {
    if let Some(Command::Demo { port, seed, speed }) = command {
        let web_config = flags.web_config_file.clone();
        let listen = match flags.listen.as_slice() {
            [] => vec![([127, 0, 0, 1], port).into()],
            named => named.to_vec(),
        };
        demo_command::run(listen, seed, speed, web_config).await?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(Command::Healthcheck { url }) = &command {
        let page = || healthcheck::page(flags.listen.first().copied());
        healthcheck::run(&url.clone().unwrap_or_else(page)).await?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(Command::Ledger(command)) = &command
        && let Some(path) = &flags.ledger_path
    {
        ledger_command::run(path, command, &mut stdout())?;
        return Ok(ExitCode::SUCCESS);
    }
    let config = load(
        flags.config_file.as_deref(),
        &flags.overrides(),
        &environment,
    )?;
    for warning in &config.warnings {
        warn!("{warning}");
    }
    match command {
        _ if flags.config_check => configuration_is_good(&config, flags),
        Some(Command::Check { offline: true }) => configuration_is_good(&config, flags),
        Some(Command::Check { offline: false }) => {
            let view = Exporter::for_trial(&config)?.collect_once().await;
            let report = report(&view, &Moment::now());
            print(report.text.as_bytes())?;
            Ok(if report.passed {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Some(Command::Once) => {
            let exporter = Exporter::new(&config)?;
            exporter.collect_once().await;
            print(&exporter.page()?)?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::Ledger(command)) => {
            ledger_command::run(&config.ledger.path, &command, &mut stdout())?;
            Ok(ExitCode::SUCCESS)
        }
        _ => serve(&config, flags).await,
    }
}

/// A variable that is no UTF-8 is set nevertheless, and refused as what it is.
fn environment(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

async fn serve(config: &Config, flags: &Flags) -> anyhow::Result<ExitCode> {
    let listeners = listen::listen(&config.web)?;
    let shutdown = shutdown::on_signal()?;
    let exporter = Exporter::new(config)?;
    info!(
        version = version::VERSION,
        revision = version::REVISION,
        accounts = config.accounts.len(),
        of_other_shards = config.elsewhere,
        exchange = config.exchange.base_url,
        "starting"
    );
    for listener in &listeners {
        let (address, path) = (listener.local_addr()?, &config.web.telemetry_path);
        let url = format!("{}://{address}{path}", exporter.scheme());
        info!(%address, url, "listening");
    }
    let (file, overrides) = (flags.config_file.clone(), flags.overrides());
    let read = move || load(file.as_deref(), &overrides, &environment);
    let reloader = exporter.reloader(config, Box::new(read), flags.web_enable_lifecycle);
    shutdown::on_hangup(move || {
        // Whoever sent the signal reads the log.
        let _ = reloader.reload();
    })?;
    // The sockets are open: who asks from now on is answered.
    systemd::ready();
    exporter.serve(listeners, shutdown).await?;
    Ok(ExitCode::SUCCESS)
}

fn configuration_is_good(config: &Config, flags: &Flags) -> anyhow::Result<ExitCode> {
    Gate::open(config.web.config_file.as_deref())?;
    let count = config.accounts.len();
    let mut told = format!("the configuration is good: {count} account(s)\n");
    if flags.shard.is_some() {
        let names: Vec<&str> = config.accounts.iter().map(|a| a.name.as_str()).collect();
        told = format!(
            "the configuration is good: {count} account(s) here, {} in other shards\nhere: {}\n",
            config.elsewhere,
            names.join(", ")
        );
    }
    print(told.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn stdout() -> impl std::io::Write {
    std::io::BufWriter::new(std::io::stdout().lock())
}

/// Writes to standard output. A reader who has seen enough (`| head`) is no failure.
fn print(text: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(()),
    }
}

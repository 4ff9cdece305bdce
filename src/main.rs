//! The command `aster-exporter`: reads flags, begins to log, runs, and says how it ended.

use std::process::ExitCode;

use anyhow::Context as _;
use aster_exporter::check::report;
use aster_exporter::cli::{Command, Flags, parse};
use aster_exporter::config::{Config, ConfigError, load};
use aster_exporter::exporter::Exporter;
use aster_exporter::snapshot::view::Moment;
use aster_exporter::{demo_command, listen, logging, shutdown, version};
use tracing::info;

/// A wrong flag or configuration; clap ends with the same.
const WRONG_USE: u8 = 2;

fn main() -> ExitCode {
    let cli = parse(std::env::args_os());
    logging::init(cli.flags.log_level, cli.flags.log_format);
    let ended = tokio::runtime::Runtime::new()
        .context("cannot start")
        .and_then(|runtime| runtime.block_on(run(cli.command, &cli.flags)));
    match ended {
        Ok(code) => code,
        Err(error) if error.is::<ConfigError>() => {
            eprintln!("{error}");
            ExitCode::from(WRONG_USE)
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Option<Command>, flags: &Flags) -> anyhow::Result<ExitCode> {
    if let Some(Command::Demo { port, seed, speed }) = command {
        demo_command::run(port, seed, speed).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let environment = |name: &str| std::env::var(name).ok();
    let config = load(
        flags.config_file.as_deref(),
        &flags.overrides(),
        &environment,
    )?;
    match command {
        None if flags.config_check => Ok(configuration_is_good(&config)),
        Some(Command::Check { offline: true }) => Ok(configuration_is_good(&config)),
        Some(Command::Check { offline: false }) => {
            let view = Exporter::new(&config)?.collect_once().await;
            let report = report(&view, &Moment::now());
            print!("{}", report.text);
            Ok(if report.passed {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Some(Command::Once) => {
            let exporter = Exporter::new(&config)?;
            exporter.collect_once().await;
            print!("{}", String::from_utf8_lossy(&exporter.page()?));
            Ok(ExitCode::SUCCESS)
        }
        _ => serve(&config).await,
    }
}

async fn serve(config: &Config) -> anyhow::Result<ExitCode> {
    let listeners = listen::listen(&config.web)?;
    let shutdown = shutdown::on_signal()?;
    let exporter = Exporter::new(config)?;
    info!(
        version = version::VERSION,
        revision = version::REVISION,
        accounts = config.accounts.len(),
        exchange = config.exchange.base_url,
        "starting"
    );
    for listener in &listeners {
        info!(address = %listener.local_addr()?, path = config.web.telemetry_path, "listening");
    }
    exporter.serve(listeners, shutdown).await?;
    Ok(ExitCode::SUCCESS)
}

fn configuration_is_good(config: &Config) -> ExitCode {
    println!(
        "the configuration is good: {} account(s)",
        config.accounts.len()
    );
    ExitCode::SUCCESS
}

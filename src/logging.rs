//! The log: standard error, one line an event.

use clap::ValueEnum;
use tracing::Level as TracingLevel;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The least important messages that are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// What must be mended.
    Error,
    /// What went wrong and is tried again.
    Warn,
    /// What changed; a healthy exporter is silent.
    Info,
    /// Each collection.
    Debug,
    /// Everything.
    Trace,
}

/// How messages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// key=value pairs.
    Logfmt,
    /// One JSON object a line.
    Json,
}

/// Begins to log. Libraries are kept at `warn`: their finer levels show URLs, and ours are signed.
pub fn init(level: Level, format: Format) {
    let ours = match level {
        Level::Error => TracingLevel::ERROR,
        Level::Warn => TracingLevel::WARN,
        Level::Info => TracingLevel::INFO,
        Level::Debug => TracingLevel::DEBUG,
        Level::Trace => TracingLevel::TRACE,
    };
    let filter = Targets::new()
        .with_target(env!("CARGO_CRATE_NAME"), ours)
        .with_default(ours.min(TracingLevel::WARN));
    let layer = match format {
        Format::Logfmt => tracing_logfmt::builder()
            .layer()
            .with_writer(std::io::stderr)
            .boxed(),
        Format::Json => tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(std::io::stderr)
            .boxed(),
    };
    // Only the first call counts; there is one in `main`.
    let _ = registry().with(layer.with_filter(filter)).try_init();
}

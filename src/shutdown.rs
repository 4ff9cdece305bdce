//! Signals: ending, and reading the configuration again.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;

/// A token that is cancelled by SIGTERM or SIGINT.
///
/// # Errors
/// When signals cannot be received.
pub fn on_signal() -> std::io::Result<CancellationToken> {
    let token = CancellationToken::new();
    let (mut term, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let cancel = token.clone();
    tokio::spawn(async move {
        let name = tokio::select! {
            _ = term.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        info!("{name} received, stopping");
        cancel.cancel();
    });
    Ok(token)
}

/// Runs `reload` at each SIGHUP, off the threads that serve.
///
/// # Errors
/// When signals cannot be received.
pub fn on_hangup(reload: impl Fn() + Clone + Send + 'static) -> std::io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            info!("SIGHUP received, reading the configuration again");
            // A panic is logged and ends this reading alone.
            let _ = tokio::task::spawn_blocking(reload.clone()).await;
        }
    });
    Ok(())
}

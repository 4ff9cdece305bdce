//! What systemd is told of a service of `Type=notify`: ready, alive, stopping. Without systemd nothing is sent.

use sd_notify::{NotifyState, notify, watchdog_enabled};
use tokio::time::interval;
use tracing::warn;

/// The exporter answers.
pub fn ready() {
    tell(NotifyState::Ready);
}

/// The exporter ends.
pub fn stopping() {
    tell(NotifyState::Stopping);
}

/// Tells twice in each `WatchdogSec=` that the exporter is alive, for as long as it is `healthy`. Never ends.
pub async fn watchdog(healthy: impl Fn() -> bool) {
    let Some(patience) = watchdog_enabled().filter(|patience| !patience.is_zero()) else {
        return std::future::pending().await;
    };
    let mut beat = interval(patience / 2);
    loop {
        beat.tick().await;
        if healthy() {
            tell(NotifyState::Watchdog);
        }
    }
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = notify(&[state]) {
        warn!("systemd cannot be told of the state of the service: {error}");
    }
}

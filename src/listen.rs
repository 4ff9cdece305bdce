//! Opening the listening sockets, before anything else starts.

use std::net::{SocketAddr, TcpListener};

use anyhow::{Context as _, Result, ensure};

use crate::config::WebConfig;

/// The sockets that `web` names, or those that systemd hands over.
///
/// # Errors
/// When an address cannot be used, or systemd has handed over no socket.
pub fn listen(web: &WebConfig) -> Result<Vec<TcpListener>> {
    if web.systemd_socket {
        return from_systemd();
    }
    let flag = "choose another with --web.listen-address, or stop what uses it";
    web.listen
        .iter()
        .map(|address| bind(*address, flag))
        .collect()
}

/// The socket of `address`; `mend` is what to do when it cannot be used.
///
/// # Errors
/// When the address cannot be used.
pub fn bind(address: SocketAddr, mend: &str) -> Result<TcpListener> {
    TcpListener::bind(address).with_context(|| format!("cannot listen on {address}; {mend}"))
}

fn from_systemd() -> Result<Vec<TcpListener>> {
    let mut handed = listenfd::ListenFd::from_env();
    let mut listeners = Vec::with_capacity(handed.len());
    for index in 0..handed.len() {
        listeners.extend(
            handed
                .take_tcp_listener(index)
                .context("cannot use a socket of systemd")?,
        );
    }
    ensure!(
        !listeners.is_empty(),
        "--web.systemd-socket is set, but systemd handed over no TCP socket (LISTEN_FDS)"
    );
    Ok(listeners)
}

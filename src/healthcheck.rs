//! `aster-exporter healthcheck`: asks a running exporter whether it is well, for containers that hold no other program.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use reqwest::{Client, Url};

use crate::config::DEFAULT_PORT;

/// Whoever asks restarts what does not answer, so it must not wait for long.
const PATIENCE: Duration = Duration::from_secs(5);

/// The page that tells, of an exporter that listens on `listen` on this machine.
#[must_use]
pub fn page(listen: Option<SocketAddr>) -> String {
    let address = listen.unwrap_or_else(|| ([127, 0, 0, 1], DEFAULT_PORT).into());
    // Every address is reached by the loopback one.
    let ip = match address.ip() {
        // That of IPv6 takes IPv4, too, and a container may have no other.
        ip if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        ip => ip,
    };
    format!("http://{}/-/healthy", SocketAddr::new(ip, address.port()))
}

/// Asks `url`, which may hold a user and a password.
///
/// # Errors
/// When it does not answer, or not with 200, in words and without the URL.
pub async fn run(url: &str) -> Result<()> {
    let url: Url = url
        .parse()
        .context("the URL of the health check is wrong")?;
    let host = url.host_str().unwrap_or_default();
    let ip: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    let local = host == "localhost" || ip.is_some_and(|ip| ip.is_loopback());
    // The certificate is made for the name that others use.
    let client = Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .tls_danger_accept_invalid_certs(local)
        .build()
        .context("cannot ask")?;
    let at = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
    let answer = client
        .get(url)
        .send()
        .await
        .map_err(reqwest::Error::without_url);
    let answer = answer.with_context(|| format!("no exporter answers at {at}"))?;
    let status = answer.status();
    if status == reqwest::StatusCode::UNAUTHORIZED {
        bail!(
            "the exporter at {at} wants a password: give the URL with user and password in ASTER_HEALTHCHECK_URL"
        );
    }
    let text = answer.text().await.map_err(reqwest::Error::without_url)?;
    ensure!(
        status.is_success(),
        "the exporter at {at} is not well: {status}\n{}",
        text.trim_end()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_asked_on_loopback() {
        let page = |text: &str| page(Some(crate::config::listen_address(text).unwrap()));
        assert_eq!(page("0.0.0.0:1"), "http://127.0.0.1:1/-/healthy");
        assert_eq!(page(":2"), "http://127.0.0.1:2/-/healthy");
        assert_eq!(page("[::1]:3"), "http://[::1]:3/-/healthy");
        assert_eq!(page("192.0.2.1:4"), "http://192.0.2.1:4/-/healthy");
        assert_eq!(super::page(None), "http://127.0.0.1:10099/-/healthy");
    }
}

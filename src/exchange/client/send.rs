//! One request: permitted, signed, sent, counted, judged.

use std::time::{Instant, SystemTime};

use bytes::Bytes;
use reqwest::header::HeaderValue;
use secrecy::ExposeSecret;

use super::{Inner, half_way};
use crate::config::AccountConfig;
use crate::exchange::answer::Answer;
use crate::exchange::block::{Hold, Refusal};
use crate::exchange::budget::Permit;
use crate::exchange::clock;
use crate::exchange::error::{Error, Kind, Unsent};
use crate::exchange::request::Request;
use crate::exchange::sign::{self, Signed};
use crate::exchange::stats::Outcome;
use crate::exchange::transfer::{self, Received};

impl Inner {
    /// Sends `request` once and counts what became of it.
    pub(super) async fn attempt(
        &self,
        account: Option<&AccountConfig>,
        request: &Request,
        path: &str,
        deadline: Instant,
    ) -> Result<Bytes, Error> {
        let result = self.send(account, request, path, deadline).await;
        if let Err(error) = &result
            && error.unsent.is_none()
        {
            let account = account.map_or("", |account| &account.name);
            self.stats
                .count_error(account, request.endpoint, error.kind, 1);
        }
        result
    }

    async fn send(
        &self,
        account: Option<&AccountConfig>,
        request: &Request,
        path: &str,
        deadline: Instant,
    ) -> Result<Bytes, Error> {
        // Signed after the waiting: a signature has a time.
        let permit = self.permit(request, deadline).await?;
        let now = self.clock.server_us();
        let signed = account
            .map(|a| sign::sign(request, &a.auth, now, self.recv_window, &self.nonces))
            .transpose()?;
        let http = self.http_request(request, path, signed.as_ref())?;

        let started = Instant::now();
        let received = transfer::transfer(&self.http, http, deadline).await;
        let outcome = match &received {
            Ok(received) => Outcome::Status(received.status),
            Err(broken) => broken.outcome(),
        };
        let name = account.map_or("", |account| &account.name);
        self.stats.count_request(
            name,
            request.endpoint,
            outcome,
            request.weight(),
            started.elapsed(),
        );

        let mut secrets: Vec<&str> = Vec::new();
        if let Some(signed) = &signed {
            secrets.extend([&*signed.query, &*signed.signature]);
        }
        secrets.extend(account.iter().flat_map(|a| sign::secrets(&a.auth)));
        let nonce = signed.as_ref().and_then(|signed| signed.nonce);
        let result = match received {
            Ok(received) => self.judge(received, nonce.is_some(), &secrets),
            Err(broken) => Err(broken.explain(started.elapsed(), &secrets)),
        };
        // Until its used weight is known the request counts as under way.
        drop(permit);
        if let Some((signer, nonce)) = nonce
            && !matches!(&result, Err(error) if error.kind == Kind::Clock)
        {
            self.nonces.accepted(signer, nonce);
        }
        result
    }

    /// The right to send `request`, by the budget and by what the exchange last refused.
    async fn permit(&self, request: &Request, deadline: Instant) -> Result<Permit<'_>, Error> {
        self.check_hold()?;
        let since = request.since.unwrap_or_else(Instant::now);
        let permit = self
            .budget
            .acquire(
                request.endpoint,
                request.weight(),
                since,
                half_way(deadline),
            )
            .await;
        // Whoever was answered meanwhile may have been refused.
        self.check_hold()?;
        permit.ok_or_else(|| {
            let (_, budget) = self.budget.limits();
            let message = format!(
                "not sent: no room in the weight budget of {budget} a minute, or others on this IP use up the exchange's \
                 limit: longer intervals or fewer collectors cost less"
            );
            Error {
                unsent: Some(Unsent::Budget),
                ..Error::new(Kind::RateLimit, message)
            }
        })
    }

    fn http_request(
        &self,
        request: &Request,
        path: &str,
        signed: Option<&Signed<'_>>,
    ) -> Result<reqwest::Request, Error> {
        let query = signed.map_or_else(|| request.query(), |signed| signed.query.clone());
        let mark = if query.is_empty() { "" } else { "?" };
        let url = format!("{}{path}{mark}{query}", self.base_url);
        let mut http = self.http.get(url);
        if let Some(api_key) = signed.and_then(|signed| signed.api_key) {
            let mut key = HeaderValue::from_str(api_key.expose_secret()).map_err(|_| {
                Error::new(
                    Kind::Auth,
                    "the API key holds characters that no key has: check that it was copied whole",
                )
            })?;
            key.set_sensitive(true);
            http = http.header("X-MBX-APIKEY", key);
        }
        http.build()
            .map_err(|error| Error::new(Kind::Request, transfer::why(&error)))
    }

    /// Tells data from errors, and stops everything after a refusal.
    fn judge(&self, received: Received, by_agent: bool, secrets: &[&str]) -> Result<Bytes, Error> {
        if let Some(used) = received.used_weight {
            self.stats.set_used_weight(used);
            let left = clock::left_of_minute(self.clock.server_ms());
            self.budget.set_used(used, left, Instant::now());
        }
        let answer = Answer {
            status: received.status,
            redirect: received.redirect.as_deref(),
            body: &received.body,
            by_agent,
        };
        let now = Instant::now();
        let Err(mut error) = answer.check(secrets) else {
            self.block.succeeded(now);
            return Ok(received.body);
        };
        if Refusal::stops(error.kind) {
            let refusal = Refusal {
                kind: error.kind,
                retry_after: received.retry_after.as_deref(),
                body: &String::from_utf8_lossy(&received.body),
            };
            let hold = self.block.refused(&refusal, self.clock.server_ms(), now);
            self.stats.set_hold(hold);
            self.budget.refused_until(hold.until);
            error.message = format!("{} (until {})", error.message, time(hold.wall));
        }
        Err(error)
    }

    /// Nothing is sent while the exchange refuses this IP.
    pub(super) fn check_hold(&self) -> Result<(), Error> {
        match self.block.hold(Instant::now()) {
            None => Ok(()),
            Some(hold) => Err(held_back(&hold)),
        }
    }
}

fn held_back(hold: &Hold) -> Error {
    let why = match hold.kind {
        Kind::Banned => "banned this IP",
        Kind::Firewall => "refused this IP at its firewall",
        _ => "said this IP is over its limit",
    };
    let message = format!(
        "not sent: the exchange {why}, all requests pause until {}",
        time(hold.wall)
    );
    Error {
        unsent: Some(Unsent::Blocked(hold.wall)),
        ..Error::new(hold.kind, message)
    }
}

fn time(at: SystemTime) -> String {
    humantime::format_rfc3339_seconds(at).to_string()
}

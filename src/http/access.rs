//! Who is let in, by the web configuration, which is read again while the exporter runs.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{HeaderMap, StatusCode};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tracing::{error, info};

use super::password::{Passwords, Users, Verdict};
use super::server::Reply;
use super::{text, tls};
use crate::config::ConfigError;
use crate::config::web::{ClientAuth, RateLimit, WebFile};

/// The files are looked at again at most this often, and only when somebody asks.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What the web configuration asks of connections and requests. The default asks nothing.
#[derive(Default)]
pub(super) struct Policy {
    tls: Option<Tls>,
    users: Users,
    headers: HeaderMap,
    rate_limit: Option<RateLimit>,
    fingerprint: [u8; 32],
}

struct Tls {
    acceptor: TlsAcceptor,
    client_auth: ClientAuth,
    names_clients: bool,
}

impl Policy {
    fn new(file: WebFile) -> Result<Self, ConfigError> {
        let acceptor = |file: &WebFile| {
            let tls = file.tls.as_ref()?;
            let made = tls::acceptor(tls, file.http2).map(|acceptor| Tls {
                acceptor,
                client_auth: tls.client_auth,
                names_clients: !tls.client_allowed_sans.is_empty(),
            });
            Some(made.map_err(ConfigError::one))
        };
        let headers = file.headers.iter().filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(value).ok()?))
        });
        let cost = file.highest_cost().unwrap_or_default();
        Ok(Self {
            tls: acceptor(&file).transpose()?,
            headers: headers.collect(),
            rate_limit: file.rate_limit,
            fingerprint: file.fingerprint,
            users: Users::new(file.users, cost),
        })
    }

    /// What takes the TLS handshake of a connection; `None` for plain HTTP.
    pub(super) fn tls(&self) -> Option<&TlsAcceptor> {
        self.tls.as_ref().map(|tls| &tls.acceptor)
    }

    /// Puts the headers that were configured on an answer.
    pub(super) fn decorate(&self, reply: &mut Reply) {
        for (name, value) in &self.headers {
            reply.headers_mut().insert(name, value.clone());
        }
    }

    /// The key that this policy must keep and `new` has not.
    fn weakened(&self, new: &Self) -> Option<&'static str> {
        let client = |policy: &Self, of: fn(ClientAuth) -> bool| {
            policy.tls.as_ref().is_some_and(|tls| of(tls.client_auth))
        };
        let less = |of| client(self, of) && !client(new, of);
        let named = |policy: &Self| policy.tls.as_ref().is_some_and(|tls| tls.names_clients);
        let changes = [
            (self.tls.is_some() != new.tls.is_some(), "tls_server_config"),
            (
                !self.users.is_empty() && new.users.is_empty(),
                "basic_auth_users",
            ),
            (
                less(ClientAuth::requires) || less(ClientAuth::verifies),
                "tls_server_config.client_auth_type",
            ),
            (
                named(self) && !named(new),
                "tls_server_config.client_allowed_sans",
            ),
        ];
        changes
            .into_iter()
            .find(|(gone, _)| *gone)
            .map(|(_, key)| key)
    }
}

/// How reading the web configuration went.
#[derive(Debug, Clone, Copy)]
pub(super) struct Status {
    /// Whether the last reading was good.
    pub(super) good: bool,
    /// When what is in use was read.
    pub(super) read: SystemTime,
}

/// Keeps the port as the web configuration says. When the file goes bad, what was read before stays in force.
pub struct Gate {
    file: Option<PathBuf>,
    policy: watch::Sender<Arc<Policy>>,
    passwords: Passwords,
    /// When the bucket of requests is full again.
    full: Mutex<Instant>,
    next_look: Mutex<Instant>,
    status: Mutex<Status>,
    /// The last complaint about the file; also keeps two from reading at once.
    complaint: Mutex<Option<String>>,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Gate {
    /// Reads the web configuration; without a file everybody is let in.
    ///
    /// # Errors
    /// All that is wrong with the file, with line and key.
    pub fn open(file: Option<&Path>) -> Result<Self, ConfigError> {
        let policy =
            file.map_or_else(|| Ok(Policy::default()), |f| Policy::new(WebFile::read(f)?))?;
        let now = Instant::now();
        Ok(Self {
            file: file.map(Path::to_owned),
            policy: watch::Sender::new(Arc::new(policy)),
            passwords: Passwords::default(),
            full: Mutex::new(now),
            next_look: Mutex::new(now + LOOK_AGAIN),
            status: Mutex::new(Status {
                good: true,
                read: SystemTime::now(),
            }),
            complaint: Mutex::default(),
        })
    }

    /// `https` or `http`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.policy.borrow().tls.is_some() {
            "https"
        } else {
            "http"
        }
    }

    /// How reading the file went, if there is one.
    pub(super) fn status(&self) -> Option<Status> {
        self.file.as_ref().map(|_| *lock(&self.status))
    }

    /// The policy as the file says now, and how it changes from then on.
    pub(super) async fn changes(self: &Arc<Self>) -> watch::Receiver<Arc<Policy>> {
        if self.file.is_some() && self.is_due() {
            let gate = self.clone();
            let look = tokio::task::spawn_blocking(move || gate.look());
            // A file that cannot be read in time (a share that hangs) must not hold up requests.
            let _ = tokio::time::timeout(LOOK_AGAIN, look).await;
        }
        self.policy.subscribe()
    }

    /// Whether it is time to look at the files again; one caller alone is told so.
    fn is_due(&self) -> bool {
        let (now, mut next) = (Instant::now(), lock(&self.next_look));
        let due = now >= *next;
        if due {
            *next = now + LOOK_AGAIN;
        }
        due
    }

    fn look(&self) {
        let Ok(mut complaint) = self.complaint.try_lock() else {
            return;
        };
        let was_good = complaint.is_none();
        match self.reread() {
            Ok(changed) => {
                *complaint = None;
                let mut status = lock(&self.status);
                status.good = true;
                if changed {
                    status.read = SystemTime::now();
                    info!("the web configuration has changed and was read again");
                } else if !was_good {
                    info!("the web configuration is good again, and as it was");
                }
            }
            Err(told) => {
                lock(&self.status).good = false;
                let told = told.to_string();
                if complaint.as_deref() != Some(&told) {
                    error!("the web configuration is wrong; the one before stays in force: {told}");
                }
                *complaint = Some(told);
            }
        }
    }

    /// Takes over what the files say now, if it differs.
    fn reread(&self) -> Result<bool, ConfigError> {
        let Some(path) = &self.file else {
            return Ok(false);
        };
        let (file, old) = (WebFile::read(path)?, self.policy.borrow().clone());
        if file.fingerprint == old.fingerprint {
            return Ok(false);
        }
        let new = Policy::new(file)?;
        if let Some(key) = old.weakened(&new) {
            let path = path.display();
            return Err(ConfigError::one(format!(
                "{path}: {key} protects less than before, or was added or taken away: that takes a restart"
            )));
        }
        self.policy.send_replace(Arc::new(new));
        Ok(true)
    }

    /// Lets a request in, or says why not.
    pub(super) async fn admit(
        &self,
        policy: &Policy,
        headers: &HeaderMap,
        peer: IpAddr,
    ) -> Result<(), Reply> {
        if policy.rate_limit.is_some_and(|limit| !self.take(limit)) {
            return Err(text(
                StatusCode::TOO_MANY_REQUESTS,
                "too many requests; see rate_limit in the web configuration\n",
            ));
        }
        if policy.users.is_empty() {
            return Ok(());
        }
        let header = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
        match self.passwords.check(&policy.users, header, peer).await {
            Verdict::Right => Ok(()),
            Verdict::Wrong => Err(with(
                text(StatusCode::UNAUTHORIZED, "user and password are needed\n"),
                WWW_AUTHENTICATE,
                "Basic realm=\"aster-exporter\", charset=\"UTF-8\"",
            )),
            Verdict::Busy => Err(with(
                text(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "too many passwords are being checked\n",
                ),
                RETRY_AFTER,
                "1",
            )),
        }
    }

    /// Takes a request out of the bucket, if there is one.
    fn take(&self, limit: RateLimit) -> bool {
        let (now, mut full) = (Instant::now(), lock(&self.full));
        let missing = full.saturating_duration_since(now);
        let left = missing <= limit.interval.saturating_mul(limit.burst - 1);
        if left {
            *full = now + missing + limit.interval;
        }
        left
    }
}

fn with(mut reply: Reply, name: HeaderName, value: &'static str) -> Reply {
    reply
        .headers_mut()
        .insert(name, HeaderValue::from_static(value));
    reply
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

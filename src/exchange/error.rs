//! What can go wrong between the exporter and the exchange, typed by what one can do about it.

use std::fmt;
use std::time::SystemTime;

/// The closed set of causes; the strings are the values of the label `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The key, its secret or its rights: somebody must mend the credentials.
    Auth,
    /// The request's time is outside the exchange's window.
    Clock,
    /// 429: over the limit of this IP.
    RateLimit,
    /// 418: this IP is banned.
    Banned,
    /// 403: the web application firewall.
    Firewall,
    /// The exchange's own trouble.
    Server,
    /// No connection, or it broke.
    Network,
    /// No whole answer in time.
    Timeout,
    /// An answer that could not be read, or not all of it.
    Decode,
    /// The exchange did not accept the request as such.
    Request,
    /// The ledger on disk: no fault of a request, so not one of [`Kind::ALL`].
    Ledger,
    /// A mistake of this program, likewise.
    Internal,
}

impl Kind {
    /// Every kind that a request can fail with, in the order of the catalogue.
    pub const ALL: [Self; 10] = [
        Self::Auth,
        Self::Clock,
        Self::RateLimit,
        Self::Banned,
        Self::Firewall,
        Self::Server,
        Self::Network,
        Self::Timeout,
        Self::Decode,
        Self::Request,
    ];

    /// The value of the label `kind`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Clock => "clock",
            Self::RateLimit => "rate_limit",
            Self::Banned => "banned",
            Self::Firewall => "firewall",
            Self::Server => "server",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Decode => "decode",
            Self::Request => "request",
            Self::Ledger => "ledger",
            Self::Internal => "internal",
        }
    }
}

/// A request that failed. `Display` is for people: what happened and what to do; it never holds a
/// secret, a signature or a URL.
#[derive(Debug, Clone)]
pub struct Error {
    /// What one can do about it.
    pub kind: Kind,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// The exchange's own code (`-1021`), where it gave one.
    pub code: Option<i64>,
    /// What happened, in a sentence's words, without account and endpoint (the caller names those).
    pub message: String,
    /// Set when nothing was sent, with the reason.
    pub unsent: Option<Unsent>,
}

/// Why a request was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsent {
    /// The exchange refused this IP: all requests are held back until then.
    Blocked(SystemTime),
    /// The budget had no room for it in time.
    Budget,
}

impl Error {
    /// An error that is no answer of the exchange.
    #[must_use]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            status: None,
            code: None,
            message: message.into(),
            unsent: None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

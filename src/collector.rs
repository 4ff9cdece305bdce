//! The collectors: what the exporter asks the exchange for, under the names users switch them by.

use std::time::Duration;

/// One kind of collection. The names are used in flags, in the configuration and in the label `collector`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Collector {
    /// `GET /fapi/v2/balance`: one row per asset.
    Balance,
    /// `GET /fapi/v4/account`: totals, assets and position margins.
    Account,
    /// `GET /fapi/v2/positionRisk`: one row per symbol and side.
    Positions,
    /// `GET /fapi/v1/openOrders`: every open order.
    Orders,
    /// `GET /fapi/v1/userTrades`: fills, summed by the ledger.
    Trades,
    /// `GET /fapi/v1/income`: funding, fees and profits, summed by the ledger.
    Income,
    /// `GET /fapi/v1/premiumIndex`: mark prices and funding, unsigned, shared by all accounts.
    Market,
}

impl Collector {
    /// Every collector, in the order in which pages and tables show them.
    pub const ALL: [Self; 7] = [
        Self::Balance,
        Self::Account,
        Self::Positions,
        Self::Orders,
        Self::Trades,
        Self::Income,
        Self::Market,
    ];

    /// The collectors that run once per account; [`Collector::Market`] runs once per process.
    pub const OF_ACCOUNT: [Self; 6] = [
        Self::Balance,
        Self::Account,
        Self::Positions,
        Self::Orders,
        Self::Trades,
        Self::Income,
    ];

    /// The name in flags, configuration and labels.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::Account => "account",
            Self::Positions => "positions",
            Self::Orders => "orders",
            Self::Trades => "trades",
            Self::Income => "income",
            Self::Market => "market",
        }
    }

    /// The collector of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }

    /// Whether it reads history into the ledger.
    #[must_use]
    pub const fn is_history(self) -> bool {
        matches!(self, Self::Trades | Self::Income)
    }

    /// How often it runs when the configuration does not say.
    #[must_use]
    pub const fn default_interval(self) -> Duration {
        match self {
            Self::Account | Self::Positions => Duration::from_secs(10),
            Self::Balance | Self::Orders | Self::Market => Duration::from_secs(30),
            Self::Trades | Self::Income => Duration::from_mins(1),
        }
    }
}

//! The one table of endpoints: name, path, signature and weight.

use crate::collector::Collector;

/// An endpoint of the futures REST API, version 1 to 4 as the legacy keys use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// The server's clock.
    Time,
    /// Mark prices and funding of every symbol.
    PremiumIndex,
    /// Balances by asset.
    Balance,
    /// Totals, assets and position margins.
    Account,
    /// Positions.
    PositionRisk,
    /// Open orders.
    OpenOrders,
}

struct Row {
    name: &'static str,
    hmac_path: &'static str,
    signed: bool,
    weight: u32,
}

impl Endpoint {
    const fn row(self) -> Row {
        match self {
            Self::Time => Row {
                name: "time",
                hmac_path: "/fapi/v1/time",
                signed: false,
                weight: 1,
            },
            Self::PremiumIndex => Row {
                name: "premiumIndex",
                hmac_path: "/fapi/v1/premiumIndex",
                signed: false,
                weight: 1,
            },
            Self::Balance => Row {
                name: "balance",
                hmac_path: "/fapi/v2/balance",
                signed: true,
                weight: 5,
            },
            Self::Account => Row {
                name: "account",
                hmac_path: "/fapi/v4/account",
                signed: true,
                weight: 5,
            },
            Self::PositionRisk => Row {
                name: "positionRisk",
                hmac_path: "/fapi/v2/positionRisk",
                signed: true,
                weight: 5,
            },
            // The weight without a symbol; with one it is 1.
            Self::OpenOrders => Row {
                name: "openOrders",
                hmac_path: "/fapi/v1/openOrders",
                signed: true,
                weight: 40,
            },
        }
    }

    /// What `collector` asks.
    #[must_use]
    pub const fn of(collector: Collector) -> Self {
        match collector {
            Collector::Balance => Self::Balance,
            Collector::Account => Self::Account,
            Collector::Positions => Self::PositionRisk,
            Collector::Orders => Self::OpenOrders,
            Collector::Market => Self::PremiumIndex,
        }
    }

    /// The value of the label `endpoint`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The path for accounts with HMAC keys, and for unsigned requests.
    #[must_use]
    pub const fn hmac_path(self) -> &'static str {
        self.row().hmac_path
    }

    /// Whether requests carry a key and a signature.
    #[must_use]
    pub const fn signed(self) -> bool {
        self.row().signed
    }

    /// What a request of all symbols costs of the limit of this IP.
    #[must_use]
    pub const fn weight(self) -> u32 {
        self.row().weight
    }
}

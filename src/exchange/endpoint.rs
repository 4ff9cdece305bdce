//! Every endpoint the exporter calls, in one table.

use crate::collector::Collector;

/// An endpoint, independent of the kind of key that calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// The exchange's clock.
    Time,
    /// The limits of the exchange, and its symbols.
    ExchangeInfo,
    /// Mark prices and funding rates of every symbol.
    PremiumIndex,
    /// One row per asset.
    Balance,
    /// Totals, assets and position margins.
    Account,
    /// One row per symbol and side.
    PositionRisk,
    /// Every open order.
    OpenOrders,
    /// The fills of one symbol.
    UserTrades,
    /// Funding, fees, profits, transfers.
    Income,
    /// The agents of an account; agent keys alone can ask.
    Agent,
}

/// What the table says of one endpoint.
struct Row {
    name: &'static str,
    path: &'static str,
    v3_path: &'static str,
    signed: bool,
    weight: u64,
    weight_of_symbol: u64,
}

impl Endpoint {
    /// Every endpoint, in the order of the table.
    pub const ALL: [Self; 10] = [
        Self::Time,
        Self::ExchangeInfo,
        Self::PremiumIndex,
        Self::Balance,
        Self::Account,
        Self::PositionRisk,
        Self::OpenOrders,
        Self::UserTrades,
        Self::Income,
        Self::Agent,
    ];

    #[rustfmt::skip]
    const fn row(self) -> Row {
        //                           name            path with HMAC keys      path with agent keys (V3)           signed weight with a symbol
        match self {
            Self::Time         => row("time",         "/fapi/v1/time",         "/fapi/v3/time",                  false,  1, 1),
            Self::ExchangeInfo => row("exchangeInfo", "/fapi/v1/exchangeInfo", "/fapi/v3/exchangeInfo",          false,  1, 1),
            Self::PremiumIndex => row("premiumIndex", "/fapi/v1/premiumIndex", "/fapi/v3/premiumIndex",          false,  1, 1),
            Self::Balance      => row("balance",      "/fapi/v2/balance",      "/fapi/v3/balance",               true,   5, 5),
            Self::Account      => row("account",      "/fapi/v4/account",      "/fapi/v3/accountWithJoinMargin", true,   5, 5),
            Self::PositionRisk => row("positionRisk", "/fapi/v2/positionRisk", "/fapi/v3/positionRisk",          true,   5, 5),
            Self::OpenOrders   => row("openOrders",   "/fapi/v1/openOrders",   "/fapi/v3/openOrders",            true,  40, 1),
            Self::UserTrades   => row("userTrades",   "/fapi/v1/userTrades",   "/fapi/v3/userTrades",            true,   5, 5),
            Self::Income       => row("income",       "/fapi/v1/income",       "/fapi/v3/income",                true,  30, 30),
            Self::Agent        => row("agent",        "/fapi/v3/agent",        "/fapi/v3/agent",                 true,   5, 5),
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
            Collector::Trades => Self::UserTrades,
            Collector::Income => Self::Income,
            Collector::Market => Self::PremiumIndex,
        }
    }

    /// The value of the label `endpoint`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The path after the base URL, for HMAC keys and unsigned calls.
    #[must_use]
    pub const fn path(self) -> &'static str {
        self.row().path
    }

    /// The path after the base URL, for agent keys.
    #[must_use]
    pub const fn v3_path(self) -> &'static str {
        self.row().v3_path
    }

    /// What [`Self::v3_path`] was called before it was renamed, where it was.
    #[must_use]
    pub const fn old_v3_path(self) -> Option<&'static str> {
        match self {
            Self::Account => Some("/fapi/v3/account"),
            _ => None,
        }
    }

    /// Whether a call needs an account's credentials.
    #[must_use]
    pub const fn signed(self) -> bool {
        self.row().signed
    }

    /// What a call costs of the minute's weight; some are cheaper for one symbol.
    #[must_use]
    pub const fn weight(self, one_symbol: bool) -> u64 {
        let row = self.row();
        if one_symbol {
            row.weight_of_symbol
        } else {
            row.weight
        }
    }
}

const fn row(
    name: &'static str,
    path: &'static str,
    v3_path: &'static str,
    signed: bool,
    weight: u64,
    weight_of_symbol: u64,
) -> Row {
    Row {
        name,
        path,
        v3_path,
        signed,
        weight,
        weight_of_symbol,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_and_paths_are_unique() {
        let names: BTreeSet<_> = Endpoint::ALL.iter().map(|e| e.name()).collect();
        let paths: BTreeSet<_> = Endpoint::ALL.iter().map(|e| e.path()).collect();
        assert_eq!(names.len(), Endpoint::ALL.len());
        let v3_paths: BTreeSet<_> = Endpoint::ALL.iter().map(|e| e.v3_path()).collect();
        assert_eq!(paths.len(), Endpoint::ALL.len());
        assert_eq!(v3_paths.len(), Endpoint::ALL.len());
    }
}

//! The endpoints of the demo exchange, and how its answers spell amounts.

use rust_decimal::Decimal;

use super::market::Symbol;

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `/fapi/v1/ping`
    Ping,
    /// `/fapi/v1/time`
    Time,
    /// `/fapi/v1/exchangeInfo`
    ExchangeInfo,
    /// `/fapi/v1/premiumIndex`
    PremiumIndex,
    /// `/fapi/v2/balance`
    Balance,
    /// `/fapi/v4/account`
    Account,
    /// `/fapi/v2/positionRisk`
    PositionRisk,
    /// `/fapi/v1/openOrders`
    OpenOrders,
    /// `/fapi/v1/userTrades`
    UserTrades,
    /// `/fapi/v1/income`
    Income,
    /// `/fapi/v3/agent`
    Agent,
}

impl Endpoint {
    /// Every endpoint.
    pub const ALL: [Self; 11] = [
        Self::Ping,
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

    /// The path it is asked for at, with HMAC keys where it takes keys.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Ping => "/fapi/v1/ping",
            Self::Time => "/fapi/v1/time",
            Self::ExchangeInfo => "/fapi/v1/exchangeInfo",
            Self::PremiumIndex => "/fapi/v1/premiumIndex",
            Self::Balance => "/fapi/v2/balance",
            Self::Account => "/fapi/v4/account",
            Self::PositionRisk => "/fapi/v2/positionRisk",
            Self::OpenOrders => "/fapi/v1/openOrders",
            Self::UserTrades => "/fapi/v1/userTrades",
            Self::Income => "/fapi/v1/income",
            Self::Agent => "/fapi/v3/agent",
        }
    }

    /// The path it is asked for at with agent keys.
    #[must_use]
    pub const fn v3_path(self) -> &'static str {
        match self {
            Self::Ping => "/fapi/v3/ping",
            Self::Time => "/fapi/v3/time",
            Self::ExchangeInfo => "/fapi/v3/exchangeInfo",
            Self::PremiumIndex => "/fapi/v3/premiumIndex",
            Self::Balance => "/fapi/v3/balance",
            Self::Account => "/fapi/v3/accountWithJoinMargin",
            Self::PositionRisk => "/fapi/v3/positionRisk",
            Self::OpenOrders => "/fapi/v3/openOrders",
            Self::UserTrades => "/fapi/v3/userTrades",
            Self::Income => "/fapi/v3/income",
            Self::Agent => "/fapi/v3/agent",
        }
    }

    pub(crate) fn at(path: &str) -> Option<Self> {
        // What the path was called before, and some clients still call it.
        if path == "/fapi/v3/account" {
            return Some(Self::Account);
        }
        Self::ALL
            .into_iter()
            .find(|endpoint| endpoint.path() == path || endpoint.v3_path() == path)
    }

    /// Whether only the owner of a key may ask.
    pub(crate) const fn is_signed(self) -> bool {
        !matches!(
            self,
            Self::Ping | Self::Time | Self::ExchangeInfo | Self::PremiumIndex
        )
    }

    pub(crate) const fn takes_symbol(self) -> bool {
        matches!(
            self,
            Self::PremiumIndex
                | Self::PositionRisk
                | Self::OpenOrders
                | Self::UserTrades
                | Self::Income
        )
    }

    /// What a request weighs.
    pub(crate) const fn weight(self, with_symbol: bool) -> u32 {
        match self {
            Self::Ping | Self::Time | Self::ExchangeInfo | Self::PremiumIndex => 1,
            Self::Balance | Self::Account | Self::PositionRisk | Self::UserTrades | Self::Agent => {
                5
            }
            Self::Income => 30,
            Self::OpenOrders if with_symbol => 1,
            Self::OpenOrders => 40,
        }
    }
}

/// An amount with eight decimals, or more where it has more.
pub(crate) fn money(amount: Decimal) -> String {
    let mut amount = amount.normalize();
    if amount.scale() < 8 {
        amount.rescale(8);
    }
    amount.to_string()
}

/// An amount without needless zeros.
pub(crate) fn plain(amount: Decimal) -> String {
    amount.normalize().to_string()
}

/// A price; none is `0.0`.
pub(crate) fn price(price: Decimal) -> String {
    if price.is_zero() {
        "0.0".to_owned()
    } else {
        plain(price)
    }
}

/// A quantity with the decimals of the symbol.
pub(crate) fn quantity(quantity: Decimal, symbol: &Symbol) -> String {
    let mut quantity = quantity;
    quantity.rescale(symbol.quantity_decimals);
    quantity.to_string()
}

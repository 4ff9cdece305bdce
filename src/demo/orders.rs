//! Open orders of an account: what they ask for and when the market meets them.

use rust_decimal::Decimal;

/// The direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Buy,
    Sell,
}

impl Side {
    /// The side that moves a position by an amount of this sign.
    pub(crate) fn moving(amount: Decimal) -> Self {
        if amount.is_sign_negative() {
            Self::Sell
        } else {
            Self::Buy
        }
    }

    /// The quantity with the sign it has in a position.
    pub(crate) fn signed(self, quantity: Decimal) -> Decimal {
        match self {
            Self::Buy => quantity,
            Self::Sell => -quantity,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Buy => "BUY",
            Self::Sell => "SELL",
        }
    }
}

/// Which of a symbol's positions is meant: `Both` in one-way mode, the others in hedge mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PositionSide {
    Both,
    Long,
    Short,
}

impl PositionSide {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Both => "BOTH",
            Self::Long => "LONG",
            Self::Short => "SHORT",
        }
    }
}

/// The types of order the demo accounts place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrderType {
    Limit,
    StopMarket,
    TakeProfitMarket,
}

impl OrderType {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Limit => "LIMIT",
            Self::StopMarket => "STOP_MARKET",
            Self::TakeProfitMarket => "TAKE_PROFIT_MARKET",
        }
    }
}

/// An open order.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) id: u64,
    pub(crate) symbol: usize,
    pub(crate) position_side: PositionSide,
    pub(crate) side: Side,
    pub(crate) kind: OrderType,
    /// The limit, or the trigger of the conditional types.
    pub(crate) price: Decimal,
    /// Zero when the order closes whatever there is.
    pub(crate) quantity: Decimal,
    pub(crate) executed: Decimal,
    pub(crate) reduce_only: bool,
    pub(crate) close_position: bool,
    pub(crate) placed: i64,
    pub(crate) updated: i64,
}

impl Order {
    /// Whether the market has come to the order.
    pub(crate) fn is_met(&self, mark: Decimal) -> bool {
        let falls_to = mark <= self.price;
        let rises_to = mark >= self.price;
        match (self.kind, self.side) {
            (OrderType::Limit | OrderType::TakeProfitMarket, Side::Buy)
            | (OrderType::StopMarket, Side::Sell) => falls_to,
            (OrderType::Limit | OrderType::TakeProfitMarket, Side::Sell)
            | (OrderType::StopMarket, Side::Buy) => rises_to,
        }
    }

    /// What is still to be filled.
    pub(crate) fn remaining(&self) -> Decimal {
        self.quantity - self.executed
    }

    /// Whether the order may open or add to a position, so that margin is held for it.
    pub(crate) fn holds_margin(&self) -> bool {
        self.kind == OrderType::Limit && !self.reduce_only
    }

    /// How much a limit order gets this time: half at first, then the rest.
    pub(crate) fn next_part(&self, quantity_decimals: u32) -> Decimal {
        let half = (self.quantity / Decimal::TWO).trunc_with_scale(quantity_decimals);
        if self.executed.is_zero() && !half.is_zero() {
            half
        } else {
            self.remaining()
        }
    }
}

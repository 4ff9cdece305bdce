//! `GET /fapi/v3/agent` → until when an agent's key works, and what it may do.

use super::reader::{Problems, Reader, present};
use super::{Mapped, Snapshot};
use crate::exchange::error::{Error, Kind};
use crate::exchange::payload::{AgentRow, Rows, list, object};
use crate::wallet::Address;
use rust_decimal::Decimal;

/// What the exchange says of one agent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agent {
    /// `expired`, ms since the epoch.
    pub expires: Option<i64>,
    /// `canRead`.
    pub can_read: Option<bool>,
    /// `canSpotTrade`.
    pub can_spot_trade: Option<bool>,
    /// `canPerpTrade`.
    pub can_perp_trade: Option<bool>,
    /// `canWithdraw`.
    pub can_withdraw: Option<bool>,
}

impl Agent {
    /// What it may do that an exporter has no use for, in words.
    #[must_use]
    pub fn excess(&self) -> Vec<&'static str> {
        [
            (self.can_spot_trade, "trade spot"),
            (self.can_perp_trade, "trade perpetuals"),
            (self.can_withdraw, "withdraw"),
        ]
        .into_iter()
        .filter(|(can, _)| *can == Some(true))
        .map(|(_, what)| what)
        .collect()
    }
}

/// Finds the agent `signer` among those that the account has.
///
/// # Errors
/// [`Kind::Decode`] when the answer cannot be read; [`Kind::Auth`] when the agent is not among them.
pub fn find(body: &[u8], signer: Address) -> Result<Mapped<Agent>, Error> {
    let mut problems = Problems::default();
    let rows: Rows<AgentRow<'_>> = match body.iter().find(|b| !b.is_ascii_whitespace()) {
        Some(b'{') => vec![Some(object(body)?)],
        _ => list(body)?,
    };
    for (name, row) in present(rows, &mut problems) {
        let mut reader = Reader::new(&mut problems, name);
        let address = reader.text("agentAddress", row.agent_address);
        if address.and_then(|text| Address::parse(&text).ok()) != Some(signer) {
            continue;
        }
        let mut problems = Problems::default();
        let mut reader = Reader::new(&mut problems, "agent");
        let value = Agent {
            expires: reader.millis("expired", row.expired),
            can_read: reader.boolean("canRead", row.can_read),
            can_spot_trade: reader.boolean("canSpotTrade", row.can_spot_trade),
            can_perp_trade: reader.boolean("canPerpTrade", row.can_perp_trade),
            can_withdraw: reader.boolean("canWithdraw", row.can_withdraw),
        };
        return Ok(Mapped { value, problems });
    }
    if problems.count() > 0 {
        let message = format!("the list of agents cannot be read: {}", problems.summary());
        return Err(Error::new(Kind::Decode, message));
    }
    Err(Error::new(
        Kind::Auth,
        format!(
            "the agent {signer} is not among those that the exchange lists for this account: check user and signer, and in \
             the exchange's API wallet page that the agent is there and has not expired"
        ),
    ))
}

impl Snapshot {
    /// Whether it says that there is nothing at all: no balance, no position, no order.
    ///
    /// That is what an empty account looks like, and also what some V3 endpoints answer to a key that they do not know.
    #[must_use]
    pub fn says_nothing(&self) -> bool {
        match self {
            Self::Balances(balances) => balances.assets.values().all(|asset| {
                nothing([asset.wallet, asset.cross_wallet, asset.cross_unrealized_pnl])
            }),
            Self::Account(account) => nothing([
                account.totals.wallet_balance,
                account.totals.margin_balance,
                account.totals.unrealized_pnl,
            ]),
            Self::Positions(positions) => positions.open == Some(0),
            Self::Orders(orders) => orders.count() == Some(0),
            Self::Market(_) | Self::Trades(_) | Self::Income(_) => false,
        }
    }
}

fn nothing(amounts: [Option<Decimal>; 3]) -> bool {
    amounts.into_iter().flatten().all(|amount| amount.is_zero())
}

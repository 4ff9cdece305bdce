//! `GET /fapi/v2/balance` → the wallet, asset by asset.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Keep;
use super::reader::{Problems, Reader, present, some_readable, unique_kept};
use crate::exchange::error::Error;
use crate::exchange::payload::{BalanceRow, list};

/// The balance of each asset; amounts are in that asset.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Balances {
    /// By asset.
    pub assets: BTreeMap<String, AssetBalance>,
}

/// What the account holds of one asset.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AssetBalance {
    /// `balance`.
    pub wallet: Option<Decimal>,
    /// `crossWalletBalance`.
    pub cross_wallet: Option<Decimal>,
    /// `crossUnPnl`.
    pub cross_unrealized_pnl: Option<Decimal>,
    /// `availableBalance`; in multi-assets mode the whole free collateral in terms of this asset.
    pub available: Option<Decimal>,
    /// `maxWithdrawAmount`.
    pub max_withdraw: Option<Decimal>,
    /// `marginAvailable`.
    pub margin_available: Option<bool>,
}

pub(super) fn map(body: &[u8], keep: Keep, problems: &mut Problems) -> Result<Balances, Error> {
    let rows = list::<BalanceRow<'_>>(body)?;
    let sent = rows.len();
    let mut readable = 0;
    let mut assets = Vec::with_capacity(sent);
    for (name, row) in present(rows, problems) {
        let Some(asset) = Reader::new(problems, name).text("asset", row.asset) else {
            continue;
        };
        readable += 1;
        let mut reader = Reader::new(problems, asset.as_str());
        let wallet = reader.decimal("balance", row.balance);
        let cross_wallet = reader.decimal("crossWalletBalance", row.cross_wallet_balance);
        let cross_unrealized_pnl = reader.decimal("crossUnPnl", row.cross_un_pnl);
        if !keep.all_assets && all_zero([wallet, cross_wallet, cross_unrealized_pnl]) {
            assets.push((asset, None));
            continue;
        }
        let balance = AssetBalance {
            wallet,
            cross_wallet,
            cross_unrealized_pnl,
            available: reader.decimal("availableBalance", row.available_balance),
            max_withdraw: reader.decimal("maxWithdrawAmount", row.max_withdraw_amount),
            margin_available: reader.boolean("marginAvailable", row.margin_available),
        };
        assets.push((asset, Some(balance)));
    }
    some_readable(sent, readable)?;
    Ok(Balances {
        assets: unique_kept(assets, problems),
    })
}

/// Whether every amount is known to be zero: an unreadable one is not.
pub(super) fn all_zero(amounts: [Option<Decimal>; 3]) -> bool {
    amounts
        .into_iter()
        .all(|amount| amount.is_some_and(|a| a.is_zero()))
}

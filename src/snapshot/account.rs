//! `GET /fapi/v4/account` → totals in USDT, margins by asset and by position.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::Keep;
use super::balance::all_zero;
use super::positions::{PositionKey, position_key};
use super::reader::{Problems, Reader, present, unique_kept};
use crate::exchange::error::{Error, Kind};
use crate::exchange::payload::{
    AccountAssetRow, AccountPositionRow, AccountTotals, Field, Rows, nested, object,
};

/// The account as a whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AccountSummary {
    /// Sums over the account.
    pub totals: Totals,
    /// `canTrade`.
    pub can_trade: Option<bool>,
    /// `canDeposit`.
    pub can_deposit: Option<bool>,
    /// `canWithdraw`.
    pub can_withdraw: Option<bool>,
    /// `feeTier`.
    pub fee_tier: Option<i64>,
    /// `assets[]`, by asset.
    pub assets: BTreeMap<String, AssetMargin>,
    /// `positions[]` that are open.
    pub positions: BTreeMap<PositionKey, PositionMargin>,
    /// The symbols in which orders take margin (`positions[].openOrderInitialMargin`), if the answer tells.
    pub ordered: Option<BTreeSet<String>>,
}

/// Sums over the account, in USDT; in multi-assets mode valued in USDT.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(missing_docs, reason = "the names are the exchange's, without `total`")]
pub struct Totals {
    pub wallet_balance: Option<Decimal>,
    pub unrealized_pnl: Option<Decimal>,
    pub margin_balance: Option<Decimal>,
    pub initial_margin: Option<Decimal>,
    pub maintenance_margin: Option<Decimal>,
    pub position_initial_margin: Option<Decimal>,
    pub open_order_initial_margin: Option<Decimal>,
    pub cross_wallet_balance: Option<Decimal>,
    pub cross_unrealized_pnl: Option<Decimal>,
    pub available_balance: Option<Decimal>,
    pub max_withdraw: Option<Decimal>,
}

/// The margin that one asset carries, in that asset.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(missing_docs, reason = "the names are the exchange's")]
pub struct AssetMargin {
    pub margin_balance: Option<Decimal>,
    pub maintenance_margin: Option<Decimal>,
    pub initial_margin: Option<Decimal>,
    pub position_initial_margin: Option<Decimal>,
    pub open_order_initial_margin: Option<Decimal>,
}

/// The margin that one position takes, in its margin asset.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PositionMargin {
    /// `positionInitialMargin`.
    pub initial: Option<Decimal>,
    /// `maintMargin`.
    pub maintenance: Option<Decimal>,
}

pub(super) fn map(
    body: &[u8],
    keep: Keep,
    problems: &mut Problems,
) -> Result<AccountSummary, Error> {
    let answer: AccountTotals<'_> = object(body)?;
    let totals = totals(&answer, &mut Reader::new(problems, "account"));
    if totals == Totals::default() {
        let message = "none of the account's totals can be read in the answer".to_owned();
        return Err(Error::new(Kind::Decode, message));
    }
    let assets = rows("assets", answer.assets, problems).unwrap_or_default();
    let positions = rows("positions", answer.positions, problems);
    let ordered = positions.as_deref().and_then(ordered);
    let positions = positions.unwrap_or_default();
    let mut reader = Reader::new(problems, "account");
    Ok(AccountSummary {
        totals,
        can_trade: reader.boolean("canTrade", answer.can_trade),
        can_deposit: reader.boolean("canDeposit", answer.can_deposit),
        can_withdraw: reader.boolean("canWithdraw", answer.can_withdraw),
        fee_tier: reader.integer("feeTier", answer.fee_tier),
        assets: asset_margins(assets, keep, problems),
        positions: position_margins(positions, keep, problems),
        ordered,
    })
}

fn rows<'a, T: serde::Deserialize<'a>>(
    name: &str,
    field: Field<'a>,
    problems: &mut Problems,
) -> Option<Vec<(String, T)>> {
    let rows: Option<Rows<T>> = nested(field);
    if rows.is_none() {
        problems.add(|| format!("account: {name} is not a list"));
    }
    rows.map(|rows| present(rows, problems))
}

/// The symbols in which orders take margin; none when a row does not say so readably.
fn ordered(rows: &[(String, AccountPositionRow<'_>)]) -> Option<BTreeSet<String>> {
    let mut unheard = Problems::default();
    let mut reader = Reader::new(&mut unheard, "positions");
    let mut symbols = BTreeSet::new();
    for (_, row) in rows {
        let margin = reader.decimal("openOrderInitialMargin", row.open_order_initial_margin)?;
        let symbol = reader.text("symbol", row.symbol)?;
        if !margin.is_zero() {
            symbols.insert(symbol);
        }
    }
    Some(symbols)
}

fn totals(answer: &AccountTotals<'_>, reader: &mut Reader<'_>) -> Totals {
    let mut read = |name: &str, field| reader.decimal(name, field);
    Totals {
        wallet_balance: read("totalWalletBalance", answer.total_wallet_balance),
        unrealized_pnl: read("totalUnrealizedProfit", answer.total_unrealized_profit),
        margin_balance: read("totalMarginBalance", answer.total_margin_balance),
        initial_margin: read("totalInitialMargin", answer.total_initial_margin),
        maintenance_margin: read("totalMaintMargin", answer.total_maint_margin),
        position_initial_margin: read(
            "totalPositionInitialMargin",
            answer.total_position_initial_margin,
        ),
        open_order_initial_margin: read(
            "totalOpenOrderInitialMargin",
            answer.total_open_order_initial_margin,
        ),
        cross_wallet_balance: read("totalCrossWalletBalance", answer.total_cross_wallet_balance),
        cross_unrealized_pnl: read("totalCrossUnPnl", answer.total_cross_un_pnl),
        available_balance: read("availableBalance", answer.available_balance),
        max_withdraw: read("maxWithdrawAmount", answer.max_withdraw_amount),
    }
}

fn asset_margins(
    rows: Vec<(String, AccountAssetRow<'_>)>,
    keep: Keep,
    problems: &mut Problems,
) -> BTreeMap<String, AssetMargin> {
    let mut assets = Vec::with_capacity(rows.len());
    for (name, row) in rows {
        let Some(asset) = Reader::new(problems, name).text("asset", row.asset) else {
            continue;
        };
        let mut reader = Reader::new(problems, asset.as_str());
        let held = [
            reader.decimal("walletBalance", row.wallet_balance),
            reader.decimal("crossWalletBalance", row.cross_wallet_balance),
            reader.decimal_of([
                ("unrealizedProfit", row.unrealized_profit),
                ("unRealizedProfit", row.un_realized_profit),
            ]),
        ];
        if !keep.all_assets && all_zero(held) {
            assets.push((asset, None));
            continue;
        }
        let mut read = |name: &str, field| reader.decimal(name, field);
        let margin = AssetMargin {
            margin_balance: read("marginBalance", row.margin_balance),
            maintenance_margin: read("maintMargin", row.maint_margin),
            initial_margin: read("initialMargin", row.initial_margin),
            position_initial_margin: read("positionInitialMargin", row.position_initial_margin),
            open_order_initial_margin: read(
                "openOrderInitialMargin",
                row.open_order_initial_margin,
            ),
        };
        assets.push((asset, Some(margin)));
    }
    unique_kept(assets, problems)
}

fn position_margins(
    rows: Vec<(String, AccountPositionRow<'_>)>,
    keep: Keep,
    problems: &mut Problems,
) -> BTreeMap<PositionKey, PositionMargin> {
    let mut positions = Vec::new();
    for (name, row) in rows {
        let mut reader = Reader::new(problems, name);
        let Some((key, size)) =
            position_key(&mut reader, row.symbol, row.position_side, row.position_amt)
        else {
            continue;
        };
        if size.is_zero() && !keep.all_symbols {
            positions.push((key, None));
            continue;
        }
        let mut reader = Reader::new(problems, key.symbol.as_str());
        let margin = PositionMargin {
            initial: reader.decimal("positionInitialMargin", row.position_initial_margin),
            maintenance: reader.decimal("maintMargin", row.maint_margin),
        };
        positions.push((key, Some(margin)));
    }
    unique_kept(positions, problems)
}

//! The rows of each endpoint, field by field as they are on the wire.

use serde::Deserialize;

use super::Field;

/// A row of `GET /fapi/v2/balance`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the exchange's own")]
pub struct BalanceRow<'a> {
    #[serde(borrow)]
    pub asset: Field<'a>,
    pub balance: Field<'a>,
    pub cross_wallet_balance: Field<'a>,
    pub cross_un_pnl: Field<'a>,
    pub available_balance: Field<'a>,
    pub max_withdraw_amount: Field<'a>,
    pub margin_available: Field<'a>,
}

/// `GET /fapi/v4/account`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the exchange's own")]
pub struct AccountTotals<'a> {
    #[serde(borrow)]
    pub fee_tier: Field<'a>,
    pub can_trade: Field<'a>,
    pub can_deposit: Field<'a>,
    pub can_withdraw: Field<'a>,
    pub total_initial_margin: Field<'a>,
    pub total_maint_margin: Field<'a>,
    pub total_wallet_balance: Field<'a>,
    pub total_unrealized_profit: Field<'a>,
    pub total_margin_balance: Field<'a>,
    pub total_position_initial_margin: Field<'a>,
    pub total_open_order_initial_margin: Field<'a>,
    pub total_cross_wallet_balance: Field<'a>,
    pub total_cross_un_pnl: Field<'a>,
    pub available_balance: Field<'a>,
    pub max_withdraw_amount: Field<'a>,
    pub assets: Field<'a>,
    pub positions: Field<'a>,
}

/// A row of `assets` in `GET /fapi/v4/account`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the exchange's own")]
pub struct AccountAssetRow<'a> {
    #[serde(borrow)]
    pub asset: Field<'a>,
    pub wallet_balance: Field<'a>,
    pub cross_wallet_balance: Field<'a>,
    pub unrealized_profit: Field<'a>,
    #[serde(rename = "unRealizedProfit")]
    pub un_realized_profit: Field<'a>,
    pub margin_balance: Field<'a>,
    pub maint_margin: Field<'a>,
    pub initial_margin: Field<'a>,
    pub position_initial_margin: Field<'a>,
    pub open_order_initial_margin: Field<'a>,
}

/// A row of `positions` in `GET /fapi/v4/account`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the exchange's own")]
pub struct AccountPositionRow<'a> {
    #[serde(borrow)]
    pub symbol: Field<'a>,
    pub position_side: Field<'a>,
    pub position_amt: Field<'a>,
    pub position_initial_margin: Field<'a>,
    pub open_order_initial_margin: Field<'a>,
    pub maint_margin: Field<'a>,
}

/// A row of `GET /fapi/v2/positionRisk`. Mainnet and testnet spell two fields differently.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the exchange's own")]
pub struct PositionRow<'a> {
    #[serde(borrow)]
    pub symbol: Field<'a>,
    pub position_side: Field<'a>,
    pub position_amt: Field<'a>,
    pub entry_price: Field<'a>,
    pub mark_price: Field<'a>,
    #[serde(rename = "unRealizedProfit")]
    pub un_realized_profit: Field<'a>,
    pub unrealized_profit: Field<'a>,
    pub liquidation_price: Field<'a>,
    pub leverage: Field<'a>,
    pub max_notional_value: Field<'a>,
    pub max_notional: Field<'a>,
    pub margin_type: Field<'a>,
    pub isolated_margin: Field<'a>,
    pub is_auto_add_margin: Field<'a>,
    pub update_time: Field<'a>,
}

/// A row of `GET /fapi/v1/openOrders`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the exchange's own")]
pub struct OrderRow<'a> {
    #[serde(borrow)]
    pub order_id: Field<'a>,
    pub symbol: Field<'a>,
    pub side: Field<'a>,
    pub position_side: Field<'a>,
    pub r#type: Field<'a>,
    pub price: Field<'a>,
    pub stop_price: Field<'a>,
    pub activate_price: Field<'a>,
    pub orig_qty: Field<'a>,
    pub executed_qty: Field<'a>,
    pub reduce_only: Field<'a>,
    pub close_position: Field<'a>,
    pub time: Field<'a>,
}

/// A row of `GET /fapi/v3/agent`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the exchange's own")]
pub struct AgentRow<'a> {
    #[serde(borrow)]
    pub agent_address: Field<'a>,
    pub expired: Field<'a>,
    pub can_read: Field<'a>,
    pub can_spot_trade: Field<'a>,
    pub can_perp_trade: Field<'a>,
    pub can_withdraw: Field<'a>,
}

/// A row of `GET /fapi/v1/premiumIndex`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the exchange's own")]
pub struct PremiumIndexRow<'a> {
    #[serde(borrow)]
    pub symbol: Field<'a>,
    pub mark_price: Field<'a>,
    pub index_price: Field<'a>,
    pub last_funding_rate: Field<'a>,
    pub next_funding_time: Field<'a>,
}

/// A row of `GET /fapi/v1/income`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the exchange's own")]
pub struct IncomeRow<'a> {
    #[serde(borrow)]
    pub symbol: Field<'a>,
    pub income_type: Field<'a>,
    pub income: Field<'a>,
    pub asset: Field<'a>,
    pub info: Field<'a>,
    pub time: Field<'a>,
    pub tran_id: Field<'a>,
    pub trade_id: Field<'a>,
}

/// A row of `GET /fapi/v1/userTrades`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names are the exchange's own")]
pub struct FillRow<'a> {
    #[serde(borrow)]
    pub id: Field<'a>,
    pub order_id: Field<'a>,
    pub symbol: Field<'a>,
    pub side: Field<'a>,
    pub position_side: Field<'a>,
    pub price: Field<'a>,
    pub qty: Field<'a>,
    pub quote_qty: Field<'a>,
    pub realized_pnl: Field<'a>,
    pub commission: Field<'a>,
    pub commission_asset: Field<'a>,
    pub maker: Field<'a>,
    pub time: Field<'a>,
}

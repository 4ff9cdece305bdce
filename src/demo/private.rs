//! The answers only the owner of a key gets: balances, account, positions, orders.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::account::{Account, Key, MARGIN_ASSET, Position};
use super::answers::{Endpoint, money, plain, price, quantity};
use super::assets::{self, ASSETS};
use super::margin::{Totals, Worth};
use super::market::Market;
use super::orders::{Order, OrderType, PositionSide};

/// One account's view of the market, with its sums worked out.
pub(crate) struct Private<'a> {
    market: &'a Market,
    account: &'a Account,
    worths: BTreeMap<Key, Worth>,
    totals: Totals,
}

impl<'a> Private<'a> {
    pub(crate) fn new(market: &'a Market, account: &'a Account) -> Self {
        let worths = account.worths(market);
        let totals = account.totals(market, &worths);
        Self {
            market,
            account,
            worths,
            totals,
        }
    }

    /// The answer of an endpoint that needs a key.
    pub(crate) fn answer(&self, endpoint: Endpoint, symbol: Option<usize>) -> Value {
        match endpoint {
            Endpoint::Balance => self.balance(),
            Endpoint::Account => self.account(),
            Endpoint::PositionRisk => self
                .keys()
                .filter(|key| symbol.is_none_or(|symbol| key.0 == symbol))
                .map(|key| self.risk(key))
                .collect(),
            _ => self
                .account
                .orders
                .iter()
                .filter(|order| symbol.is_none_or(|symbol| order.symbol == symbol))
                .map(|order| self.order(order))
                .collect(),
        }
    }

    /// Every row of the position lists, the empty ones included.
    fn keys(&self) -> impl Iterator<Item = Key> + '_ {
        let sides: &[PositionSide] = if self.account.hedge {
            &[PositionSide::Both, PositionSide::Long, PositionSide::Short]
        } else {
            &[PositionSide::Both]
        };
        (0..self.market.symbols.len())
            .flat_map(move |symbol| sides.iter().map(move |side| (symbol, *side)))
    }

    fn balance(&self) -> Value {
        ASSETS
            .iter()
            .map(|(asset, _)| {
                let row = self.asset(asset);
                json!({
                    "accountAlias": self.account.alias,
                    "asset": asset,
                    "balance": row["walletBalance"],
                    "crossWalletBalance": row["crossWalletBalance"],
                    "crossUnPnl": row["crossUnPnl"],
                    "availableBalance": row["availableBalance"],
                    "maxWithdrawAmount": row["maxWithdrawAmount"],
                    "marginAvailable": row["marginAvailable"],
                    "updateTime": row["updateTime"].to_string(),
                })
            })
            .collect()
    }

    fn account(&self) -> Value {
        let totals = &self.totals;
        let assets: Value = ASSETS.iter().map(|(asset, _)| self.asset(asset)).collect();
        let positions: Value = self.keys().map(|key| self.position(key)).collect();
        json!({
            "feeTier": 0,
            "canTrade": true,
            "canDeposit": true,
            "canWithdraw": self.account.can_withdraw,
            "updateTime": 0,
            "totalInitialMargin": money(totals.position_initial + totals.order_initial),
            "totalMaintMargin": money(totals.maintenance),
            "totalWalletBalance": money(totals.wallet),
            "totalUnrealizedProfit": money(totals.unrealized),
            "totalMarginBalance": money(totals.wallet + totals.unrealized),
            "totalPositionInitialMargin": money(totals.position_initial),
            "totalOpenOrderInitialMargin": money(totals.order_initial),
            "totalCrossWalletBalance": money(totals.cross_wallet),
            "totalCrossUnPnl": money(totals.cross_unrealized),
            "availableBalance": money(totals.available),
            "maxWithdrawAmount": money(totals.available.min(totals.cross_wallet)),
            "assets": assets,
            "positions": positions,
        })
    }

    /// An asset's row of the account; positions and orders count for the margin asset.
    fn asset(&self, asset: &'static str) -> Value {
        let wallet = self.account.wallets.get(asset).cloned().unwrap_or_default();
        let none = Totals::default();
        let margin = if asset == MARGIN_ASSET {
            &self.totals
        } else {
            &none
        };
        let cross_wallet = wallet.balance - margin.isolated_wallets;
        let available = if self.account.multi_assets {
            (self.totals.available / assets::value(self.market, asset)).trunc_with_scale(8)
        } else if asset == MARGIN_ASSET {
            self.totals.available
        } else {
            wallet.balance
        };
        json!({
            "asset": asset,
            "walletBalance": money(wallet.balance),
            "unrealizedProfit": money(margin.unrealized),
            "marginBalance": money(wallet.balance + margin.unrealized),
            "maintMargin": money(margin.maintenance),
            "initialMargin": money(margin.position_initial + margin.order_initial),
            "positionInitialMargin": money(margin.position_initial),
            "openOrderInitialMargin": money(margin.order_initial),
            "maxWithdrawAmount": money(available.min(cross_wallet)),
            "crossWalletBalance": money(cross_wallet),
            "crossUnPnl": money(margin.cross_unrealized),
            "availableBalance": money(available),
            "marginAvailable": assets::is_margin(asset),
            "updateTime": wallet.updated,
        })
    }

    /// A position's row of the account.
    fn position(&self, key: Key) -> Value {
        let symbol = &self.market.symbols[key.0];
        let setting = self.account.setting(self.market, key.0);
        let position = self.held(key);
        let worth = self.worths.get(&key).cloned().unwrap_or_default();
        json!({
            "symbol": symbol.name,
            "initialMargin": plain(worth.position_initial + worth.order_initial),
            "maintMargin": plain(worth.maintenance),
            "unrealizedProfit": money(worth.unrealized),
            "positionInitialMargin": plain(worth.position_initial),
            "openOrderInitialMargin": plain(worth.order_initial),
            "leverage": setting.leverage.to_string(),
            "isolated": setting.isolated,
            "entryPrice": price(position.entry),
            "maxNotional": symbol.max_notional,
            "positionSide": key.1.name(),
            "positionAmt": quantity(position.amount, symbol),
            "notional": plain(worth.notional),
            "isolatedWallet": plain(position.isolated_wallet),
            "updateTime": position.updated,
        })
    }

    /// A row of the position risk; the mark price of an empty row is zero.
    fn risk(&self, key: Key) -> Value {
        let symbol = &self.market.symbols[key.0];
        let setting = self.account.setting(self.market, key.0);
        let position = self.held(key);
        let open = !position.amount.is_zero();
        let unrealized = position.unrealized(symbol.mark());
        let isolated_margin = if setting.isolated && open {
            position.isolated_wallet + unrealized
        } else {
            Decimal::ZERO
        };
        let liquidation = open
            .then(|| {
                self.account
                    .liquidation_price(self.market, key, &self.totals)
            })
            .flatten();
        json!({
            "symbol": symbol.name,
            "positionAmt": quantity(position.amount, symbol),
            "entryPrice": price(position.entry),
            "markPrice": money(if open { symbol.mark() } else { Decimal::ZERO }),
            "unRealizedProfit": money(unrealized),
            "liquidationPrice": plain(liquidation.unwrap_or_default()),
            "leverage": setting.leverage.to_string(),
            "maxNotionalValue": symbol.max_notional,
            "marginType": if setting.isolated { "isolated" } else { "cross" },
            "isolatedMargin": money(isolated_margin),
            "isAutoAddMargin": "false",
            "positionSide": key.1.name(),
            "notional": plain(position.amount * symbol.mark()),
            "isolatedWallet": plain(position.isolated_wallet),
            "updateTime": position.updated,
        })
    }

    fn held(&self, key: Key) -> Position {
        self.account
            .positions
            .get(&key)
            .cloned()
            .unwrap_or_default()
    }

    fn order(&self, order: &Order) -> Value {
        let symbol = &self.market.symbols[order.symbol];
        let limit = order.kind == OrderType::Limit;
        let (asked, trigger) = if limit {
            (order.price, Decimal::ZERO)
        } else {
            (Decimal::ZERO, order.price)
        };
        let filled = !order.executed.is_zero();
        json!({
            "orderId": order.id,
            "clientOrderId": format!("web_{:x}", order.id),
            "symbol": symbol.name,
            "status": if filled { "PARTIALLY_FILLED" } else { "NEW" },
            "price": plain(asked),
            "avgPrice": if filled { plain(order.price) } else { "0.00000".to_owned() },
            "origQty": quantity(order.quantity, symbol),
            "executedQty": plain(order.executed),
            "cumQuote": plain(order.executed * order.price),
            "timeInForce": "GTC",
            "type": order.kind.name(),
            "origType": order.kind.name(),
            "reduceOnly": order.reduce_only,
            "closePosition": order.close_position,
            "side": order.side.name(),
            "positionSide": order.position_side.name(),
            "stopPrice": plain(trigger),
            "workingType": if limit { "CONTRACT_PRICE" } else { "MARK_PRICE" },
            "priceProtect": false,
            "time": order.placed,
            "updateTime": order.updated,
        })
    }
}

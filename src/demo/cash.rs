//! What moves an account's wallets: fees, profits, funding, transfers. Each leaves its income row,
//! so that a wallet is always the sum of its rows.

use rust_decimal::Decimal;

use super::account::{Account, Fill, Key, MARGIN_ASSET};
use super::history::{IncomeRecord, TradeRecord};
use super::market::{Market, Symbol};

/// The decimals of every amount that is booked.
pub(crate) const DECIMALS: u32 = 8;

impl Account {
    /// Books a row at `at`, whatever its own date. An asset the exchange does not list has no wallet.
    pub(crate) fn book(&mut self, income: IncomeRecord, at: i64) {
        if let Some(wallet) = self.wallets.get_mut(income.asset.as_str()) {
            wallet.balance += income.income;
            wallet.updated = at;
        }
        self.history.add_income(income);
    }

    /// Books profit and fee of a fill, under one transaction id, and keeps the trade.
    pub(crate) fn settle(
        &mut self,
        symbol: &Symbol,
        fill: &Fill,
        fee: Decimal,
        profit: Option<Decimal>,
    ) {
        let id = self.history.next_trade(fill.key.0);
        let mut quantity = fill.quantity;
        quantity.rescale(symbol.quantity_decimals);
        let trade = TradeRecord {
            id,
            order_id: fill.order,
            symbol: symbol.name.clone(),
            side: fill.side.name(),
            position_side: fill.key.1.name(),
            maker: fill.maker,
            price: fill.price,
            quantity,
            quote_quantity: fill.price * quantity,
            realized_pnl: profit.unwrap_or_default(),
            commission: fee,
            commission_asset: self.fee_asset.to_owned(),
            time: fill.at,
        };
        self.history.add_trade(fill.key.0, trade);
        let tran_id = self.history.next_of_trades();
        let row = |income_type: &str, income, asset: &str| IncomeRecord {
            symbol: symbol.name.clone(),
            income_type: income_type.to_owned(),
            income,
            asset: asset.to_owned(),
            time: fill.at,
            tran_id,
            trade_id: id.to_string(),
        };
        if let Some(profit) = profit {
            self.book(row("REALIZED_PNL", profit, MARGIN_ASSET), fill.at);
        }
        self.book(row("COMMISSION", -fee, self.fee_asset), fill.at);
    }

    /// Moves an amount in from another wallet of the owner, or out to it.
    pub(crate) fn transfer(&mut self, asset: &str, amount: Decimal, at: i64) {
        let income_type = "TRANSFER".to_owned();
        let income = IncomeRecord {
            symbol: String::new(),
            income: amount,
            asset: asset.to_owned(),
            time: at,
            tran_id: self.history.next_transaction(&income_type),
            trade_id: String::new(),
            income_type,
        };
        self.book(income, at);
    }

    /// What a position pays (negative) or gets at a price and a funding rate.
    pub(crate) fn funding(
        &mut self,
        market: &Market,
        key: Key,
        price: Decimal,
        rate: Decimal,
        at: i64,
    ) -> IncomeRecord {
        let income_type = "FUNDING_FEE".to_owned();
        IncomeRecord {
            symbol: market.symbols[key.0].name.clone(),
            income: -(self.amount(key) * price * rate).round_dp(DECIMALS),
            asset: MARGIN_ASSET.to_owned(),
            time: at,
            tran_id: self.history.next_transaction(&income_type),
            trade_id: String::new(),
            income_type,
        }
    }

    /// The positions that are open.
    pub(crate) fn open_keys(&self) -> Vec<Key> {
        let open = self.positions.iter().filter(|(_, p)| !p.amount.is_zero());
        open.map(|(key, _)| *key).collect()
    }
}

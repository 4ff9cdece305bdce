//! What moves an account's wallets: fees, profits, funding, transfers. Each leaves its income row,
//! so that a wallet is always the sum of its rows.

use rust_decimal::Decimal;

use super::account::{Account, Key, MARGIN_ASSET};
use super::market::Market;
use super::records::Income;

/// The decimals of every amount that is booked.
pub(crate) const DECIMALS: u32 = 8;

impl Account {
    /// Books a row at `at`, whatever its own date. An asset the exchange does not list has no wallet.
    pub(crate) fn book(&mut self, income: Income, at: i64) {
        if let Some(wallet) = self.wallets.get_mut(income.asset.as_str()) {
            wallet.balance += income.income;
            wallet.updated = at;
        }
        self.records.add_income(income);
    }

    /// Moves an amount in from another wallet of the owner, or out to it.
    pub(crate) fn transfer(&mut self, asset: &str, amount: Decimal, at: i64) {
        let income_type = "TRANSFER".to_owned();
        let income = Income {
            symbol: String::new(),
            income: amount,
            asset: asset.to_owned(),
            time: at,
            tran_id: self.records.next_transaction(&income_type),
            trade_id: None,
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
    ) -> Income {
        let income_type = "FUNDING_FEE".to_owned();
        Income {
            symbol: market.symbols[key.0].name.clone(),
            income: -(self.amount(key) * price * rate).round_dp(DECIMALS),
            asset: MARGIN_ASSET.to_owned(),
            time: at,
            tran_id: self.records.next_transaction(&income_type),
            trade_id: None,
            income_type,
        }
    }

    /// The positions that are open.
    pub(crate) fn open_keys(&self) -> Vec<Key> {
        let open = self.positions.iter().filter(|(_, p)| !p.amount.is_zero());
        open.map(|(key, _)| *key).collect()
    }
}

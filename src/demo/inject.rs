//! What tests do to the histories of the demo accounts, and the histories as they truly are.

use std::sync::MutexGuard;

use rust_decimal::Decimal;

use super::Exchange;
use super::account::{Account, Key};
use super::gateway::Gateway;
use super::habits;
use super::market::Market;
use super::orders::PositionSide;
use super::records::{Income, Trade};

/// An income row to be appended to an account's history.
#[derive(Debug, Clone)]
pub struct NewIncome {
    /// The type, known to the exchange or not.
    pub income_type: String,
    /// The symbol, empty if none.
    pub symbol: String,
    /// The asset of the amount.
    pub asset: String,
    /// The amount, signed.
    pub income: Decimal,
    /// The server's time it is dated with, in milliseconds; a past one makes a late record.
    pub time: i64,
    /// The transaction id; the next one of the type if there is none.
    pub tran_id: Option<u64>,
}

impl Exchange {
    /// The server's time in milliseconds, as `/fapi/v1/time` shows it.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.present().now()
    }

    /// Appends income rows to an account's history in the order given. Wallets follow at once,
    /// whatever the date of a row; an asset the exchange does not list has no wallet.
    pub fn inject_income(&self, account: &str, rows: impl IntoIterator<Item = NewIncome>) {
        let mut gateway = self.present();
        let now = gateway.now();
        let Some((_, account)) = gateway.world.account_mut(account) else {
            return;
        };
        for row in rows {
            let tran_id = row
                .tran_id
                .unwrap_or_else(|| account.records.next_transaction(&row.income_type));
            let income = Income {
                symbol: row.symbol,
                income_type: row.income_type,
                income: row.income,
                asset: row.asset,
                time: row.time,
                tran_id,
                trade_id: None,
            };
            account.book(income, now);
        }
    }

    /// Lets an account trade so many times in a symbol within one millisecond, in turn buying and
    /// selling the least that can be traded: an odd number leaves that much open.
    pub fn inject_trades(&self, account: &str, symbol: &str, fills: usize) {
        self.trade(account, symbol, |account, market, key, now| {
            habits::burst(account, market, key, fills, now);
        });
    }

    /// Lets an account buy in a symbol and sell the same at once.
    pub fn round_trip(&self, account: &str, symbol: &str) {
        self.trade(account, symbol, habits::round_trip);
    }

    /// Every income row of the account, by date and then in the order of arrival.
    #[must_use]
    pub fn income(&self, account: &str) -> Vec<Income> {
        let gateway = self.present();
        let account = gateway.world.account(account);
        account.map_or_else(Vec::new, |a| a.records.all_income().cloned().collect())
    }

    /// Every trade of the account, symbol by symbol, by id.
    #[must_use]
    pub fn trades(&self, account: &str) -> Vec<Trade> {
        let gateway = self.present();
        let account = gateway.world.account(account);
        account.map_or_else(Vec::new, |a| a.records.all_trades().cloned().collect())
    }

    fn trade(
        &self,
        account: &str,
        symbol: &str,
        how: impl FnOnce(&mut Account, &Market, Key, i64),
    ) {
        let mut gateway = self.present();
        let now = gateway.now();
        let found = gateway.world.market.find(symbol);
        let Some((symbol, (market, account))) = found.zip(gateway.world.account_mut(account))
        else {
            return;
        };
        let side = if account.hedge {
            PositionSide::Long
        } else {
            PositionSide::Both
        };
        how(account, market, (symbol, side), now);
    }

    /// The exchange with its world brought to the present.
    fn present(&self) -> MutexGuard<'_, Gateway> {
        let mut gateway = self.running.shared.lock();
        gateway.catch_up();
        gateway
    }
}

//! What tests do to the histories of the demo accounts, and the histories as they truly are.

use std::sync::MutexGuard;

use super::Exchange;
use super::gateway::Gateway;
use super::habits;
use super::history::{IncomeRecord, TradeRecord};
use super::orders::PositionSide;

impl Exchange {
    /// The server's time in milliseconds, as `/fapi/v1/time` shows it.
    #[must_use]
    pub fn server_ms(&self) -> i64 {
        self.present().now()
    }

    /// Books income rows as they are, in the order given; a past date makes a late record.
    ///
    /// Wallets follow at once, whatever the date; an asset the exchange does not list has no wallet.
    /// Transaction ids are the caller's care: the exchange gives its own between 9·10⁹ and 2·10¹⁸.
    pub fn book_income(&self, account: &str, rows: impl IntoIterator<Item = IncomeRecord>) {
        let mut gateway = self.present();
        let now = gateway.now();
        if let Some((_, account)) = gateway.world.account_mut(account) {
            for row in rows {
                account.book(row, now);
            }
        }
    }

    /// Lets an account buy in a symbol and sell the same at once, each in so many fills.
    pub fn round_trip(&self, account: &str, symbol: &str, parts: usize) {
        let mut gateway = self.present();
        let now = gateway.now();
        let found = gateway.world.market.find(symbol);
        let account = gateway.world.account_mut(account);
        if let Some((symbol, (market, account))) = found.zip(account) {
            let side = if account.hedge {
                PositionSide::Long
            } else {
                PositionSide::Both
            };
            habits::round_trip(account, market, (symbol, side), parts, now);
        }
    }

    /// Every income row of the account, by date and then in the order of arrival.
    #[must_use]
    pub fn income(&self, account: &str) -> Vec<IncomeRecord> {
        let gateway = self.present();
        let account = gateway.world.account(account);
        account.map_or_else(Vec::new, |a| a.history.all_income().cloned().collect())
    }

    /// Every trade of the account, symbol by symbol, by id.
    #[must_use]
    pub fn trades(&self, account: &str) -> Vec<TradeRecord> {
        let gateway = self.present();
        let account = gateway.world.account(account);
        account.map_or_else(Vec::new, |a| a.history.all_trades().cloned().collect())
    }

    /// The exchange with its world brought to the present.
    fn present(&self) -> MutexGuard<'_, Gateway> {
        let mut gateway = self.running.shared.lock();
        gateway.catch_up();
        gateway
    }
}

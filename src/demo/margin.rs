//! The arithmetic of margin: what positions and orders bind, what is free, where liquidation begins.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::account::{Account, Key, MARGIN_ASSET, Position};
use super::assets;
use super::market::Market;

/// What one position amounts to at the present mark price.
#[derive(Debug, Clone, Default)]
pub(crate) struct Worth {
    pub(crate) notional: Decimal,
    pub(crate) unrealized: Decimal,
    pub(crate) position_initial: Decimal,
    pub(crate) order_initial: Decimal,
    pub(crate) maintenance: Decimal,
}

/// The account's sums, in the margin asset.
#[derive(Debug, Clone, Default)]
pub(crate) struct Totals {
    pub(crate) wallet: Decimal,
    pub(crate) cross_wallet: Decimal,
    pub(crate) unrealized: Decimal,
    pub(crate) cross_unrealized: Decimal,
    pub(crate) position_initial: Decimal,
    pub(crate) order_initial: Decimal,
    pub(crate) maintenance: Decimal,
    pub(crate) cross_maintenance: Decimal,
    pub(crate) isolated_wallets: Decimal,
    pub(crate) available: Decimal,
}

impl Account {
    /// What each position and each symbol with orders amounts to now.
    pub(crate) fn worths(&self, market: &Market) -> BTreeMap<Key, Worth> {
        let mut worths: BTreeMap<Key, Worth> = BTreeMap::new();
        for (key, position) in &self.positions {
            let symbol = &market.symbols[key.0];
            let leverage = Decimal::from(self.setting(market, key.0).leverage);
            let notional = position.amount * symbol.mark();
            worths.insert(
                *key,
                Worth {
                    notional,
                    unrealized: position.unrealized(symbol.mark()),
                    position_initial: notional.abs() / leverage,
                    maintenance: notional.abs() * symbol.maintenance_rate(),
                    order_initial: Decimal::ZERO,
                },
            );
        }
        for order in self.orders.iter().filter(|order| order.holds_margin()) {
            let leverage = Decimal::from(self.setting(market, order.symbol).leverage);
            let worth = worths
                .entry((order.symbol, order.position_side))
                .or_default();
            worth.order_initial += order.price * order.remaining() / leverage;
        }
        worths
    }

    /// The account's sums at the present prices.
    pub(crate) fn totals(&self, market: &Market, worths: &BTreeMap<Key, Worth>) -> Totals {
        let mut totals = Totals {
            wallet: self.collateral(market),
            ..Totals::default()
        };
        let mut isolated_initial = Decimal::ZERO;
        for (key, worth) in worths {
            totals.unrealized += worth.unrealized;
            totals.position_initial += worth.position_initial;
            totals.order_initial += worth.order_initial;
            totals.maintenance += worth.maintenance;
            if self.setting(market, key.0).isolated {
                isolated_initial += worth.position_initial;
            } else {
                totals.cross_unrealized += worth.unrealized;
                totals.cross_maintenance += worth.maintenance;
            }
        }
        totals.isolated_wallets = self.positions.values().map(|p| p.isolated_wallet).sum();
        totals.cross_wallet = totals.wallet - totals.isolated_wallets;
        let held = totals.position_initial - isolated_initial + totals.order_initial;
        let free = totals.cross_wallet + totals.cross_unrealized - held;
        totals.available = free.max(Decimal::ZERO);
        totals
    }

    /// What backs the account: the margin asset, or every asset's value in multi-assets mode.
    fn collateral(&self, market: &Market) -> Decimal {
        self.wallets
            .iter()
            .filter(|(asset, _)| self.multi_assets || **asset == MARGIN_ASSET)
            .map(|(asset, wallet)| wallet.balance * assets::value(market, asset))
            .sum()
    }

    /// The mark price at which the position's margin would no longer do; `None` when no price does that.
    pub(crate) fn liquidation_price(
        &self,
        market: &Market,
        key: Key,
        totals: &Totals,
    ) -> Option<Decimal> {
        let symbol = &market.symbols[key.0];
        let isolated = self.setting(market, key.0).isolated;
        let together: Vec<&Position> = self
            .positions
            .iter()
            .filter(|(other, _)| other.0 == key.0 && (!isolated || **other == key))
            .map(|(_, position)| position)
            .collect();
        let amount: Decimal = together.iter().map(|p| p.amount).sum();
        let size: Decimal = together.iter().map(|p| p.amount.abs()).sum();
        let cost: Decimal = together.iter().map(|p| p.amount * p.entry).sum();
        let rate = symbol.maintenance_rate();
        let slope = amount - rate * size;
        let cushion = if isolated {
            together.iter().map(|p| p.isolated_wallet).sum()
        } else {
            // What the other positions leave over, whatever this symbol's price does.
            let own: Decimal = together.iter().map(|p| p.unrealized(symbol.mark())).sum();
            let others_maintenance = totals.cross_maintenance - rate * size * symbol.mark();
            totals.cross_wallet + totals.cross_unrealized - own - others_maintenance
        };
        let price = (cost - cushion).checked_div(slope)?;
        (price > Decimal::ZERO).then(|| price.round_dp(symbol.price_decimals))
    }
}

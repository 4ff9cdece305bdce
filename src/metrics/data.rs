//! What the exchange says: families of each group of collectors, made from what is fresh.

use std::collections::{BTreeMap, BTreeSet};

use super::catalog as c;
use super::family::{Families, float, seconds, yes};
use crate::snapshot::{
    AccountSummary, AssetBalance, AssetMargin, Balances, Market, Orders, Position, PositionKey,
    PositionMargin, Positions, SymbolMarket, Totals,
};
use rust_decimal::Decimal;

/// One account's fresh snapshot, with the account's name.
pub type Of<'v, T> = (&'v str, &'v T);

type Amount<R> = fn(&R) -> Option<Decimal>;
type Column<R> = (&'static c::Metric, Amount<R>);

/// The families of `balance`.
#[must_use]
pub fn balances(accounts: &[Of<'_, Balances>]) -> Families {
    const COLUMNS: [Column<AssetBalance>; 5] = [
        (&c::ASSET_WALLET_BALANCE, |a| a.wallet),
        (&c::ASSET_CROSS_WALLET_BALANCE, |a| a.cross_wallet),
        (&c::ASSET_CROSS_UNREALIZED_PNL, |a| a.cross_unrealized_pnl),
        (&c::ASSET_AVAILABLE_BALANCE, |a| a.available),
        (&c::ASSET_MAX_WITHDRAW, |a| a.max_withdraw),
    ];
    let rows = || {
        accounts.iter().flat_map(|(account, b)| {
            b.assets
                .iter()
                .map(|(asset, row)| ([*account, asset.as_str()], row))
        })
    };
    let mut families = Families::default();
    for (metric, amount) in COLUMNS {
        families.add(metric, amounts(rows(), amount));
    }
    families.add(
        &c::ASSET_MARGIN_AVAILABLE,
        rows().filter_map(|(labels, row)| Some((labels, yes(row.margin_available?)))),
    );
    families
}

/// The families of `account`.
#[must_use]
pub fn accounts(accounts: &[Of<'_, AccountSummary>]) -> Families {
    let mut families = Families::default();
    account_totals(accounts, &mut families);
    asset_margins(accounts, &mut families);
    position_margins(accounts, &mut families);
    families
}

fn account_totals(accounts: &[Of<'_, AccountSummary>], families: &mut Families) {
    const COLUMNS: [Column<Totals>; 11] = [
        (&c::ACCOUNT_WALLET_BALANCE, |t| t.wallet_balance),
        (&c::ACCOUNT_UNREALIZED_PNL, |t| t.unrealized_pnl),
        (&c::ACCOUNT_MARGIN_BALANCE, |t| t.margin_balance),
        (&c::ACCOUNT_INITIAL_MARGIN, |t| t.initial_margin),
        (&c::ACCOUNT_MAINTENANCE_MARGIN, |t| t.maintenance_margin),
        (&c::ACCOUNT_POSITION_INITIAL_MARGIN, |t| {
            t.position_initial_margin
        }),
        (&c::ACCOUNT_OPEN_ORDER_INITIAL_MARGIN, |t| {
            t.open_order_initial_margin
        }),
        (&c::ACCOUNT_CROSS_WALLET_BALANCE, |t| t.cross_wallet_balance),
        (&c::ACCOUNT_CROSS_UNREALIZED_PNL, |t| t.cross_unrealized_pnl),
        (&c::ACCOUNT_AVAILABLE_BALANCE, |t| t.available_balance),
        (&c::ACCOUNT_MAX_WITHDRAW, |t| t.max_withdraw),
    ];
    for (metric, amount) in COLUMNS {
        families.add(
            metric,
            amounts(
                accounts.iter().map(|(name, a)| ([*name], &a.totals)),
                amount,
            ),
        );
    }
    families.add(
        &c::ACCOUNT_PERMISSION,
        accounts.iter().flat_map(|(name, a)| {
            [
                ("trade", a.can_trade),
                ("deposit", a.can_deposit),
                ("withdraw", a.can_withdraw),
            ]
            .into_iter()
            .filter_map(|(permission, allowed)| Some(([*name, permission], yes(allowed?))))
        }),
    );
    families.add(
        &c::ACCOUNT_FEE_TIER,
        accounts
            .iter()
            .filter_map(|(name, a)| Some(([*name], float(a.fee_tier?.into())))),
    );
}

fn asset_margins(accounts: &[Of<'_, AccountSummary>], families: &mut Families) {
    const COLUMNS: [Column<AssetMargin>; 5] = [
        (&c::ASSET_MARGIN_BALANCE, |a| a.margin_balance),
        (&c::ASSET_MAINTENANCE_MARGIN, |a| a.maintenance_margin),
        (&c::ASSET_INITIAL_MARGIN, |a| a.initial_margin),
        (&c::ASSET_POSITION_INITIAL_MARGIN, |a| {
            a.position_initial_margin
        }),
        (&c::ASSET_OPEN_ORDER_INITIAL_MARGIN, |a| {
            a.open_order_initial_margin
        }),
    ];
    for (metric, amount) in COLUMNS {
        let rows = accounts.iter().flat_map(|(name, a)| {
            a.assets
                .iter()
                .map(|(asset, row)| ([*name, asset.as_str()], row))
        });
        families.add(metric, amounts(rows, amount));
    }
}

fn position_margins(accounts: &[Of<'_, AccountSummary>], families: &mut Families) {
    const COLUMNS: [Column<PositionMargin>; 2] = [
        (&c::POSITION_INITIAL_MARGIN, |p| p.initial),
        (&c::POSITION_MAINTENANCE_MARGIN, |p| p.maintenance),
    ];
    for (metric, amount) in COLUMNS {
        let rows = accounts
            .iter()
            .flat_map(|(name, a)| a.positions.iter().map(|(key, row)| (key.labels(name), row)));
        families.add(metric, amounts(rows, amount));
    }
}

/// The families of `positions`.
#[must_use]
pub fn positions(accounts: &[Of<'_, Positions>]) -> Families {
    const COLUMNS: [Column<Position>; 9] = [
        (&c::POSITION_SIZE, |p| Some(p.size)),
        (&c::POSITION_NOTIONAL, Position::notional),
        (&c::POSITION_ENTRY_PRICE, |p| p.entry_price),
        (&c::POSITION_MARK_PRICE, |p| p.mark_price),
        (&c::POSITION_LIQUIDATION_PRICE, |p| p.liquidation_price),
        (&c::POSITION_UNREALIZED_PNL, |p| p.unrealized_pnl),
        (&c::POSITION_LEVERAGE, |p| p.leverage),
        (&c::POSITION_ISOLATED_MARGIN, |p| p.isolated_margin),
        (&c::POSITION_MAX_NOTIONAL, |p| p.max_notional),
    ];
    let rows = || {
        accounts
            .iter()
            .flat_map(|(name, p)| p.rows.iter().map(|(key, row)| (key.labels(name), row)))
    };
    let mut families = Families::default();
    for (metric, amount) in COLUMNS {
        families.add(metric, amounts(rows(), amount));
    }
    families.add(
        &c::POSITION_UPDATE_TIMESTAMP,
        rows().filter_map(|(labels, row)| Some((labels, seconds(row.update_time?)))),
    );
    families.add(
        &c::POSITION_INFO,
        rows().map(|([account, symbol, side], row)| {
            let margin_type = row.margin_type.as_deref().unwrap_or_default();
            let auto_add = row
                .auto_add_margin
                .map_or("", |b| if b { "true" } else { "false" });
            ([account, symbol, side, margin_type, auto_add], 1.0)
        }),
    );
    families.add(
        &c::ACCOUNT_OPEN_POSITIONS,
        accounts
            .iter()
            .filter_map(|(name, p)| Some(([*name], count(p.open?)))),
    );
    families
}

/// The families of `orders`.
#[must_use]
pub fn orders(accounts: &[Of<'_, Orders>]) -> Families {
    let mut families = Families::default();
    families.add(
        &c::ACCOUNT_OPEN_ORDERS,
        accounts
            .iter()
            .filter_map(|(name, o)| Some(([*name], count(o.count()?)))),
    );
    families.add(
        &c::OPEN_ORDERS,
        accounts.iter().flat_map(|(name, o)| {
            o.counts().into_iter().map(|(g, number)| {
                let labels = [
                    *name,
                    &g.symbol,
                    &g.side,
                    &g.position_side,
                    &g.order_type,
                    &g.reduce_only,
                ];
                (labels, count(number))
            })
        }),
    );
    families.add(
        &c::OPEN_ORDERS_NOTIONAL,
        accounts.iter().flat_map(|(name, o)| {
            o.notionals()
                .into_iter()
                .filter_map(|((symbol, side, position_side), sum)| {
                    Some(([*name, symbol, side, position_side], float(sum?)))
                })
        }),
    );
    families.add(
        &c::OPEN_ORDERS_OLDEST_TIMESTAMP,
        accounts.iter().flat_map(|(name, o)| {
            o.oldest()
                .into_iter()
                .filter_map(|(symbol, time)| Some(([*name, symbol], seconds(time?))))
        }),
    );
    families
}

/// The families that need `positions` and `orders`.
#[must_use]
pub fn coverage(accounts: &[(&str, &Positions, &Orders)]) -> Families {
    let mut families = Families::default();
    families.add(
        &c::POSITION_STOP_COVERAGE,
        accounts.iter().flat_map(|(name, positions, orders)| {
            orders
                .stop_coverage(positions)
                .into_iter()
                .map(|(key, ratio)| (key.labels(name), float(ratio)))
        }),
    );
    families
}

/// The families of `market`, for symbols in which an account has an open position.
#[must_use]
pub fn market(market: &Market, positions: &[Of<'_, Positions>]) -> Families {
    const COLUMNS: [Column<SymbolMarket>; 3] = [
        (&c::SYMBOL_MARK_PRICE, |s| s.mark_price),
        (&c::SYMBOL_INDEX_PRICE, |s| s.index_price),
        (&c::SYMBOL_FUNDING_RATE, |s| s.funding_rate),
    ];
    let open: BTreeSet<&str> = positions
        .iter()
        .flat_map(|(_, p)| &p.rows)
        .filter(|(_, row)| !row.size.is_zero())
        .map(|(key, _)| key.symbol.as_str())
        .collect();
    let held: BTreeMap<&str, &SymbolMarket> = open
        .into_iter()
        .filter_map(|s| Some((s, market.symbols.get(s)?)))
        .collect();
    let rows = || held.iter().map(|(symbol, row)| ([*symbol], *row));
    let mut families = Families::default();
    for (metric, amount) in COLUMNS {
        families.add(metric, amounts(rows(), amount));
    }
    families.add(
        &c::SYMBOL_NEXT_FUNDING_TIMESTAMP,
        rows().filter_map(|(labels, row)| Some((labels, seconds(row.next_funding_time?)))),
    );
    families
}

impl PositionKey {
    fn labels<'a>(&'a self, account: &'a str) -> [&'a str; 3] {
        [account, &self.symbol, &self.side]
    }
}

fn amounts<'r, R: 'r, const N: usize>(
    rows: impl Iterator<Item = ([&'r str; N], &'r R)>,
    amount: Amount<R>,
) -> impl Iterator<Item = ([&'r str; N], f64)> {
    rows.filter_map(move |(labels, row)| Some((labels, float(amount(row)?))))
}

fn count(number: usize) -> f64 {
    float(Decimal::from(number))
}

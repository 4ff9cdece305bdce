//! Every metric by name, type, labels, HELP and source: the only place where a metric is named.

/// The type of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Goes up and down.
    Gauge,
    /// Only goes up.
    Counter,
    /// Counts observations in buckets.
    Histogram,
}

impl Type {
    /// The name in the exposition format and the documentation.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric: what it is called and what it says.
#[derive(Debug)]
pub struct Metric {
    /// The full name.
    pub name: &'static str,
    /// The type.
    pub kind: Type,
    /// The label names, in the order in which values are given.
    pub labels: &'static [&'static str],
    /// One sentence: what it is, its unit, and the endpoint and field it comes from.
    pub help: &'static str,
}

/// A part of the catalogue, as the documentation shows it.
#[derive(Debug)]
pub struct Section {
    /// The headline.
    pub title: &'static str,
    /// What holds for all of its metrics.
    pub about: &'static str,
    /// Its metrics.
    pub metrics: &'static [&'static Metric],
}

macro_rules! section {
    ($section:ident, $title:literal, $about:literal; $($name:ident: $kind:ident $metric:literal [$($label:literal),*] $help:literal)+) => {
        $(
            #[doc = concat!("`", $metric, "`")]
            pub static $name: Metric = Metric {
                name: $metric,
                kind: Type::$kind,
                labels: &[$($label),*],
                help: $help,
            };
        )+
        /// A part of the catalogue.
        pub static $section: Section = Section { title: $title, about: $about, metrics: &[$(&$name),+] };
    };
}

section! { ACCOUNT, "Account",
    "Collector `account`. Totals of the account in USDT; in multi-assets mode the exchange values other assets in USDT.";
    ACCOUNT_WALLET_BALANCE: Gauge "aster_account_wallet_balance_usdt" ["account"]
        "Wallet balance of the account in USDT, without unrealized PnL (account: totalWalletBalance), collected on a timer."
    ACCOUNT_UNREALIZED_PNL: Gauge "aster_account_unrealized_pnl_usdt" ["account"]
        "Unrealized profit and loss of all positions in USDT (account: totalUnrealizedProfit), collected on a timer."
    ACCOUNT_MARGIN_BALANCE: Gauge "aster_account_margin_balance_usdt" ["account"]
        "Margin balance in USDT: wallet balance plus unrealized PnL, the equity (account: totalMarginBalance), collected on a timer."
    ACCOUNT_INITIAL_MARGIN: Gauge "aster_account_initial_margin_usdt" ["account"]
        "Initial margin in use by positions and open orders in USDT (account: totalInitialMargin), collected on a timer."
    ACCOUNT_MAINTENANCE_MARGIN: Gauge "aster_account_maintenance_margin_usdt" ["account"]
        "Maintenance margin in USDT: liquidation begins when the margin balance falls to it (account: totalMaintMargin), collected on a timer."
    ACCOUNT_POSITION_INITIAL_MARGIN: Gauge "aster_account_position_initial_margin_usdt" ["account"]
        "Initial margin in use by positions in USDT (account: totalPositionInitialMargin), collected on a timer."
    ACCOUNT_OPEN_ORDER_INITIAL_MARGIN: Gauge "aster_account_open_order_initial_margin_usdt" ["account"]
        "Initial margin in use by open orders in USDT (account: totalOpenOrderInitialMargin), collected on a timer."
    ACCOUNT_CROSS_WALLET_BALANCE: Gauge "aster_account_cross_wallet_balance_usdt" ["account"]
        "Wallet balance that backs cross positions in USDT (account: totalCrossWalletBalance), collected on a timer."
    ACCOUNT_CROSS_UNREALIZED_PNL: Gauge "aster_account_cross_unrealized_pnl_usdt" ["account"]
        "Unrealized profit and loss of cross positions in USDT (account: totalCrossUnPnl), collected on a timer."
    ACCOUNT_AVAILABLE_BALANCE: Gauge "aster_account_available_balance_usdt" ["account"]
        "Available margin in USDT: what new positions and orders can use (account: availableBalance), collected on a timer."
    ACCOUNT_MAX_WITHDRAW: Gauge "aster_account_max_withdraw_usdt" ["account"]
        "The most that could be withdrawn now in USDT (account: maxWithdrawAmount), collected on a timer."
    ACCOUNT_PERMISSION: Gauge "aster_account_permission" ["account", "permission"]
        "Whether the account may trade, deposit or withdraw, 1 or 0 (account: canTrade, canDeposit, canWithdraw), collected on a timer."
    ACCOUNT_FEE_TIER: Gauge "aster_account_fee_tier" ["account"]
        "Fee tier of the account, a number of the exchange's fee table (account: feeTier), collected on a timer."
    ACCOUNT_INFO: Gauge "aster_account_info" ["account", "auth"]
        "Always 1; auth says how requests are signed, further labels are those that the configuration gives the account."
}

section! { ASSETS, "Assets",
    "Collector `balance`; the last five from collector `account`. Amounts are in the asset that the label `asset` names: never sum over assets. An asset without balance or PnL is left out unless `--collector.balance.all-assets` is set.";
    ASSET_WALLET_BALANCE: Gauge "aster_asset_wallet_balance" ["account", "asset"]
        "Wallet balance in the asset (balance: balance), collected on a timer."
    ASSET_CROSS_WALLET_BALANCE: Gauge "aster_asset_cross_wallet_balance" ["account", "asset"]
        "Wallet balance that backs cross positions in the asset (balance: crossWalletBalance), collected on a timer."
    ASSET_CROSS_UNREALIZED_PNL: Gauge "aster_asset_cross_unrealized_pnl" ["account", "asset"]
        "Unrealized profit and loss of cross positions in the asset (balance: crossUnPnl), collected on a timer."
    ASSET_AVAILABLE_BALANCE: Gauge "aster_asset_available_balance" ["account", "asset"]
        "Available margin in the asset; in multi-assets mode the whole free collateral expressed in this asset (balance: availableBalance), collected on a timer."
    ASSET_MAX_WITHDRAW: Gauge "aster_asset_max_withdraw" ["account", "asset"]
        "The most that could be withdrawn now in the asset (balance: maxWithdrawAmount), collected on a timer."
    ASSET_MARGIN_AVAILABLE: Gauge "aster_asset_margin_available" ["account", "asset"]
        "Whether the asset can serve as margin in multi-assets mode, 1 or 0 (balance: marginAvailable), collected on a timer."
    ASSET_MARGIN_BALANCE: Gauge "aster_asset_margin_balance" ["account", "asset"]
        "Margin balance in the asset (account: assets.marginBalance), collected on a timer."
    ASSET_MAINTENANCE_MARGIN: Gauge "aster_asset_maintenance_margin" ["account", "asset"]
        "Maintenance margin in the asset (account: assets.maintMargin), collected on a timer."
    ASSET_INITIAL_MARGIN: Gauge "aster_asset_initial_margin" ["account", "asset"]
        "Initial margin in use in the asset (account: assets.initialMargin), collected on a timer."
    ASSET_POSITION_INITIAL_MARGIN: Gauge "aster_asset_position_initial_margin" ["account", "asset"]
        "Initial margin in use by positions in the asset (account: assets.positionInitialMargin), collected on a timer."
    ASSET_OPEN_ORDER_INITIAL_MARGIN: Gauge "aster_asset_open_order_initial_margin" ["account", "asset"]
        "Initial margin in use by open orders in the asset (account: assets.openOrderInitialMargin), collected on a timer."
}

section! { POSITIONS, "Positions",
    "Collector `positions`; the two margins from collector `account`. Amounts are in the symbol's margin asset. Only positions whose size is not zero, unless `--collector.positions.all-symbols` is set.";
    POSITION_SIZE: Gauge "aster_position_size" ["account", "symbol", "position_side"]
        "Position size in the base asset, negative for a short (positionRisk: positionAmt), collected on a timer."
    POSITION_NOTIONAL: Gauge "aster_position_notional" ["account", "symbol", "position_side"]
        "Position value in the margin asset, size times mark price, negative for a short (positionRisk: positionAmt, markPrice), collected on a timer."
    POSITION_ENTRY_PRICE: Gauge "aster_position_entry_price" ["account", "symbol", "position_side"]
        "Average entry price (positionRisk: entryPrice), collected on a timer."
    POSITION_MARK_PRICE: Gauge "aster_position_mark_price" ["account", "symbol", "position_side"]
        "Mark price by which the exchange values the position (positionRisk: markPrice), collected on a timer."
    POSITION_LIQUIDATION_PRICE: Gauge "aster_position_liquidation_price" ["account", "symbol", "position_side"]
        "Liquidation price; absent where the exchange gives none (positionRisk: liquidationPrice), collected on a timer."
    POSITION_UNREALIZED_PNL: Gauge "aster_position_unrealized_pnl" ["account", "symbol", "position_side"]
        "Unrealized profit and loss in the margin asset (positionRisk: unRealizedProfit), collected on a timer."
    POSITION_LEVERAGE: Gauge "aster_position_leverage" ["account", "symbol", "position_side"]
        "Leverage that is set for the position (positionRisk: leverage), collected on a timer."
    POSITION_ISOLATED_MARGIN: Gauge "aster_position_isolated_margin" ["account", "symbol", "position_side"]
        "Margin of an isolated position in the margin asset; absent for cross positions (positionRisk: isolatedMargin), collected on a timer."
    POSITION_MAX_NOTIONAL: Gauge "aster_position_max_notional" ["account", "symbol", "position_side"]
        "The largest position value allowed at this leverage, in the margin asset (positionRisk: maxNotionalValue), collected on a timer."
    POSITION_INITIAL_MARGIN: Gauge "aster_position_initial_margin" ["account", "symbol", "position_side"]
        "Initial margin that the position takes, in the margin asset (account: positions.positionInitialMargin), collected on a timer."
    POSITION_MAINTENANCE_MARGIN: Gauge "aster_position_maintenance_margin" ["account", "symbol", "position_side"]
        "Maintenance margin that the position needs, in the margin asset (account: positions.maintMargin), collected on a timer."
    POSITION_UPDATE_TIMESTAMP: Gauge "aster_position_update_timestamp_seconds" ["account", "symbol", "position_side"]
        "When the position last changed, Unix time in seconds (positionRisk: updateTime), collected on a timer."
    POSITION_INFO: Gauge "aster_position_info" ["account", "symbol", "position_side", "margin_type", "auto_add_margin"]
        "Always 1; margin_type is cross or isolated (positionRisk: marginType, isAutoAddMargin), collected on a timer."
    ACCOUNT_OPEN_POSITIONS: Gauge "aster_account_open_positions" ["account"]
        "How many positions are not zero (positionRisk), collected on a timer."
}

section! { ORDERS, "Open orders",
    "Collector `orders`; stop coverage from collectors `orders` and `positions`, while both are fresh.";
    ACCOUNT_OPEN_ORDERS: Gauge "aster_account_open_orders" ["account"]
        "How many orders are open (openOrders), collected on a timer."
    OPEN_ORDERS: Gauge "aster_open_orders" ["account", "symbol", "side", "position_side", "order_type", "reduce_only"]
        "How many orders of this kind are open (openOrders), collected on a timer."
    OPEN_ORDERS_NOTIONAL: Gauge "aster_open_orders_notional" ["account", "symbol", "side", "position_side"]
        "Value of the unfilled part of open orders in the quote asset, at their price or stop price (openOrders: origQty, executedQty, price, stopPrice), collected on a timer."
    OPEN_ORDERS_OLDEST_TIMESTAMP: Gauge "aster_open_orders_oldest_timestamp_seconds" ["account", "symbol"]
        "When the oldest open order was placed, Unix time in seconds (openOrders: time), collected on a timer."
    POSITION_STOP_COVERAGE: Gauge "aster_position_stop_coverage_ratio" ["account", "symbol", "position_side"]
        "How much of the position its stop orders would close, 0 to 1 (openOrders: origQty, executedQty, closePosition; positionRisk: positionAmt), collected on a timer."
}

section! { MARKET, "Market",
    "Collector `market`: one unsigned request for all accounts. Only symbols in which some account has an open position.";
    SYMBOL_MARK_PRICE: Gauge "aster_symbol_mark_price" ["symbol"]
        "Mark price of the symbol (premiumIndex: markPrice), collected on a timer."
    SYMBOL_INDEX_PRICE: Gauge "aster_symbol_index_price" ["symbol"]
        "Index price of the symbol (premiumIndex: indexPrice), collected on a timer."
    SYMBOL_FUNDING_RATE: Gauge "aster_symbol_funding_rate" ["symbol"]
        "What the next funding will charge longs, as a ratio of the position's value (premiumIndex: lastFundingRate), collected on a timer."
    SYMBOL_NEXT_FUNDING_TIMESTAMP: Gauge "aster_symbol_next_funding_timestamp_seconds" ["symbol"]
        "When funding is next charged, Unix time in seconds (premiumIndex: nextFundingTime), collected on a timer."
}

section! { TRADES_SECTION, "Trades",
    "Collector `trades`, summed by the ledger. Absent until the first import is complete; a label set that is new after that is shown at 0 for `ledger.zero_for` before its value. Profit and loss are of closing fills, not of round trips, and before fees.";
    TRADES: Counter "aster_trades_total" ["account", "symbol", "side", "position_side", "liquidity"]
        "Fills (userTrades), summed by the ledger."
    TRADES_BASE_VOLUME: Counter "aster_trades_base_volume_total" ["account", "symbol", "side", "position_side", "liquidity"]
        "Volume of fills in the base asset (userTrades: qty), summed by the ledger."
    TRADES_QUOTE_VOLUME: Counter "aster_trades_quote_volume_total" ["account", "symbol", "side", "position_side", "liquidity"]
        "Volume of fills in the quote asset (userTrades: quoteQty), summed by the ledger."
    TRADES_REALIZED_PROFIT: Counter "aster_trades_realized_profit_total" ["account", "symbol", "position_side"]
        "Realized profit of winning fills in the margin asset, before fees (userTrades: realizedPnl), summed by the ledger."
    TRADES_REALIZED_LOSS: Counter "aster_trades_realized_loss_total" ["account", "symbol", "position_side"]
        "Realized loss of losing fills in the margin asset, as a positive number, before fees (userTrades: realizedPnl), summed by the ledger."
    TRADES_CLOSING: Counter "aster_trades_closing_total" ["account", "symbol", "position_side", "outcome"]
        "Fills that realized a profit (win) or a loss (loss) (userTrades: realizedPnl), summed by the ledger."
    TRADES_COMMISSION: Counter "aster_trades_commission_total" ["account", "symbol", "asset", "liquidity"]
        "Commission of fills without its sign, in the asset it was paid in (userTrades: commission, commissionAsset), summed by the ledger."
    TRADES_LAST_TIMESTAMP: Gauge "aster_trades_last_timestamp_seconds" ["account", "symbol"]
        "When the newest fill happened, Unix time in seconds (userTrades: time), summed by the ledger."
}

section! { INCOME_SECTION, "Income",
    "Collector `income`, summed by the ledger. Absent until the first import is complete; a label set that is new after that is shown at 0 for `ledger.zero_for` before its value. `symbol` is empty where a record has none.";
    INCOME_RECEIVED: Counter "aster_income_received_total" ["account", "income_type", "asset", "symbol"]
        "Credits in units of the asset (income: income > 0), summed by the ledger."
    INCOME_PAID: Counter "aster_income_paid_total" ["account", "income_type", "asset", "symbol"]
        "Debits in units of the asset, as a positive number (income: income < 0), summed by the ledger."
    INCOME_RECORDS: Counter "aster_income_records_total" ["account", "income_type", "asset", "symbol"]
        "Records (income), counted by the ledger."
    INCOME_NET: Gauge "aster_income_net" ["account", "income_type", "asset", "window"]
        "Credits less debits in units of the asset within the window that ends now: today (UTC), 24h, 7d or 30d; absent where the ledger does not reach that far back (income: income)."
    INCOME_LAST_TIMESTAMP: Gauge "aster_income_last_timestamp_seconds" ["account", "income_type"]
        "When the newest record of the type was booked, Unix time in seconds (income: time)."
    LEDGER_START_TIMESTAMP: Gauge "aster_ledger_start_timestamp_seconds" ["account"]
        "Since when the ledger has every record, Unix time in seconds; it changes when a ledger is built anew, and the counters begin anew then."
    LEDGER_RECORDS: Gauge "aster_ledger_records" ["account", "kind"]
        "Records that the ledger keeps: income, and trade."
    LEDGER_IMPORT_PROGRESS: Gauge "aster_ledger_import_progress_ratio" ["account"]
        "How much of the income history the first import has read, 0 to 1; 1 when it is complete."
    LEDGER_GAPS: Gauge "aster_ledger_income_gaps" ["account"]
        "Moments (single milliseconds) that held more income records than the exchange gives out; more than 0 means that the sums lack records."
    LEDGER_CONFLICTS: Gauge "aster_ledger_conflicting_records" ["account", "kind"]
        "Records of the last collection that the exchange had told differently before; what it told first is kept."
    LEDGER_REBUILDS: Counter "aster_ledger_rebuilds_total" []
        "Damaged ledgers that were set aside and built anew since this process started."
}

section! { AGENT, "Agent keys",
    "Accounts with an agent key (V3). The exchange is asked hourly, by the way and not by a collector: where it refuses to tell, these are absent and nothing else fails.";
    AGENT_EXPIRY_TIMESTAMP: Gauge "aster_agent_expiry_timestamp_seconds" ["account"]
        "When the agent's key stops working, Unix time in seconds (agent: expired), collected hourly."
    AGENT_PERMISSION: Gauge "aster_agent_permission" ["account", "permission"]
        "Whether the agent may read, spot_trade, perp_trade or withdraw, 1 or 0; an exporter needs read alone (agent: canRead, canSpotTrade, canPerpTrade, canWithdraw), collected hourly."
}

section! { HEALTH, "Health",
    "What the exporter says of itself and of its requests. The collector `market` and unsigned requests belong to no account: their label `account` is empty.";
    UP: Gauge "aster_up" ["account"]
        "1 while the last collection of every enabled collector of the account succeeded and is not too old to be shown."
    COLLECTOR_SUCCESS: Gauge "aster_collector_success" ["account", "collector"]
        "1 while the collector's last collection succeeded and is not too old to be shown."
    COLLECTOR_LAST_SUCCESS: Gauge "aster_collector_last_success_timestamp_seconds" ["account", "collector"]
        "When the newest good data was asked for, Unix time in seconds."
    COLLECTOR_LAST_ATTEMPT: Gauge "aster_collector_last_attempt_timestamp_seconds" ["account", "collector"]
        "When the last collection that has ended began, Unix time in seconds."
    COLLECTOR_DURATION: Gauge "aster_collector_duration_seconds" ["account", "collector"]
        "How long the last collection took, in seconds."
    COLLECTOR_INTERVAL: Gauge "aster_collector_interval_seconds" ["account", "collector"]
        "How often the collector is due now: as configured, or as often as the weight budget can serve."
    COLLECTOR_PANICS: Counter "aster_collector_panics_total" ["account", "collector"]
        "Collections that a mistake of this program ended; the next one runs all the same."
    COLLECTOR_SKIPPED: Counter "aster_collector_skipped_total" ["account", "collector", "reason"]
        "Collections that were due but not run: requests are held back (blocked), or the one before still ran (overrun)."
    API_REQUESTS: Counter "aster_api_requests_total" ["account", "endpoint", "status"]
        "Requests sent, by HTTP status; timeout, connect and body are requests without a whole answer."
    API_ERRORS: Counter "aster_api_errors_total" ["account", "endpoint", "kind"]
        "What went wrong with requests and their answers, by what one can do about it."
    API_REQUEST_DURATION: Histogram "aster_api_request_duration_seconds" ["endpoint"]
        "How long requests took until the last byte of the answer, in seconds."
    API_USED_WEIGHT: Gauge "aster_api_used_weight" []
        "Request weight that this IP has used in the current minute, by anybody, as the exchange last said (X-MBX-USED-WEIGHT-1M)."
    API_WEIGHT_LIMIT: Gauge "aster_api_weight_limit" []
        "Request weight that the exchange allows this IP in a minute (exchangeInfo: rateLimits); 2400 until it was asked."
    API_WEIGHT_BUDGET: Gauge "aster_api_weight_budget" []
        "Request weight that this exporter allows itself in any minute."
    API_WEIGHT_SPENT: Counter "aster_api_weight_spent_total" ["account", "endpoint"]
        "Request weight that this exporter has spent."
    API_BLOCKED_UNTIL: Gauge "aster_api_blocked_until_timestamp_seconds" []
        "Until when no request is sent, after a 429, 418 or 403, Unix time in seconds; absent when requests are sent."
    CLOCK_OFFSET: Gauge "aster_clock_offset_seconds" []
        "The exchange's clock minus this machine's, in seconds (time: serverTime)."
    BUILD_INFO: Gauge "aster_exporter_build_info" ["version", "revision", "rustc"]
        "Always 1; what this exporter was built from."
    CONFIG_RELOAD_SUCCESSFUL: Gauge "aster_exporter_config_last_reload_successful" []
        "1 when the configuration was last read without an error."
    CONFIG_RELOAD_TIMESTAMP: Gauge "aster_exporter_config_last_reload_success_timestamp_seconds" []
        "When the configuration in use was read, Unix time in seconds."
}

/// The catalogue, in the order of the documentation.
pub static CATALOG: [&Section; 9] = [
    &ACCOUNT,
    &ASSETS,
    &POSITIONS,
    &ORDERS,
    &MARKET,
    &TRADES_SECTION,
    &INCOME_SECTION,
    &AGENT,
    &HEALTH,
];

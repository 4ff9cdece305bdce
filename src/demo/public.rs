//! The answers everybody gets: time, symbols, prices.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::account::MARGIN_ASSET;
use super::answers::{Endpoint, money};
use super::assets::{self, ASSETS};
use super::market::{Market, Symbol};

/// What holds for every account: the market, the server's time, the limit.
pub(crate) struct Public<'a> {
    pub(crate) market: &'a Market,
    pub(crate) now: i64,
    pub(crate) next_funding: i64,
    pub(crate) weight_limit: u32,
}

impl Public<'_> {
    /// The answer of an endpoint that needs no key.
    pub(crate) fn answer(&self, endpoint: Endpoint, symbol: Option<usize>) -> Value {
        match endpoint {
            Endpoint::Time => json!({"serverTime": self.now}),
            Endpoint::ExchangeInfo => self.exchange_info(),
            Endpoint::PremiumIndex => match symbol {
                Some(symbol) => self.premium(&self.market.symbols[symbol]),
                None => self
                    .market
                    .symbols
                    .iter()
                    .map(|symbol| self.premium(symbol))
                    .collect(),
            },
            _ => json!({}),
        }
    }

    fn exchange_info(&self) -> Value {
        let assets: Value = ASSETS
            .iter()
            .map(|(asset, _)| {
                json!({"asset": asset, "marginAvailable": assets::is_margin(asset), "autoAssetExchange": "0"})
            })
            .collect();
        let symbols: Value = self.market.symbols.iter().map(listing).collect();
        json!({
            "exchangeFilters": [],
            "rateLimits": [
                {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": self.weight_limit},
                {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
            ],
            "serverTime": self.now,
            "assets": assets,
            "symbols": symbols,
            "timezone": "UTC",
        })
    }

    fn premium(&self, symbol: &Symbol) -> Value {
        json!({
            "symbol": symbol.name,
            "markPrice": money(symbol.mark()),
            "indexPrice": money(symbol.index()),
            "estimatedSettlePrice": money(symbol.index()),
            "lastFundingRate": money(symbol.funding_rate()),
            "interestRate": "0.00010000",
            "nextFundingTime": self.next_funding,
            "time": self.now,
        })
    }
}

/// A symbol as `exchangeInfo` lists it.
fn listing(symbol: &Symbol) -> Value {
    let tick = Decimal::new(1, symbol.price_decimals).to_string();
    let lot = Decimal::new(1, symbol.quantity_decimals).to_string();
    json!({
        "symbol": symbol.name,
        "pair": symbol.name,
        "contractType": "PERPETUAL",
        "deliveryDate": 4_133_404_800_000_i64,
        "onboardDate": 1_627_628_400_000_i64,
        "status": if symbol.trading { "TRADING" } else { "SETTLING" },
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": symbol.base,
        "quoteAsset": "USDT",
        "marginAsset": MARGIN_ASSET,
        "pricePrecision": symbol.price_decimals,
        "quantityPrecision": symbol.quantity_decimals,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "settlePlan": 0,
        "triggerProtect": "0.0500",
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "10000000", "tickSize": tick},
            {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": "1000000", "stepSize": lot},
            {"filterType": "MIN_NOTIONAL", "notional": "5"},
        ],
        "orderTypes": [
            "LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET",
        ],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX", "HIDDEN"],
        "liquidationFee": "0.010000",
        "marketTakeBound": "0.30",
    })
}

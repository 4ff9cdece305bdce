//! The assets an account can hold, and what they are worth in USDT.

use rust_decimal::Decimal;

use super::market::Market;

/// Asset and the coin whose price it follows; no coin means it is worth one USDT.
pub(crate) const ASSETS: [(&str, &str); 32] = [
    ("CDL", "TWT"),
    ("FBTC", "BTC"),
    ("BONUSUSD", ""),
    ("USDCE", ""),
    ("FORM", "FORM"),
    ("USDBC", ""),
    ("STONE", "ETH"),
    ("ASTER", "ASTER"),
    ("SOL", "SOL"),
    ("BNB", "BNB"),
    ("ETH", "ETH"),
    ("CUSDT", ""),
    ("SLISBNB", "BNB"),
    ("VUSDT", ""),
    ("BUSD", ""),
    ("APX", "ASTER"),
    ("CAKE", "CAKE"),
    ("WBETH", "ETH"),
    ("BTC", "BTC"),
    ("TWT", "TWT"),
    ("SOLVBTC", "BTC"),
    ("LISUSD", ""),
    ("LISTA", "LISTA"),
    ("RSETH", "ETH"),
    ("JLP", "SOL"),
    ("USDF", ""),
    ("USDT", ""),
    ("AFEE", "ASTER"),
    ("PUMPBTC", "BTC"),
    ("USD1", ""),
    ("USDC", ""),
    ("ASBNB", "BNB"),
];

/// The asset's value in USDT.
pub(crate) fn value(market: &Market, asset: &str) -> Decimal {
    ASSETS
        .iter()
        .find(|(name, _)| *name == asset)
        .and_then(|(_, coin)| market.find(&format!("{coin}USDT")))
        .map_or(Decimal::ONE, |symbol| market.symbols[symbol].mark())
}

/// Whether the asset counts as margin in multi-assets mode.
pub(crate) fn is_margin(asset: &str) -> bool {
    !matches!(asset, "CDL" | "APX" | "AFEE" | "BONUSUSD")
}

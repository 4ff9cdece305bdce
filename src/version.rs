//! What this program was built from.

/// The version of the crate.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The commit, or `unknown` when it was built outside a checkout.
pub const REVISION: &str = env!("ASTER_EXPORTER_REVISION");
/// The compiler.
pub const RUSTC: &str = env!("ASTER_EXPORTER_RUSTC");
/// All of it, in a line.
pub const LONG: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (revision ",
    env!("ASTER_EXPORTER_REVISION"),
    ", rustc ",
    env!("ASTER_EXPORTER_RUSTC"),
    ")"
);

//! The command `aster-exporter`.

fn main() {}

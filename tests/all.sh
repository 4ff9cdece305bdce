#!/usr/bin/env bash
# Installs what the tests need, then runs every check of the project. Stops at the first that fails.
set -euo pipefail
cd "$(dirname "$0")/.."

# Debian's packages: a linker for Rust, the real Prometheus, Alertmanager and browser that the tests start, a reader of ledgers, and
# namespaces for a full disk.
# shellcheck source=tests/install.sh
source tests/install.sh gcc libc6-dev ca-certificates git prometheus prometheus-alertmanager chromium sqlite3 util-linux
deploy/validate.sh

cargo fmt --check
cargo clippy --locked --all-targets -- -D warnings
RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --document-private-items
cargo test --locked

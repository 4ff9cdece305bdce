#!/usr/bin/env bash
# Installs what the tests need, then runs every check of the project. Stops at the first that fails.
set -euo pipefail
cd "$(dirname "$0")/.."

# Debian's packages: a linker for Rust, the real Prometheus, Alertmanager and browser that the tests start, a reader of ledgers, and
# namespaces for a full disk.
packages=(gcc libc6-dev ca-certificates git prometheus prometheus-alertmanager chromium sqlite3 systemd util-linux)
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if ((${#missing[@]})); then
    root=()
    ((EUID == 0)) || root=(sudo)
    "${root[@]}" apt-get update
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
fi

cargo fmt --check
cargo clippy --locked --all-targets -- -D warnings
RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --document-private-items
cargo test --locked

#!/usr/bin/env bash
# Draws every dashboard of a folder from series that are made up: `pictures.sh ACCOUNTS OUT [--var account=main …]`.
# Needs prometheus, promtool, chromium and `npm ci`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
accounts=$1 out=$2
shift 2
folder=$(mktemp -d)
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
prometheus=
trap '[ -z "$prometheus" ] || kill "$prometheus"; wait; rm -rf "$folder"' EXIT

start() {
    prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/data" --storage.tsdb.retention.time=10y \
        --storage.tsdb.allow-overlapping-blocks --query.lookback-delta=31m --web.listen-address="127.0.0.1:$port" \
        --log.level=error 2>/dev/null &
    prometheus=$!
    until curl -fs "http://127.0.0.1:$port/-/ready" >/dev/null; do sleep 0.2; done
}

stop() {
    kill "$prometheus"
    wait "$prometheus" || true
    prometheus=
}

# The end is fixed, so that the pictures are the same every time: 2025-11-20 18:40 UTC.
end=1763664000
mkdir -p "$out"
echo "{}" >"$folder/prometheus.yml"
load() {
    promtool tsdb create-blocks-from openmetrics --max-block-duration=768h -q "$folder/series.txt" "$folder/data" >/dev/null
}

node "$here/sample/series.mjs" "$accounts" "$end" >"$folder/series.txt"
load

# Recording rules, first those that need no other.
pass=1
start
while node "$here/sample/rules.mjs" "$here/../../deploy/prometheus/rules/aster-records.yml" \
    "http://127.0.0.1:$port" "$end" "$pass" >"$folder/series.txt"; do
    stop
    load
    start
    pass=$((pass + 1))
done

for board in "$here"/../../grafana/dashboards/*.json; do
    node "$here/draw.mjs" --prometheus="http://127.0.0.1:$port" --to="$end" --out="$out/$(basename "$board" .json).png" "$@" "$board"
done

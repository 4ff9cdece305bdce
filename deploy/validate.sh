#!/usr/bin/env bash
# Checks everything that is shipped to run the exporter elsewhere, with the tools made for it. Installs them into target/validate.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=target/validate

# shellcheck source=tests/install.sh
source tests/install.sh git prometheus prometheus-alertmanager python3-venv shellcheck systemd \
    golang-go golang-github-masterminds-sprig-dev golang-gopkg-yaml.v3-dev

if ! cmp -s deploy/requirements.txt "$tools/requirements.txt"; then
    python3 -m venv --clear "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check --requirement deploy/requirements.txt
    cp deploy/requirements.txt "$tools/requirements.txt"
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# check NAME COMMAND…: what it prints is shown only when it fails.
check() {
    if ! "${@:2}" >"$folder/said" 2>&1; then
        printf 'FAILED  %s\n' "$1"
        cat "$folder/said"
        exit 1
    fi
    printf 'ok      %s\n' "$1"
}

mapfile -t scripts < <(git ls-files '*.sh' .ci/run deploy/debian/postinst)
check "shellcheck: ${#scripts[@]} scripts" shellcheck --external-sources "${scripts[@]}"
check "hadolint: Dockerfile" "$tools/bin/hadolint" deploy/docker/Dockerfile
mapfile -t yaml < <(git ls-files '*.yml' '*.yaml' .yamllint ':!deploy/helm/aster-exporter/templates/' ':!tests' ':!fuzz')
check "yamllint: ${#yaml[@]} files" "$tools/bin/yamllint" --strict "${yaml[@]}"
check "schema of Compose" "$tools/bin/check-jsonschema" --builtin-schema vendor.compose-spec deploy/compose/compose.yaml deploy/compose/compose.live.yaml
check "schema of GitHub's workflows" "$tools/bin/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml
check "schema of Dependabot" "$tools/bin/check-jsonschema" --builtin-schema vendor.dependabot .github/dependabot.yml

# What Compose mounts is there.
mounted() {
    local source
    while read -r source; do
        [[ -e deploy/compose/$source ]] || { echo "deploy/compose/$source is not there"; return 1; }
    done < <(sed -n 's/^ *- \(\.[^:]*\):.*/\1/p' deploy/compose/compose.yaml)
}
check "files that Compose mounts" mounted

# As the container of Prometheus sees it.
cp deploy/compose/prometheus.yml "$folder/prometheus.yml"
cp -r deploy/prometheus/rules "$folder/aster"
check "promtool: configuration of Prometheus with the rules" promtool check config "$folder/prometheus.yml"
check "amtool: configuration of Alertmanager" amtool check-config deploy/compose/alertmanager.yml
check "systemd-analyze: exposure at most 2.0" systemd-analyze security --offline=true --no-pager --threshold=20 deploy/systemd/aster-exporter.service

# shellcheck source=deploy/helm/validate.sh
source deploy/helm/validate.sh

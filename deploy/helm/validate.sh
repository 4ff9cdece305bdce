#!/usr/bin/env bash
# Checks the chart; sourced by deploy/validate.sh, whose `check`, $tools and $folder it uses.
# shellcheck shell=bash disable=SC2154
chart=deploy/helm/aster-exporter

(cd tools/helm-render && GO111MODULE=off GOPATH=/usr/share/gocode go build -o "$OLDPWD/$tools/helm-render" .)

render() {
    "$tools/helm-render" "$chart" aster-exporter monitoring "$@"
}
# refused VALUES: the schema must not take these.
refused() {
    printf '%s\n' "$1" >"$folder/wrong.yaml"
    ! "$tools/bin/check-jsonschema" --schemafile "$chart/values.schema.json" "$folder/wrong.yaml"
}
# whole VALUES: renders, and holds every object against the schemas.
whole() {
    local made
    made=$folder/$(basename "$1" .yaml)
    render "$1" | "$tools/bin/python" deploy/helm/split.py "$made" grafana/dashboards || return
    "$tools/bin/kubernetes-validate" --strict --kubernetes-version 1.33 "$made"/[A-Z]*.yaml || return
    if compgen -G "$made/operator/*.yaml" >/dev/null; then
        "$tools/bin/check-jsonschema" --schemafile deploy/helm/operator.schema.json "$made"/operator/*.yaml || return
        promtool check rules "$made/rules.yml"
    fi
}
check "chart: schema of its values" "$tools/bin/check-jsonschema" --schemafile "$chart/values.schema.json" "$chart/values.yaml" "$chart"/ci/*.yaml
for wrong in 'shards: 0' 'persistance: {}' 'image: {pullPolicy: Sometimes}' 'config: {accounts: main}'; do
    check "chart: its schema refuses $wrong" refused "$wrong"
done
for values in "$chart"/ci/*.yaml; do
    check "chart: objects of $(basename "$values")" whole "$values"
done
nothing() { ! render; }
check "chart: nothing to watch is refused" nothing

manifest() {
    {
        echo "# The chart aster-exporter with ci/example.yaml: for kubectl, in the namespace monitoring. Put your accounts into the ConfigMap, and keys into"
        echo "# the Secret aster-keys: kubectl --namespace monitoring create secret generic aster-keys --from-file=main.agent"
        render "$chart/ci/example.yaml"
    } >"$folder/manifest.yaml"
    if [[ ${UPDATE_GOLDEN:-} ]]; then cp "$folder/manifest.yaml" deploy/kubernetes/aster-exporter.yaml; fi
    diff deploy/kubernetes/aster-exporter.yaml "$folder/manifest.yaml"
}
check "deploy/kubernetes is what the chart renders (UPDATE_GOLDEN=1 writes it)" manifest

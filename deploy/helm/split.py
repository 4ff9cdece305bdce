"""Writes each object of a rendered chart (standard input) into a file of its own: FOLDER/KIND-NAME.yaml.

Objects of the Prometheus Operator go to FOLDER/operator, whose schema is ours, and the groups of rules to FOLDER/rules.yml for promtool.
A dashboard in a ConfigMap must be the one that the chart has as a file.
"""

import json
import pathlib
import sys

import yaml

folder, dashboards = map(pathlib.Path, sys.argv[1:])
(folder / "operator").mkdir(parents=True)
for document in yaml.safe_load_all(sys.stdin):
    kind, name = document["kind"], document["metadata"]["name"]
    ours = folder / "operator" if document["apiVersion"].startswith("monitoring.coreos.com/") else folder
    (ours / f"{kind}-{name}.yaml").write_text(yaml.safe_dump(document))
    if kind == "PrometheusRule":
        (folder / "rules.yml").write_text(yaml.safe_dump(document["spec"]))
    for entry, text in (document.get("data") or {}).items():
        if entry.endswith(".json"):
            assert json.loads(text) == json.loads((dashboards / entry).read_text()), f"{entry} is not the dashboard"

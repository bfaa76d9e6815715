"""Holds manifests to the schemas of Kubernetes. JSON in: {name: text of YAML or JSON}; out: {name: [faults]}."""

import json
import sys

import kubernetes_validate
import yaml

VERSION = sys.argv[1]


def faults_of(manifest):
    try:
        kubernetes_validate.validate(manifest, VERSION, strict=True)
        return []
    except kubernetes_validate.ValidationError as error:
        return [f"{'.'.join(str(part) for part in error.path)}: {error.message}"]


json.dump(
    {
        name: [fault for manifest in yaml.safe_load_all(text) for fault in faults_of(manifest)]
        for name, text in json.load(sys.stdin).items()
    },
    sys.stdout,
)

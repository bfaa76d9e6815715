"""Writes models/tree-contributions.json.gz: what LightGBM and XGBoost say that each column adds to their sums.

Run from anywhere: python test/golden/generate_tree_contributions.py
Needs lightgbm, xgboost and numpy. The models and rows are those of models/trees.json.gz and models/earlier-trees.json.gz, as far as
their rows have numbers alone.

A case: the places of the rows, and per row its contributions, output by output, each with the base last. A case whose framework
refuses contributions has none.
"""

import base64
import gzip
import json
from pathlib import Path

import lightgbm
import numpy as np
import xgboost

HERE = Path(__file__).parent / "models"
VERSIONS = {"lightgbm": lightgbm.__version__, "xgboost": xgboost.__version__, "numpy": np.__version__}
ROWS = 10


def contributions(case, values):
    if case["format"] == "lightgbm":
        booster = lightgbm.Booster(model_str=case["model"])
        return booster.predict(values, pred_contrib=True)
    is_binary = case["format"] == "xgboost_ubjson"
    model = base64.b64decode(case["model"]) if is_binary else case["model"].encode()
    booster = xgboost.Booster()
    booster.load_model(bytearray(model))
    matrix = xgboost.DMatrix(
        values,
        missing=case.get("missing", np.nan),
        feature_names=booster.feature_names,
        feature_types=booster.feature_types,
        enable_categorical=True,
    )
    return booster.predict(matrix, pred_contribs=True)


def main():
    cases = {}
    for name in ("trees", "earlier-trees"):
        with gzip.open(HERE / f"{name}.json.gz") as file:
            given = json.load(file)["cases"]
        for key, case in given.items():
            rows = case["rows"]
            # XGBoost 3.2 crashes where leaves have several values.
            if "multi_output_tree" in key or "vector" in key:
                continue
            if any(isinstance(cell, str) for row in rows for cell in row):
                continue
            places = sorted({int(i) for i in np.linspace(0, len(rows) - 1, ROWS)})
            values = np.array([[np.nan if cell is None else cell for cell in rows[i]] for i in places], dtype=float)
            try:
                found = np.asarray(contributions(case, values), dtype=float)
            except Exception as error:
                cases[f"{name}/{key}"] = {"rows": [], "refused": str(error).split("\n")[0][-120:]}
                continue
            cases[f"{name}/{key}"] = {"rows": places, "contributions": found.reshape(len(places), -1).tolist()}
    text = json.dumps({"versions": VERSIONS, "cases": cases}).encode()
    (HERE / "tree-contributions.json.gz").write_bytes(gzip.compress(text, 9, mtime=0))
    print({key: case.get("refused") for key, case in cases.items() if "refused" in case}, len(cases), len(text))


main()

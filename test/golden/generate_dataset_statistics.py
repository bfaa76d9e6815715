"""Writes test/golden/dataset_statistics.json: what pandas and SciPy say of the columns of examples/data.

Run from anywhere with pandas and SciPy: python test/golden/generate_dataset_statistics.py
"""
import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import scipy
from scipy.stats import entropy
from scipy.stats.contingency import association

ROOT = Path(__file__).resolve().parents[2]
TABLES = ["iris", "breast_cancer", "wine", "house_votes", "diabetes"]
PROBABILITIES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]


def column(series):
    of = {"present": int(series.count()), "distinct": int(series.nunique())}
    if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series):
        quantiles = series.quantile(PROBABILITIES)
        of["numbers"] = {
            "mean": series.mean(),
            "std": series.std(),
            "min": float(series.min()),
            "max": float(series.max()),
            "quantiles": {str(p): quantiles[p] for p in PROBABILITIES},
        }
    else:
        counts = series.value_counts()
        of["counts"] = {str(value): int(count) for value, count in counts.items()}
        of["balance"] = entropy(counts) / np.log(len(counts))
    return of


def table(name):
    frame = pd.read_csv(ROOT / f"examples/data/{name}.csv", keep_default_na=False, na_values=[""])
    numeric = frame.select_dtypes("number")
    others = frame.select_dtypes(exclude="number")
    correlations = numeric.corr()
    pearson = [[a, b, correlations.loc[a, b]] for a, b in combinations(numeric.columns, 2)]
    cramer = []
    for a, b in combinations(others.columns, 2):
        cells = pd.crosstab(others[a], others[b])
        if min(cells.shape) >= 2:
            cramer.append([a, b, association(cells.to_numpy(), method="cramer")])
    return {
        "rows": len(frame),
        "duplicates": int(frame.duplicated().sum()),
        "missing": int(frame.isna().sum().sum()),
        "columns": {name: column(frame[name]) for name in frame.columns},
        "pearson": [pair for pair in pearson if abs(pair[2]) > 0.9],
        "cramers_v": cramer[:40],
    }


golden = {"pandas": pd.__version__, "scipy": scipy.__version__, "tables": {name: table(name) for name in TABLES}}
path = Path(__file__).with_name("dataset_statistics.json")
path.write_text(json.dumps(golden, indent=1) + "\n")

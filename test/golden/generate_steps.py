"""Golden values of the encoding steps: run with scikit-learn to write steps.json anew."""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

NAN = float("nan")
GENERATOR = np.random.default_rng(7)

# One column each, as training values.
NUMERIC = {
    "plain": [3.0, 1.0, 2.0, 10.0, -4.5],
    "even_count": [4.0, 1.0, 3.0, 2.0],
    "missing": [NAN, 1.5, 2.5, NAN, 7.0, 1.5],
    "one_value": [5.0, 5.0, 5.0],
    "nearly_constant": [1e9 + 1, 1e9 + 2, 1e9 + 3],
    "ties": [2.0, 1.0, 2.0, 1.0, 3.0],
    "large_mean": (1e3 + GENERATOR.normal(size=50)).round(6).tolist(),
    "wide": [1e-300, 1e150, -1e150, 0.0],
}
CATEGORICAL = {
    "colours": ["red", "blue", "green", "blue", None, "red"],
    "one": ["a", "a"],
    "with_none_of_them": ["x", "y", "z"],
}
UNSEEN = "never seen"


def plain(values):
    return [None if np.isnan(v) else float(v) for v in np.ravel(values)]


def column(values):
    return np.array(values, dtype=float).reshape(-1, 1)


def numeric_case(name, values):
    x = column(values)
    imputed = {
        strategy: plain(SimpleImputer(strategy=strategy).fit_transform(x))
        for strategy in ("mean", "median", "most_frequent")
    }
    return {"name": name, "values": plain(x), "impute": imputed, "standardize": plain(StandardScaler().fit_transform(x))}


def categorical_case(name, values):
    present = np.array([v for v in values if v is not None], dtype=object).reshape(-1, 1)
    # A category that was not seen stands where ours has a missing value: a row of zeros.
    rows = np.array([UNSEEN if v is None else v for v in values], dtype=object).reshape(-1, 1)
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(present)
    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=NAN).fit(present)
    return {
        "name": name,
        "values": values,
        "one_hot": one_hot.transform(rows).tolist(),
        "ordinal": plain(ordinal.transform(rows)),
    }


golden = {
    "scikit_learn": sklearn.__version__,
    "numeric": [numeric_case(*item) for item in NUMERIC.items()],
    "categorical": [categorical_case(*item) for item in CATEGORICAL.items()],
}
path = Path(__file__).with_name("steps.json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")

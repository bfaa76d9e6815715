"""Writes test/golden/linear.json: what scikit-learn finds for the linear models on the data in examples/data.

Run from anywhere with scikit-learn, scipy and pandas: python test/golden/generate_linear.py
"""
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

warnings.simplefilter("ignore")
ROOT = Path(__file__).resolve().parents[2]
TARGETS = {"iris": "species", "wine": "cultivar", "breast_cancer": "diagnosis", "digits": "digit", "diabetes": "progression"}


def load(name, standardized, classes=None):
    """Columns as numbers, standardized by the population deviation (constant columns are left at 0)."""
    table = pd.read_csv(ROOT / "examples" / "data" / f"{name}.csv")
    if classes is not None:
        table = table[table[TARGETS[name]].isin(classes)]
    y = table.pop(TARGETS[name]).to_numpy()
    x = table.to_numpy(dtype=float)
    return StandardScaler().fit_transform(x) if standardized else x, y


def weights(n):
    """Weights that anyone can write down again: 0, 0.5, 1, 1.5, 2, 2.5, 3, 0, ..."""
    return np.arange(n) % 7 / 2


def numbers(values):
    return [float(f"{value:.13g}") for value in np.ravel(values)]


def logistic(name, standardized=True, classes=None, weighted=False, **parameters):
    x, y = load(name, standardized, classes)
    given = dict(parameters)
    if given.pop("penalty", "l2") is None:
        given["C"] = np.inf
    binary = len(np.unique(y)) == 2
    # Newton where the solver takes it to the last digit; L-BFGS with every tolerance off elsewhere.
    model = LogisticRegression(solver="newton-cholesky", tol=1e-14, max_iter=10_000, **given)
    model.fit(x, y, sample_weight=weights(len(y)) if weighted else None)
    return {
        "data": name, "standardized": standardized, "classes": classes, "weighted": weighted, "parameters": parameters,
        "coefficients": numbers(model.coef_), "intercepts": numbers(model.intercept_),
        "probabilities": numbers(model.predict_proba(x[:: max(1, len(y) // 10)])), "binary": binary,
    }


def regression(model, name, standardized=True, weighted=False, rank_deficient=False):
    x, y = load(name, standardized)
    if rank_deficient:
        # A copy of a column, a sum of two, and a constant.
        x = np.column_stack([x, x[:, 0], x[:, 1] + x[:, 2], np.full(len(y), 3.0)])
    model.fit(x, y, sample_weight=weights(len(y)) if weighted else None)
    given = {k: v for k, v in model.get_params().items() if k in ("alpha", "fit_intercept", "tol", "max_iter")}
    if not isinstance(model, Lasso):
        given = {k: v for k, v in given.items() if k in ("alpha", "fit_intercept")}
    return {
        "estimator": type(model).__name__, "data": name, "standardized": standardized, "weighted": weighted,
        "rankDeficient": rank_deficient, "parameters": given,
        "coefficients": numbers(model.coef_), "intercept": float(model.intercept_),
        "iterations": int(np.ravel(getattr(model, "n_iter_", 0) or 0)[0]),
    }


golden = {
    "scikit_learn": sklearn.__version__,
    "logistic": [
        *[logistic(name, C=c) for name in ("iris", "wine", "breast_cancer") for c in (0.1, 1.0, 10.0)],
        *[logistic(name, weighted=True) for name in ("iris", "wine", "breast_cancer")],
        *[logistic(name, class_weight="balanced") for name in ("wine", "breast_cancer")],
        logistic("breast_cancer", class_weight="balanced", weighted=True),
        logistic("wine", class_weight={"class_0": 2.0, "class_2": 0.5}),
        logistic("iris", standardized=False),
        logistic("iris", standardized=False, fit_intercept=False),
        logistic("breast_cancer", standardized=False),
        logistic("iris", classes=["versicolor", "virginica"], penalty=None),
        *[logistic(name, standardized=standardized, C=c)
          for name in ("iris", "wine") for standardized in (True, False) for c in (1e4, 1e6)],
        logistic("digits", classes=[0, 1]),
        logistic("digits", classes=[3, 8, 9], C=0.1),
    ],
    "regression": [
        *[
            regression(model, "diabetes", standardized=standardized, weighted=weighted)
            for standardized in (True, False)
            for weighted in (False, True)
            for model in (LinearRegression(), Ridge(), Ridge(alpha=100.0), Lasso())
        ],
        regression(LinearRegression(fit_intercept=False), "diabetes", standardized=False),
        regression(Ridge(fit_intercept=False), "diabetes", standardized=False),
        regression(Lasso(fit_intercept=False), "diabetes", standardized=False),
        *[regression(Lasso(alpha=alpha), "diabetes") for alpha in (0.01, 0.1, 5.0, 20.0, 50.0)],
        regression(LinearRegression(), "diabetes", rank_deficient=True),
        regression(LinearRegression(), "diabetes", standardized=False, rank_deficient=True, weighted=True),
        regression(Ridge(), "diabetes", rank_deficient=True),
        regression(Lasso(), "diabetes", rank_deficient=True),
    ],
}
(ROOT / "test" / "golden" / "linear.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")

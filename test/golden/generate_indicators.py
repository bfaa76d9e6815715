"""Writes test/golden/indicators.json: scikit-learn's linear models on one-hot columns, many of them and few ones.

The designs are drawn as in generate_least_squares.py, and again in src/learning/linear/indicators.test.ts.
Run from anywhere with scikit-learn: python test/golden/generate_indicators.py
"""
import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.linear_model import Lasso, LogisticRegression, Ridge

ROOT = Path(__file__).resolve().parents[2]
SHOWN_MAX = 60


def design(rows, levels, seed):
    """One-hot columns, a column of numbers between them, and a target that depends on the first levels."""
    state = seed

    def draw():
        nonlocal state
        state = (state * 1664525 + 1013904223) % 2**32
        return state / 2**32

    columns = []
    y = np.zeros(rows)
    for count in levels:
        codes = np.array([int(count * draw() ** 2) for _ in range(rows)])
        columns += [(codes == level).astype(float) for level in range(count) if level in codes]
        y += codes % 3
    columns.insert(len(columns) // 2, np.array([draw() - 0.5 for _ in range(rows)]))
    y += np.array([draw() * 4 - 2 for _ in range(rows)])
    return np.column_stack(columns), y


def golden(rows, levels, seed, weighted):
    x, y = design(rows, levels, seed)
    weights = np.arange(rows) % 7 / 2 if weighted else None
    middle = float(np.median(y))
    found = []
    for classes in (2, 3):
        codes = (y > middle).astype(int) + (classes == 3) * (y > middle + 2)
        model = LogisticRegression(solver="newton-cholesky", tol=1e-13, max_iter=1000).fit(x, codes, sample_weight=weights)
        found.append({"estimator": "LogisticRegression", "classes": classes, "coefficients": model.coef_, "intercepts": model.intercept_})
    for alpha in (0.05, 0.005):
        model = Lasso(alpha=alpha, tol=1e-13, max_iter=100_000).fit(x, y, sample_weight=weights)
        found.append({"estimator": "Lasso", "alpha": alpha, "coefficients": model.coef_, "intercepts": [model.intercept_]})
    model = Ridge(alpha=0.5, solver="svd" if not weighted else "cholesky").fit(x, y, sample_weight=weights)
    found.append({"estimator": "Ridge", "alpha": 0.5, "coefficients": model.coef_, "intercepts": [model.intercept_]})
    for one in found:
        one["norm"] = float(np.linalg.norm(one["coefficients"]))
        for key in ("coefficients", "intercepts"):
            one[key] = [float(f"{value:.13g}") for value in np.ravel(one[key])[:SHOWN_MAX]]
    return {"rows": rows, "levels": levels, "seed": seed, "weighted": weighted, "middle": middle, "models": found}


designs = [
    golden(3000, [60, 30, 12, 2], 1, False),
    golden(3000, [60, 30, 12, 2], 2, True),
    golden(700, [500, 300, 100], 3, False),
    golden(700, [500, 300, 100], 4, True),
]
text = json.dumps({"scikit_learn": sklearn.__version__, "designs": designs}, separators=(",", ":"))
(ROOT / "test" / "golden" / "indicators.json").write_text(text + "\n")

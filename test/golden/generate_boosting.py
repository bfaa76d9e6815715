"""Writes boosting.json: predictions of scikit-learn's HistGradientBoosting*, to be met by src/learning/boosting.

Run from anywhere: python test/golden/generate_boosting.py
"""
import csv
import json
import pathlib

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.model_selection import cross_val_score, KFold, StratifiedKFold

ROOT = pathlib.Path(__file__).resolve().parents[2]


def table(name, target):
    with open(ROOT / "examples/data" / name, newline="") as file:
        rows = list(csv.DictReader(file))
    names = [column for column in rows[0] if column != target]
    # Cells of words are numbered in the order of the alphabet, empty cells are missing.
    columns = []
    for column in names:
        cells = [row[column] for row in rows]
        try:
            columns.append([float(cell) if cell else np.nan for cell in cells])
        except ValueError:
            words = sorted(set(cells) - {""})
            columns.append([words.index(cell) if cell else np.nan for cell in cells])
    return np.array(columns).T, np.array([row[target] for row in rows])


# Exact cases: few distinct values, so that bins need no quantiles; noisy targets, so that gains do not tie.
rng = np.random.default_rng(12)
n, d = 400, 5
X = rng.integers(0, 60, (n, d)).astype(float)
X[:, 4] = rng.integers(0, 7, n)
signal = X[:, 0] / 10 + np.sin(X[:, 1] / 8) * 3 + (X[:, 2] > 30) * 2 + (X[:, 4] == 3) * 4 - (X[:, 4] == 5) * 2
y = signal + rng.normal(size=n)
holes = X.copy()
holes[rng.random((n, d)) < 0.15] = np.nan
weight = rng.integers(1, 4, n).astype(float)
quick = dict(max_iter=30, early_stopping=False, random_state=0)
counts = rng.poisson(np.exp(signal / 6)).astype(float)
two = (y > np.median(y)).astype(int)
three = np.digitize(y, np.quantile(y, [0.3, 0.7]))
MAX_LEAVES = dict(max_leaf_nodes=8, max_depth=3, min_samples_leaf=7, l2_regularization=1.5, learning_rate=0.2)

REGRESSIONS = [
    ("squared error", {}, X, y, None),
    ("squared error, missing values", {}, holes, y, None),
    ("squared error, weights", {}, X, y, weight),
    ("squared error, bounds", MAX_LEAVES, holes, y, None),
    ("squared error, no bound on leaves", dict(max_leaf_nodes=None, min_samples_leaf=3), X, y, None),
    ("squared error, categories", dict(categorical_features=[4]), X, y, None),
    ("squared error, missing categories", dict(categorical_features=[4]), holes, y, None),
    ("squared error, monotonic", dict(monotonic_cst=[1, 0, -1, 0, 0]), X, y, None),
    ("absolute error", dict(loss="absolute_error", learning_rate=0.05, max_iter=3), X, y, None),
    ("quantile", dict(loss="quantile", quantile=0.8, max_iter=3), X, y, None),
    ("poisson", dict(loss="poisson"), holes, counts, None),
]
CLASSIFICATIONS = [
    ("two classes", {}, X, two, None),
    ("two classes, missing values, weights", {}, holes, two, weight),
    ("two classes, balanced", dict(class_weight="balanced"), X, (y > np.quantile(y, 0.8)).astype(int), None),
    ("three classes", {}, holes, three, None),
]


def plain(values):
    """JSON without NaN."""
    return [None if np.isnan(value) else value for value in values]


def case(name, estimator, given, X, y, weight, predict):
    fitted = estimator(**{**quick, **given}).fit(X, y, sample_weight=weight)
    return {
        "name": name,
        "given": {key: value for key, value in given.items() if key != "categorical_features"},
        "categories": given.get("categorical_features", []),
        "rows": "holes" if X is holes else "full",
        "target": [float(value) for value in np.asarray(y).round(6)],
        "weighted": weight is not None,
        "predictions": [float(f"{value:.9g}") for value in predict(fitted, X)[:100].ravel()],
    }


y = y.round(6)
REGRESSIONS = [(name, given, data, target if target is counts else y, w) for name, given, data, target, w in REGRESSIONS]

SCORES = [
    ("iris.csv", "species"),
    ("wine.csv", "cultivar"),
    ("breast_cancer.csv", "diagnosis"),
    ("house_votes.csv", "Class"),
    ("diabetes.csv", "progression"),
]
scores = {}
for name, target in SCORES:
    data, labels = table(name, target)
    if name == "diabetes.csv":
        folds = KFold(5, shuffle=True, random_state=0)
        found = cross_val_score(HistGradientBoostingRegressor(random_state=0), data, labels.astype(float), cv=folds)
    else:
        folds = StratifiedKFold(5, shuffle=True, random_state=0)
        given = dict(categorical_features=list(range(data.shape[1]))) if name == "house_votes.csv" else {}
        found = cross_val_score(HistGradientBoostingClassifier(random_state=0, **given), data, labels, cv=folds)
    test_of_row = np.zeros(len(labels), int)
    for fold, (_, test) in enumerate(folds.split(data, labels)):
        test_of_row[test] = fold
    scores[name] = {"target": target, "folds": "".join(map(str, test_of_row)), "scores": [round(s, 6) for s in found]}

# A class that outweighs all others: its share rounds to 1, and the baseline is clipped.
extreme = []
eight = np.arange(8.0)[:, None]
for codes in ([0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 2, 2, 2]):
    for heavy in (1e16, 1e17, 1e300):
        fitted = HistGradientBoostingClassifier(class_weight={1: heavy}, min_samples_leaf=1).fit(eight, codes)
        found = [float(f"{value:.9g}") for value in fitted.predict_proba(eight).ravel()]
        extreme.append({"codes": codes, "weight": heavy, "predictions": found})

out = {
    "scikit_learn": sklearn.__version__,
    "full": [plain(column) for column in X.T],
    "holes": [plain(column) for column in holes.T],
    "weight": weight.tolist(),
    "regressions": [
        case(*row[:1], HistGradientBoostingRegressor, *row[1:], lambda fitted, X: fitted.predict(X)) for row in REGRESSIONS
    ],
    "classifications": [
        case(*row[:1], HistGradientBoostingClassifier, *row[1:], lambda fitted, X: fitted.predict_proba(X))
        for row in CLASSIFICATIONS
    ],
    "extreme_weights": extreme,
    "scores": scores,
}
(ROOT / "test/golden/boosting.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")

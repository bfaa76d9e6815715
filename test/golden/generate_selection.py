"""Golden values of the selection of columns: run with scikit-learn to write selection.json anew."""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.feature_selection import SelectFromModel, VarianceThreshold
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression, Ridge
from sklearn.tree import DecisionTreeRegressor

GENERATOR = np.random.default_rng(17)
ROWS, COLUMNS = 80, 7
x = (GENERATOR.normal(size=(ROWS, COLUMNS)) * [1, 2, 0.5, 1, 3, 0.1, 1]).round(3)
signal = x @ [1.5, 0, -4, 0.2, 0.05, 8, 0]
y = (signal + GENERATOR.normal(scale=0.5, size=ROWS)).round(3)
classes = np.digitize(signal, [-1, 1]).astype(int)

ESTIMATORS = {
    "Lasso": (Lasso(alpha=0.3, tol=1e-12, max_iter=100000), y),
    "Ridge": (Ridge(), y),
    "LinearRegression": (LinearRegression(), y),
    "LogisticRegression": (LogisticRegression(tol=1e-10, max_iter=10000), classes),
    "DecisionTreeRegressor": (DecisionTreeRegressor(max_depth=3, random_state=0), y),
}
# The threshold None is the default, which is another for Lasso.
CHOICES = [(None, None), ("mean", None), ("median", None), ("0.5*mean", None), (0.3, None), (-np.inf, 2), ("median", 3)]


def selected(name, threshold, columns_max):
    estimator, target = ESTIMATORS[name]
    fitted = SelectFromModel(estimator, threshold=threshold, max_features=columns_max).fit(x, target)
    return {
        "estimator": name,
        "threshold": "-inf" if threshold == -np.inf else threshold,
        "columnsMax": columns_max,
        "kept": np.flatnonzero(fitted.get_support()).tolist(),
    }


varied = x.copy()
varied[:, 1] = 0.1
varied[::3, 4] = np.nan
golden = {
    "scikit_learn": sklearn.__version__,
    "x": x.T.tolist(),
    "y": y.tolist(),
    "classes": classes.tolist(),
    "importance": [selected(name, *choice) for name in ESTIMATORS for choice in CHOICES],
    "varied": [[None if np.isnan(v) else v for v in column] for column in varied.T],
    "variance": [
        {"threshold": threshold, "kept": np.flatnonzero(VarianceThreshold(threshold).fit(varied).get_support()).tolist()}
        for threshold in (0.0, 0.2, 0.9, 2.0)
    ],
}
path = Path(__file__).with_name("selection.json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")

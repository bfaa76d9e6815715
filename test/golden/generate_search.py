"""Golden scores of GridSearchCV on our folds: run with scikit-learn to write search.json anew; needs Node 24 as `node`."""

import json
import subprocess
from pathlib import Path

import numpy as np
import sklearn
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

HERE = Path(__file__).parent
GENERATOR = np.random.default_rng(31)
ROWS = 90
x = GENERATOR.normal(size=(ROWS, 4)).round(3)
signal = x @ [1.5, -2.0, 0.5, 0.0]
y = (signal + GENERATOR.normal(scale=0.8, size=ROWS)).round(3)
classes = np.digitize(signal + GENERATOR.normal(scale=0.8, size=ROWS), [-1, 1]).astype(int)

folds = json.loads(subprocess.check_output(["node", str(HERE / "search_folds.ts"), json.dumps(classes.tolist())]))
CLASSES = {"accuracy": "accuracy", "balanced_accuracy": "balanced_accuracy", "f1_macro": "f1_macro",
           "log_loss": "neg_log_loss", "roc_auc": "roc_auc_ovr"}
NUMBERS = {"r2": "r2", "root_mean_squared_error": "neg_root_mean_squared_error",
           "mean_absolute_error": "neg_mean_absolute_error"}
SEARCHES = {
    "ridge": (Ridge(), {"alpha": [0.01, 1, 100], "fit_intercept": [True, False]}),
    "linear_regression": (LinearRegression(), {"fit_intercept": [True, False]}),
    "k_neighbors_regressor": (KNeighborsRegressor(), {"n_neighbors": [2, 5, 11], "weights": ["uniform", "distance"]}),
    "logistic_regression": (LogisticRegression(tol=1e-10, max_iter=10000), {"C": [0.01, 1, 100]}),
    "k_neighbors_classifier": (KNeighborsClassifier(), {"n_neighbors": [2, 5, 11], "weights": ["uniform", "distance"]}),
    "gaussian_naive_bayes": (GaussianNB(), {"var_smoothing": [1e-9, 0.1, 1]}),
}


def search(name):
    estimator, space = SEARCHES[name]
    is_classes = sklearn.base.is_classifier(estimator)
    scorings = CLASSES if is_classes else NUMBERS
    kind = "stratified" if is_classes else "plain"
    splits = [(fold["training"], fold["validation"]) for fold in folds[kind]]
    grid = GridSearchCV(estimator, space, scoring=scorings, refit=False, cv=splits)
    results = grid.fit(x, classes if is_classes else y).cv_results_
    sign = lambda scoring: -1 if scorings[scoring].startswith("neg_") else 1
    return {
        "estimator": name,
        "space": space,
        "folds": kind,
        "parameters": results["params"],
        "scores": {
            scoring: {
                "mean": (sign(scoring) * results[f"mean_test_{scoring}"]).tolist(),
                "deviation": results[f"std_test_{scoring}"].tolist(),
            }
            for scoring in scorings
        },
    }


golden = {
    "scikit_learn": sklearn.__version__,
    "x": x.tolist(),
    "y": y.tolist(),
    "classes": classes.tolist(),
    "folds": folds,
    "searches": [search(name) for name in SEARCHES],
}
(HERE / "search.json").write_text(json.dumps(golden) + "\n")

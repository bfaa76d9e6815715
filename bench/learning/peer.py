"""One fit and one prediction by scikit-learn or LightGBM. Takes an order as JSON, prints a measurement as JSON.

The same data, parameters and threads as fit-ours.ts; see measurement.ts for both shapes. With `versions` as the only
argument it prints what is installed.
"""

import json
import pickle
import resource
import sys
import time

import numpy as np


def versions() -> dict:
    import platform

    import sklearn

    found = {"python": platform.python_version(), "scikit-learn": sklearn.__version__, "numpy": np.__version__}
    try:
        import lightgbm

        found["lightgbm"] = lightgbm.__version__
    except ImportError:
        pass
    return found


def make(library: str, name: str, parameters: dict, threads: int):
    if library == "lightgbm":
        import lightgbm

        names = {"max_iter": "n_estimators", "max_leaf_nodes": "num_leaves", "random_state": "random_state"}
        given = {names[k]: v for k, v in parameters.items() if k in names}
        kind = lightgbm.LGBMClassifier if name.endswith("classifier") else lightgbm.LGBMRegressor
        return kind(**given, n_jobs=threads, verbose=-1)
    from sklearn import cluster, ensemble, linear_model, naive_bayes, neighbors, tree

    jobs = {"n_jobs": threads}
    kinds = {
        "decision_tree_classifier": (tree.DecisionTreeClassifier, {}),
        "decision_tree_regressor": (tree.DecisionTreeRegressor, {}),
        "random_forest_classifier": (ensemble.RandomForestClassifier, jobs),
        "random_forest_regressor": (ensemble.RandomForestRegressor, jobs),
        "extra_trees_classifier": (ensemble.ExtraTreesClassifier, jobs),
        "extra_trees_regressor": (ensemble.ExtraTreesRegressor, jobs),
        "gradient_boosting_classifier": (ensemble.HistGradientBoostingClassifier, {}),
        "gradient_boosting_regressor": (ensemble.HistGradientBoostingRegressor, {}),
        "gaussian_naive_bayes": (naive_bayes.GaussianNB, {}),
        "categorical_naive_bayes": (naive_bayes.CategoricalNB, {"min_categories": 16}),
        "k_nearest_neighbors_classifier": (neighbors.KNeighborsClassifier, jobs),
        "k_nearest_neighbors_regressor": (neighbors.KNeighborsRegressor, jobs),
        "logistic_regression": (linear_model.LogisticRegression, {}),
        "linear_regression": (linear_model.LinearRegression, {}),
        "ridge_regression": (linear_model.Ridge, {}),
        "lasso_regression": (linear_model.Lasso, {}),
        "k_means": (cluster.KMeans, {}),
        "isolation_forest": (ensemble.IsolationForest, jobs),
    }
    kind, extra = kinds[name]
    return kind(**parameters, **extra)


def predict(model, task: str, x):
    if task in ("classes", "categories"):
        return model.predict_proba(x)
    if task == "anomalies":
        return model.decision_function(x)
    return model.predict(x)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def resident_mb() -> float:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 1e6


def main() -> None:
    if sys.argv[1] == "versions":
        print(json.dumps(versions()))
        return
    order = json.loads(sys.argv[1])
    with open(order["data"] + ".json") as file:
        counts = json.load(file)
    rows, columns, test_rows = counts["trainRows"], counts["columnCount"], counts["testRows"]
    values = np.memmap(order["data"] + ".bin", dtype=np.float64, mode="r")
    at = rows * columns
    x = np.ascontiguousarray(values[:at].reshape(columns, rows).T)
    x_test = np.array(values[at : at + test_rows * columns]).reshape(test_rows, columns)
    at += test_rows * columns
    y = np.array(values[at : at + rows])
    del values
    task = order["task"]
    if task in ("classes", "categories"):
        y = y.astype(np.int64)
    if task == "categories":
        x, x_test = x.astype(np.int64), x_test.astype(np.int64)
    model = make(order["library"], order["estimator"], order["parameters"], order["threads"])
    before = resident_mb()
    start = time.perf_counter()
    model.fit(x, y) if task in ("classes", "categories", "values") else model.fit(x)
    fit_end = time.perf_counter()
    peak = peak_mb()
    predict_times = []
    for _ in range(3):
        predict_start = time.perf_counter()
        predictions = predict(model, task, x_test)
        predict_times.append(time.perf_counter() - predict_start)
    np.ascontiguousarray(predictions, dtype=np.float64).tofile(order["predictions"])
    measurement = {
        "fitSeconds": fit_end - start,
        "predictSeconds": sorted(predict_times)[1],
        "peakMb": peak,
        "beforeMb": before,
        "modelBytes": len(pickle.dumps(model)),
    }
    print(json.dumps(measurement))


main()

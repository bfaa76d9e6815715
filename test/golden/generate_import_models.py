"""Makes small models with skl2onnx, LightGBM and XGBoost, and golden rows: what the framework itself predicts for rows.

Needs numpy, pandas, scikit-learn, lightgbm, xgboost, skl2onnx, onnx and protobuf below 7.
Run: python test/golden/generate_import_models.py
Writes test/golden/models/imports/NAME.onnx, .txt or .ubj, and NAME.json, a list of rows with the features, the label in `y`, and of
classifiers y.probability.CLASS. hazard_* are models that skl2onnx converts without an error, and wrongly.
"""
import json
import pathlib

import lightgbm
import numpy as np
import pandas as pd
import xgboost
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

OUT = pathlib.Path(__file__).parent / "models" / "imports"
TENSORS = {"float32": FloatTensorType, "float64": DoubleTensorType}


def plain(value):
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else float(value)
    return value.item() if isinstance(value, np.generic) else value


def write(name, onnx, frame, expected):
    if onnx is not None:
        (OUT / f"{name}.onnx").write_bytes(onnx.SerializeToString())
    rows = [
        {**{column: plain(value) for column, value in row.items()}, **{column: plain(values[i]) for column, values in expected.items()}}
        for i, row in enumerate(frame.to_dict("records"))
    ]
    (OUT / f"{name}.json").write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


def expected_of(model, x):
    expected = {"y": model.predict(x)}
    if hasattr(model, "predict_proba"):
        for code, label in enumerate(model.classes_):
            expected[f"y.probability.{label}"] = model.predict_proba(x)[:, code]
    return expected


def matrix(name, model, x, y, rows, tensor="float32", options=None, **kwargs):
    model.fit(x, y)
    if options is None:
        options = {"zipmap": False} if hasattr(model, "predict_proba") else None
    onnx = to_onnx(model, initial_types=[("X", TENSORS[tensor]([None, x.shape[1]]))], options=options, **kwargs)
    frame = pd.DataFrame(rows, columns=[f"X_{j}" for j in range(x.shape[1])])
    write(name, onnx, frame, expected_of(model, rows))


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    iris, diabetes = load_iris(), load_diabetes()
    species = iris.target_names[iris.target]
    matrix("forest", RandomForestClassifier(8, max_depth=4, random_state=1), iris.data, species, iris.data[::5])
    matrix("forest_zipmap", RandomForestClassifier(2, max_depth=2, random_state=1), iris.data, species, iris.data[::25], options={})
    matrix("naive_bayes", GaussianNB(), iris.data, iris.target, iris.data[::5], "float64")
    matrix("neighbors", KNeighborsClassifier(5), iris.data[::2], iris.target[::2], iris.data[1::10])
    matrix("forest_numbers", RandomForestRegressor(6, max_depth=4, random_state=1), diabetes.data, diabetes.target, diabetes.data[::20])
    matrix("ridge", Ridge(), diabetes.data, diabetes.target, diabetes.data[::20], "float64")

    columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    flowers = pd.DataFrame(iris.data, columns=columns)
    small = {"n_estimators": 8, "num_leaves": 5, "verbose": -1, "n_jobs": 1, "random_state": 1, "deterministic": True}
    boosted = lightgbm.LGBMClassifier(**small).fit(flowers, species)
    boosted.booster_.save_model(OUT / "lightgbm.txt")
    write("lightgbm", None, flowers[::3], expected_of(boosted, flowers[::3]))
    numbers = xgboost.XGBRegressor(n_estimators=8, max_depth=3, random_state=1).fit(diabetes.data, diabetes.target)
    numbers.save_model(OUT / "xgboost.ubj")
    rows = pd.DataFrame(diabetes.data[::20], columns=[f"f{j}" for j in range(10)])
    write("xgboost", None, rows, {"y": numbers.predict(rows.to_numpy()).astype(float)})

    rng = np.random.default_rng(7)
    x = rng.normal(size=(400, 3))
    y = (x[:, 0] + rng.normal(size=400) > 0).astype(int)
    z = 3 * x[:, 0] - x[:, 1] + rng.normal(size=400)
    holes = x.copy()
    holes[rng.random(holes.shape) < 0.2] = np.nan
    boosting = {"max_iter": 6, "max_leaf_nodes": 7, "random_state": 1}
    matrix("boosting_missing", HistGradientBoostingClassifier(**boosting), holes, y, holes[:40])
    matrix("boosting_numbers", HistGradientBoostingRegressor(**boosting), holes, z, holes[:40])
    matrix("hazard_forest_missing", RandomForestClassifier(8, max_depth=4, random_state=1), holes, y, holes[:40])
    kinds = np.column_stack([x[:, :2], rng.integers(0, 6, size=400)])
    odd = np.isin(kinds[:, 2], [1, 3]).astype(int) ^ (x[:, 0] > 1)
    categorical = HistGradientBoostingClassifier(categorical_features=[2], **boosting)
    matrix("hazard_boosting_categories", categorical, kinds, odd, kinds[:40])

    forest = IsolationForest(n_estimators=10, max_samples=32, random_state=1).fit(iris.data)
    onnx = to_onnx(forest, initial_types=[("X", FloatTensorType([None, 4]))], target_opset={"": 15, "ai.onnx.ml": 3})
    rows = pd.DataFrame(iris.data[::10], columns=[f"X_{j}" for j in range(4)])
    write("isolation_forest", onnx, rows, {"y": forest.decision_function(rows.to_numpy())})

    people = pd.DataFrame(
        {
            "age": rng.uniform(18, 80, 300).round(1),
            "income": rng.normal(2, 1, 300).round(3),
            "city": rng.choice(["Lyon", "São Paulo", "Kraków"], 300),
            "plan": rng.choice(["a", "b", "c"], 300),
        }
    )
    answer = np.where(people["age"] + 20 * (people["city"] == "Lyon") + rng.normal(0, 9, 300) > 55, "yes", "no")
    pipeline = make_pipeline(
        ColumnTransformer(
            [
                ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), ["age", "income"]),
                ("kinds", OneHotEncoder(handle_unknown="ignore"), ["city", "plan"]),
            ]
        ),
        LogisticRegression(),
    ).fit(people, answer)
    types = [(name, FloatTensorType([None, 1])) for name in ("age", "income")]
    types += [(name, StringTensorType([None, 1])) for name in ("city", "plan")]
    onnx = to_onnx(pipeline, initial_types=types, options={"zipmap": False})
    some = people.head(30).copy()
    some.loc[0, "city"] = "Nowhere"
    some.loc[1, "plan"] = ""
    some.loc[2, "age"] = np.nan
    write("pipeline", onnx, some, expected_of(pipeline, some))


main()

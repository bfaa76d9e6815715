"""Writes models/trees.json.gz: models of LightGBM and XGBoost, and what each says of rows at the edges of its splits.

Run from anywhere: python test/golden/generate_tree_models.py
Needs lightgbm, xgboost, scikit-learn, pandas and numpy. models/earlier-trees.json.gz has more of them in the same form, among
them models of XGBoost 2.1; these were made by another script and are kept as they are.

A case: the model as its framework saves it (text, or base64 of UBJSON), the rows (null is missing), raw scores, answers, and the
leaf of each row in each tree. Numbers are written so that they read as the same doubles; float32 as the double that it is.
"""

import base64
import gzip
import json
import math
import os
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import lightgbm
import numpy as np
import pandas as pd
import xgboost

HERE = Path(__file__).parent / "models"
VERSIONS = {"lightgbm": lightgbm.__version__, "xgboost": xgboost.__version__, "numpy": np.__version__}
NEAR_ZERO = float(np.float32(1e-35))
random = np.random.RandomState(19)
ROWS = 600


def plain(value):
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def data():
    """Numbers with missing values, numbers with zeros, plain numbers, small and many categories, categories with missing ones."""
    x = random.normal(size=(ROWS, 6))
    x[random.rand(ROWS) < 0.15, 0] = np.nan
    x[random.rand(ROWS) < 0.4, 1] = 0.0
    x[random.rand(ROWS) < 0.1, 1] = np.nan
    x[:, 3] = random.randint(0, 5, ROWS)
    x[:, 4] = random.randint(0, 90, ROWS)
    x[:, 5] = random.randint(0, 9, ROWS)
    x[random.rand(ROWS) < 0.2, 5] = np.nan
    z = np.nan_to_num(x[:, 0], nan=1.5) + 0.8 * (x[:, 1] == 0) + 0.6 * x[:, 2] + np.sin(2.1 * x[:, 4]) + (x[:, 3] % 2)
    z += np.where(np.isnan(x[:, 5]), -0.7, np.cos(np.nan_to_num(x[:, 5])))
    return x, z + random.normal(scale=0.3, size=ROWS)


X, Z = data()
TWO = (Z > np.median(Z)).astype(int)
THREE = np.digitize(Z, np.quantile(Z, [0.3, 0.7]))
COUNTS = np.round(np.exp(Z / 2)).astype(int)
POSITIVE = np.exp(Z / 2) + 0.1
SHARES = np.clip((Z - Z.min()) / (Z.max() - Z.min()), 0.01, 0.99)


def rows_at(thresholds, columns, categorical):
    """Rows of the data; rows at thresholds and next to them in double and in float32; zeros, missing, strange categories."""
    found = [row.copy() for row in X[:10, columns]]
    base = np.where(np.isnan(found[0]), 0.0, found[0])
    picked = [thresholds[k] for k in random.permutation(len(thresholds))[:6]]
    for column, threshold in picked:
        near32 = np.float32(threshold)
        for value in (
            threshold,
            np.nextafter(threshold, -np.inf),
            np.nextafter(threshold, np.inf),
            float(np.nextafter(near32, np.float32(-np.inf))),
            float(np.nextafter(near32, np.float32(np.inf))),
        ):
            row = base.copy()
            row[column] = value
            found.append(row)
    for value in (0.0, -0.0, NEAR_ZERO, -NEAR_ZERO, 1e-36, -1e-36, 1e-34, np.nan, 1e30, -1e30):
        row = base.copy()
        for column in range(len(columns)):
            if column not in categorical:
                row[column] = value
        found.append(row)
    for column in categorical:
        for value in (0, 31, 32, 63, 64, 89, 90, 999, -1, -0.5, 3.7, 2**24, 2**31, 1e10, np.nan):
            row = base.copy()
            row[column] = value
            found.append(row)
    return np.array(found)


CASES = {}


def keep(name, form, model, rows, raw, said, leaf, **more):
    CASES[name] = plain({"format": form, "model": model, "rows": rows, "raw": raw, "said": said, "leaf": leaf, **more})


# LightGBM


def thresholds_of(booster):
    found = []

    def walk(node):
        if "split_feature" not in node:
            return
        if node["decision_type"] == "<=":
            found.append((node["split_feature"], float(node["threshold"])))
        walk(node["left_child"])
        walk(node["right_child"])

    for tree in booster.dump_model()["tree_info"]:
        walk(tree["tree_structure"])
    return found


def of_lightgbm(name, y, parameters, rounds=5, columns=(0, 1, 2), categorical=(), group=None, x=None):
    columns = list(columns)
    own = {
        **dict(num_leaves=8, learning_rate=0.3, min_data_in_leaf=5, verbose=-1, num_threads=1, seed=3, deterministic=True),
        **dict(min_data_per_group=5, cat_smooth=1, max_cat_to_onehot=3),
        **parameters,
    }
    kept = X[:, columns] if x is None else x
    data_set = lightgbm.Dataset(
        kept, y, categorical_feature=list(categorical) or "auto", free_raw_data=False, params=own, group=group
    )
    text = lightgbm.train(own, data_set, rounds).model_to_string()
    booster = lightgbm.Booster(model_str=text)
    rows = rows_at(thresholds_of(booster), columns, list(categorical))
    said = booster.predict(rows)
    keep(name, "lightgbm", text, rows, booster.predict(rows, raw_score=True), said, booster.predict(rows, pred_leaf=True))


def lightgbm_models():
    of_lightgbm("lgb_random_forest", TWO, dict(boosting="rf", objective="binary", bagging_freq=1, bagging_fraction=0.6))
    of_lightgbm("lgb_random_forest_number", Z, dict(boosting="rf", objective="regression", bagging_freq=1, bagging_fraction=0.6))
    of_lightgbm("lgb_missing_zero", TWO, dict(objective="binary", zero_as_missing=True), 8)
    of_lightgbm("lgb_missing_zero_categories", TWO, dict(objective="binary", zero_as_missing=True), 8, range(6), (3, 4, 5))
    of_lightgbm("lgb_missing_off_categories", TWO, dict(objective="binary", use_missing=False), 8, range(6), (3, 4, 5))
    of_lightgbm("lgb_one_against_all", THREE, dict(objective="multiclassova", num_class=3, sigmoid=1.5), 4)
    of_lightgbm("lgb_softmax_categories", THREE, dict(objective="multiclass", num_class=3), 4, range(6), (3, 4, 5))
    of_lightgbm("lgb_square_root", Z, dict(objective="regression", reg_sqrt=True))
    for objective in ("regression_l1", "huber", "fair", "mape", "quantile"):
        of_lightgbm(f"lgb_{objective}", Z, dict(objective=objective))
    of_lightgbm("lgb_gamma", POSITIVE, dict(objective="gamma"))
    of_lightgbm("lgb_poisson", COUNTS, dict(objective="poisson"))
    of_lightgbm("lgb_cross_entropy_lambda", SHARES, dict(objective="cross_entropy_lambda"))
    of_lightgbm("lgb_linear_missing", Z, dict(objective="regression", linear_tree=True, linear_lambda=0.01))
    of_lightgbm("lgb_linear_softmax", THREE, dict(objective="multiclass", num_class=3, linear_tree=True, linear_lambda=0.1))
    of_lightgbm("lgb_constant", np.arange(ROWS) * 0.1, dict(objective="regression"), 3, x=np.zeros((ROWS, 3)))
    of_lightgbm("lgb_rank_xendcg", THREE, dict(objective="rank_xendcg", objective_seed=1), group=[60] * 10)
    of_lightgbm("lgb_rank_lambda", THREE, dict(objective="lambdarank"), group=[60] * 10)

    def own(predicted, data_set):
        return predicted - data_set.get_label(), np.ones_like(predicted)

    of_lightgbm("lgb_own_objective", Z, dict(objective=own))
    near = np.repeat([-1.0, 0.0, 1.0], ROWS // 3)[:, None] * np.ones((1, 3))
    of_lightgbm("lgb_near_zero", (near[:, 0] == 0).astype(float), dict(objective="regression"), 2, x=near)

    names = np.array(["red", "green", "blue", 'äöü "q"', "a:b c"])
    frame = pd.DataFrame(
        {
            "num": X[:, 2],
            "colour": pd.Categorical(names[X[:, 3].astype(int)], categories=list(names)),
            "grade": pd.Categorical(X[:, 5] * 10, categories=[10.0 * k for k in range(9)]),
            "flag": pd.Categorical(X[:, 0] > 0, categories=[True, False]),
        }
    )
    own = dict(objective="binary", num_leaves=8, min_data_in_leaf=5, min_data_per_group=5, cat_smooth=1, verbose=-1)
    booster = lightgbm.train({**own, "num_threads": 1, "max_cat_to_onehot": 1}, lightgbm.Dataset(frame, TWO), 6)
    asked = frame.iloc[:20].astype(object)
    asked.iloc[0, 1], asked.iloc[1, 1], asked.iloc[2, 2] = "purple", None, 77.0
    asked = pd.DataFrame({c: asked[c].astype(float) if c == "num" else pd.Categorical(asked[c]) for c in asked})
    rows = [[None if pd.isna(v) else v for v in row] for row in asked.astype(object).to_numpy()]
    keep(
        *("lgb_pandas", "lightgbm", booster.model_to_string(), rows, booster.predict(asked, raw_score=True)),
        *(booster.predict(asked), booster.predict(asked, pred_leaf=True)),
    )


# XGBoost


def conditions_of(booster):
    model = json.loads(bytes(booster.save_raw("json")))["learner"]["gradient_booster"]
    model = model.get("gbtree", model).get("model", {})
    return [
        (feature, float(np.float32(condition)))
        for tree in model.get("trees", [])
        for feature, condition, left, kind in zip(
            tree["split_indices"], tree["split_conditions"], tree["left_children"], tree["split_type"]
        )
        if left != -1 and kind == 0
    ]


def of_xgboost(name, y, parameters, rounds=4, columns=(0, 1, 2), categorical=(), form="json", labels=None, **more):
    columns = list(columns)
    own = {**dict(max_depth=3, eta=0.4, nthread=1, seed=3, tree_method="hist"), **parameters}
    types = ["c" if j in categorical else "q" for j in range(len(columns))]
    about = dict(feature_types=types, enable_categorical=True) if categorical else {}
    matrix = xgboost.DMatrix(X[:, columns], y, **about, **more)
    for key, value in (labels or {}).items():
        matrix.set_float_info(key, value)
    booster = xgboost.train(own, matrix, rounds)
    raw = bytes(booster.save_raw("json" if form == "json" else "ubj"))
    booster = xgboost.Booster(model_file=bytearray(raw))
    rows = rows_at(conditions_of(booster), columns, list(categorical))
    asked = xgboost.DMatrix(rows, **about)
    leaf = None if own.get("booster") == "gblinear" else booster.predict(asked, pred_leaf=True)
    model = raw.decode() if form == "json" else base64.b64encode(raw).decode()
    margins = booster.predict(asked, output_margin=True).astype(float)
    keep(name, f"xgboost_{form}", model, rows, margins, booster.predict(asked).astype(float), leaf)


def xgboost_models():
    for form in ("json", "ubjson"):
        of_xgboost(f"xgb_categories_{form}", TWO, dict(objective="binary:logistic", max_cat_to_onehot=2), 8, range(6), (3, 4, 5), form)
        of_xgboost(f"xgb_dart_{form}", Z, dict(booster="dart", objective="reg:squarederror", rate_drop=0.5), 6, form=form)
        of_xgboost(f"xgb_vector_leaves_{form}", np.stack([Z, SHARES], 1), dict(multi_strategy="multi_output_tree"), 3, form=form)
        of_xgboost(f"xgb_lines_{form}", THREE, dict(booster="gblinear", objective="multi:softprob", num_class=3, updater="coord_descent", tree_method=None), 3, form=form)
    of_xgboost("xgb_dart_classes", THREE, dict(booster="dart", objective="multi:softprob", num_class=3, rate_drop=0.5), 4)
    of_xgboost("xgb_several_labels", np.stack([TWO, THREE > 1], 1), dict(objective="binary:logistic"), 3)
    of_xgboost("xgb_several_labels_vector", np.stack([TWO, THREE > 1], 1), dict(objective="binary:logistic", multi_strategy="multi_output_tree"), 3)
    of_xgboost("xgb_vector_classes", THREE, dict(objective="multi:softprob", num_class=3, multi_strategy="multi_output_tree"), 3)
    of_xgboost("xgb_forest_classes", THREE, dict(objective="multi:softprob", num_class=3, num_parallel_tree=3, subsample=0.7), 2)
    for objective in ("squaredlogerror", "pseudohubererror", "absoluteerror", "gamma", "tweedie"):
        of_xgboost(f"xgb_{objective}", POSITIVE, dict(objective=f"reg:{objective}"))
    of_xgboost("xgb_quantiles", Z, dict(objective="reg:quantileerror", quantile_alpha=[0.1, 0.5, 0.9]))
    of_xgboost("xgb_counts", COUNTS, dict(objective="count:poisson"))
    for objective in ("ndcg", "pairwise", "map"):
        of_xgboost(f"xgb_rank_{objective}", TWO if objective == "map" else THREE, dict(objective=f"rank:{objective}"), group=[60] * 10)
    of_xgboost("xgb_cox", POSITIVE, dict(objective="survival:cox"))
    of_xgboost("xgb_aft", POSITIVE, dict(objective="survival:aft"), labels={"label_lower_bound": POSITIVE, "label_upper_bound": POSITIVE})
    of_xgboost("xgb_hinge", TWO, dict(objective="binary:hinge"))
    of_xgboost("xgb_logitraw", TWO, dict(objective="binary:logitraw"))
    of_xgboost("xgb_share", SHARES, dict(objective="reg:logistic"))
    for score in (1e-9, 1e-3, 0.123456789, 0.7, 0.999, 0.99999999):
        of_xgboost(f"xgb_base_score_{score}", TWO, dict(objective="binary:logistic", base_score=score), 2)
    for score in (1e-9, 0.3, 12345.678):
        of_xgboost(f"xgb_base_count_{score}", COUNTS, dict(objective="count:poisson", base_score=score), 2)


if __name__ == "__main__":
    lightgbm_models()
    xgboost_models()
    HERE.mkdir(exist_ok=True)
    text = json.dumps({"versions": VERSIONS, "cases": CASES}, allow_nan=False)
    (HERE / "trees.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(len(CASES), "models")

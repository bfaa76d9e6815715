"""Explanations by shap of trees that scikit-learn has grown, and of lines. Writes explanations.json beside this file.

Trees are handed to shap as data, so that missing values go where scikit-learn sends them; those of
HistGradientBoosting are read by shap itself. Values of the rows are float32, as scikit-learn compares them.
"""
import json
import os

import numpy as np
import shap
import sklearn
from sklearn.ensemble import (ExtraTreesRegressor, HistGradientBoostingClassifier, HistGradientBoostingRegressor,
                              RandomForestClassifier, RandomForestRegressor)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

random = np.random.RandomState(0)
ROWS, COLUMNS, SHOWN = 200, 5, 12
x = np.column_stack([random.randint(0, 4, ROWS), random.normal(size=(ROWS, 3)), random.randint(0, 30, ROWS)])
x = x.astype(np.float32)
score = x[:, 0] + 2 * x[:, 1] * (x[:, 4] > 15) + random.normal(size=ROWS)
holed = np.where(random.uniform(size=x.shape) < 0.1, np.float32("nan"), x)
weights = 0.25 + random.uniform(size=ROWS)
two = (score > 1).astype(int)
three = np.digitize(score, [0, 2.5])
cases = []


def numbers(array):
    return [None if not np.isfinite(value) else float(value) for value in np.ravel(array)]


def rows_of(data):
    return [numbers(row) for row in data[:SHOWN]]


def dumped(tree):
    """One tree of scikit-learn, whose nodes stand in pre-order."""
    is_leaf = tree.children_left < 0
    values = tree.value[:, 0, :]
    return {
        "features": [-1 if leaf else int(f) for leaf, f in zip(is_leaf, tree.feature)],
        "thresholds": [0.0 if leaf else min(float(t), 1e300) for leaf, t in zip(is_leaf, tree.threshold)],
        "missing_left": [int(m) for m in tree.missing_go_to_left],
        "covers": tree.weighted_n_node_samples.tolist(),
        "values": values.tolist(),
    }


def for_shap(tree, count):
    left, right = tree.children_left, tree.children_right
    return {
        "children_left": left,
        "children_right": right,
        "children_default": np.where(tree.missing_go_to_left.astype(bool), left, right),
        "features": tree.feature,
        "thresholds": tree.threshold,
        "values": tree.value[:, 0, :] / count,
        "node_sample_weight": tree.weighted_n_node_samples,
    }


def add_forest(name, model, target, weight=None):
    model.fit(holed, target, sample_weight=weight)
    trees = [one.tree_ for one in getattr(model, "estimators_", [model])]
    explainer = shap.TreeExplainer({"trees": [for_shap(tree, len(trees)) for tree in trees]})
    values = np.asarray(explainer.shap_values(holed[:SHOWN].astype(np.float64), check_additivity=False))
    if values.ndim == 2:
        values = values[:, :, None]
    cases.append({
        "name": name, "rows": rows_of(holed), "trees": [dumped(tree) for tree in trees],
        "base": numbers(np.atleast_1d(explainer.expected_value)),
        # rows × lines × columns
        "contributions": numbers(np.swapaxes(values, 1, 2)),
    })


def add_boosting(name, model, target):
    model.fit(holed, target)
    explainer = shap.TreeExplainer(model)
    values = np.asarray(explainer.shap_values(holed[:SHOWN].astype(np.float64), check_additivity=False))
    if values.ndim == 2:
        values = values[:, :, None]
    trees = []
    for iteration in model._predictors:
        for predictor in iteration:
            trees.append([{
                "column": -1 if node["is_leaf"] else int(node["feature_idx"]),
                "threshold": 0.0 if node["is_leaf"] else min(float(node["num_threshold"]), 1e300),
                "missing_left": int(node["missing_go_to_left"]),
                "left": int(node["left"]), "right": int(node["right"]),
                "count": int(node["count"]), "value": float(node["value"]),
            } for node in predictor.nodes])
    cases.append({
        "name": name, "rows": rows_of(holed), "boosted": trees,
        "baseline": numbers(model._baseline_prediction),
        "base": numbers(np.atleast_1d(explainer.expected_value)),
        "contributions": numbers(np.swapaxes(values, 1, 2)),
    })


def add_line(name, model, target):
    data = x.astype(np.float64)
    model.fit(data, target)
    explainer = shap.LinearExplainer(model, shap.maskers.Independent(data, max_samples=ROWS))
    values = np.asarray(explainer.shap_values(data[:SHOWN]))
    if values.ndim == 2:
        values = values[:, :, None]
    cases.append({
        "name": name, "rows": rows_of(data), "means": numbers(data.mean(axis=0)),
        "coefficients": numbers(model.coef_), "intercepts": numbers(np.atleast_1d(model.intercept_)),
        "base": numbers(np.atleast_1d(explainer.expected_value)),
        "contributions": numbers(np.swapaxes(values, 1, 2)),
    })


add_forest("tree of two classes", DecisionTreeClassifier(max_depth=5, random_state=0), two, weights)
add_forest("tree for numbers", DecisionTreeRegressor(min_samples_leaf=4, random_state=0), score)
add_forest("forest of three classes", RandomForestClassifier(5, max_depth=6, random_state=0), three, weights)
add_forest("forest for numbers", RandomForestRegressor(5, max_depth=7, random_state=0), score, weights)
add_forest("extra trees for numbers", ExtraTreesRegressor(5, max_depth=6, random_state=0), score)
add_boosting("boosting of two classes", HistGradientBoostingClassifier(max_iter=8, min_samples_leaf=5, max_leaf_nodes=9), two)
add_boosting("boosting for numbers", HistGradientBoostingRegressor(max_iter=8, min_samples_leaf=5, max_leaf_nodes=9), score)
add_line("linear regression", LinearRegression(), score)
add_line("ridge regression", Ridge(alpha=3.0), score)
add_line("logistic regression of two classes", LogisticRegression(), two)
add_line("logistic regression of three classes", LogisticRegression(), three)

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "explanations.json"), "w") as file:
    json.dump({"shap": shap.__version__, "sklearn": sklearn.__version__, "cases": cases}, file)
    file.write("\n")

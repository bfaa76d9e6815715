"""Writes test/golden/trees.json: decision trees as scikit-learn grows them, to compare node by node.

Run from anywhere with scikit-learn and pandas: python test/golden/generate_trees.py
A case is kept only when ten random states give one tree: then no two splits were equally good, and the tree is the one
right answer. Values are rounded to float32 first, as scikit-learn itself does.
"""
import json
import pathlib

import numpy as np
import pandas as pd
import sklearn
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

ROOT = pathlib.Path(__file__).parent
DATA = ROOT.parent.parent / "examples" / "data"
CLASSES = {"breast_cancer": True, "wine": True, "iris": True, "digits": True, "diabetes": False,
           "noisy_numbers": False, "noisy_two": True, "noisy_three": True}


def uniforms(count):
    """A linear congruential generator (Numerical Recipes), which the test runs again."""
    state, values = 1, []
    for _ in range(count):
        state = (1664525 * state + 1013904223) % 2**32
        values.append(state / 2**32)
    return np.array(values)


def noisy(name, n=400, d=5):
    """Five columns and a target that depends on three of them, with so much noise that splits are seldom equal."""
    u = uniforms(n * (d + 1)).reshape(n, d + 1)
    x = u[:, :d].astype(np.float32).astype(float)
    score = 3 * u[:, 0] + 4 * u[:, 1] * u[:, 2] + 2 * u[:, d]
    y = {"noisy_numbers": score, "noisy_two": np.floor(score / 3.5), "noisy_three": np.floor(score / 2.5)}[name]
    return x, y if name == "noisy_numbers" else np.minimum(y, 1 if name == "noisy_two" else 2)


def load(name, missing):
    if name.startswith("noisy"):
        x, y = noisy(name)
        return blank(x, missing), y
    frame = pd.read_csv(DATA / f"{name}.csv")
    y = frame.iloc[:, -1].to_numpy()
    x = frame.iloc[:, :-1].to_numpy(dtype=np.float32).astype(float)
    return blank(x, missing), y


def blank(x, missing):
    if missing:
        i, j = np.indices(x.shape)
        x[(7 * i + 3 * j) % 11 == 0] = np.nan
    return x


def pre_order(tree):
    order, stack = [], [0]
    while stack:
        node = stack.pop()
        order.append(node)
        if tree.children_left[node] >= 0:
            stack += [tree.children_right[node], tree.children_left[node]]
    return order


def describe(model, x):
    tree = model.tree_
    order = pre_order(tree)
    splits = [node for node in order if tree.children_left[node] >= 0]
    rows = x[:: max(1, len(x) // 25)]
    predicted = model.predict_proba(rows) if hasattr(model, "predict_proba") else model.predict(rows)
    return {
        "features": [int(tree.feature[node]) if tree.children_left[node] >= 0 else -1 for node in order],
        "thresholds": ["inf" if np.isinf(tree.threshold[n]) else float(np.float32(tree.threshold[n])) for n in splits],
        "missingLeft": [int(tree.missing_go_to_left[node]) for node in splits],
        "rowCounts": [int(tree.n_node_samples[node]) for node in order],
        "impurities": [float(f"{tree.impurity[node]:.10g}") for node in order],
        "importances": [float(f"{v:.10g}") for v in model.feature_importances_],
        "predicted": np.round(predicted, 10).tolist(),
    }


def same(a, b):
    return a["features"] == b["features"] and a["thresholds"] == b["thresholds"]


CLASSIFICATION = [
    {"max_depth": 4},
    {"max_depth": 3, "criterion": "entropy"},
    {"max_depth": 3, "criterion": "log_loss", "weighted": True},
    {"max_leaf_nodes": 7},
    {"min_samples_leaf": 12},
    {"min_samples_leaf": 0.04, "min_samples_split": 0.2},
    {"min_impurity_decrease": 0.008},
    {"ccp_alpha": 0.008, "min_samples_leaf": 6},
    {"max_depth": 4, "class_weight": "balanced"},
    {"max_depth": 4, "weighted": True},
    {"max_depth": 4, "missing": True},
    {"max_depth": 3, "missing": True, "criterion": "entropy"},
    {"min_weight_fraction_leaf": 0.06, "weighted": True},
]
REGRESSION = [
    {"max_depth": 4},
    {"min_samples_leaf": 10},
    {"min_samples_leaf": 0.05, "weighted": True},
    {"max_leaf_nodes": 20},
    {"ccp_alpha": 0.01, "max_depth": 7, "min_samples_leaf": 3},
    {"max_depth": 4, "missing": True},
    {"min_impurity_decrease": 0.01},
    {"criterion": "absolute_error", "max_depth": 4},
    {"criterion": "absolute_error", "min_samples_leaf": 15, "weighted": True},
    {"criterion": "absolute_error", "max_leaf_nodes": 8},
    {"criterion": "absolute_error", "ccp_alpha": 0.01, "max_depth": 6},
]
CASES = [(name, options) for name, is_class in CLASSES.items() for options in (CLASSIFICATION if is_class else REGRESSION)]

cases = []
for name, options in CASES:
    parameters = {k: v for k, v in options.items() if k not in ("missing", "weighted")}
    x, y = load(name, options.get("missing", False))
    weight = 1.0 + np.arange(len(x)) % 3 if options.get("weighted") else None
    kind = DecisionTreeClassifier if CLASSES[name] else DecisionTreeRegressor
    found = [describe(kind(random_state=s, **parameters).fit(x, y, weight), x) for s in range(10)]
    if all(same(found[0], other) for other in found):
        cases.append({"data": name, "missing": options.get("missing", False),
                      "weighted": options.get("weighted", False), "parameters": parameters, **found[0]})
    else:
        print("left out, because of ties:", name, options)



def pruning_paths():
    """For each set, a tree pruned at every step of its cost-complexity path: what it says of a few rows."""
    paths = []
    for name, is_class in CLASSES.items():
        if name == "digits":
            continue
        x, y = load(name, False)
        kind = DecisionTreeClassifier if is_class else DecisionTreeRegressor
        limits = {"min_samples_leaf": 5} if is_class else {"min_samples_leaf": 12}
        alphas = kind(random_state=0, **limits).fit(x, y).cost_complexity_pruning_path(x, y).ccp_alphas
        # Between two steps that lie apart no rounding decides; the last one leaves the root alone.
        pairs = [(low, high) for low, high in zip(alphas, [*alphas[1:], 3 * alphas[-1]]) if high > low * 1.0001 + 1e-9]
        between = [float(f"{(low + high) / 2:.6g}") for low, high in pairs]
        steps = []
        for alpha in between:
            found = [describe(kind(random_state=s, ccp_alpha=alpha, **limits).fit(x, y), x) for s in range(10)]
            if alpha > 0 and all(np.allclose(f["predicted"], found[0]["predicted"]) for f in found):
                steps.append({"alpha": alpha, "leaves": found[0]["features"].count(-1),
                              "predicted": np.round(found[0]["predicted"], 8).tolist()})
        paths.append({"data": name, "parameters": limits, "steps": steps})
        print(name, len(steps), "steps of", len(between))
    return paths


document = {"scikit_learn": sklearn.__version__, "cases": cases, "pruning": pruning_paths()}
text = json.dumps(document, separators=(",", ":"))
(ROOT / "trees.json").write_text(text + "\n")
print(len(cases), "cases,", len(text), "bytes")

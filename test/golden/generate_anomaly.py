"""Writes anomaly.json: what scikit-learn's IsolationForest says of small data.

Run from anywhere: python test/golden/generate_anomaly.py
"""

import csv
import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.ensemble import IsolationForest
from sklearn.ensemble._iforest import _average_path_length
from sklearn.metrics import roc_auc_score

here = Path(__file__).parent
data = here.parent.parent / "examples" / "data"


def read(name, label):
    rows = list(csv.DictReader(open(data / name)))
    columns = [c for c in rows[0] if c != label]
    return np.array([[float(r[c]) for c in columns] for r in rows]), np.array([r[label] for r in rows])


def forest_as_state(forest, column_count):
    """The trees in the layout of src/learning/anomaly/isolation-tree.ts: pre-order, leaves hold their path length."""
    state = {"roots": [], "rights": [], "features": [], "values": []}
    for tree in (estimator.tree_ for estimator in forest.estimators_):
        state["roots"].append(len(state["rights"]))
        depths = tree.compute_node_depths() - 1.0
        lengths = depths + _average_path_length(tree.n_node_samples)
        for node in range(tree.node_count):
            is_leaf = tree.children_left[node] < 0
            assert is_leaf or tree.children_left[node] == node + 1
            state["rights"].append(0 if is_leaf else int(tree.children_right[node]))
            state["features"].append(0 if is_leaf else int(tree.feature[node]))
            state["values"].append(float(lengths[node] if is_leaf else tree.threshold[node]))
    return {"columnCount": column_count, "sampleCount": int(forest.max_samples_), **state}


iris, _ = read("iris.csv", "species")
automatic = IsolationForest(n_estimators=5, max_samples=64, random_state=0).fit(iris)
tenth = IsolationForest(n_estimators=5, max_samples=64, contamination=0.1, random_state=0).fit(iris)

# Breast cancer with one malignant row in ten: the first of them, and all benign ones.
cancer, diagnosis = read("breast_cancer.csv", "diagnosis")
benign = np.flatnonzero(diagnosis == "benign")
malignant = np.flatnonzero(diagnosis == "malignant")[: len(benign) // 9]
rows = np.sort(np.concatenate([benign, malignant]))
is_anomaly = diagnosis[rows] == "malignant"


def auc(seed, **parameters):
    forest = IsolationForest(random_state=seed, **parameters).fit(cancer[rows])
    return float(roc_auc_score(is_anomaly, -forest.score_samples(cancer[rows])))


out = {
    "scikit_learn": sklearn.__version__,
    "average_path_length": {
        str(n): float(_average_path_length([n])[0]) for n in [0, 1, 2, 3, 4, 5, 10, 100, 256, 1000, 10**6, 2**31 - 1]
    },
    "iris": {
        "forest": forest_as_state(automatic, iris.shape[1]),
        "offset": float(tenth.offset_),
        "score_samples": [float(v) for v in automatic.score_samples(iris)],
        "decision_function": [float(v) for v in tenth.decision_function(iris)],
    },
    "breast_cancer": {
        "rows": [int(r) for r in rows],
        "roc_auc": [auc(seed) for seed in range(5)],
        "roc_auc_max_samples_64": [auc(seed, max_samples=64) for seed in range(5)],
        "roc_auc_max_features_half": [auc(seed, max_features=0.5) for seed in range(5)],
        "roc_auc_bootstrap": [auc(seed, bootstrap=True) for seed in range(5)],
    },
}
(here / "anomaly.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")

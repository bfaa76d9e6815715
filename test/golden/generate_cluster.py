"""Writes cluster.json: where scikit-learn's KMeans ends from given centres.

Run from anywhere: python test/golden/generate_cluster.py
"""

import csv
import json
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn.cluster import KMeans

warnings.filterwarnings("ignore")
here = Path(__file__).parent
data = here.parent.parent / "examples" / "data"


def read(name, label):
    rows = list(csv.DictReader(open(data / name)))
    columns = [c for c in rows[0] if c != label]
    return np.array([[float(r[c]) for c in columns] for r in rows])


def means_of_rows(x, k, rows_each, seed):
    """First centres that lie between rows, so that no row is equally near to two."""
    rng = np.random.default_rng(seed)
    return np.array([x[rng.choice(len(x), rows_each, replace=False)].mean(axis=0) for _ in range(k)])


def case(name, file, x, init, weight=None, **parameters):
    fitted = KMeans(len(init), init=init, n_init=1, **parameters).fit(x, sample_weight=weight)
    return {
        "name": name,
        "file": file,
        "init": init.tolist(),
        "weight": None if weight is None else [float(w) for w in weight],
        "parameters": parameters,
        "centres": fitted.cluster_centers_.ravel().tolist(),
        "labels": "".join(chr(97 + label) for label in fitted.labels_),
        "inertia": float(fitted.inertia_),
        "iterations": int(fitted.n_iter_),
    }


iris = read("iris.csv", "species")
wine = read("wine.csv", list(csv.reader(open(data / "wine.csv")))[0][-1])
cancer = read("breast_cancer.csv", "diagnosis")
rng = np.random.default_rng(3)
far = means_of_rows(iris, 4, 7, 5)
far[2] += 1000  # nobody's centre: an empty cluster at once
cases = [
    case("iris in 3", "iris", iris, means_of_rows(iris, 3, 7, 0)),
    case("iris in 8, elkan", "iris", iris, means_of_rows(iris, 8, 7, 1), algorithm="elkan"),
    case("iris in 12, more than twice its columns", "iris", iris, means_of_rows(iris, 12, 7, 2)),
    case("wine in 5", "wine", wine, means_of_rows(wine, 5, 7, 3)),
    case("breast cancer in 10", "breast_cancer", cancer, means_of_rows(cancer, 10, 7, 4)),
    case("iris with an empty cluster", "iris", iris, far),
    case("iris in 3, weights", "iris", iris, means_of_rows(iris, 3, 7, 6), weight=rng.random(150) + 0.1, tol=0),
    case("iris in 5, integer weights", "iris", iris, means_of_rows(iris, 5, 7, 7), weight=rng.integers(1, 4, 150), tol=0),
    case("breast cancer in 6, two iterations", "breast_cancer", cancer, means_of_rows(cancer, 6, 7, 8), max_iter=2),
    case("breast cancer in 6, wide tolerance", "breast_cancer", cancer, means_of_rows(cancer, 6, 7, 8), tol=0.5),
    case("wine in 1", "wine", wine, means_of_rows(wine, 1, 7, 9)),
]
# Mean inertia over seeds from k-means++, to compare the quality of first centres.
seeded = {
    name: [float(KMeans(k, n_init=1, random_state=seed).fit(x).inertia_) for seed in range(30)]
    for name, x, k in [("iris", iris, 8), ("breast_cancer", cancer, 10)]
}
out = {"scikit_learn": sklearn.__version__, "cases": cases, "k_means_plus_plus": seeded}
(here / "cluster.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")

"""Writes neighbors.json: what scikit-learn's nearest neighbours answer on the example data.

Run from anywhere: python test/golden/generate_neighbors.py

Rows are shuffled by a seeded permutation that is written down: the first `fitted` of them are fitted, the next are
asked. Distances have one answer. Predictions do too, but where the k-th and the next distance are equal: those
queries are listed in `tied`. A kd_tree computes distances one by one; scikit-learn's brute
force expands squares and loses digits.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

here = Path(__file__).parent
data = here.parent.parent / "examples" / "data"
rng = np.random.default_rng(11)

SETS = {
    "iris": ("species", 120, 150),
    "wine": ("cultivar", 140, 178),
    "breast_cancer": ("diagnosis", 500, 569),
    "digits": ("digit", 700, 740),
    "diabetes": ("progression", 380, 442),
    "letter": ("lettr", 1500, 1560),
}
WAYS = [
    {},
    {"weights": "distance", "n_neighbors": 8},
    {"metric": "manhattan", "weights": "distance"},
    {"p": 3, "n_neighbors": 3},
    {"p": 10},
    {"metric": "chebyshev", "weights": "distance"},
]


def golden(name, target, fitted, end):
    frame = pd.read_csv(data / f"{name}.csv")
    rows = rng.permutation(len(frame))[:end]
    x = frame.drop(columns=target).to_numpy(float)[rows]
    y = frame[target].to_numpy()[rows]
    # The first three queries are fitted rows, at distance 0 from themselves.
    asked = np.concatenate([x[:3], x[fitted:]])
    cases = [answers(x[:fitted], y[:fitted], asked, target == "progression", given) for given in WAYS]
    return {"data": name, "fitted": fitted, "rows": rows.tolist(), "cases": cases}


def answers(x, y, asked, is_regression, given):
    k = given.get("n_neighbors", 5)
    kind = KNeighborsRegressor if is_regression else KNeighborsClassifier
    model = kind(algorithm="kd_tree", **given).fit(x, y)
    distances, _ = model.kneighbors(asked, k + 1)
    gaps = distances[:, k] - distances[:, k - 1]
    tied = np.flatnonzero(gaps <= 1e-9 * distances[:, k])
    predicted = model.predict(asked) if is_regression else model.predict_proba(asked)
    return {
        "given": given,
        "tied": tied.tolist(),
        "distances": digits(distances[:, :k]),
        "answers": digits(predicted),
    }


def digits(values):
    # Whole numbers without their ".0", to keep the file small.
    return [int(v) if v == int(v) else float(f"{v:.13g}") for v in np.ravel(values)]


out = {"scikit_learn": sklearn.__version__, "sets": [golden(name, *spec) for name, spec in SETS.items()]}
(here / "neighbors.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")

"""Writes test/golden/least_squares.json: scikit-learn's LinearRegression on designs that are wide, dependent or badly scaled.

Each design is a rule and a seed, written down again in src/learning/linear/least-squares.test.ts: both draw the same
numbers. Run from anywhere with scikit-learn: python test/golden/generate_least_squares.py
"""
import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.linear_model import LinearRegression

ROOT = Path(__file__).resolve().parents[2]
SHOWN_MAX = 60


class Draw:
    """Numbers from 0 to 1 that anyone can draw again (Numerical Recipes' linear congruence)."""

    def __init__(self, seed):
        self.state = seed

    def __call__(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state / 2**32


def columns_of(design, draw):
    n = design["rows"]
    kind = design["kind"]
    if kind == "triangle":
        # Level c has c + 1 rows.
        levels = design["levels"][0]
        codes = [c for c in range(levels) for _ in range(c + 1)]
        return [np.array([float(c == k) for c in codes]) for k in range(levels)]
    if kind == "levels":
        found = []
        for levels in design["levels"]:
            # The square makes the first levels frequent and the last ones rare; levels without a row are left out.
            codes = [int(levels * draw() ** 2) for _ in range(n)]
            found += [np.array([float(c == k) for c in codes]) for k in range(levels) if k in codes]
        for exponent in design.get("exponents", []):
            found.append(np.array([(draw() - 0.5) * 10.0**exponent for _ in range(n)]))
        return found
    dense = [np.array([draw() - 0.5 for _ in range(n)]) for _ in range(design["columns"])]
    if kind == "scaled":
        return [column * 10.0**exponent for column, exponent in zip(dense, design["exponents"])]
    if kind == "dependent":
        # A copy of a column, a sum of two that differs from it by rounding, and the first again, with residues.
        return [*dense, dense[0], dense[1] * 0.1 + dense[2] * 0.7, dense[0] * (1 / 3) * 3]
    return dense


def golden(**design):
    draw = Draw(design["seed"])
    columns = columns_of(design, draw)
    x = np.column_stack(columns)
    if design["kind"] == "triangle":
        y = np.array([float(np.argmax(row)) for row in x])
    else:
        y = np.array([draw() * 4 - 1 for _ in range(len(x))])
    weights = np.arange(len(x)) % 7 / 2 if design.get("weighted") else None
    model = LinearRegression(fit_intercept=design.get("fit_intercept", True)).fit(x, y, sample_weight=weights)
    return {
        **design, "columnCount": x.shape[1], "rank": int(model.rank_),
        "coefficients": [float(f"{value:.13g}") for value in model.coef_[:SHOWN_MAX]],
        "norm": float(np.linalg.norm(model.coef_)), "intercept": float(model.intercept_),
        "r2": float(model.score(x, y)),
    }


designs = [
    golden(kind="dense", rows=40, columns=6, seed=1),
    golden(kind="dense", rows=12, columns=30, seed=2),
    golden(kind="dense", rows=12, columns=30, seed=3, fit_intercept=False),
    golden(kind="dense", rows=12, columns=30, seed=4, weighted=True),
    golden(kind="dense", rows=100, columns=100, seed=5),
    golden(kind="dense", rows=2, columns=3, seed=6, fit_intercept=False),
    golden(kind="dependent", rows=50, columns=5, seed=7),
    golden(kind="dependent", rows=50, columns=5, seed=8, weighted=True),
    golden(kind="dependent", rows=6, columns=10, seed=9),
    golden(kind="dependent", rows=2000, columns=8, seed=10, fit_intercept=False),
    golden(kind="scaled", rows=60, columns=4, seed=11, exponents=[0, 3, -3, 0]),
    golden(kind="scaled", rows=60, columns=4, seed=12, exponents=[0, 9, -9, 1]),
    golden(kind="scaled", rows=8, columns=12, seed=13, exponents=[0, 2, -2, 0, 1, -1, 8, 0, -8, 1, 1, 0]),
    golden(kind="scaled", rows=60, columns=4, seed=14, exponents=[150, 150, 151, 149]),
    golden(kind="scaled", rows=60, columns=4, seed=15, exponents=[-150, -150, -151, -149]),
    golden(kind="triangle", rows=0, levels=[83], seed=16),
    golden(kind="triangle", rows=0, levels=[120], seed=17),
    golden(kind="triangle", rows=0, levels=[150], seed=18),
    golden(kind="levels", rows=315, levels=[300, 150, 40, 5], seed=19),
    golden(kind="levels", rows=315, levels=[300, 150, 40, 5], seed=20, fit_intercept=False),
    golden(kind="levels", rows=600, levels=[200, 80, 12, 2], seed=21, weighted=True),
    golden(kind="levels", rows=3000, levels=[60, 30, 12, 2], seed=22),
    golden(kind="levels", rows=600, levels=[200, 80, 12, 2], exponents=[0, 2], seed=23),
    golden(kind="levels", rows=600, levels=[200, 80, 12, 2], exponents=[6], seed=24),
    golden(kind="levels", rows=200, levels=[200, 80, 12, 2], exponents=[5, -5], seed=25),
    golden(kind="levels", rows=800, levels=[700, 350, 100], seed=26),
]
text = json.dumps({"scikit_learn": sklearn.__version__, "designs": designs}, separators=(",", ":"))
(ROOT / "test" / "golden" / "least_squares.json").write_text(text + "\n")

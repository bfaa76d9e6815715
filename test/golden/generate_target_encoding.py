"""Golden values of target encoding: run with scikit-learn to write target_encoding.json anew."""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.preprocessing import TargetEncoder

GENERATOR = np.random.default_rng(11)
ROWS = 90


def folds_of(splitter, x, y):
    folds = np.zeros(len(y), dtype=int)
    for fold, (_, test) in enumerate(splitter.split(x, y)):
        folds[test] = fold
    return folds.tolist()


def case(name, x, y, smooth):
    is_number = y.dtype.kind == "f"
    splitter = (KFold if is_number else StratifiedKFold)(5, shuffle=True, random_state=0)
    encoder = TargetEncoder(smooth=smooth, cv=splitter)
    crossed = encoder.fit_transform(x, y)
    categories = [None if v is None else str(v) for v in encoder.categories_[0]]
    return {
        "name": name,
        "smooth": smooth,
        "categories": categories,
        "x": [None if v is None else str(v) for v in x[:, 0]],
        "y": y.tolist(),
        "classes": None if is_number else encoder.classes_.tolist(),
        "folds": folds_of(splitter, x, y),
        # One list a target, by row: of the training rows as fit_transform gives them, and as transform does.
        "crossed": crossed.T.tolist(),
        "transformed": encoder.transform(x).T.tolist(),
        "unknown": encoder.transform(np.array([["never seen"]], dtype=object))[0].tolist(),
    }


few = GENERATOR.choice(list("abcdef"), ROWS).astype(object).reshape(-1, 1)
many = np.array([f"level {i}" for i in (GENERATOR.pareto(1, ROWS) * 3).astype(int)], dtype=object).reshape(-1, 1)
missing = few.copy()
missing[::7] = None
number = (GENERATOR.normal(size=ROWS) * 5 + [ord(v) for v in few[:, 0]]).round(3)
binary = np.where(number + GENERATOR.normal(size=ROWS) > np.median(number), "yes", "no")
three = np.array(["low", "mid", "top"])[np.digitize(number, np.quantile(number, [0.3, 0.7]))]
constant = np.full(ROWS, 2.5)

golden = {
    "scikit_learn": sklearn.__version__,
    "cases": [
        case(f"{x_name}, {y_name}, {smooth}", x, y, smooth)
        for x_name, x in [("few", few), ("many", many), ("missing", missing)]
        for y_name, y in [("number", number), ("binary", binary), ("three classes", three)]
        for smooth in ["auto", 0.0, 10.0]
    ]
    + [case("few, constant, auto", few, constant, "auto")],
}
path = Path(__file__).with_name("target_encoding.json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")

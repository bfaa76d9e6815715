"""Held-out scores of scikit-learn's ensembles on seeded splits, for test/accuracy.test.ts and the bench.

    python test/golden/generate_accuracy.py

Writes test/golden/accuracy.json. Needs scikit-learn, numpy and pandas. A split is made by a rule that
test/support/datasets.ts repeats: the rows 0 … n − 1, shuffled by the project's own generator (xoshiro128** seeded with the
number of the split); the first quarter is held out.
"""

import json
import os
from pathlib import Path

# Threads of OpenMP that wait for each other in a loop bring a busy machine to a stand.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import pandas as pd
import sklearn
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

ROOT = Path(__file__).resolve().parents[2]
MASK = 0xFFFFFFFF
SEEDS = [0, 1, 2, 3, 4]
TEST_SHARE = 0.25

CLASSIFIERS = {
    "random_forest_classifier": RandomForestClassifier,
    "extra_trees_classifier": ExtraTreesClassifier,
    "gradient_boosting_classifier": HistGradientBoostingClassifier,
}
REGRESSORS = {
    "random_forest_regressor": RandomForestRegressor,
    "extra_trees_regressor": ExtraTreesRegressor,
    "gradient_boosting_regressor": HistGradientBoostingRegressor,
}
TARGETS = {
    "iris": "species",
    "wine": "cultivar",
    "breast_cancer": "diagnosis",
    "digits": "digit",
    "house_votes": "Class",
    "letter": "lettr",
    "diabetes": "progression",
}


class Random:
    """src/learning/random.ts: xoshiro128** seeded by splitmix32, stream 0."""

    def __init__(self, seed: int):
        state = (seed ^ 0x9E3779B9) & MASK

        def splitmix() -> int:
            nonlocal state
            state = (state + 0x9E3779B9) & MASK
            z = state
            z = ((z ^ (z >> 16)) * 0x21F0AAAD) & MASK
            z = ((z ^ (z >> 15)) * 0x735A2D97) & MASK
            return z ^ (z >> 15)

        self.a = splitmix()
        self.b = splitmix() ^ (seed * 0x85EBCA6B & MASK)
        self.c = splitmix()
        self.d = splitmix() | 1

    def uint32(self) -> int:
        multiplied = self.b * 5 & MASK
        result = (multiplied << 7 | multiplied >> 25) * 9 & MASK
        t = self.b << 9 & MASK
        self.c ^= self.a
        self.d ^= self.b
        self.b ^= self.c
        self.a ^= self.d
        self.c ^= t
        self.d = (self.d << 11 | self.d >> 21) & MASK
        return result

    def integer(self, bound: int) -> int:
        limit = 2**32 - 2**32 % bound
        drawn = self.uint32()
        while drawn >= limit:
            drawn = self.uint32()
        return drawn % bound

    def shuffled(self, n: int) -> np.ndarray:
        values = np.arange(n)
        for i in range(n - 1, 0, -1):
            j = self.integer(i + 1)
            values[i], values[j] = values[j], values[i]
        return values


def split(n: int, seed: int, share: float = TEST_SHARE) -> tuple[np.ndarray, np.ndarray]:
    order = Random(seed).shuffled(n)
    held_out = int(n * share)
    return order[held_out:], order[:held_out]


def read(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Features as numbers (n = 0, y = 1, nothing = missing), and the target."""
    frame = pd.read_csv(ROOT / "examples/data" / f"{name}.csv")
    y = frame.pop(TARGETS[name]).to_numpy()
    if name == "house_votes":
        frame = frame.apply(lambda column: column.map({"n": 0.0, "y": 1.0}))
    return frame.to_numpy(dtype=float), y


def score(name: str, make, parameters: dict, seeds: list[int], share: float) -> list[float]:
    x, y = read(name)
    scores = []
    for seed in seeds:
        train, test = split(len(y), seed, share)
        extra = {} if make.__name__.startswith("Hist") else {"n_jobs": 2}
        model = make(random_state=seed, **parameters, **extra).fit(x[train], y[train])
        scores.append(round(float(model.score(x[test], y[test])), 6))
    return scores


def entry(
    dataset: str, estimator: str, make, parameters: dict, seeds: list[int], only: str = "", share: float = TEST_SHARE
) -> dict:
    if estimator.startswith("gradient"):
        parameters = {"early_stopping": False, **parameters}
    scores = score(dataset, make, parameters, seeds, share)
    mean = float(np.mean(scores))
    error = float(np.std(scores, ddof=1) / len(scores) ** 0.5)
    print(f"{dataset:14} {estimator:30} {mean:.4f} ± {error:.4f} {parameters}", flush=True)
    return {
        "dataset": dataset,
        "estimator": estimator,
        "parameters": parameters,
        "seeds": seeds,
        "scores": scores,
        "mean": round(mean, 6),
        "standard_error": round(error, 6),
        "only_in_bench": only == "bench",
    }


def breiman() -> list[dict]:
    """Forests of 100 trees with a tenth held out: Breiman 2001, "Random forests", table 2, test error in percent.

    His breast cancer data are the 699 × 9 of Wolberg 1990; these are the 569 × 30 of 1995.
    """
    entries = []
    for dataset, splits, published in [("letter", 5, 3.5), ("breast_cancer", 50, 2.9)]:
        name = "random_forest_classifier"
        made = entry(dataset, name, CLASSIFIERS[name], {"n_estimators": 100}, list(range(splits)), "bench", 0.1)
        entries.append({**made, "test_share": 0.1, "published_error": published})
    return entries


def main() -> None:
    entries = []
    for estimator, make in REGRESSORS.items():
        entries.append(entry("diabetes", estimator, make, {}, SEEDS))
    # The test fits the larger data sets with fewer trees; the bench fits them in full.
    for estimator, make in CLASSIFIERS.items():
        for dataset in ["iris", "wine", "breast_cancer", "house_votes"]:
            entries.append(entry(dataset, estimator, make, {}, SEEDS))
        boosts = estimator.startswith("gradient")
        entries.append(entry("digits", estimator, make, {"max_iter": 20} if boosts else {}, SEEDS))
        few = {"max_iter": 10} if boosts else {"n_estimators": 25}
        entries.append(entry("letter", estimator, make, few, SEEDS[:3]))
    write(entries, [])
    tables = breiman()
    for estimator, make in CLASSIFIERS.items():
        boosts = estimator.startswith("gradient")
        if boosts:
            entries.append(entry("digits", estimator, make, {}, SEEDS, "bench"))
        entries.append(entry("letter", estimator, make, {}, SEEDS[:2] if boosts else SEEDS, "bench"))
    write(entries, tables)


def write(entries: list[dict], tables: list[dict]) -> None:
    written = {"scikit_learn": sklearn.__version__, "test_share": TEST_SHARE, "entries": entries, "breiman": tables}
    lines = json.dumps(written, separators=(",", ":")).replace('{"dataset"', '\n{"dataset"')
    (ROOT / "test/golden/accuracy.json").write_text(lines + "\n")


if __name__ == "__main__":
    main()

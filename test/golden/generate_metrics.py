"""Writes metrics.json: small results of learning and what scikit-learn's metrics say of them.

Run from anywhere: python test/golden/generate_metrics.py
"""

import json
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn import metrics as m

warnings.filterwarnings("ignore")
rng = np.random.default_rng(7)


def finite(values):
    return {name: float(value) for name, value in values.items() if np.isfinite(value)}


def classification(name, true, predicted, class_names, probabilities=None, weight=None):
    labels = list(range(len(class_names)))
    kw = {"sample_weight": weight}
    macro = {"average": "macro", "zero_division": 0, **kw}
    expected = {
        "accuracy": m.accuracy_score(true, predicted, **kw),
        "balanced_accuracy": m.balanced_accuracy_score(true, predicted, **kw),
        "precision_macro": m.precision_score(true, predicted, **macro),
        "recall_macro": m.recall_score(true, predicted, **macro),
        "f1_macro": m.f1_score(true, predicted, **macro),
        "f1_weighted": m.f1_score(true, predicted, **{**macro, "average": "weighted"}),
        "matthews_corrcoef": m.matthews_corrcoef(true, predicted, **kw),
    }
    if probabilities is not None and len(labels) > 1:
        expected["log_loss"] = m.log_loss(true, probabilities, labels=labels, **kw)
        if len(labels) == 2:
            if len(set(true)) == 2:
                expected["roc_auc"] = m.roc_auc_score(true, probabilities[:, 1], **kw)
        else:
            expected["roc_auc"] = m.roc_auc_score(
                true, probabilities, multi_class="ovr", average="macro", labels=labels, **kw
            )
    present = sorted(set(true) | set(predicted))
    per_class = m.precision_recall_fscore_support(true, predicted, zero_division=0, **kw)
    for metric, values in zip(["precision", "recall", "f1", "support"], per_class):
        for code, value in zip(present, values):
            expected[f"{metric}.{class_names[code]}"] = value
    return {
        "name": name,
        "true": [int(v) for v in true],
        "predicted": [int(v) for v in predicted],
        "class_names": class_names,
        "probabilities": None if probabilities is None else [float(v) for v in np.ravel(probabilities)],
        "weight": None if weight is None else [float(v) for v in weight],
        "expected": finite(expected),
    }


def regression(name, true, predicted, weight=None):
    kw = {"sample_weight": weight}
    expected = {
        "r2": m.r2_score(true, predicted, **kw),
        "mean_absolute_error": m.mean_absolute_error(true, predicted, **kw),
        "root_mean_squared_error": m.root_mean_squared_error(true, predicted, **kw),
        "median_absolute_error": m.median_absolute_error(true, predicted, **kw),
        "explained_variance": m.explained_variance_score(true, predicted, **kw),
    }
    return {
        "name": name,
        "true": [float(v) for v in true],
        "predicted": [float(v) for v in predicted],
        "weight": None if weight is None else [float(v) for v in weight],
        "expected": finite(expected),
    }


def random_probabilities(true, k, tied=False):
    """Dirichlet rows that lean to the truth; tied ones are eighths, with exact zeros and ones among them."""
    p = rng.dirichlet(np.full(k, 0.6), size=len(true)) + 0.4 * np.eye(k)[true]
    p /= p.sum(axis=1, keepdims=True)
    return rng.multinomial(8, p) / 8 if tied else p


def random_case(name, n, k, tied=False, weight=None, present=None):
    true = rng.choice(present if present is not None else k, size=n)
    p = random_probabilities(true, k, tied)
    return classification(name, true, p.argmax(axis=1), [f"c{c}" for c in range(k)], p, weight)


def cases():
    integers = rng.integers(0, 4, 150).astype(float)
    fractions = rng.random(200)
    yield random_case("two classes", 200, 2)
    yield random_case("two classes, tied scores", 200, 2, tied=True)
    yield random_case("two classes, weights", 200, 2, weight=fractions)
    yield random_case("two classes, tied scores, integer weights with zeros", 150, 2, True, integers)
    yield random_case("five classes", 200, 5)
    yield random_case("five classes, tied scores", 150, 5, tied=True)
    yield random_case("five classes, weights", 200, 5, weight=fractions)
    yield random_case("five classes, two of them absent", 100, 5, present=[0, 1, 3])
    yield random_case("five classes, only one at hand", 40, 5, present=[2])
    yield random_case("two classes, only the first at hand", 30, 2, present=[0])
    yield random_case("two classes, only the second at hand, weights", 150, 2, True, integers, [1])
    yield random_case("one row of two classes", 1, 2)
    yield random_case("one row of three classes", 1, 3)
    yield classification("one class", [0] * 7, [0] * 7, ["only"], np.ones((7, 1)))
    sure = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.5, 0.5]])
    yield classification("probabilities 0 and 1, one of them wrong", [0, 1, 0, 1], [0, 1, 1, 0], ["a", "b"], sure)
    yield classification("no probabilities", [0, 1, 2, 2, 1], [0, 2, 2, 2, 0], ["a", "b", "c"])
    yield classification("never predicted", [0, 1, 2, 2, 1, 0], [0, 0, 0, 0, 0, 0], ["a", "b", "c"])
    yield classification("all wrong", [0, 1, 0, 1], [1, 0, 1, 0], ["a", "b"])


def regressions():
    y = rng.normal(50, 20, 201)
    p = y + rng.normal(1, 7, 201)
    w = rng.random(201)
    integers = rng.integers(0, 3, 201).astype(float)
    yield regression("odd number of rows", y, p)
    yield regression("even number of rows", y[:200], p[:200])
    yield regression("weights", y, p, w)
    yield regression("integer weights with zeros", y, p, integers)
    yield regression("tied errors, integer weights", np.round(y / 10), np.round(p / 10), integers)
    yield regression("half of the weight at one error", [0, 0, 0, 0], [1, 2, 3, 4], [1, 1, 0, 2])
    yield regression("zero weight first and last", [0, 0, 0, 0], [1, 2, 3, 4], [0, 1, 1, 0])
    yield regression("worse than the mean", y, -p)
    yield regression("large offset", y + 1e6, p + 1e6)
    yield regression("constant target, right", [4.0] * 5, [4.0] * 5)
    yield regression("constant target, wrong", [4.0] * 5, [4.0, 4, 5, 3, 4])
    yield regression("constant target, equally wrong", [4.0] * 5, [5.0] * 5)
    yield regression("one row", [3.0], [5.0])
    yield regression("two rows", [3.0, 4.0], [5.0, 4.0])
    yield regression("all right", [3.0, 4.0], [3.0, 4.0])


out = Path(__file__).parent / "metrics.json"
data = {"scikit_learn": sklearn.__version__, "classification": list(cases()), "regression": list(regressions())}
out.write_text(json.dumps(data, separators=(",", ":")) + "\n")

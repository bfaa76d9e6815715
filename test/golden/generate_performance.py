"""Writes performance.json: predictions with their outcomes, and how right scikit-learn's metrics find them.

Standard errors are those of the infinitesimal jackknife: the metric is differentiated by the weight of each row, numerically,
as scikit-learn computes it. SE² = Σ w² (∂metric/∂w)² · n/(n − 1), n = (Σw)²/Σw²; for roc_auc over the rows of each class.

Run from anywhere: python test/golden/generate_performance.py
"""

import json
import warnings
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.stats import binomtest
from sklearn import metrics as m

warnings.filterwarnings("ignore")
rng = np.random.default_rng(17)
STEP = 1e-4


def effective(weight):
    return float(weight.sum() ** 2 / (weight**2).sum()) if len(weight) else 0.0


def jackknife(metric, weight, groups=None):
    slopes = np.empty(len(weight))
    for i in range(len(weight)):
        up, down = weight.copy(), weight.copy()
        up[i] += STEP
        down[i] -= STEP
        slopes[i] = (metric(up) - metric(down)) / (2 * STEP)
    total = 0.0
    for rows in [np.ones(len(weight), bool)] if groups is None else groups:
        n = effective(weight[rows])
        total += (weight[rows] ** 2 * slopes[rows] ** 2).sum() * n / (n - 1)
    return float(np.sqrt(total))


def wilson(share, n):
    z2 = 1.959963984540054**2
    center = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2) / (1 + z2 / n) * np.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return [float(max(0, center - half)), float(min(1, center + half))]


def classification(name, classes, truth, answers, confidences, probabilities, weight):
    labels = list(range(classes))
    macro = dict(average="macro", zero_division=0)
    functions = {
        "accuracy": lambda w: m.accuracy_score(truth, answers, sample_weight=w),
        "balanced_accuracy": lambda w: m.balanced_accuracy_score(truth, answers, sample_weight=w),
        "precision_macro": lambda w: m.precision_score(truth, answers, sample_weight=w, **macro),
        "recall_macro": lambda w: m.recall_score(truth, answers, sample_weight=w, **macro),
        "f1_macro": lambda w: m.f1_score(truth, answers, sample_weight=w, **macro),
        "f1_weighted": lambda w: m.f1_score(truth, answers, sample_weight=w, average="weighted", zero_division=0),
        "matthews_corrcoef": lambda w: m.matthews_corrcoef(truth, answers, sample_weight=w),
    }
    errors = {n: jackknife(functions[n], weight) for n in ["balanced_accuracy", "precision_macro", "recall_macro", "f1_macro"]}
    if classes == 2:
        functions["log_loss"] = lambda w: m.log_loss(truth, probabilities, labels=labels, sample_weight=w)
        functions["roc_auc"] = lambda w: m.roc_auc_score(truth, probabilities[:, 1], sample_weight=w)
        errors["log_loss"] = jackknife(functions["log_loss"], weight)
        errors["roc_auc"] = jackknife(functions["roc_auc"], weight, [truth == 1, truth == 0])
    expected = {n: float(f(weight)) for n, f in functions.items()}
    per = dict(labels=labels, average=None, zero_division=0, sample_weight=weight)
    precision, recall, f1, support = m.precision_recall_fscore_support(truth, answers, **per)
    right = truth == answers
    bins = []
    for b in range(10):
        rows = (confidences > b / 10) & (confidences <= (b + 1) / 10)
        if rows.any():
            w = weight[rows]
            bins.append([b / 10, float(w.sum()), float(np.average(confidences[rows], weights=w)), float(np.average(right[rows], weights=w))])
    total = weight.sum()
    of = lambda rows: effective(weight[rows])
    return {
        "name": name,
        "classes": classes,
        "truth": truth.tolist(),
        "answers": answers.tolist(),
        "confidences": confidences.tolist(),
        "weight": weight.tolist(),
        "expected": expected,
        "errors": errors,
        "accuracy_interval": wilson(expected["accuracy"], effective(weight)),
        "by_class": [
            {
                "code": c,
                "precision": float(precision[c]),
                "recall": float(recall[c]),
                "f1": float(f1[c]),
                "support": float(support[c]),
                "recall_interval": wilson(recall[c], of(truth == c)) if (truth == c).any() else None,
                "f1_error": jackknife(lambda w: m.f1_score(truth, answers, labels=[c], average="macro", zero_division=0, sample_weight=w), weight),
            }
            for c in labels
            if (truth == c).any() or (answers == c).any()
        ],
        "calibration": {"error": float(sum(w / total * abs(a - p) for _, w, p, a in bins)), "bins": bins},
    }


def of_classes(name, classes, rows, weights):
    logits = rng.normal(size=(rows, classes)) * 1.7
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    p[:, 0] = np.round(p[:, 0], 4)
    if classes == 2:
        p[:, 1] = 1 - p[:, 0]
    truth = np.array([rng.choice(classes, p=row / row.sum()) for row in np.clip(p, 1e-6, 1)])
    if classes > 2:
        p[:, 2] *= 0.2
        p /= p.sum(1, keepdims=True)
    answers = p.argmax(1)
    confidences = p[np.arange(rows), answers]
    weight = rng.choice(weights, size=rows).astype(float)
    return classification(name, classes, truth, answers, confidences, p, weight)


def regression(name, rows, weights, center):
    truth = center + rng.gamma(2.0, 3.0, size=rows)
    answers = truth + rng.normal(size=rows) * (1 + np.abs(truth - center) / 5) + 0.3
    weight = rng.choice(weights, size=rows).astype(float)
    functions = {
        "r2": lambda w: m.r2_score(truth, answers, sample_weight=w),
        "mean_absolute_error": lambda w: m.mean_absolute_error(truth, answers, sample_weight=w),
        "mean_squared_error": lambda w: m.mean_squared_error(truth, answers, sample_weight=w),
    }
    expected = {n: float(f(weight)) for n, f in functions.items()}
    expected["root_mean_squared_error"] = float(np.sqrt(expected["mean_squared_error"]))
    errors = {n: jackknife(f, weight) for n, f in functions.items()}
    return {
        "name": name,
        "truth": truth.tolist(),
        "answers": answers.tolist(),
        "weight": weight.tolist(),
        "expected": expected,
        "errors": errors,
    }


assert np.allclose(wilson(0.7, 50), list(binomtest(35, 50).proportion_ci(method="wilson")), rtol=1e-12)
golden = {
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit_learn": sklearn.__version__},
    "classification": [
        of_classes("two classes", 2, 240, [1]),
        of_classes("two classes, weighted", 2, 240, [1, 4, 10]),
        of_classes("four classes", 4, 240, [1]),
        of_classes("four classes, weighted", 4, 240, [1, 2.5]),
    ],
    "regression": [
        regression("numbers", 150, [1], 0),
        regression("numbers, weighted", 150, [1, 4, 10], 0),
        regression("numbers far from 0", 150, [1, 2], 1e6),
    ],
}
target = Path(__file__).parent / "performance.json"
target.write_text(json.dumps(golden) + "\n")

"""Writes curves.json: rankings, calibration and histograms as scikit-learn and numpy have them.

Run from anywhere: python test/golden/generate_curves.py
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn import metrics as m
from sklearn.calibration import calibration_curve

rng = np.random.default_rng(11)


def ranking(name, scores, positive):
    scores, positive = np.asarray(scores, float), np.asarray(positive, int)
    fpr, tpr, _ = m.roc_curve(positive, scores, drop_intermediate=False)
    precision, recall, _ = m.precision_recall_curve(positive, scores)
    fraction, mean = calibration_curve(positive, scores, n_bins=10)
    return {
        "name": name,
        "scores": scores.tolist(),
        "positive": positive.tolist(),
        "fpr": fpr.tolist(),
        "tpr": tpr.tolist(),
        # From the highest threshold down, without the point (0, 1) that it adds.
        "precision": precision[:-1][::-1].tolist(),
        "recall": recall[:-1][::-1].tolist(),
        "roc_auc": m.roc_auc_score(positive, scores),
        "average_precision": m.average_precision_score(positive, scores),
        "calibration": {"fraction": fraction.tolist(), "mean": mean.tolist()},
    }


def macro(name, k, n):
    true = rng.integers(0, k, n)
    p = rng.dirichlet(np.full(k, 0.6), size=n) + 0.4 * np.eye(k)[true]
    p /= p.sum(axis=1, keepdims=True)
    grid = np.linspace(0, 1, 60)
    tprs = []
    for c in range(k):
        fpr, tpr, _ = m.roc_curve(true == c, p[:, c], drop_intermediate=False)
        tprs.append(np.interp(grid, fpr, tpr))
    return {
        "name": name,
        "classes": k,
        "true": true.tolist(),
        "probabilities": p.ravel().tolist(),
        "macro": np.mean(tprs, axis=0).tolist(),
        "micro_auc": m.roc_auc_score(np.eye(k)[true].ravel().astype(int), p.ravel()),
    }


def histogram(name, values, bins, low, high):
    counts, _ = np.histogram(values, bins=bins, range=(low, high))
    return {
        "name": name,
        "values": np.asarray(values, float).tolist(),
        "bins": bins,
        "range": [low, high],
        "counts": counts.tolist(),
    }


n = 300
positive = (rng.random(n) < 0.3).astype(int)
soft = 1 / (1 + np.exp(-(rng.normal(0, 1, n) + 1.5 * positive - 0.5)))
edges = np.repeat(np.arange(11) / 10, 5)
uniform = rng.random(2000)
data = {
    "scikit_learn": sklearn.__version__,
    "rankings": [
        ranking("continuous scores", soft, positive),
        ranking("tied scores", np.round(soft, 1), positive),
        ranking("perfect", positive * 0.5 + 0.25, positive),
        ranking("all wrong", 1 - positive, positive),
        ranking("all tied", np.full(n, 0.5), positive),
        ranking("scores at the edges of bins", edges, np.arange(edges.size) % 2),
        ranking("two rows", [0.2, 0.9], [1, 0]),
    ],
    "averages": [macro("three classes", 3, 200), macro("ten classes", 10, 400)],
    "histograms": [
        histogram("uniform", uniform, 20, 0, 1),
        histogram("normal, clipped", rng.normal(0, 1, 2000), 20, -2, 2),
        histogram("at the edges", np.arange(0, 101) / 10, 20, 0, 10),
        histogram("tenths", np.repeat(np.arange(11) / 10, 3), 10, 0, 1),
        histogram("far from zero", 1e9 + uniform, 7, 1e9, 1e9 + 1),
    ],
}
out = Path(__file__).parent / "curves.json"
out.write_text(json.dumps(data, separators=(",", ":")) + "\n")

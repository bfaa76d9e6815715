"""Writes calibration.json: what scikit-learn's calibration and threshold tuning come to on the example data.

Run from anywhere: python test/golden/generate_calibration.py

Every fifth row is asked, all others are fitted; row i of those is validated in fold i % 5. `raw` are the probabilities
that go in, out of fold, and `asked_raw` those of the asked rows by the model that is fitted on all: what is compared is
what calibration and tuning make of them. Weights are 0.25 + i % 4, and every seventh is 0.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
from scipy.optimize import root
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import PredefinedSplit, TunedThresholdClassifierCV, cross_val_predict
from sklearn.naive_bayes import GaussianNB

here = Path(__file__).parent
data = here.parent.parent / "examples" / "data"


def table(name, target):
    frame = pd.read_csv(data / f"{name}.csv")
    x = frame.drop(columns=target).to_numpy(float)[:, :4]
    y = np.unique(frame[target].astype(str), return_inverse=True)[1]
    asked = np.arange(len(y)) % 5 == 0
    fold = np.arange((~asked).sum()) % 5
    weight = 0.25 + np.arange(len(fold)) % 4
    weight[::7] = 0
    return x[~asked], y[~asked], x[asked], PredefinedSplit(fold), weight


def likelihood_gradient(ab, f, t, w):
    p = 1 / (1 + np.exp(ab[0] * f + ab[1]))
    return [np.sum(w * (t - p) * f), np.sum(w * (t - p))]


def exact(f, y, w, start):
    """The optimum to the last digits: scikit-learn's optimizer ends a little before it."""
    no, yes = w[y == 0].sum(), w[y == 1].sum()
    t = np.where(y == 1, (yes + 1) / (yes + 2), 1 / (no + 2))
    found = root(likelihood_gradient, start, (f, t, w), tol=1e-14)
    assert np.max(np.abs(found.fun)) < 1e-9, found
    return [float(v) for v in found.x]


def calibration(name, target, model, method, weighted):
    x, y, asked, cv, weight = table(name, target)
    given = {"sample_weight": weight} if weighted else {}
    calibrated = CalibratedClassifierCV(model, method=method, cv=cv, ensemble=False).fit(x, y, **given)
    raw = cross_val_predict(model, x, y, cv=cv, method="predict_proba", params=given)
    (fitted,) = calibrated.calibrated_classifiers_
    curves = []
    scores = raw[:, 1:] if raw.shape[1] == 2 else raw
    if hasattr(model, "decision_function"):
        scores = cross_val_predict(model, x, y, cv=cv, method="decision_function", params=given)[:, None]
    if method == "sigmoid":
        for k, (curve, f) in enumerate(zip(fitted.calibrators, scores.T)):
            c = 1 if raw.shape[1] == 2 else k
            w = weight if weighted else np.ones(len(y))
            curves.append(exact(f, (y == c).astype(int), w, [curve.a_, curve.b_]))
    else:
        curves = [[list(c.X_thresholds_), list(c.y_thresholds_)] for c in fitted.calibrators]
    return {
        "data": name, "model": type(model).__name__, "method": method,
        "scale": "log_odds" if hasattr(model, "decision_function") else "probability",
        "codes": y.tolist(), "weights": weight.tolist() if weighted else None,
        "raw": raw.ravel().tolist(), "curves": curves,
        "asked_raw": fitted.estimator.predict_proba(asked).ravel().tolist(),
        "expected": calibrated.predict_proba(asked).ravel().tolist(),
    }


def cost(y, predicted, sample_weight=None, false_positive=1, false_negative=1):
    paid = np.where(y == predicted, 0, np.where(y == 1, false_negative, false_positive))
    return -np.average(paid, weights=sample_weight)


def threshold(goal, weighted):
    x, y, _, cv, weight = table("breast_cancer", "diagnosis")
    given = {"sample_weight": weight} if weighted else {}
    model = GaussianNB()
    scoring = goal.get("metric")
    if "costs" in goal:
        scoring = make_scorer(cost, **goal["costs"])
    if weighted:
        sklearn.set_config(enable_metadata_routing=True)
        model = model.set_fit_request(sample_weight=True)
        scoring = sklearn.metrics.get_scorer(scoring).set_score_request(sample_weight=True)
    tuned = TunedThresholdClassifierCV(model, scoring=scoring, cv=cv, store_cv_results=True).fit(x, y, **given)
    raw = cross_val_predict(GaussianNB() if not weighted else model, x, y, cv=cv, method="predict_proba", params=given)
    sklearn.set_config(enable_metadata_routing=False)
    return {
        "goal": goal, "codes": y.tolist(), "weights": weight.tolist() if weighted else None,
        "raw": raw[:, 1].tolist(), "threshold": tuned.best_threshold_, "score": tuned.best_score_,
        "thresholds": tuned.cv_results_["thresholds"].tolist(), "scores": tuned.cv_results_["scores"].tolist(),
    }


LOGISTIC = LogisticRegression(C=1.0, max_iter=10_000)
calibrations = [
    calibration(name, target, model, method, weighted)
    for method in ("sigmoid", "isotonic")
    for name, target, model, weighted in (
        ("breast_cancer", "diagnosis", GaussianNB(), False),
        ("breast_cancer", "diagnosis", GaussianNB(), True),
        ("breast_cancer", "diagnosis", LOGISTIC, False),
        ("wine", "cultivar", GaussianNB(), False),
        ("wine", "cultivar", GaussianNB(), True),
    )
]
METRICS = ("accuracy", "balanced_accuracy", "f1", "f1_macro", "matthews_corrcoef")
thresholds = [threshold({"metric": metric}, False) for metric in METRICS]
thresholds += [threshold({"metric": "balanced_accuracy"}, True)]
thresholds += [threshold({"costs": {"false_positive": 1, "false_negative": n}}, False) for n in (1, 5)]
golden = {"versions": {"sklearn": sklearn.__version__, "numpy": np.__version__}}
golden |= {"calibrations": calibrations, "thresholds": thresholds}
(here / "calibration.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")

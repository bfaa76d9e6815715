"""Writes naive_bayes.json: what scikit-learn's naive Bayes learns from the example data.

Run from anywhere: python test/golden/generate_naive_bayes.py

Even rows are fitted, odd rows are asked; weights are those that `weight` says.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
from sklearn.naive_bayes import CategoricalNB, ComplementNB, GaussianNB, MultinomialNB

here = Path(__file__).parent
data = here.parent.parent / "examples" / "data"


def digits(values):
    return [int(v) if v == int(v) else float(f"{v:.13g}") for v in np.ravel(values)]


def table(name, target, row_count=None):
    frame = pd.read_csv(data / f"{name}.csv", nrows=row_count)
    x = frame.drop(columns=target).to_numpy(float)
    y = frame[target].astype(str).to_numpy()
    full = pd.read_csv(data / f"{name}.csv")[target]
    assert set(y[::2]) == set(full.astype(str)), "a class is missing among the fitted rows"
    weight = 0.25 + (np.arange(len(y[::2])) % 4)
    return x[::2], y[::2], x[1::2], weight


def gaussian(name, target, given, weighted, rows=None, shift=0.0):
    x, y, asked, weight = table(name, target, rows)
    model = GaussianNB(**given).fit(x + shift, y, weight if weighted else None)
    return {
        "data": name, "target": target, "given": given, "weighted": weighted, "rows": rows, "shift": shift,
        "theta": digits(model.theta_), "var": digits(model.var_), "prior": digits(model.class_prior_),
        "probabilities": digits(model.predict_proba(asked[:40] + shift)),
    }


def categorical(name, target, given, weighted, rows=None):
    x, y, asked, weight = table(name, target, rows)
    # So that no code is asked that was not fitted, which scikit-learn cannot take.
    asked = np.minimum(asked, x.max(axis=0))[:30]
    model = CategoricalNB(**given).fit(x, y, weight if weighted else None)
    return {
        "data": name, "target": target, "given": given, "weighted": weighted, "rows": rows,
        "first": digits(model.feature_log_prob_[0]), "last": digits(model.feature_log_prob_[-1]),
        "prior": digits(model.class_log_prior_),
        "probabilities": digits(model.predict_proba(asked)),
    }


TERMS = {"MultinomialNaiveBayes": MultinomialNB, "ComplementNaiveBayes": ComplementNB}


def terms(estimator, name, target, given, weighted, rows=None):
    x, y, asked, weight = table(name, target, rows)
    model = TERMS[estimator](**given).fit(x, y, weight if weighted else None)
    return {
        "estimator": estimator, "data": name, "target": target, "given": given, "weighted": weighted, "rows": rows,
        "first": digits(model.feature_log_prob_[0]), "last": digits(model.feature_log_prob_[-1]),
        "prior": digits(np.exp(model.class_log_prior_)),
        "probabilities": digits(model.predict_proba(asked[:30])),
    }


out = {
    "scikit_learn": sklearn.__version__,
    "gaussian": [
        gaussian("iris", "species", {}, False),
        gaussian("iris", "species", {"priors": [0.5, 0.3, 0.2], "var_smoothing": 1e-3}, False),
        gaussian("iris", "species", {}, True),
        gaussian("iris", "species", {"var_smoothing": 0}, False, shift=1e3),
        gaussian("wine", "cultivar", {}, False),
        gaussian("wine", "cultivar", {}, True),
        gaussian("breast_cancer", "diagnosis", {}, False),
        gaussian("digits", "digit", {"var_smoothing": 1e-2}, False, 600),
        gaussian("letter", "lettr", {}, False, 2000),
    ],
    "categorical": [
        categorical("letter", "lettr", {}, False, 600),
        categorical("letter", "lettr", {"alpha": 0.3, "fit_prior": False}, True, 600),
        categorical("digits", "digit", {"alpha": 2, "min_categories": 20}, False, 300),
        categorical("digits", "digit", {"alpha": 0, "force_alpha": False}, False, 300),
        categorical("digits", "digit", {"class_prior": [0.19] + [0.09] * 9}, False, 300),
    ],
    "terms": [
        terms("MultinomialNaiveBayes", "letter", "lettr", {}, False, 2000),
        terms("MultinomialNaiveBayes", "digits", "digit", {"alpha": 0.1, "fit_prior": False}, True, 600),
        terms("MultinomialNaiveBayes", "digits", "digit", {"class_prior": [0.19] + [0.09] * 9}, False, 300),
        terms("MultinomialNaiveBayes", "digits", "digit", {"alpha": 0, "force_alpha": False}, False, 300),
        terms("MultinomialNaiveBayes", "breast_cancer", "diagnosis", {}, True),
        terms("ComplementNaiveBayes", "letter", "lettr", {}, False, 2000),
        terms("ComplementNaiveBayes", "digits", "digit", {"alpha": 0.5, "norm": True}, True, 600),
        terms("ComplementNaiveBayes", "digits", "digit", {"alpha": 0, "force_alpha": False}, False, 300),
        terms("ComplementNaiveBayes", "breast_cancer", "diagnosis", {}, True),
    ],
}
(here / "naive_bayes.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")

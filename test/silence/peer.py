"""scikit-learn's answers where a method has one. `versions` prints what is installed; `compare` reads a case a line.

A case has the encoded columns, labels and our answer (predictions, or probabilities row by row). Prints a line a case:
the greatest difference, over the spread of the labels or, of probabilities, as it is; null where scikit-learn refuses.
"""

import json
import sys
import warnings

import numpy as np


def make(model: str, parameters: dict):
    from sklearn import linear_model, naive_bayes

    kinds = {
        "linear_regression": linear_model.LinearRegression,
        "ridge_regression": linear_model.Ridge,
        "lasso_regression": linear_model.Lasso,
        "logistic_regression": linear_model.LogisticRegression,
        "gaussian_naive_bayes": naive_bayes.GaussianNB,
    }
    return kinds[model](**parameters)


def difference_of(case: dict) -> dict:
    x = np.array(case["columns"], dtype=float).T
    y = np.array(case["labels"])
    answer = np.array(case["answer"], dtype=float)
    if len(set(case["labels"])) < 2 and case["model"] in ("logistic_regression",):
        return {"difference": None, "note": "one class"}
    try:
        model = make(case["model"], case["parameters"]).fit(x, y)
    except ValueError as error:
        return {"difference": None, "note": str(error)[:100]}
    if case["model"] in ("logistic_regression", "gaussian_naive_bayes"):
        theirs = model.predict_proba(x).ravel()
        spread = 1.0
    else:
        theirs = model.predict(x)
        spread = max(float(np.std(y)), 1e-300)
    note = f"{x.shape[0]} x {x.shape[1]}"
    if not np.all(np.isfinite(theirs)):
        return {"difference": None, "note": note}
    difference = float(np.max(np.abs(answer - theirs)) / spread)
    return {"difference": difference if np.isfinite(difference) else 1e9, "note": note}


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    if sys.argv[1] == "versions":
        import sklearn

        print(sklearn.__version__)
    else:
        for line in sys.stdin:
            print(json.dumps(difference_of(json.loads(line))))

"""Partial dependence by scikit-learn, method brute, of estimators with one answer. Writes partial_dependence.json beside this file."""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.inspection import partial_dependence
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

random = np.random.RandomState(0)
x = random.normal(size=(60, 3)).round(3)
number = x[:, 0] * x[:, 1] + 2 * x[:, 2] + random.normal(size=60).round(2)
three = np.digitize(number, [-1, 1])
grid = [-1.5, -0.25, 0.0, 0.4, 1.25]
cases = []
for name, model, target in [
    ("squares and products", make_pipeline(PolynomialFeatures(2, include_bias=False), LinearRegression()), number),
    ("gaussian naive bayes", GaussianNB(), three),
]:
    model.fit(x, target)
    means = [partial_dependence(model, x, [j], custom_values={j: np.array(grid)}, method="brute",
                                response_method="auto" if name[0] == "s" else "predict_proba")["average"].tolist()
             for j in range(3)]
    cases.append({"name": name, "target": np.asarray(target, dtype=float).tolist(), "means": means})

with open(pathlib.Path(__file__).parent / "partial_dependence.json", "w") as file:
    json.dump({"sklearn": sklearn.__version__, "rows": x.tolist(), "grid": grid, "cases": cases}, file)
    file.write("\n")

"""Writes ml_packages.json: what scikit-learn's GaussianNB makes of iris and wine.

Run from anywhere: python test/golden/generate_ml_packages.py
"""

import json
from pathlib import Path

import pandas as pd
import sklearn
from sklearn.naive_bayes import GaussianNB

here = Path(__file__).parent
cases = []
for data in ["iris", "wine"]:
    for parameters in [{}, {"var_smoothing": 0.01, "priors": [0.2, 0.5, 0.3]}]:
        table = pd.read_csv(here.parent.parent / "examples" / "data" / f"{data}.csv")
        x, y = table.iloc[:, :-1].to_numpy(), table.iloc[:, -1]
        model = GaussianNB(**parameters).fit(x, y)
        probabilities = model.predict_proba(x[::5])
        cases.append({"data": data, "parameters": parameters, "every": 5, "probabilities": probabilities.ravel().tolist()})
(here / "ml_packages.json").write_text(json.dumps({"scikit_learn": sklearn.__version__, "cases": cases}) + "\n")

"""Fits models for export-sklearn.test.ts, as somebody would who trains with scikit-learn. Run: python make_models.py FOLDER"""
import pathlib
import sys

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

folder = pathlib.Path(sys.argv[1])
rng = np.random.default_rng(3)
people = pd.DataFrame(
    {"age": rng.uniform(18, 80, 200).round(1), "income": rng.normal(2, 1, 200), "city": rng.choice(["Lyon", "Kraków"], 200)}
)
answer = np.where(people["age"] + 20 * (people["city"] == "Lyon") + rng.normal(0, 9, 200) > 55, "yes", "no")
numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
columns = ColumnTransformer([("n", numbers, ["age", "income"]), ("k", OneHotEncoder(handle_unknown="ignore"), ["city"])])
joblib.dump(make_pipeline(columns, LogisticRegression()).fit(people, answer), folder / "pipeline.joblib")
some = people.head(40).copy()
some.loc[1, "age"] = np.nan
some.to_csv(folder / "people.csv", index=False)

x = people[["age", "income"]]
joblib.dump(RandomForestRegressor(5, max_depth=4, random_state=1).fit(x, people["age"] * 2), folder / "forest.joblib")
x.head(40).to_csv(folder / "numbers.csv", index=False)
holes = x.mask(rng.random(x.shape) < 0.3)
joblib.dump(RandomForestClassifier(8, max_depth=4, random_state=1).fit(holes, answer), folder / "hazard.joblib")
holes.head(40).to_csv(folder / "holes.csv", index=False)

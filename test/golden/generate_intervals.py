"""Reference values of intervals, from SciPy. Writes intervals.json beside this file.

Wilson's interval is SciPy's to the last digits. Those of a regression are held to a bootstrap of the rows.
"""

import json
from pathlib import Path

import numpy as np
import scipy
from scipy import stats

shares = [
    {"hits": hits, "rows": rows, "interval": list(stats.binomtest(hits, rows).proportion_ci(0.95, method="wilson"))}
    for hits, rows in [(0, 10), (10, 10), (27, 30), (150, 200), (1, 1), (99_000, 100_000)]
]

rng = np.random.default_rng(5)
actual = np.round(rng.normal(10, 3, 400), 6)
predicted = np.round(actual * 0.8 + 2 + rng.standard_t(6, 400) * 1.2, 6)


def r2(y, p):
    return 1 - np.mean((y - p) ** 2) / np.var(y)


def rmse(y, p):
    return np.sqrt(np.mean((y - p) ** 2))


def mae(y, p):
    return np.mean(np.abs(y - p))


def interval(statistic):
    found = stats.bootstrap(
        (actual, predicted), statistic, paired=True, vectorized=False, n_resamples=20_000, method="percentile", rng=7
    )
    return list(found.confidence_interval)


golden = {
    "scipy": scipy.__version__,
    "shares": shares,
    "regression": {
        "actual": actual.tolist(),
        "predicted": predicted.tolist(),
        "bootstrap": {
            "r2": interval(r2),
            "root_mean_squared_error": interval(rmse),
            "mean_absolute_error": interval(mae),
        },
    },
}
Path(__file__).with_name("intervals.json").write_text(json.dumps(golden) + "\n")

"""Reference values of paired tests, from SciPy and statsmodels. Writes comparison.json beside this file."""

import json
from pathlib import Path

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

rng = np.random.default_rng(11)


def mcnemar_exact(b, c):
    return mcnemar([[50, b], [c, 30]], exact=True).pvalue


pairs = [(0, 0), (1, 0), (5, 5), (3, 12), (40, 41), (10, 45), (120, 180), (3000, 3150), (0, 30)]
samples = {
    "small": rng.normal(0.3, 1, 12),
    "fifty": rng.normal(0.1, 1, 50),
    "large": rng.normal(0.05, 1, 400),
    "heavy": rng.standard_t(2, 300),
    "ties": rng.integers(-4, 6, 80).astype(float),
    "zeros": np.concatenate([np.zeros(10), np.round(rng.normal(0.2, 1, 30), 3)]),
    "far": rng.normal(1, 1, 200),
}
families = [
    [0.01, 0.04, 0.03, 0.005],
    [0.5, 0.6, 0.9],
    [0.049],
    [0.02, 0.02, 0.02, 0.7, 0.001, 1.0, 0.0],
]
golden = {
    "scipy": scipy.__version__,
    "statsmodels": statsmodels.__version__,
    "mcnemar": [{"b": b, "c": c, "p": float(mcnemar_exact(b, c))} for b, c in pairs],
    "paired": [
        {
            "name": name,
            "differences": [float(v) for v in values],
            "t": float(stats.ttest_1samp(values, 0).pvalue),
            "wilcoxon": float(stats.wilcoxon(values).pvalue),
        }
        for name, values in samples.items()
    ],
    "holm": [
        {"p": family, "adjusted": [float(v) for v in multipletests(family, method="holm")[1]]} for family in families
    ],
    "normal": [{"z": z, "p": float(2 * stats.norm.sf(abs(z)))} for z in [0, 0.1, 1, 1.7, 1.96, -3, 8, 30]],
    "student": [
        {"t": t, "df": df, "p": float(2 * stats.t.sf(abs(t), df))}
        for t in [0, 0.5, -2, 2.3, 12]
        for df in [1, 2, 9, 30, 999, 19_999]
    ],
    "quantiles": [{"df": df, "t": float(stats.t.ppf(0.975, df))} for df in [1, 2, 9, 30, 999, 19_999]],
}
Path(__file__).with_name("comparison.json").write_text(json.dumps(golden) + "\n")

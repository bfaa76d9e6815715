"""Reference values of moderated overdispersion, by the formulas in NumPy and SciPy. Writes overdispersion.json beside this file."""

import json
from pathlib import Path

import numpy as np
import scipy
from scipy import optimize, special

APART_FROM = 4
CAUTION = 0.5


def moderated(values, freedoms):
    values, freedoms = np.array(values, float), np.array(freedoms, float)
    # Smyth 2004, section 6: logarithms without their bias, and their sampling variances.
    logs = np.log(values) - special.digamma(freedoms / 2) + np.log(freedoms / 2)
    sampling = special.polygamma(1, freedoms / 2)
    median = np.sort(logs)[(len(logs) - 1) // 2]
    alike = np.abs(logs - median) <= APART_FROM * np.sqrt(sampling)
    if alike.sum() < 2:
        return values, freedoms
    # DerSimonian and Laird 1986, equations 8 and 9.
    weights, effects = 1 / sampling[alike], logs[alike]
    spread = np.sum(weights * (effects - np.average(effects, weights=weights)) ** 2)
    unit = weights.sum() - np.sum(weights**2) / weights.sum()
    # The variance of their sum of squares, where nothing is between them, is twice its mean.
    freedom = len(effects) - 1
    between = (max(0.0, spread - freedom) + CAUTION * np.sqrt(2 * freedom)) / unit
    mean = np.average(effects, weights=1 / (sampling[alike] + between))
    found, freedom = values.copy(), freedoms.copy()
    for i in np.flatnonzero(alike):
        inverse = optimize.brentq(lambda x: special.polygamma(1, x) - between, 1e-6, 1e12, xtol=1e-14, rtol=1e-14)
        prior = min(freedoms[alike].sum() - freedoms[i], 2 * inverse)
        at = np.exp(mean + special.digamma(prior / 2) - np.log(prior / 2))
        found[i] = (prior * at + freedoms[i] * values[i]) / (prior + freedoms[i])
        freedom[i] = prior + freedoms[i]
    return np.maximum(1, found), freedom


cases = {
    "alike": ([1.02, 0.95, 1.1, 1.0], [126, 126, 126, 14]),
    "different": ([1.1, 1.5, 2.0, 1.2], [126, 126, 126, 14]),
    "one far": ([1.0, 1.05, 1.3, 0.9, 4.1], [126, 126, 56, 14, 126]),
    "two": ([1.2, 1.5], [126, 154]),
    "long": ([1.4, 1.1, 1.0, 1.2, 1.05], [540, 540, 60, 660, 240]),
}
golden = {"numpy": np.__version__, "scipy": scipy.__version__, "cases": []}
for name, (values, freedoms) in cases.items():
    factors, df = moderated(values, freedoms)
    case = {"name": name, "values": values, "freedoms": freedoms, "factors": factors.tolist(), "df": df.tolist()}
    golden["cases"].append(case)
Path(__file__).with_name("overdispersion.json").write_text(json.dumps(golden) + "\n")

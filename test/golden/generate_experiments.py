"""Reference values of the statistics of experiments. Writes experiments.json beside this file.

Run it with numpy < 2 (confseq asks for it), SciPy 1.17, gbstats 0.8.0, statsmodels 0.15.0, confseq 0.0.11 and ssrm-test 0.1.5. Of
"kept" values are read from experiments.json and written back, for what makes them is not on the package index: the one-sided test of gbstats as of
growthbook/growthbook@8f1db44. Some values are here to be avoided: "zero_variance", "one_sided_kept" and "mcnemar" with their notes.
"""

import json
import math
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from confseq import boundaries
from gbstats.frequentist.tests import FrequentistConfig, SequentialConfig, SequentialTwoSidedTTest, TwoSidedTTest
from gbstats.models.statistics import ProportionStatistic
from gbstats.utils import check_srm
from scipy import special
from ssrm_test import ssrm_test
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

FILE = Path(__file__).with_name("experiments.json")
ALPHA = 0.05
warnings.simplefilter("ignore")


def proportions(a, b):
    return ProportionStatistic(n=a[0], sum=a[1]), ProportionStatistic(n=b[0], sum=b[1])


def binomial(successes, failures, null_share, sharpest_at, one_sided):
    """confseq's beta-binomial mixture, in the sums that it takes."""
    n, spread = successes + failures, null_share * (1 - null_share)
    log_e = boundaries.beta_binomial_log_mixture(
        successes - n * null_share, spread * n, spread * sharpest_at, null_share, 1 - null_share, ALPHA, one_sided
    )
    return {
        "successes": successes,
        "failures": failures,
        "null_share": null_share,
        "sharpest_at": sharpest_at,
        "side": "greater" if one_sided else "two-sided",
        "log_e": float(log_e),
    }


def share(successes, n, sharpest_at):
    low, high = boundaries.bernoulli_confidence_interval(successes, n, ALPHA, sharpest_at, ALPHA)
    return {"successes": successes, "n": n, "sharpest_at": sharpest_at, "interval": [float(low), float(high)]}


def split(increments, shares, concentration):
    factors = ssrm_test.sequential_bayes_factors(
        np.array(increments), np.array(shares), dirichlet_concentration=concentration
    )
    totals = np.array(increments).sum(axis=0).tolist()
    return {"counts": totals, "shares": shares, "concentration": concentration, "e": float(factors[-1])}


def chi_square_of_split(counts, shares):
    return {"counts": counts, "shares": shares, "p": float(check_srm(counts, shares))}


def paired_rows(seed, n, worse, better):
    """+1, −1, 0 by a linear congruential generator: the same everywhere."""
    state, rows = seed, []
    for _ in range(n):
        state = (1664525 * state + 1013904223) % 2**32
        u = state / 2**32
        rows.append(-1 if u < worse else 1 if u < worse + better else 0)
    return np.array(rows, float)


def paired(rows, t, sharpest_at):
    d = rows[:t]
    spread = d.std(ddof=1)
    half = boundaries.normal_mixture_bound(float(t), ALPHA, float(sharpest_at), ALPHA, False) * spread / t
    exact = boundaries.normal_mixture_bound(float(t), ALPHA, float(sharpest_at), ALPHA, True) * spread / t
    return {
        "rows": t,
        "sharpest_at": sharpest_at,
        "control_right": int((d < 0).sum()),
        "treatment_right": int((d > 0).sum()),
        "mean": float(d.mean()),
        "deviation": float(spread),
        "half_width": float(half),
        "one_sided_half_width_exact": float(exact),
    }


def two_sided(n, sharpest_at):
    a, b = [n, round(n * 0.87)], [n, round(n * 0.90)]
    config = SequentialConfig(difference_type="absolute", alpha=ALPHA, sequential_tuning_parameter=sharpest_at)
    found = SequentialTwoSidedTTest(*proportions(a, b), config).compute_result()
    return {
        "control": a,
        "treatment": b,
        "sharpest_at": sharpest_at,
        "difference": found.expected,
        "interval": list(found.ci),
        "p": found.p_value,
    }


def without_variance(a, b):
    found = TwoSidedTTest(*proportions(a, b), FrequentistConfig(difference_type="absolute")).compute_result()
    return {"control": a, "treatment": b, "interval": list(found.ci), "p": found.p_value, "error": found.error_message}


def discordant(control_right, treatment_right):
    table = [[0, control_right], [treatment_right, 0]]
    exact = mcnemar(table, exact=True).pvalue
    corrected = mcnemar(table, exact=False, correction=True).pvalue
    return {
        "control_right": control_right,
        "treatment_right": treatment_right,
        "exact_p": float(exact),
        "corrected_p": float(corrected),
    }


def f1_of(tp, fp, fn, tn):
    """The score and its standard error by the delta method, row by row."""
    u = np.repeat([2.0, 0.0, 0.0, 0.0], [tp, fp, fn, tn])
    w = np.repeat([2.0, 1.0, 1.0, 0.0], [tp, fp, fn, tn])
    score = u.sum() / w.sum()
    influence = (u - score * w) / w.mean()
    bootstrap = np.random.default_rng(5).multinomial(len(u), np.array([tp, fp, fn, tn]) / len(u), size=40_000)
    scores = 2 * bootstrap[:, 0] / (2 * bootstrap[:, 0] + bootstrap[:, 1] + bootstrap[:, 2])
    return {
        "counts": [tp, fp, fn, tn],
        "f1": float(score),
        "standard_error": float(influence.std(ddof=1) / math.sqrt(len(u))),
        "bootstrap_standard_error": float(scores.std(ddof=1)),
    }


def macro_f1(seed):
    """Three classes, two arms on the same rows: scikit-learn's macro F1 and its jackknife, row by row."""
    from sklearn.metrics import f1_score

    random = np.random.default_rng(seed)
    truth = random.choice(3, size=400, p=[0.6, 0.3, 0.1])
    arms = [np.where(random.random(400) < right, truth, random.choice(3, size=400)) for right in (0.7, 0.8)]
    cells = {}
    for row in zip(arms[0].tolist(), arms[1].tolist(), truth.tolist()):
        cells[row] = cells.get(row, 0) + 1

    def spread_of(score):
        left_out = np.array([score(np.delete(np.arange(400), i)) for i in range(400)])
        return float(math.sqrt(399 / 400 * ((left_out - left_out.mean()) ** 2).sum()))

    scores = [lambda kept, arm=arm: f1_score(truth[kept], arm[kept], average="macro") for arm in arms]
    every = np.arange(400)
    return {
        "cells": [[*cell, count] for cell, count in sorted(cells.items())],
        "f1": [float(score(every)) for score in scores],
        "jackknife": [spread_of(score) for score in scores],
        "jackknife_of_difference": spread_of(lambda kept: scores[1](kept) - scores[0](kept)),
    }


def tail(x, a, b):
    """log I_x(a, b) where SciPy still has digits, and by mpmath where it has not."""
    import mpmath

    mpmath.mp.dps = 60
    value = float(special.betainc(a, b, x))
    exact = float(mpmath.log(mpmath.betainc(a, b, 0, mpmath.mpf(x), regularized=True)))
    assert value < 1e-290 or abs(math.log(value) - exact) < 1e-9 * max(1, abs(exact))
    return [x, a, b, exact]


def main():
    kept = json.loads(FILE.read_text())
    rows = paired_rows(7, 600, 0.04, 0.09)
    packages = ["numpy", "scipy", "gbstats", "statsmodels", "confseq", "ssrm-test", "scikit-learn", "mpmath"]
    ps = [0.01, 0.04, 0.03, 0.005, 0.2]
    found = {
        "alpha": ALPHA,
        "versions": {name: version(name) for name in packages},
        "binomial": [
            binomial(*case)
            for case in [
                (25, 10, 0.5, 200, False),
                (10, 25, 0.5, 200, False),
                (6, 0, 0.5, 200, False),
                (120, 90, 0.5, 200, False),
                (300, 300, 0.5, 200, False),
                (44, 20, 0.5, 100, True),
                (20, 44, 0.5, 100, True),
                (15, 20, 0.1, 100, True),
                (0, 30, 0.1, 100, True),
                (50, 0, 0.5, 100, True),
                (2_000, 1_800, 0.5, 400, False),
                (400, 5_000, 0.1, 400, False),
                (900, 40, 0.9, 100, True),
            ]
        ],
        "bernoulli": [
            share(*case)
            for case in [
                (25, 35, 200),
                (7, 10, 1000),
                (70, 100, 1000),
                (700, 1000, 1000),
                (7000, 10000, 1000),
                (0, 100, 1000),
                (100, 100, 1000),
            ]
        ],
        "multinomial": [
            split(*case)
            for case in [
                ([[520, 480]], [0.5, 0.5], 10000),
                ([[5200, 4800]], [0.5, 0.5], 10000),
                ([[5200, 4800]], [0.5, 0.5], 100),
                ([[50, 50], [60, 40], [70, 30]], [0.5, 0.5], 100),
                ([[9063, 937]], [0.9, 0.1], 10000),
                ([[1000, 0]], [0.5, 0.5], 10000),
                ([[340, 330, 330], [400, 300, 300]], [1 / 3, 1 / 3, 1 / 3], 1000),
            ]
        ],
        "split_chi_square": [
            chi_square_of_split(*case)
            for case in [
                ([5000, 5000], [0.5, 0.5]),
                ([5200, 4800], [0.5, 0.5]),
                ([9063, 937], [0.9, 0.1]),
                ([1000, 0], [0.5, 0.5]),
                ([3500, 3300, 3200], [1, 1, 1]),
            ]
        ],
        "paired": [paired(rows, t, sharpest_at) for t in (50, 100, 200, 400, 600) for sharpest_at in (200, 1000)],
        "two_sided": [
            two_sided(n, sharpest_at)
            for n in (250, 500, 1000, 2500, 5000, 10000, 50000)
            for sharpest_at in (2000, 5000, 20000)
        ],
        "one_sided_kept": kept["one_sided_kept"],
        "zero_variance": [
            without_variance([1000, 1000], [1000, 1000]),
            without_variance([1000, 0], [1000, 50]),
            without_variance([1, 1], [1000, 900]),
        ],
        "mcnemar": [discordant(*case) for case in [(25, 10), (6, 0), (0, 0), (120, 90), (300, 300)]],
        "holm": {"p": ps, "adjusted": multipletests(ps, method="holm")[1].tolist()},
        "f1": [f1_of(180, 40, 30, 750), f1_of(190, 38, 20, 752)],
        "macro_f1": macro_f1(11),
        "log_incomplete_beta": [
            tail(*case)
            for case in [
                (0.5, 107.4, 7.4),
                (0.5, 2007.4, 7.4),
                (0.5, 30007.4, 17.4),
                (0.9, 5013.3, 1.5),
                (0.01, 300.0, 200.0),
                (0.3, 2.5, 40.0),
                (0.7, 1.2, 0.4),
                (0.5, 7.4, 2007.4),
            ]
        ],
    }
    FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


main()

"""Reference values of distributions, from SciPy. Writes distributions.json beside this file."""

import json
from pathlib import Path

import numpy as np
import scipy
from scipy import special, stats

rng = np.random.default_rng(17)


def points(of, *grids):
    return [[*map(float, at), float(of(*at))] for at in np.array(np.meshgrid(*grids)).T.reshape(-1, len(grids))]


freedoms = [1, 2, 3, 4, 7, 10, 12, 52, 333, 2000]
golden = {
    "scipy": scipy.__version__,
    "log_gamma": points(special.gammaln, [0.01, 0.5, 1.5, 3, 7.25, 14.9, 15.1, 40, 1234.5, 1e6]),
    "digamma": points(special.digamma, [0.01, 0.5, 1, 1.5, 3, 7.25, 14.9, 15.1, 63, 1234.5]),
    "trigamma": points(lambda x: special.polygamma(1, x), [0.01, 0.5, 1, 1.5, 3, 7.25, 14.9, 15.1, 63, 1234.5]),
    "lower_gamma": points(special.gammainc, [0.5, 1, 2.5, 6, 50, 500], [0.01, 0.7, 3, 9, 55, 480]),
    "upper_gamma": points(special.gammaincc, [0.5, 1, 2.5, 6, 50, 500], [0.01, 0.7, 3, 9, 55, 480, 700]),
    "incomplete_beta": points(special.betainc, [0.5, 2, 6.5, 63, 400], [0.5, 1.5, 10, 126], [0.01, 0.3, 0.5, 0.9, 0.99]),
    "chi_square_tail": points(lambda x, df: stats.chi2.sf(x, df), [0.01, 0.9, 4.5, 17, 33, 120, 700], freedoms),
    "chi_square_critical": points(
        lambda p, df: stats.chi2.isf(p, df), [0.9, 0.3, 0.05, 1 / 90, 1 / 1800, 1 / 90000, 1e-9], freedoms
    ),
    "noncentral_chi_square_tail": points(
        lambda x, df, nc: stats.ncx2.sf(x, df, nc), [3, 12, 29.7, 60], [1, 9, 12, 52], [0.5, 5, 30.6, 100]
    ),
    "f_tail": points(
        lambda f, a, b: stats.f.sf(f, a, b), [0.2, 1, 1.8, 3.3, 9, 40], [1, 9, 12, 52], [1, 9, 126, 1260, 20000]
    ),
    "f_critical": points(lambda p, a, b: stats.f.isf(p, a, b), [0.05, 1 / 1800, 1e-4], [1, 9, 52], [9, 126, 1260]),
    "kolmogorov_tail": points(special.kolmogorov, [0.05, 0.2, 0.41, 0.6, 0.81, 0.83, 1.1, 1.7, 3, 5.5]),
    "smirnov_tail": points(
        lambda d, n: stats.kstwo.sf(d, n),
        [0.003, 0.007, 0.02, 0.04, 0.08, 0.13, 0.18, 0.25, 0.35, 0.6, 0.9],
        [1, 2, 5, 20, 75, 140, 141, 500, 3000],
    ),
    "normal_tail": points(stats.norm.sf, [-6, -2, -0.3, 0, 0.7, 2.5, 5, 12, 30]),
    "poisson": points(stats.poisson.pmf, [0, 1, 4, 20, 150], [0.2, 3, 20, 160]),
    "hypergeometric": [
        [int(k), M, n, N, float(stats.hypergeom.pmf(k, M, n, N))]
        for M, n, N in [(20, 7, 12), (500, 3, 200), (5500, 550, 500), (101_000, 40_000, 1_000)]
        for k in sorted({max(0, N + n - M), n * N // M, min(n, N)})
    ],
    "smirnov_two_samples": [
        {
            "reference": sorted(x.tolist()),
            "current": sorted(y.tolist()),
            "statistic": float(stats.ks_2samp(x, y).statistic),
            "exact": float(stats.ks_2samp(x, y, method="exact").pvalue),
            "wasserstein": float(stats.wasserstein_distance(x, y)),
        }
        for x, y in [
            (rng.normal(size=7), rng.normal(size=5)),
            (rng.normal(size=60), rng.normal(0.7, 1, size=60)),
            (rng.normal(size=83), rng.normal(2.5, 1, size=41)),
            (rng.integers(0, 6, 50).astype(float), rng.integers(0, 7, 40).astype(float)),
            (np.array([1.0]), np.array([2.0])),
        ]
    ],
}
Path(__file__).with_name("distributions.json").write_text(json.dumps(golden) + "\n")

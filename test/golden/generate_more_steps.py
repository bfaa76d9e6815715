"""Golden values of bins and products: run with scikit-learn to write more_steps.json anew."""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.preprocessing import KBinsDiscretizer, PolynomialFeatures

GENERATOR = np.random.default_rng(3)
COLUMNS = {
    "even": list(range(1, 21)),
    "odd": list(range(1, 24)),
    "skewed": (GENERATOR.pareto(1, 57) * 10).round(2).tolist(),
    "ties": [0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 3, 9],
}
BEYOND = [-1e9, 1e9]


def bins(values, count, strategy):
    fitted = KBinsDiscretizer(count, encode="ordinal", strategy=strategy, subsample=None).fit(np.array(values).reshape(-1, 1))
    return fitted.transform(np.array([*values, *BEYOND], dtype=float).reshape(-1, 1))[:, 0].tolist()


x = GENERATOR.normal(size=(8, 3)).round(3)
golden = {
    "scikit_learn": sklearn.__version__,
    "bins": [
        {"name": f"{name}, {count}, {strategy}", "values": values, "count": count, "strategy": strategy, "codes": bins(values, count, strategy)}
        for name, values in COLUMNS.items()
        for count in (2, 5, 7)
        for strategy in ("quantile", "uniform")
    ],
    "products": {
        "names": [n.replace("^2", "*" + n[:1]).replace(" ", "*") for n in PolynomialFeatures(2, include_bias=False).fit(x).get_feature_names_out(["a", "b", "c"])],
        "x": x.T.tolist(),
        "made": PolynomialFeatures(2, include_bias=False).fit_transform(x).T.tolist(),
        "interactions": PolynomialFeatures(2, include_bias=False, interaction_only=True).fit(x).n_output_features_,
    },
}
path = Path(__file__).with_name("more_steps.json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")

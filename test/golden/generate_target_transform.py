"""Golden values of transformed targets: run with scikit-learn to write target_transform.json anew."""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import Lasso, LinearRegression, Ridge
from sklearn.preprocessing import StandardScaler

GENERATOR = np.random.default_rng(5)
x = GENERATOR.normal(size=(40, 3)).round(3)
weights = GENERATOR.integers(1, 5, size=40).astype(float)
y = np.exp(x @ [0.8, -0.3, 0.1] + GENERATOR.normal(scale=0.3, size=40)).round(4)
later = (3 * GENERATOR.normal(size=(8, 3))).round(3)

TRANSFORMS = {
    "log1p": {"func": np.log1p, "inverse_func": np.expm1},
    "standardize": {"transformer": StandardScaler()},
    "cube_root": {"func": np.cbrt, "inverse_func": lambda root: root**3},
    # A predicted root below 0 is 0 in ours.
    "sqrt": {"func": np.sqrt, "inverse_func": lambda root: np.maximum(root, 0) ** 2},
}
REGRESSORS = {
    "LinearRegression": LinearRegression(),
    "Ridge": Ridge(alpha=2.0),
    "Lasso": Lasso(alpha=0.05, tol=1e-12, max_iter=100000),
}


def case(transform, regressor, is_weighted):
    model = TransformedTargetRegressor(regressor=REGRESSORS[regressor], **TRANSFORMS[transform])
    model.fit(x, y, **({"sample_weight": weights} if is_weighted else {}))
    return {
        "transform": transform,
        "regressor": regressor,
        "isWeighted": is_weighted,
        "coefficients": model.regressor_.coef_.ravel().tolist(),
        "predicted": model.predict(later).tolist(),
    }


golden = {
    "scikit_learn": sklearn.__version__,
    "x": x.T.tolist(),
    "y": y.tolist(),
    "weights": weights.tolist(),
    "later": later.T.tolist(),
    "cases": [case(t, r, w) for t in TRANSFORMS for r in REGRESSORS for w in (False, True)],
}
path = Path(__file__).with_name("target_transform.json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")

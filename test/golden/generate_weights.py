"""Golden values of weighted trainings as a whole: run with scikit-learn and pandas to write weights.json anew."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
from sklearn import linear_model, metrics, naive_bayes, tree
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

GENERATOR = np.random.default_rng(5)
ROWS = 120

x = GENERATOR.normal(size=(ROWS, 3)).round(3)
weight = GENERATOR.integers(0, 5, ROWS).astype(float)
number = (2 * x[:, 0] - x[:, 1] + GENERATOR.normal(size=ROWS)).round(3)
binary = np.where(number > 0.5, "yes", "no")
three = np.array(["a", "b", "c"])[np.digitize(number, [-1, 1])]
frame = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "w": weight})


def classification(y, model):
    predicted, probabilities = model.predict(x), model.predict_proba(x)
    of_two = {"y_score": probabilities[:, 1]} if len(model.classes_) == 2 else {"y_score": probabilities, "multi_class": "ovr"}
    return {
        "accuracy": metrics.accuracy_score(y, predicted, sample_weight=weight),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, predicted, sample_weight=weight),
        "f1_macro": metrics.f1_score(y, predicted, average="macro", sample_weight=weight),
        "matthews_corrcoef": metrics.matthews_corrcoef(y, predicted, sample_weight=weight),
        "log_loss": metrics.log_loss(y, probabilities, sample_weight=weight),
        "roc_auc": metrics.roc_auc_score(y, **of_two, sample_weight=weight),
    }


def regression(y, model):
    predicted = model.predict(x)
    return {
        "r2": metrics.r2_score(y, predicted, sample_weight=weight),
        "mean_absolute_error": metrics.mean_absolute_error(y, predicted, sample_weight=weight),
        "root_mean_squared_error": metrics.root_mean_squared_error(y, predicted, sample_weight=weight),
    }


def case(model_name, parameters, estimator, y, scores, is_scaled=False):
    model = make_pipeline(StandardScaler(), estimator) if is_scaled else estimator
    key = f"{type(estimator).__name__.lower()}__sample_weight" if is_scaled else "sample_weight"
    model.fit(x, y, **{key: weight})
    out = io.StringIO()
    frame.assign(y=y).to_csv(out, index=False)
    return {
        "model": model_name,
        "parameters": parameters,
        "csv": out.getvalue(),
        "metrics": {name: float(value) for name, value in scores(y, model).items()},
        "predictions": model.predict(x).tolist(),
    }


exact = {"tol": 1e-10, "max_iter": 10_000}
golden = {
    "scikit_learn": sklearn.__version__,
    "cases": [
        case("ridge_regression", {"alpha": 2}, linear_model.Ridge(2), number, regression),
        case("linear_regression", {}, linear_model.LinearRegression(), number, regression),
        case("lasso_regression", {"alpha": 0.1, **exact}, linear_model.Lasso(0.1, **exact), number, regression),
        case("logistic_regression", exact, linear_model.LogisticRegression(**exact), binary, classification, True),
        case("logistic_regression", exact, linear_model.LogisticRegression(**exact), three, classification, True),
        case("gaussian_naive_bayes", {}, naive_bayes.GaussianNB(), three, classification),
        case("decision_tree_classifier", {"max_depth": 2}, tree.DecisionTreeClassifier(max_depth=2), three, classification),
        case("decision_tree_regressor", {"max_depth": 3}, tree.DecisionTreeRegressor(max_depth=3), number, regression),
    ],
}
path = Path(__file__).with_name("weights.json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")

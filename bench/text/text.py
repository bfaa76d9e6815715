"""The cases of bench/text by scikit-learn. Usage: text.py versions | text.py CASE FILE; prints a Measurement as JSON."""

import json
import platform
import resource
import sys
import time

import numpy
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import ComplementNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

if sys.argv[1] == "versions":
    print(f"python {platform.python_version()}, scikit-learn {sklearn.__version__}, numpy {numpy.__version__}")
    sys.exit()


def dense(x):
    return x.toarray()


def one_hot():
    return OneHotEncoder(handle_unknown="ignore")


CASES = {
    "logistic_regression": lambda: (TfidfVectorizer(), LogisticRegression()),
    "multinomial_naive_bayes": lambda: (CountVectorizer(), MultinomialNB()),
    "complement_naive_bayes": lambda: (CountVectorizer(), ComplementNB()),
    "gradient_boosting_classifier": lambda: (
        TfidfVectorizer(max_features=1000),
        FunctionTransformer(dense, accept_sparse=True),
        HistGradientBoostingClassifier(random_state=0),
    ),
    "ridge_regression": lambda: (TfidfVectorizer(), Ridge()),
    "logistic_regression, levels": lambda: (one_hot(), LogisticRegression()),
    "ridge_regression, levels": lambda: (one_hot(), Ridge()),
    "linear_regression, levels": lambda: (one_hot(), LinearRegression()),
}

name, file = sys.argv[1:]
with open(file) as opened:
    rows = json.load(opened)
count = int(rows["trainCount"])
x = rows["texts"]
if "levels" in name:
    x = numpy.array(x, dtype=object).reshape(-1, 1)
y = numpy.array(rows["labels"])
pipeline = make_pipeline(*CASES[name]())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.process_time()
pipeline.fit(x[:count], y[:count])
fitted = time.process_time()
said = pipeline.predict(x[count:])
ended = time.process_time()
print(json.dumps({
    "fitSeconds": fitted - started,
    "predictSeconds": ended - fitted,
    "accuracy": float(((said > 0.5) == y[count:]).mean()),
    "peakMb": max(0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / 1e6,
    "columns": int(pipeline[-1].n_features_in_),
}))

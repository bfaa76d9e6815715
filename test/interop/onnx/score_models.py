"""Scores files of ONNX with ONNX Runtime: for each NAME.json of a folder NAME.onnx, into NAME.out.json.

Numbers go through as the base64 of little-endian float64, so that no digit and no NaN is lost."""
import base64
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime


def column(given):
    if given["type"] == "double":
        values = np.frombuffer(base64.b64decode(given["values"]), dtype="<f8")
    else:
        values = np.array(given["values"], dtype=object)
    return values.reshape(-1, 1)


def told(values):
    if values.dtype == np.float64:
        return {"type": "double", "shape": values.shape, "values": base64.b64encode(values.astype("<f8").tobytes()).decode()}
    return {"type": str(values.dtype), "shape": values.shape, "values": values.ravel().tolist()}


def score(folder, name):
    path = str(folder / f"{name}.onnx")
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(path)
    given = json.loads((folder / f"{name}.json").read_text())
    inputs = {one: column(values) for one, values in given["inputs"].items()}
    outputs = [output.name for output in session.get_outputs()]
    answers = {}
    for rows in given["batches"]:
        part = {one: values[:rows] for one, values in inputs.items()}
        answers[rows] = dict(zip(outputs, map(told, session.run(outputs, part))))
    return {"inputs": [one.name for one in session.get_inputs()], "batches": answers,
            "metadata": session.get_modelmeta().custom_metadata_map}


folder = pathlib.Path(sys.argv[1])
for manifest in sorted(folder.glob("*.json")):
    if manifest.name.endswith(".out.json"):
        continue
    try:
        answer = score(folder, manifest.stem)
    except Exception as error:  # One model that fails says nothing of the others.
        answer = {"error": f"{type(error).__name__}: {error}"}
    manifest.with_suffix(".out.json").write_text(json.dumps(answer))

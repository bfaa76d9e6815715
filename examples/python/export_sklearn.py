"""Converts a fitted scikit-learn model to ONNX, with golden rows for POST /api/projects/{project}/versions/imports.

    python export_sklearn.py model.joblib rows.csv --out exported --label-name churned
    npx ml-worker import --project churn --file exported/model.onnx --golden exported/golden.json --options "$(cat exported/options.json)"

or in Python: export(model, rows, "exported", label_name="churned"). `rows` are features that the model predicts: take real ones,
with missing values and rare categories; a column with the label is left out.

Writes model.onnx, golden.json (the rows with the model's own predictions) and options.json. Before it writes anything it runs the
converted model, and refuses where that says something else than the model: skl2onnx converts some models wrongly and without an
error. The worker compares once more. Only this script reads the joblib file, where you trained it: to read one is to run it.

Needs pandas, scikit-learn, skl2onnx and onnxruntime.
"""
import argparse
import json
import pathlib
import sys

import numpy as np
import pandas as pd


class Refused(Exception):
    """The converted model is not the model."""


def export(model, rows, out, label_name="label", tolerance=1e-6, double=False):
    """rows: a DataFrame of features. Returns the folder. Raises Refused, and then writes nothing."""
    import onnxruntime
    from skl2onnx import to_onnx

    rows = _plain(rows.drop(columns=[label_name], errors="ignore"))
    by_column = _takes_columns(model)
    options = {"zipmap": False} if hasattr(model, "predict_proba") else None
    try:
        onnx = to_onnx(model, initial_types=_types(rows, by_column, double), options=options)
    except Exception as error:
        raise Refused(f"skl2onnx does not convert it: {error}") from error
    given = rows if hasattr(model, "feature_names_in_") else rows.to_numpy()
    expected = _expected(model, given, label_name)
    session = onnxruntime.InferenceSession(onnx.SerializeToString(), providers=["CPUExecutionProvider"])
    converted = session.run(None, _feed(rows, by_column, double))
    _compare(expected, converted, getattr(model, "classes_", None), label_name, tolerance)

    folder = pathlib.Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    said = {"format": "onnx", "label_name": label_name, "feature_names": list(rows.columns), "tolerance": tolerance}
    if hasattr(model, "predict_proba"):
        said["classes"] = [_cell(label) for label in model.classes_]
    (folder / "model.onnx").write_bytes(onnx.SerializeToString())
    (folder / "golden.json").write_text(json.dumps(_golden(rows, expected), ensure_ascii=False), encoding="utf-8")
    (folder / "options.json").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    return folder


def _plain(rows):
    """Numbers as float64, all else as text."""
    made = {}
    for name in rows.columns:
        column = rows[name]
        is_number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        made[str(name)] = column.astype(float) if is_number else column.astype(object).where(column.notna(), "").astype(str)
    return pd.DataFrame(made, index=rows.index)


def _is_text(column):
    return not pd.api.types.is_numeric_dtype(column)


def _takes_columns(model):
    """Whether the model picks columns by name: then each is an input of its own."""
    from sklearn.compose import ColumnTransformer

    steps = [step for _, step in getattr(model, "steps", [])]
    return any(isinstance(step, ColumnTransformer) for step in [model, *steps])


def _types(rows, by_column, double):
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType

    number = DoubleTensorType if double else FloatTensorType
    if by_column:
        return [(name, (StringTensorType if _is_text(rows[name]) else number)([None, 1])) for name in rows.columns]
    if any(_is_text(rows[name]) for name in rows.columns):
        raise Refused("columns of text need a ColumnTransformer in the model")
    return [("X", number([None, rows.shape[1]]))]


def _feed(rows, by_column, double):
    number = np.float64 if double else np.float32
    if not by_column:
        return {"X": rows.to_numpy().astype(number)}
    return {
        name: rows[[name]].to_numpy().astype(object if _is_text(rows[name]) else number) for name in rows.columns
    }


def _expected(model, rows, label_name):
    expected = {label_name: model.predict(rows)}
    if hasattr(model, "predict_proba"):
        for code, probabilities in enumerate(model.predict_proba(rows).T):
            expected[f"{label_name}.probability.{_cell(model.classes_[code])}"] = probabilities
    return expected


def _compare(expected, converted, classes, label_name, tolerance):
    # What is NaN is not within the tolerance: so each comparison asks whether it is.
    labels = np.asarray(converted[0]).reshape(-1)
    wanted = np.asarray(expected[label_name])
    if classes is None:
        floor = np.abs(wanted).mean()
        differs = ~(np.abs(labels - wanted) <= tolerance * np.maximum(np.abs(wanted), floor))
    else:
        differs = labels.astype(str) != wanted.astype(str)
        probabilities = [values for name, values in expected.items() if name != label_name]
        if probabilities:
            differs |= ~(np.abs(np.column_stack(probabilities) - converted[1]) <= tolerance).all(axis=1)
    if differs.any():
        first = np.flatnonzero(differs)[:5].tolist()
        raise Refused(f"the converted model says something else in {differs.sum()} of {len(wanted)} rows, such as {first}")


def _golden(rows, expected):
    records = rows.to_dict("records")
    return [
        {
            **{name: _cell(value) for name, value in record.items()},
            **{name: _cell(values[i]) for name, values in expected.items()},
        }
        for i, record in enumerate(records)
    ]


def _cell(value):
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and np.isnan(value) else value


def main():
    parser = argparse.ArgumentParser(description="Converts a fitted scikit-learn model to ONNX, with golden rows")
    parser.add_argument("model", help="what joblib.dump has written: it is run when it is read")
    parser.add_argument("rows", help="CSV of features, with a header")
    parser.add_argument("--out", default="exported")
    parser.add_argument("--label-name", default="label")
    parser.add_argument("--tolerance", type=float, default=1e-6)
    parser.add_argument("--double", action="store_true", help="inputs of float64, where the converter takes them")
    given = parser.parse_args()
    import joblib

    try:
        folder = export(
            joblib.load(given.model), pd.read_csv(given.rows), given.out, given.label_name, given.tolerance, given.double
        )
    except Refused as refusal:
        sys.exit(f"refused: {refusal}")
    print(f"{folder}/model.onnx, golden.json and options.json are written")


if __name__ == "__main__":
    main()

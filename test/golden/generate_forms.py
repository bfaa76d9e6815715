"""Writes one data set in the forms in which pandas and pyarrow send it.

Run with pandas, pyarrow and openpyxl: python test/golden/generate_forms.py. The versions are written beside the data.
"""

import json
import math
from pathlib import Path

import openpyxl
import pandas
import pyarrow

FOLDER = Path(__file__).parent / "forms"
ROWS = 60

colours = ["red", "green", 'light "blue"', "a,b", "grün", "two\nlines", None]
frame = pandas.DataFrame(
    {
        "count": [i % 7 for i in range(ROWS)],
        "size": [None if i % 11 == 0 else round(math.sin(i) * 100, 6) for i in range(ROWS)],
        "colour": [colours[i % len(colours)] for i in range(ROWS)],
        "kind": pandas.Categorical([["small", "large", "huge"][i % 3] for i in range(ROWS)]),
        "is new": [i % 5 < 2 for i in range(ROWS)],
        "much": ["much" if i % 7 > 3 else "little" for i in range(ROWS)],
        "level": [i % 4 for i in range(ROWS)],
    }
)
labels = ["much", "level"]


def rows_of(part):
    return json.loads(part.to_json(orient="records", double_precision=15))


def write_stream(name, table, **options):
    with pyarrow.OSFile(str(FOLDER / name), "wb") as sink:
        with pyarrow.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table, **options)


FOLDER.mkdir(exist_ok=True)
body = {"features": rows_of(frame.drop(columns=labels)), "labels": rows_of(frame[labels])}
(FOLDER / "rows.json").write_text(json.dumps(body, ensure_ascii=False))
frame.to_json(FOLDER / "rows.ndjson", orient="records", lines=True, double_precision=15)
frame.to_csv(FOLDER / "rows.csv", index=False)
write_stream("pandas.arrow", pyarrow.Table.from_pandas(frame))
frame.to_feather(FOLDER / "pandas.feather")
frame.to_parquet(FOLDER / "pandas.parquet", index=False)
frame.to_excel(FOLDER / "pandas.xlsx", index=False)

# The same values in other Arrow types, and in several batches.
narrow = pyarrow.table(
    {
        "count": pyarrow.array(frame["count"], pyarrow.uint8()),
        "size": pyarrow.array([None if math.isnan(value) else value for value in frame["size"]], pyarrow.float64()),
        "colour": pyarrow.array([None if pandas.isna(value) else value for value in frame["colour"]], pyarrow.string()).dictionary_encode(),
        "kind": pyarrow.array(list(frame["kind"]), pyarrow.string()),
        "is new": pyarrow.array(frame["is new"], pyarrow.bool_()),
        "much": pyarrow.array(list(frame["much"]), pyarrow.large_string()),
        "level": pyarrow.array(frame["level"], pyarrow.float32()),
    }
)
write_stream("types.arrow", narrow, max_chunksize=7)
nested = pyarrow.table(
    {"list": [[1, 2], [3]], "when": pyarrow.array([1, 2], pyarrow.duration("ms")), "nothing": pyarrow.nulls(2), "good": [1.0, math.inf]}
)
write_stream("refused.arrow", nested)
versions = {"pandas": pandas.__version__, "pyarrow": pyarrow.__version__, "openpyxl": openpyxl.__version__}
(FOLDER / "versions.json").write_text(json.dumps(versions))

"""Writes what pandas takes for missing, and what it reads in CSV files of several dialects.

Run with pandas: python test/golden/generate_readings.py. The version is written beside the values.
"""

import io
import json
from pathlib import Path

import pandas
from pandas._libs.parsers import STR_NA_VALUES

FILES = [
    ("commas", "a,b\n1,NA\n2.5,3\nn/a,-4\n", {}),
    ("semicolons", "a;b\n1;2\n3;4\n1;2\n5;6\n", {"sep": ";"}),
    ("tabs", "a\tb\n1\t\n0.5\t4\n", {"sep": "\t"}),
    ("pipes", 'a|"b,c"\n1|2\n3|4\n', {"sep": "|"}),
    ("decimal commas", "a;b\n1,5;2\n-0,25;4\n;1e3\n", {"sep": ";", "decimal": ","}),
    ("decimal commas in quotes", 'a,b\n"1,5",2\n"2,25",4\n', {"decimal": ","}),
    ("named marks", "a,b\n-999,1\n2,unknown\n3,4\n", {"na_values": ["-999", "unknown"]}),
    ("each mark", "a,b\n" + "".join(f'"{mark}",1\n' for mark in sorted(STR_NA_VALUES)) + "7,1\n", {}),
]


def rows_of(frame):
    return json.loads(frame.to_json(orient="records", double_precision=15))


golden = {
    "pandas": pandas.__version__,
    "marks": sorted(STR_NA_VALUES),
    "files": [
        {"name": name, "csv": csv, "options": options, "rows": rows_of(pandas.read_csv(io.StringIO(csv), **options))}
        for name, csv, options in FILES
    ],
}
(Path(__file__).parent / "readings.json").write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")

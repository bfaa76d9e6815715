"""Files of every form that a data scientist has, and the values that pandas and pyarrow read in them.

Run: python3 test/golden/generate_files.py   (pandas, pyarrow, openpyxl)
Writes test/golden/files/* and test/golden/files.json: by file its columns, and by column what each row has. Times are
written as ISO 8601, decimals as numbers, missing values as null.
"""

import datetime as dt
import decimal
import json
import math
import pathlib
import uuid

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent
FILES = HERE / "files"
FILES.mkdir(exist_ok=True)
ROWS = 60
UTC = dt.timezone.utc


def iso(value):
    """With as many decimals as it needs: 3, 6 or 9."""
    zone = "Z" if getattr(value, "tzinfo", None) else ""
    text = value.tz_localize(None).isoformat() if zone else value.isoformat()
    seconds, _, fraction = text.partition(".")
    while fraction.endswith("000"):
        fraction = fraction[:-3]
    return seconds + ("." + fraction if fraction else "") + zone


def plain(value):
    """As the worker has it, in JSON."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return float(value) if abs(value) > 2**53 else value
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, pd.Timestamp):
        return iso(value)
    if isinstance(value, dt.datetime):
        return iso(pd.Timestamp(value))
    if isinstance(value, (dt.date, dt.time)):
        return iso(value)
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, bytes):
        return str(uuid.UUID(bytes=value))
    return plain(value.item())


def every_type():
    """A column of each type that is taken, with a missing value in every seventh row but where it cannot be."""
    def some(values):
        return [None if i % 7 == 3 else value for i, value in enumerate(values)]

    n = range(ROWS)
    start = dt.datetime(2024, 2, 28, 22, 15, 30)
    moments = [start + dt.timedelta(hours=7 * i, microseconds=1000 * (i % 3)) for i in n]
    columns = {
        "required": pa.array([i * 0.5 for i in n], pa.float64()),
        "int8": pa.array(some([i - 30 for i in n]), pa.int8()),
        "uint8": pa.array(some([i + 190 for i in n]), pa.uint8()),
        "int16": pa.array(some([i * 500 - 15000 for i in n]), pa.int16()),
        "uint16": pa.array(some([65535 - i for i in n]), pa.uint16()),
        "int32": pa.array(some([(-1) ** i * i * 30_000_000 for i in n]), pa.int32()),
        "uint32": pa.array(some([4294967295 - i for i in n]), pa.uint32()),
        "int64": pa.array(some([2**40 * (i - 30) for i in n]), pa.int64()),
        "uint64": pa.array(some([2**45 + i for i in n]), pa.uint64()),
        "wide": pa.array(some([2**60 + i for i in n]), pa.int64()),
        "float16": pa.array(some([i / 8 for i in n]), pa.float16()),
        "float32": pa.array(some([i / 3 for i in n]), pa.float32()),
        "float64": pa.array(some([math.sin(i) * 1e-7 for i in n]), pa.float64()),
        "nan": pa.array([math.nan if i % 5 == 0 else i / 7 for i in n], pa.float64()),
        "flag": pa.array(some([i % 3 == 0 for i in n]), pa.bool_()),
        "text": pa.array(some([f"wört {i % 11} ☃" for i in n]), pa.string()),
        "own": pa.array(some([f"{i:05d}-{i * 7919 % 101}" for i in n]), pa.string()),
        "large": pa.array(some(["ab" * (i % 5) for i in n]), pa.large_string()),
        "coded": pa.array(some(["xyz"[i % 3] for i in n])).dictionary_encode(),
        "decimal": pa.array(some([decimal.Decimal(i * 137 - 4000).scaleb(-2) for i in n]), pa.decimal128(12, 2)),
        "date": pa.array(some([moment.date() for moment in moments]), pa.date32()),
        "second": pa.array(some([m.replace(microsecond=0) for m in moments]), pa.timestamp("s")),
        "milli": pa.array(some(moments), pa.timestamp("ms")),
        "micro": pa.array(some(moments), pa.timestamp("us", tz="UTC")),
        "nano": pa.array(some(moments), pa.timestamp("ns")),
        "clock": pa.array(some([m.time() for m in moments]), pa.time64("us")),
        "before": pa.array(some([dt.datetime(1923, 1, 1) + dt.timedelta(days=300 * i) for i in n]), pa.timestamp("us")),
        "nothing": pa.nulls(ROWS),
    }
    return pa.table(columns)


golden = {"versions": {"pandas": pd.__version__, "pyarrow": pa.__version__, "openpyxl": openpyxl.__version__}, "files": {}}


def keep(name, table, **rest):
    columns = {}
    for column in table.column_names:
        values = table[column]
        # pyarrow gives no nanoseconds to datetime.
        if pa.types.is_timestamp(values.type):
            values = [None if value is pd.NaT else pd.Timestamp(value) for value in values.to_pandas()]
        else:
            values = values.to_pylist()
        columns[column] = [plain(value) for value in values]
    golden["files"][name] = {"columns": columns, **rest}


def parquet(name, table, **options):
    pq.write_table(table, FILES / name, **options)
    keep(name, pq.read_table(FILES / name))


everything = every_type()
small = everything.select(["required", "int32", "wide", "float64", "flag", "text", "own", "coded", "date", "micro"])
for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
    parquet(f"{codec}.parquet", everything if codec == "snappy" else small, compression=codec, row_group_size=25)
parquet("v2-pages.parquet", small, data_page_version="2.0", compression="zstd", data_page_size=64)
parquet("plain.parquet", small, use_dictionary=False, data_page_size=64)
parquet("old-version.parquet", small, version="1.0", use_deprecated_int96_timestamps=True)
delta = everything.select(["int32", "int64", "wide", "text", "own"])
encodings = {"int32": "DELTA_BINARY_PACKED", "int64": "DELTA_BINARY_PACKED", "wide": "DELTA_BINARY_PACKED"}
parquet("delta-lengths.parquet", delta, use_dictionary=False,
        column_encoding={**encodings, "text": "DELTA_LENGTH_BYTE_ARRAY", "own": "DELTA_BYTE_ARRAY"})
parquet("streams.parquet", everything.select(["required", "int32", "int64", "float32", "float64", "decimal"]),
        use_dictionary=False, column_encoding={c: "BYTE_STREAM_SPLIT" for c in
                                               ["required", "int32", "int64", "float32", "float64", "decimal"]})
keys = pa.array([uuid.uuid5(uuid.NAMESPACE_DNS, str(i)).bytes for i in range(ROWS)], pa.uuid())
parquet("uuid.parquet", pa.table({"key": keys}))
parquet("no-rows.parquet", small.slice(0, 0))

for codec in [None, "zstd", "lz4"]:
    options = ipc.IpcWriteOptions(compression=codec)
    plainly = everything if codec != "zstd" else small
    for ending, new in [("arrow", ipc.new_file), ("arrows", ipc.new_stream)]:
        name = f"{codec or 'plain'}.{ending}"
        with new(FILES / name, plainly.schema, options=options) as writer:
            writer.write_table(plainly, max_chunksize=25)
        keep(name, plainly)
feather.write_feather(small, FILES / "default.feather")
keep("default.feather", feather.read_table(FILES / "default.feather"))
times = pa.table({
    "date64": pa.array([dt.date(2020, 1, 1 + i) for i in range(20)], pa.date64()),
    "time32": pa.array([dt.time(i, 2 * i, 3) for i in range(20)], pa.time32("ms")),
    "decimal256": pa.array([decimal.Decimal(i - 9).scaleb(-3) for i in range(20)], pa.decimal256(50, 3)),
    "dates": pa.array([dt.date(2021, 5, 1 + i % 3) for i in range(20)], pa.date32()).dictionary_encode(),
})
with ipc.new_file(FILES / "times.arrow", times.schema) as writer:
    writer.write_table(times)
keep("times.arrow", times)

nested = pa.table({
    "fine": [1, 2, 3], "list": [[1], [2], []], "struct": [{"a": 1}, {"a": 2}, None],
    "map": pa.array([[("k", 1)], [], []], pa.map_(pa.string(), pa.int32())),
})
pq.write_table(nested, FILES / "nested.parquet")
with ipc.new_file(FILES / "nested.arrow", nested.schema) as writer:
    writer.write_table(nested)


def workbook(name, fill, **rest):
    book = openpyxl.Workbook()
    fill(book)
    book.save(FILES / name)
    table = pd.read_excel(FILES / name, keep_default_na=False, na_values=["", "#N/A"], **rest)
    return table


def sales(book):
    sheet = book.active
    sheet.title = "Sales"
    sheet.append(["id", "code", "amount", "when", "day", "flag", "share", "note", "time"])
    for i in range(40):
        sheet.append([
            i, f"{i:04d}", i * 12.25, dt.datetime(2024, 1, 30, 6, 30) + dt.timedelta(hours=9 * i),
            dt.date(2023, 12, 25) + dt.timedelta(days=i), i % 2 == 0, i / 40,
            None if i % 5 == 0 else f"näht <{i % 4}> & more", dt.time(i % 24, 30),
        ])
    for row in sheet.iter_rows(min_row=2, min_col=7, max_col=7):
        row[0].number_format = '0.0%"dm"'
    other = book.create_sheet("Other")
    other.append(["a", "b"])
    other.append([1, "x"])
    other.append([2, "y"])


table = workbook("sales.xlsx", sales, dtype={"code": str})
table["day"] = table["day"].dt.date
golden["files"]["sales.xlsx"] = {"columns": {c: [plain(v) for v in table[c].astype(object)] for c in table}}
golden["files"]["sales.xlsx"]["columns"]["when"] = [plain(v) for v in table["when"]]
other = pd.read_excel(FILES / "sales.xlsx", sheet_name="Other")
golden["files"]["sales.xlsx#Other"] = {"columns": {c: [plain(v) for v in other[c].astype(object)] for c in other}}

TABLE = pd.DataFrame({
    "name": ["Ärger", "Straße; 5", "naïve|x", "tab\there", 'quo"te'], "amount": [1.5, -2.25, 1234.5, None, 0.125],
    "code": ["007", "010", "100", "001", "500"], "n": [1, 2, 3, 4, 5],
})
for name, encoding, options in [
    ("comma.csv", "utf-8", {}),
    ("bom.csv", "utf-8-sig", {"lineterminator": "\r\n"}),
    ("semicolon.csv", "utf-8", {"sep": ";", "decimal": ","}),
    ("tab.csv", "utf-8", {"sep": "\t", "lineterminator": "\r"}),
    ("pipe.csv", "cp1252", {"sep": "|"}),
    ("utf16.csv", "utf-16", {"sep": ";", "decimal": ","}),
    ("utf16be.csv", "utf-16-be", {"sep": "\t"}),
    ("windows.csv", "cp1252", {"sep": ";", "decimal": ",", "lineterminator": "\r\n"}),
    ("single.csv", "utf-8", {"quotechar": "'"}),
]:
    text = TABLE.to_csv(index=False, quoting=2 if name == "single.csv" else 0, **options)
    mark = b"\xfe\xff" if name == "utf16be.csv" else b""
    (FILES / name).write_bytes(mark + text.encode(encoding))
    reading = {key: options[key] for key in ["sep", "decimal", "quotechar"] if key in options}
    with open(FILES / name, encoding="utf-16" if "utf16" in name else encoding, newline="") as file:
        read = pd.read_csv(file, dtype={"code": str}, **reading)
    golden["files"][name] = {"columns": {c: [plain(v) for v in read[c].astype(object)] for c in read}}

(HERE / "files.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")

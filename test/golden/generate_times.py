"""Golden values of times: run with pandas to write times.json anew."""

import json
import math
from pathlib import Path

import pandas as pd

# Texts that are times; none of them is beyond the nanoseconds that pandas counts.
TEXTS = [
    "2026-03-09",
    "2024-02-29",
    "2000-02-29T23:59:59",
    "1999-12-31 23:59",
    "1970-01-01T00:00:00Z",
    "1969-12-31T23:59:59.999Z",
    "1900-03-01 00:00:00",
    "2026-03-09T10:20:30.5",
    "2026-03-09T10:20:30.123456789Z",
    "2026-03-09T01:30:00+02:00",
    "2026-03-09 23:30:00-0530",
    "2026-03-09 10:00:00+02",
    "2262-04-11",
]
# Texts that are none: pandas refuses them as ISO8601, or they are no day at all.
OTHERS = ["2023-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-01-01T25:00", "2026-01-01T10:61", "09.03.2026", "x", ""]


def parts(time):
    month, weekday, hour = 2 * math.pi * (time.month - 1) / 12, 2 * math.pi * time.weekday() / 7, 2 * math.pi * time.hour / 24
    return {
        "year": time.year,
        "month": time.month,
        "day": time.day,
        "weekday": time.weekday() + 1,
        "hour": time.hour,
        "month_sin": math.sin(month),
        "month_cos": math.cos(month),
        "weekday_sin": math.sin(weekday),
        "weekday_cos": math.cos(weekday),
        "hour_sin": math.sin(hour),
        "hour_cos": math.cos(hour),
    }


times = [pd.to_datetime(text, utc=True, format="ISO8601").floor("ms") for text in TEXTS]
first = min(times)
golden = {
    "pandas": pd.__version__,
    "times": [
        {
            "text": text,
            "milliseconds": time.value // 1_000_000,
            "parts": {**parts(time), "days": (time - first) / pd.Timedelta(days=1)},
        }
        for text, time in zip(TEXTS, times)
    ],
    "others": [text for text in OTHERS if text == "" or pd.isna(pd.to_datetime(text, format="ISO8601", errors="coerce"))],
}
assert len(golden["others"]) == len(OTHERS)
path = Path(__file__).with_name("times.json")
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")

"""Rows as numpy arrays, one for each column, as a data scientist would make them."""

import math

import numpy


def arrays_of(rows):
    """Booleans with missing values become FP32 with NaN, and missing strings the text None: numpy has no others."""
    columns = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        present = [value for value in values if value is not None]
        if all(isinstance(value, bool) for value in present):
            if len(present) == len(values):
                columns[name] = ("BOOL", numpy.array(values, dtype=bool))
            else:
                numbers = [math.nan if value is None else float(value) for value in values]
                columns[name] = ("FP32", numpy.array(numbers, dtype=numpy.float32))
        elif all(isinstance(value, int) for value in values):
            columns[name] = ("INT64", numpy.array(values, dtype=numpy.int64))
        elif all(isinstance(value, (int, float)) for value in present):
            numbers = [math.nan if value is None else value for value in values]
            columns[name] = ("FP64", numpy.array(numbers, dtype=numpy.float64))
        else:
            columns[name] = ("BYTES", numpy.array(values, dtype=object))
    return columns


def plain(array):
    """What JSON can say of an array."""
    return [value.decode() if isinstance(value, bytes) else value for value in array.tolist()]

"""Rows as numpy arrays, one for each column, as a data scientist would make them; tensors as numpy arrays, and back."""

import math

import numpy

DTYPES = {"FP16": numpy.float16, "FP32": numpy.float32, "INT64": numpy.int64, "UINT8": numpy.uint8, "BYTES": object}


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


def array_of(tensor):
    """The array of a tensor as JSON has it: its elements in a flat list, beside its shape."""
    return numpy.array(tensor["data"], dtype=DTYPES[tensor["datatype"]]).reshape(tensor["shape"])


def tensor_of(name, datatype, array):
    """A tensor as JSON has it."""
    return {"name": name, "datatype": datatype, "shape": list(array.shape), "data": plain(array.flatten())}


def kinds_of(tensors):
    """How the clients can send them: the protocol has no FP16 in JSON."""
    return ["bytes"] if any(tensor["datatype"] == "FP16" for tensor in tensors) else ["bytes", "json"]

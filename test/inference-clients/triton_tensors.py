"""Sends tensors by the unmodified tritonclient, as bytes and as JSON, and prints those that came back.

python triton_tensors.py HOST:PORT MODEL VERSION < inputs.json
"""

import json
import sys

import tritonclient.http as triton

from tensors import array_of, kinds_of, tensor_of


def inputs_of(tensors, binary):
    sent = []
    for given in tensors:
        tensor = triton.InferInput(given["name"], given["shape"], given["datatype"])
        tensor.set_data_from_numpy(array_of(given), binary_data=binary)
        sent.append(tensor)
    return sent


def read(result):
    outputs = result.get_response()["outputs"]
    return [tensor_of(output["name"], output["datatype"], result.as_numpy(output["name"])) for output in outputs]


if __name__ == "__main__":
    address, model, version = sys.argv[1:]
    tensors = json.load(sys.stdin)
    client = triton.InferenceServerClient(address)
    infer = lambda binary: read(client.infer(model, inputs_of(tensors, binary), model_version=version))
    json.dump({kind: infer(kind == "bytes") for kind in kinds_of(tensors)}, sys.stdout)

"""Calls a worker by the unmodified tritonclient, and prints what came back.

python triton_calls.py HOST:PORT MODEL VERSION [TOKEN] < rows.json
"""

import json
import sys

import tritonclient.http as triton

from tensors import arrays_of, plain


def inputs_of(rows, binary=True, shape=None):
    inputs = []
    for name, (datatype, array) in arrays_of(rows).items():
        array = array if shape is None else array.reshape(shape)
        tensor = triton.InferInput(name, list(array.shape), datatype)
        tensor.set_data_from_numpy(array, binary_data=binary)
        inputs.append(tensor)
    return inputs


def read(result):
    outputs = {output["name"]: plain(result.as_numpy(output["name"])) for output in result.get_response()["outputs"]}
    response = {key: value for key, value in result.get_response().items() if key != "outputs"}
    return {"outputs": outputs, "response": response}


def calls(address, model, version, rows, token=None):
    """Yields the name of each call, and what it gave. With a token each call sends it."""
    client = triton.InferenceServerClient(address)
    headers = None if token is None else {"Authorization": f"Bearer {token}"}

    def infer(inputs, **more):
        # A copy: the client writes into it, and would send with JSON the length that it wrote for bytes.
        return read(client.infer(model, inputs, headers=headers and dict(headers), **more))

    yield "live", client.is_server_live(headers=headers)
    yield "ready", client.is_server_ready(headers=headers)
    yield "server", client.get_server_metadata(headers=headers)
    yield "model ready", client.is_model_ready(model, headers=headers)
    yield "version ready", client.is_model_ready(model, version, headers=headers)
    yield "other model ready", client.is_model_ready("no/such model", headers=headers)
    yield "model", client.get_model_metadata(model, headers=headers)
    yield "default", infer(inputs_of(rows))
    yield "column", infer(inputs_of(rows, shape=(len(rows), 1)), request_id="eins")
    yield "version", infer(inputs_of(rows), model_version=version)
    level = triton.InferRequestedOutput("level", binary_data=False)
    yield "json", infer(inputs_of(rows, binary=False), outputs=[level])
    asked = [
        triton.InferRequestedOutput("much.probabilities"),
        triton.InferRequestedOutput("much", binary_data=False),
    ]
    yield "probabilities", infer(inputs_of(rows), outputs=asked)
    yield "parameter", infer(inputs_of(rows), parameters={"probabilities": True})
    yield "gzip", infer(inputs_of(rows), request_compression_algorithm="gzip")
    try:
        yield "fault", infer(inputs_of(rows)[1:])
    except triton.InferenceServerException as error:
        yield "fault", {"status": error.status(), "message": error.message()}


if __name__ == "__main__":
    address, model, version, *token = sys.argv[1:]
    json.dump(dict(calls(address, model, version, json.load(sys.stdin), *token)), sys.stdout)

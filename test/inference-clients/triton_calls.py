"""Calls a worker by the unmodified tritonclient, and prints what came back.

python triton_calls.py HOST:PORT MODEL VERSION < rows.json
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


def calls(address, model, version, rows):
    """Yields the name of each call, and what it gave."""
    client = triton.InferenceServerClient(address)
    yield "live", client.is_server_live()
    yield "ready", client.is_server_ready()
    yield "server", client.get_server_metadata()
    yield "model ready", client.is_model_ready(model)
    yield "version ready", client.is_model_ready(model, version)
    yield "other model ready", client.is_model_ready("no/such model")
    yield "model", client.get_model_metadata(model)
    yield "default", read(client.infer(model, inputs_of(rows)))
    yield "column", read(client.infer(model, inputs_of(rows, shape=(len(rows), 1)), request_id="eins"))
    yield "version", read(client.infer(model, inputs_of(rows), model_version=version))
    yield "json", read(
        client.infer(
            model,
            inputs_of(rows, binary=False),
            outputs=[triton.InferRequestedOutput("level", binary_data=False)],
        )
    )
    yield "probabilities", read(
        client.infer(
            model,
            inputs_of(rows),
            outputs=[
                triton.InferRequestedOutput("much.probabilities"),
                triton.InferRequestedOutput("much", binary_data=False),
            ],
        )
    )
    yield "parameter", read(client.infer(model, inputs_of(rows), parameters={"probabilities": True}))
    yield "gzip", read(client.infer(model, inputs_of(rows), request_compression_algorithm="gzip"))
    try:
        yield "fault", read(client.infer(model, inputs_of(rows)[1:]))
    except triton.InferenceServerException as error:
        yield "fault", {"status": error.status(), "message": error.message()}


if __name__ == "__main__":
    address, model, version = sys.argv[1:]
    json.dump(dict(calls(address, model, version, json.load(sys.stdin))), sys.stdout)

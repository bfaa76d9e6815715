"""Calls a worker by KServe's unmodified InferenceRESTClient, and prints what came back.

python kserve_calls.py HOST:PORT MODEL VERSION [TOKEN] < rows.json
"""

import asyncio
import json
import sys

import httpx
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput

from tensors import arrays_of, plain


def request_of(model, rows, binary=True, outputs=None):
    inputs = []
    for name, (datatype, array) in arrays_of(rows).items():
        tensor = InferInput(name=name, shape=list(array.shape), datatype=datatype)
        tensor.set_data_from_numpy(array, binary_data=binary)
        inputs.append(tensor)
    return InferRequest(model_name=model, infer_inputs=inputs, request_id="eins", request_outputs=outputs)


def read(response):
    outputs = {output.name: plain(output.as_numpy()) for output in response.outputs}
    return {"outputs": outputs, "id": response.id}


async def collect(address, model, version, rows, token):
    """What each call gave, by the name of the call."""
    url = f"http://{address}"
    headers = None if token is None else {"Authorization": f"Bearer {token}"}
    async with InferenceRESTClient(RESTConfig(protocol="v2", retries=0)) as client:
        async def infer(request):
            # A copy: the client writes into it, and would send with JSON the length that it wrote for bytes.
            return read(await client.infer(url, request, headers=headers and dict(headers), model_name=model))

        results = {
            "live": await client.is_server_live(url, headers=headers),
            "ready": await client.is_server_ready(url, headers=headers),
            "model ready": await client.is_model_ready(url, model, headers=headers),
            "other model ready": await client.is_model_ready(url, "no such model", headers=headers),
            "default": await infer(request_of(model, rows)),
            "json": await infer(request_of(model, rows, binary=False)),
            "outputs": await infer(request_of(model, rows, outputs=[RequestedOutput("level", {"binary_data": True})])),
        }
        try:
            results["fault"] = await infer(request_of(model, [{"size": 1}]))
        except httpx.HTTPStatusError as error:
            results["fault"] = {"status": error.response.status_code, "error": error.response.json().get("error")}
        return results


def calls(address, model, version, rows, token=None):
    """Yields the name of each call, and what it gave. With a token each call sends it."""
    yield from asyncio.run(collect(address, model, version, rows, token)).items()


if __name__ == "__main__":
    address, model, version, *token = sys.argv[1:]
    json.dump(dict(calls(address, model, version, json.load(sys.stdin), *token)), sys.stdout)

"""Sends tensors by KServe's unmodified InferenceRESTClient, as bytes and as JSON, and prints those that came back.

python kserve_tensors.py HOST:PORT MODEL < inputs.json
"""

import asyncio
import json
import sys

from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

from tensors import array_of, kinds_of, tensor_of


def request_of(model, inputs, binary):
    sent = []
    for given in inputs:
        tensor = InferInput(name=given["name"], shape=list(given["shape"]), datatype=given["datatype"])
        tensor.set_data_from_numpy(array_of(given), binary_data=binary)
        sent.append(tensor)
    return InferRequest(model_name=model, infer_inputs=sent)


async def collect(address, model, inputs, kinds):
    """The outputs by how the elements were sent."""
    async with InferenceRESTClient(RESTConfig(protocol="v2", retries=0)) as client:
        results = {}
        for kind in kinds:
            request = request_of(model, inputs, binary=kind == "bytes")
            response = await client.infer(f"http://{address}", request, model_name=model)
            results[kind] = [tensor_of(output.name, output.datatype, output.as_numpy()) for output in response.outputs]
        return results


if __name__ == "__main__":
    address, model = sys.argv[1:]
    inputs = json.load(sys.stdin)
    json.dump(asyncio.run(collect(address, model, inputs, kinds_of(inputs))), sys.stdout)

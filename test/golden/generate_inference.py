"""Records what the unmodified tritonclient and KServe's InferenceRESTClient send in the Open Inference Protocol.

Run with tritonclient[http] and kserve: python test/golden/generate_inference.py. The clients make the calls of
test/inference-clients against a server that takes everything and knows nothing. The versions are written beside them.
"""

import base64
import importlib.metadata
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(__file__).parent / "inference"
sys.path.insert(0, str(Path(__file__).parent.parent / "inference-clients"))

import kserve_calls  # noqa: E402
import triton_calls  # noqa: E402

KEPT_HEADERS = ["content-type", "content-encoding", "accept", "accept-encoding", "inference-header-content-length"]
ANSWER = {
    "name": "forest", "model_name": "forest", "model_version": "1", "id": "eins",
    "live": True, "ready": True, "outputs": [],
}  # fmt: skip

rows = json.loads((Path(__file__).parent / "forms" / "rows.json").read_text())
for i, (features, labels) in enumerate(zip(rows["features"], rows["labels"])):
    features["is new"] = None if i % 13 == 5 else features["is new"]
    labels["late"] = i >= 30
training = {**rows, "parameters": {"n_estimators": 5, "random_state": 3}}

exchanges = []


class Recorder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name: self.headers[name] for name in KEPT_HEADERS if name in self.headers}
        exchanges.append(
            {
                "client": self.server.client,
                "method": self.command,
                "path": self.path,
                "headers": headers,
                "body": base64.b64encode(body).decode(),
            }
        )
        text = json.dumps(ANSWER).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


for client, module in [("tritonclient", triton_calls), ("kserve", kserve_calls)]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    server.client = client
    threading.Thread(target=server.serve_forever, daemon=True).start()
    begun = len(exchanges)
    calls = module.calls(f"127.0.0.1:{server.server_port}", "forest", "1", training["features"][:20])
    # Each call is one exchange.
    names = [name for name, _ in calls]
    for exchange, name in zip(exchanges[begun:], names, strict=True):
        exchange["name"] = name
    server.shutdown()

FOLDER.mkdir(exist_ok=True)
(FOLDER / "training.json").write_text(json.dumps(training, ensure_ascii=False))
(FOLDER / "exchanges.json").write_text("[\n" + ",\n".join(json.dumps(one) for one in exchanges) + "\n]\n")
versions = {name: importlib.metadata.version(name) for name in ["tritonclient", "kserve", "numpy"]}
(FOLDER / "versions.json").write_text(json.dumps(versions))

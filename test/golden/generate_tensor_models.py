"""Makes small graphs of ONNX whose inputs are tensors of any shape, and golden tensors: what ONNX Runtime answers to them.

Needs numpy, onnx and onnxruntime. Run: python test/golden/generate_tensor_models.py
Writes test/golden/models/tensors/NAME.onnx, and NAME.json: requests of the inference protocol with the outputs, one or several in
`cases`. versions.json has the versions.

image    FP32 [n,3,8,8]: convolutions, batch normalization, pooling, softmax; probabilities and the class
photo    UINT8 [1,height,width,3], of any size: the mean color after a convolution
text     INT64 [n,t] and its mask: embedding, attention, layer normalization; logits
sequence FP32 [t,n,4], of any length: an LSTM and a GRU; the first dimension is not that of rows
words    BYTES [n,1]: a word to its number, and the number to a word
half     FP16 [n,2] to FP16
"""
import json
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

OUT = pathlib.Path(__file__).parent / "models" / "tensors"
RNG = np.random.default_rng(11)
DATATYPES = {
    "float16": "FP16",
    "float32": "FP32",
    "int64": "INT64",
    "uint8": "UINT8",
    "object": "BYTES",
}


def weights(name, *shape):
    return numpy_helper.from_array((RNG.normal(size=shape) / np.sqrt(shape[-1])).astype(np.float32), name)


def constant(name, values, dtype=np.int64):
    return numpy_helper.from_array(np.array(values, dtype), name)


def value(name, kind, shape):
    return helper.make_tensor_value_info(name, kind, shape)


def tensor(name, array):
    data = array.reshape(-1).tolist()
    return {"name": name, "datatype": DATATYPES[str(array.dtype)], "shape": list(array.shape), "data": data}


def write(name, nodes, inputs, outputs, initializers, cases):
    graph = helper.make_graph(nodes, name, inputs, outputs, initializers)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="ml-worker-tests", ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    (OUT / f"{name}.onnx").write_bytes(model.SerializeToString())
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    told = []
    for feeds in cases:
        made = session.run(names, feeds)
        told.append(
            {
                "inputs": [tensor(key, array) for key, array in feeds.items()],
                "outputs": [tensor(key, np.asarray(array)) for key, array in zip(names, made)],
            }
        )
    golden = told[0] if len(told) == 1 else {"cases": told}
    (OUT / f"{name}.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")


def image():
    node = helper.make_node
    nodes = [
        node("Conv", ["image", "w1", "b1"], ["c1"], pads=[1, 1, 1, 1]),
        node("BatchNormalization", ["c1", "scale", "shift", "mean", "variance"], ["n1"]),
        node("Relu", ["n1"], ["r1"]),
        node("MaxPool", ["r1"], ["p1"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Conv", ["p1", "w2"], ["c2"]),
        node("AveragePool", ["c2"], ["p2"], kernel_shape=[2, 2]),
        node("GlobalAveragePool", ["p2"], ["g"]),
        node("Flatten", ["g"], ["f"]),
        node("Gemm", ["f", "w3", "b3"], ["logits"], transB=1),
        node("Softmax", ["logits"], ["probabilities"], axis=1),
        node("ArgMax", ["probabilities"], ["class"], axis=1, keepdims=0),
    ]
    initializers = [weights("w1", 6, 3, 3, 3), weights("b1", 6), weights("w2", 8, 6, 2, 2), weights("w3", 4, 8), weights("b3", 4)]
    initializers += [constant("scale", np.ones(6), np.float32), constant("shift", np.zeros(6), np.float32)]
    initializers += [constant("mean", np.full(6, 0.1), np.float32), constant("variance", np.full(6, 0.5), np.float32)]
    inputs = [value("image", TensorProto.FLOAT, ["n", 3, 8, 8])]
    outputs = [value("probabilities", TensorProto.FLOAT, ["n", 4]), value("class", TensorProto.INT64, ["n"])]
    feeds = {"image": RNG.random((5, 3, 8, 8)).round(3).astype(np.float32)}
    write("image", nodes, inputs, outputs, initializers, [feeds])


def photo():
    node = helper.make_node
    nodes = [
        node("Cast", ["photo"], ["numbers"], to=TensorProto.FLOAT),
        node("Transpose", ["numbers"], ["planes"], perm=[0, 3, 1, 2]),
        node("Div", ["planes", "most"], ["scaled"]),
        node("Conv", ["scaled", "w"], ["c"]),
        node("ReduceMean", ["c"], ["color"], axes=[2, 3], keepdims=0),
    ]
    initializers = [constant("most", 255, np.float32), weights("w", 2, 3, 3, 3)]
    inputs = [value("photo", TensorProto.UINT8, [1, "height", "width", 3])]
    outputs = [value("color", TensorProto.FLOAT, [1, 2])]
    cases = [{"photo": RNG.integers(0, 256, size=(1, h, w, 3)).astype(np.uint8)} for h, w in ((4, 5), (7, 3))]
    write("photo", nodes, inputs, outputs, initializers, cases)


def text():
    node = helper.make_node
    nodes = [
        node("Gather", ["embedding", "input_ids"], ["e"]),
        node("MatMul", ["e", "wq"], ["q"]),
        node("MatMul", ["e", "wk"], ["k"]),
        node("Transpose", ["k"], ["kt"], perm=[0, 2, 1]),
        node("MatMul", ["q", "kt"], ["scores"]),
        node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        node("Sub", ["mask", "one"], ["off"]),
        node("Mul", ["off", "large"], ["bias"]),
        node("Unsqueeze", ["bias", "axis1"], ["bias3"]),
        node("Add", ["scores", "bias3"], ["masked"]),
        node("Softmax", ["masked"], ["attention"], axis=2),
        node("MatMul", ["attention", "e"], ["mixed"]),
        node("Add", ["mixed", "e"], ["residual"]),
        node("LayerNormalization", ["residual", "gain", "zero"], ["normal"], axis=-1),
        node("Gather", ["normal", "first"], ["head"], axis=1),
        node("Gemm", ["head", "w", "b"], ["logits"]),
    ]
    initializers = [weights("embedding", 30, 8), weights("wq", 8, 8), weights("wk", 8, 8), weights("w", 8, 3), weights("b", 3)]
    initializers += [constant("one", 1, np.float32), constant("large", 1e4, np.float32), constant("axis1", [1])]
    initializers += [constant("gain", np.ones(8), np.float32), constant("zero", np.zeros(8), np.float32), constant("first", 0)]
    inputs = [value("input_ids", TensorProto.INT64, ["batch", "sequence"]), value("attention_mask", TensorProto.INT64, ["batch", "sequence"])]
    outputs = [value("logits", TensorProto.FLOAT, ["batch", 3])]
    cases = []
    for rows, length in ((3, 6), (2, 2)):
        mask = np.ones((rows, length), np.int64)
        mask[-1, -1] = 0
        cases.append({"input_ids": RNG.integers(0, 30, size=(rows, length)), "attention_mask": mask})
    write("text", nodes, inputs, outputs, initializers, cases)


def sequence():
    node = helper.make_node
    nodes = [
        node("LSTM", ["steps", "lw", "lr"], ["", "hidden", ""], hidden_size=3),
        node("GRU", ["steps", "gw", "gr"], ["", "gated"], hidden_size=3),
        node("Concat", ["hidden", "gated"], ["last"], axis=0),
    ]
    initializers = [weights("lw", 1, 12, 4), weights("lr", 1, 12, 3), weights("gw", 1, 9, 4), weights("gr", 1, 9, 3)]
    inputs = [value("steps", TensorProto.FLOAT, ["t", "n", 4])]
    outputs = [value("last", TensorProto.FLOAT, [2, "n", 3])]
    cases = [{"steps": RNG.normal(size=(t, n, 4)).round(3).astype(np.float32)} for t, n in ((5, 2), (1, 1))]
    write("sequence", nodes, inputs, outputs, initializers, cases)


def words():
    known = ["no", "yes", "peut-être"]
    nodes = [
        helper.make_node("LabelEncoder", ["word"], ["number"], domain="ai.onnx.ml", keys_strings=known, values_int64s=[10, 20, 30], default_int64=-1),
        helper.make_node("LabelEncoder", ["number"], ["answer"], domain="ai.onnx.ml", keys_int64s=[10, 20, 30], values_strings=["non", "oui", "¿…?"], default_string=""),
    ]
    inputs = [value("word", TensorProto.STRING, ["n", 1])]
    outputs = [value("number", TensorProto.INT64, ["n", 1]), value("answer", TensorProto.STRING, ["n", 1])]
    feeds = {"word": np.array([["yes"], ["peut-être"], ["?"], ["no"], [""]], object)}
    write("words", nodes, inputs, outputs, [], [feeds])


def half():
    nodes = [helper.make_node("Mul", ["x", "w"], ["a"]), helper.make_node("Tanh", ["a"], ["y"])]
    inputs = [value("x", TensorProto.FLOAT16, ["n", 2])]
    outputs = [value("y", TensorProto.FLOAT16, ["n", 2])]
    feeds = {"x": np.array([[0.5, -1.25], [3, 0], [0.1, 60000]], np.float16)}
    write("half", nodes, inputs, outputs, [constant("w", [0.75, -2], np.float16)], [feeds])


OUT.mkdir(parents=True, exist_ok=True)
for make in (image, photo, text, sequence, words, half):
    make()
(OUT / "versions.json").write_text(json.dumps({"onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__}) + "\n")

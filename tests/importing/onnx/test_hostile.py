"""Files that are damaged, or made to be: a finding, quickly and in little memory."""

from __future__ import annotations

import random
import tracemalloc

import numpy as np
import pytest
from importing.onnx.models import model, saved, single
from onnx import TensorProto, helper

from cnncalc.importing.onnx.reader import read_onnx
from cnncalc.source.files import Unreadable


def varint(value):
    found = b""
    while value > 127:
        found += bytes([value & 127 | 128])
        value >>= 7
    return found + bytes([value])


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


HEAD = b"\x08\x0a" + field(8, b"\x10\x12")
"""The version of the format, and opset 18."""


def finding(data, folder):
    """What is found."""
    path = folder / "model.onnx"
    path.write_bytes(data)
    with pytest.raises(Unreadable) as caught:
        read_onnx(str(path))
    (diagnostic,) = caught.value.diagnostics
    return f"{diagnostic.code} {diagnostic.message}"


def code_of(path):
    """The code of what is found; "" if the file can be read."""
    try:
        read_onnx(path)
    except Unreadable as error:
        return error.diagnostics[-1].code
    return ""


def node(operator, inputs=(), outputs=(), *attributes):
    texts = [*((1, each) for each in inputs), *((2, each) for each in outputs), (4, operator)]
    return b"".join(field(number, text.encode()) for number, text in texts) + b"".join(field(5, a) for a in attributes)


def graph(*nodes, outputs=("y",)):
    return field(
        7, b"".join(field(1, each) for each in nodes) + b"".join(field(12, field(1, o.encode())) for o in outputs)
    )


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "CNN150 the file is empty"),
        (b"PK\3\4 and more", "CNN150 byte 2: wire type 3"),
        (HEAD, "CNN150 byte 0: there is no model in it"),
        (HEAD + b"\x3a\xff\xff\xff\xff\x0f", "CNN150 byte 6: a field ends after what contains it"),
        (HEAD + b"\x3a", "CNN150 byte 6: a field is cut off"),
        (b"\x80" * 1000, "CNN150 byte 0: a number does not end"),
        (b"\x08" + b"\xff" * 1000, "CNN150 byte 1: a number does not end"),
        (HEAD + b"\x0b\x0c", "CNN150 byte 6: wire type 3"),
        (HEAD + b"\x02\x00", "CNN150 byte 6: field 0"),
        (HEAD + field(7, b"") + field(7, b""), "CNN150 byte 10: there are two graphs"),
        (HEAD + field(7, field(2, b"\xff\xfe")), "CNN150 byte 10: a name is not UTF-8"),
        (HEAD + field(7, b"\x10\x01"), "CNN150 byte 10: field 2 has the wrong wire type"),
        (field(8, b"\x10\x12") + field(7, b""), "CNN150 byte 0: it has no version of the format"),
    ],
)
def test_bytes_that_are_no_model(data, found, tmp_path):
    assert finding(data, tmp_path).startswith(found)


def test_a_million_nodes(tmp_path):
    assert "CNN156" in finding(HEAD + graph(*[node("Relu", ["x"], ["y"])] * 1_000_000), tmp_path)


def test_many_nodes(tmp_path):
    assert "it has 20,001 operations; at most 20,000 are read" in finding(
        HEAD + graph(*[node("Relu", ["x"], ["y"])] * 20_001), tmp_path
    )


def test_millions_of_fields(tmp_path):
    assert "CNN156" in finding(HEAD + b"\xa0\x06\x01" * 5_000_000, tmp_path)


def test_a_list_of_millions(tmp_path):
    ints = field(1, b"axes") + field(8, b"\x01" * 20_000_000)
    assert "CNN156" in finding(HEAD + graph(node("Relu", ["x"], ["y"], ints)), tmp_path)


def test_graphs_in_graphs(tmp_path):
    inner = node("Relu", ["x"], ["y"])
    for _ in range(3000):
        attribute = field(1, b"body") + field(6, field(1, inner))
        inner = node("Loop", [], ["y"], attribute)
    assert "CNN156 the model: graphs more than 32 deep" in finding(HEAD + graph(inner), tmp_path)


def test_a_function_that_calls_itself(tmp_path):
    call = node("f", [], ["y"]) + field(7, b"own")
    inner = node("f", ["x"], ["y"]) + field(7, b"own")
    body = field(1, b"f") + field(4, b"x") + field(5, b"y") + field(7, inner) + field(10, b"own")
    assert "CNN156 the model: functions or branches more than 32 deep" in finding(
        HEAD + field(25, body) + graph(call), tmp_path
    )


def test_functions_that_double(tmp_path):
    def function(number):
        name = f"f{number}".encode()
        called = "Relu" if not number else f"f{number - 1}"
        domain = field(7, b"own") if number else b""
        calls = [node(called, ["x"], ["a"]) + domain, node(called, ["a"], ["y"]) + domain]
        ends = field(4, b"x") + field(5, b"y") + field(10, b"own")
        return field(25, field(1, name) + ends + b"".join(field(7, each) for each in calls))

    given = field(11, field(1, b"x") + field(2, field(1, b"\x08\x01" + field(2, field(1, b"\x08\x02")))))
    call = node("f25", ["x"], ["y"]) + field(7, b"own")
    whole = graph(call)[1:]
    data = HEAD + b"".join(map(function, range(26))) + field(7, whole[len(varint(len(whole) - 1)) :] + given)
    assert "CNN156 the model: it has 20,001 operations" in finding(data, tmp_path)


def test_arrays_that_double(tmp_path):
    nodes = [helper.make_node("Concat", [f"a{i}", f"a{i}"], [f"a{i + 1}"], axis=0) for i in range(60)]
    proto = model([*nodes, helper.make_node("Expand", ["x", "a60"], ["y"])], {"x": (1, 3)}, ["y"], {"a0": np.arange(9)})
    assert [each.name for each in read_onnx(saved(proto, tmp_path)).operations][-1] == "unknown"


def test_calculations_that_wait_for_each_other(tmp_path):
    nodes = [helper.make_node("Add", [f"a{i}", f"a{i}"], [f"a{i + 1}"]) for i in range(3000)]
    nodes += [
        helper.make_node("ReduceMax", ["a3000"], ["m"], keepdims=1),
        helper.make_node("Expand", ["x", "m"], ["y"]),
    ]
    proto = model(nodes, {"x": ("N", 3)}, ["y"], {"a0": np.ones(5000, int)})
    assert [each.name for each in read_onnx(saved(proto, tmp_path)).inputs] == ["x"]


def test_a_cycle(tmp_path):
    nodes = [helper.make_node("Add", ["x", "b"], ["a"]), helper.make_node("Relu", ["a"], ["b"])]
    proto = model(nodes, {"x": ("N", 3)}, ["b"])
    assert "the graph has a cycle" in finding(proto.SerializeToString(), tmp_path)


def test_nodes_in_disorder_are_sorted(tmp_path):
    nodes = [helper.make_node("Tanh", ["a"], ["b"]), helper.make_node("Relu", ["x"], ["a"])]
    graph = read_onnx(saved(model(nodes, {"x": ("N", 3)}, ["b"]), tmp_path))
    assert [each.name for each in graph.operations] == ["relu", "tanh"]


@pytest.mark.parametrize(
    ("nodes", "found"),
    [
        ([("Relu", ["x"], ["y"]), ("Tanh", ["x"], ["y"])], 'node 1 (Tanh, "y"): `y` is given twice'),
        ([("Relu", ["z"], ["y"])], 'node 0 (Relu, "y"): it reads `z`, which nothing gives'),
        ([("Relu", ["x"], ["z"])], "its output `y` is given by nothing"),
        ([("Relu", ["x"], ["x"]), ("Relu", ["x"], ["y"])], "`x` is given twice"),
        ([("Conv", ["x"], ["y"])], "it has no input 1"),
    ],
)
def test_names_that_do_not_fit(nodes, found, tmp_path):
    proto = model([helper.make_node(*each) for each in nodes], {"x": ("N", 3)}, ["y"])
    assert found in finding(proto.SerializeToString(), tmp_path)


@pytest.mark.parametrize(
    ("proto", "found"),
    [
        (single("Conv", (1, 4, 7, 7), np.ones((6, 5, 3, 3), "f")), "do not fit an input"),
        (single("Conv", (1, 4, 7, 7), np.ones((6, 4, 9, 9), "f")), "no window of (9, 9) fits into (7, 7)"),
        (single("Conv", (1, 4, 7, 7), np.ones((6, 4, 3, 3), "f"), strides=[0, 1]), "less than 1"),
        (single("Conv", (1, 4, 7, 7), np.ones((6, 4, 3, 3), "f"), strides=[1]), "do not fit 2 spatial axes"),
        (single("Conv", (1, 4, 7, 7), np.ones((6, 4, 3, 3), "f"), group=0), "do not fit an input"),
        (single("MaxPool", (1, 4, 7, 7), kernel_shape=2.5), "its setting `kernel_shape` has the wrong type"),
        (single("Add", (1, 4), np.ones(5, "f")), "do not fit"),
        (single("MatMul", (1, 4), np.ones((5, 6), "f")), "cannot be multiplied"),
        (single("Gemm", (1, 4), np.ones((5, 6), "f")), "cannot be multiplied"),
        (single("Reshape", (1, 4), np.array([3, -1])), "cannot be reshaped"),
        (single("Transpose", (1, 4, 3), perm=[0, 0, 1]), "do not fit each other"),
        (single("Softmax", (1, 4), axis=7), "do not fit each other"),
        (single("Gather", (1, 4), np.array([4]), axis=1), "an index is not within 4"),
        (single("Squeeze", (1, 4), np.array([1])), "is not of size 1"),
        (single("Split", (1, 4), np.array([1, 2]), axis=1, outputs=2), "it splits 4 into (1, 2)"),
        (single("Concat", (1, 4), (1, 5, 2), axis=1), "do not fit"),
        (single("BatchNormalization", (1, 4, 3), *[np.ones(5, "f")] * 4), "do not have one number for each"),
        (single("DepthToSpace", (1, 5, 3, 3), blocksize=2), "not divisible"),
        (single("DepthToSpace", (1, 5, 3, 3), blocksize=0), "do not fit each other"),
    ],
)
def test_operators_that_cannot_be(proto, found, tmp_path):
    message = finding(proto.SerializeToString(), tmp_path)
    assert message.startswith("CNN150 node 0 (")
    assert found in message


@pytest.mark.parametrize("value", [2**62, -(2**63), -1, 0])
def test_sizes_without_measure(value, tmp_path):
    """An answer or a finding, but not a list of so many numbers."""
    for proto in (
        single("Expand", (1, 1), np.array([1, value])),
        single("Tile", np.ones((2, 2), np.int64), np.array([value, 1])),
        single("ConstantOfShape", np.array([value, 2])),
        single("Range", np.array(0), np.array(value), np.array(1)),
        single("Pad", (1, 3), np.array([0, 0, 0, value])),
        single("Slice", (1, 3), np.array([value]), np.array([-value]), np.array([1])),
        single("Resize", (1, 3, 4, 4), None, None, np.array([1, 3, value, 4])),
        single("Unsqueeze", (1, 3), np.array([value])),
    ):
        assert code_of(saved(proto, tmp_path)) in ("", "CNN150")


def test_arrays_that_are_not_as_long_as_they_say(tmp_path):
    proto = single("Conv", (1, 4, 7, 7), np.ones((6, 4, 3, 3), "f"))
    proto.graph.initializer[0].dims[0] = 2**40
    assert "should have 158,329,674,399,744 bytes and has 864" in finding(proto.SerializeToString(), tmp_path)
    proto.graph.initializer[0].dims[0] = -1
    assert "has a negative size" in finding(proto.SerializeToString(), tmp_path)
    proto.graph.initializer[0].data_type = 99
    assert "type 99" in finding(proto.SerializeToString(), tmp_path)


def test_little_memory_for_a_large_file(tmp_path):
    """Half a gigabyte of weights, in a file with a hole."""
    array = TensorProto(name="w", dims=[1024, 131072], data_type=TensorProto.FLOAT).SerializeToString()
    size = 1024 * 131072 * 4
    proto = model([helper.make_node("MatMul", ["x", "w"], ["y"])], {"x": ("N", 1024)}, ["y"])
    inner = proto.graph.SerializeToString()
    raw = b"\x4a" + varint(size)
    tensor = varint(5 << 3 | 2) + varint(len(array) + len(raw) + size) + array + raw
    path = tmp_path / "large.onnx"
    with path.open("wb") as file:
        file.write(HEAD + varint(7 << 3 | 2) + varint(len(inner) + len(tensor) + size) + inner + tensor)
        file.truncate(file.tell() + size)
    tracemalloc.start()
    (operation,) = read_onnx(str(path)).operations
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()
    assert operation.inputs[1].sizes == (131072, 1024)


def test_the_file_is_closed(tmp_path, monkeypatch):
    import mmap

    opened = []

    class Map(mmap.mmap):
        def __new__(cls, *args, **others):
            opened.append(super().__new__(cls, *args, **others))
            return opened[-1]

    monkeypatch.setattr("cnncalc.importing.onnx.reader.mmap.mmap", Map)
    weights = np.arange(12, dtype="f").reshape(4, 3)
    graph = read_onnx(saved(single("MatMul", (1, 4), weights), tmp_path))
    assert [each.closed for each in opened] == [True]
    assert graph.operations[0].inputs[1].constant.stored.read() == weights.tobytes()


SEEDS = [
    single("Conv", (1, 4, 7, 7), np.ones((6, 4, 3, 3), "f"), strides=[2, 1]).SerializeToString(),
    single("Resize", (1, 4, 7, 7), None, np.float32([1, 1, 2, 2])).SerializeToString(),
    single("Slice", (1, 9), np.array([1]), np.array([-1]), np.array([1])).SerializeToString(),
    single(
        "LSTM", (5, 1, 3), *(np.ones(s, "f") for s in ((1, 8, 3), (1, 8, 2), (1, 16))), hidden_size=2
    ).SerializeToString(),
]


@pytest.mark.parametrize("seed", range(400))
def test_mutated_files(seed, tmp_path):
    """A graph or a finding."""
    draw = random.Random(seed)
    data = bytearray(draw.choice(SEEDS))
    for _ in range(draw.choice((1, 1, 2, 4))):
        place = draw.randrange(len(data))
        match draw.randrange(4):
            case 0:
                data[place] ^= 1 << draw.randrange(8)
            case 1:
                data[place] = draw.choice((0, 1, 127, 128, 255))
            case 2:
                del data[place : place + draw.randrange(1, 9)]
            case _:
                data[place:place] = data[draw.randrange(len(data)) :][:9]
    path = tmp_path / "model.onnx"
    path.write_bytes(data if draw.random() < 0.8 else data[: draw.randrange(len(data))])
    assert code_of(str(path)) in ("", "CNN150", "CNN151", "CNN152", "CNN153", "CNN156")

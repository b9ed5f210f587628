"""What a `.pt2` file says besides values: sizes, names, modules, weights; and what is refused, by name."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
import torch
from importing.interpreter import operations_of, run, stored_value, unknown_in
from importing.pt2.exports import Calls, exported
from torch import nn

from cnncalc.importing import draft
from cnncalc.importing.operations import BATCH, OperationGraph
from cnncalc.importing.pt2.reader import read_pt2
from cnncalc.source.files import Unreadable


class Block(nn.Module):
    def __init__(self, inside: int, filters: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inside, filters, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(filters)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu_(self.norm(self.conv(x)))


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer1 = nn.Sequential(Block(3, 4), Block(4, 4))
        self.blocks = nn.ModuleList([Block(4, 4)])
        self.head = nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.layer1(x)
        for block in self.blocks:
            x = x + block(x)
        return self.head(x.mean((2, 3)))


def image(*sizes: int) -> torch.Tensor:
    torch.manual_seed(1)
    return torch.randn(sizes or (2, 3, 6, 5))


@pytest.fixture(scope="module")
def net() -> bytes:
    return exported(Net().eval(), image())


def refused(data: bytes, sizes: dict[str, tuple[int, ...]] | None = None) -> tuple[str, str, str]:
    with pytest.raises(Unreadable) as caught:
        read_pt2(data, sizes, "net.pt2")
    (finding,) = caught.value.diagnostics
    assert finding.file == "net.pt2"
    return finding.code, finding.message, "\n".join(finding.help)


def changed(data: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """The same file with another program."""

    def with_change(text: bytes) -> bytes:
        program = json.loads(text)
        change(program)
        return json.dumps(program).encode()

    return repacked(data, lambda name, text: (name, with_change(text) if "/models/" in name else text))


def repacked(data: bytes, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> bytes:
    """The same file with other members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            if made := change(name, old.read(name)):
                new.writestr(*made)
    return buffer.getvalue()


def parameters(graph: OperationGraph) -> dict[str, tuple[int, ...] | None]:
    return {
        tensor.constant.identity: tensor.sizes
        for operation in graph.operations
        for tensor in operation.inputs
        if tensor is not None and tensor.constant is not None and tensor.constant.is_parameter
    }


# -- what is read


def test_the_graph(net: bytes) -> None:
    graph = read_pt2(net)
    assert graph.batch == BATCH
    assert [(tensor.name, tensor.sizes, tensor.stated) for tensor in graph.inputs] == [("x", (BATCH, 3, 6, 5), True)]
    block = ["conv", "batch_norm", "relu"]
    assert operations_of(graph) == [*block * 3, "add", "reduce", "linear"]
    assert graph.operations[0].place == 'node 1 (aten.conv2d.default, "conv2d")'
    assert not graph.remarks


def test_modules(net: bytes) -> None:
    paths = [operation.path for operation in read_pt2(net).operations]
    assert paths[3] == (("layer1", "Sequential"), ("1", "Block"), ("conv", "Conv2d"))
    assert paths[5] == (("layer1", "Sequential"), ("1", "Block"))
    assert paths[6] == (("blocks", ""), ("0", "Block"), ("conv", "Conv2d"))
    assert paths[-1] == (("head", "Linear"),)
    assert paths[-2] == ()


def test_parameters_and_statistics(net: bytes) -> None:
    expected = {name: tuple(each.shape) for name, each in Net().named_parameters()}
    graph = read_pt2(net)
    assert parameters(graph) == expected
    norm = graph.operations[1]
    assert [tensor.constant.is_statistic for tensor in norm.inputs[3:] if tensor and tensor.constant] == [True, True]


def test_weights(net: bytes, tmp_path: Path) -> None:
    """They are read when they are asked for: from the file, or from the bytes that it was."""
    (path := tmp_path / "net.pt2").write_bytes(net)
    program = torch.export.load(path)
    for source in (net, str(path)):
        for operation in read_pt2(source).operations:
            for tensor in operation.inputs:
                if tensor is not None and tensor.constant is not None and tensor.constant.stored is not None:
                    stored = tensor.constant.stored
                    assert torch.equal(stored_value(stored), program.state_dict[stored.name])


def test_shared_parameters_and_storages() -> None:
    """A parameter that is used twice is one; parts of a storage are themselves."""

    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.dense = nn.Linear(4, 4, bias=False)
            whole = torch.randn(2, 4, 4)
            self.first = nn.Parameter(whole[0].T)
            self.second = nn.Parameter(whole[1])

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.dense(self.dense(x)) @ self.first @ self.second

    module = Tied()
    graph = read_pt2(exported(module, x := image(2, 4)))
    assert parameters(graph) == {"dense.weight": (4, 4), "first": (4, 4), "second": (4, 4)}
    torch.testing.assert_close(run(graph, [x])[0], module(x).detach())


def test_frozen_parameters() -> None:
    module = Net().eval()
    module.head.requires_grad_(False)
    graph = read_pt2(exported(module, image()))
    trained = {
        tensor.constant.identity: tensor.constant.trainable
        for operation in (graph.operations[0], graph.operations[-1])
        for tensor in operation.inputs
        if tensor is not None and tensor.constant is not None
    }
    assert trained == {"layer1.0.conv.weight": True, "head.weight": False, "head.bias": False}


def test_half_precision() -> None:
    module = nn.Linear(3, 2).half()
    graph = read_pt2(exported(module, image(2, 3).half()))
    (dense,) = graph.operations
    assert dense.output.dtype == "float16"
    assert torch.equal(stored_value(dense.inputs[1].constant.stored), module.weight.detach())


def test_several_inputs_and_outputs() -> None:
    def forward(x: torch.Tensor, y: torch.Tensor) -> dict[str, object]:
        return {"sum": x + y, "both": (x * y, x)}

    graph = read_pt2(exported(Calls(forward), image(2, 4), image(2, 4)))
    assert [tensor.sizes for tensor in graph.inputs] == [(BATCH, 4)] * 2
    assert operations_of(graph) == ["add", "mul"]
    assert [tensor.name for tensor in graph.outputs] == ["add", "mul", "inputs_0"]


def test_an_output_that_is_no_tensor() -> None:
    graph = read_pt2(exported(Calls(lambda x: (x + 1, None, 3)), image(2, 4)))
    assert len(graph.outputs) == 1


def test_a_fixed_batch_is_said() -> None:
    graph = read_pt2(exported(Net().eval(), image(), batch=False))
    assert graph.batch == 2
    assert [(each.code, each.severity) for each in graph.remarks] == [("CNN571", "note")]
    assert graph.remarks[0].message == "the file fixes a batch of 2: all numbers are those of one sample"


def test_training_mode() -> None:
    """Norms and dropouts are those of a network in use; the counters that training writes are left out."""
    module = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Dropout(0.3)).train()
    for decomposed in (False, True):
        graph = read_pt2(exported(module, image(), decomposed=decomposed))
        assert operations_of(graph)[:2] == ["conv", "batch_norm"]
        assert [each.code for each in graph.remarks] == ["CNN573"]
        assert "training" in graph.remarks[0].message


def test_parameters_that_nothing_reads() -> None:
    class Auxiliary(Net):
        def __init__(self) -> None:
            super().__init__()
            self.aux = nn.Linear(10, 7)

    (remark,) = read_pt2(exported(Auxiliary().eval(), image())).remarks
    assert remark.code == "CNN573"
    assert remark.message == "no output depends on 77 parameters, which are not counted: `aux.weight`, `aux.bias`"


def test_another_name_of_a_parameter_is_not_one_that_nothing_reads() -> None:
    first, second = nn.Linear(4, 4), nn.Linear(4, 4)
    second.weight, second.bias = first.weight, first.bias
    module = nn.Sequential(first, nn.ReLU(), second)
    assert not read_pt2(exported(module.eval(), image(2, 4))).remarks


def test_what_is_not_known_stays() -> None:
    graph = read_pt2(exported(Calls(lambda x: torch.linalg.svdvals(x) + 1), image(2, 4, 4)))
    (unknown,) = unknown_in(graph)
    assert unknown.settings["name"].startswith("aten.")
    assert unknown.output.sizes == (BATCH, 4)


@pytest.mark.parametrize(
    ("beta", "threshold", "is_known"), [(1, 20, True), (3, 15, True), (1, 14, False), (2, 3, False)]
)
def test_a_softplus_that_is_cut_off_where_it_differs_from_its_input(
    beta: float, threshold: float, is_known: bool
) -> None:
    """At 14, log(1 + e^14) is 14 + 8e-7, one step of float32 there; below it, kinds without a threshold differ."""
    graph = read_pt2(exported(nn.Softplus(beta, threshold), image(2, 4)))
    assert [each.settings["name"] for each in unknown_in(graph)] == ([] if is_known else ["aten.softplus.default"])


def test_an_operation_of_the_users_own() -> None:
    @torch.library.custom_op("cnncalc_test::mystery", mutates_args=())
    def mystery(x: torch.Tensor) -> torch.Tensor:
        return x + 1

    @mystery.register_fake
    def _(x: torch.Tensor) -> torch.Tensor:
        return torch.empty_like(x)

    (unknown,) = unknown_in(read_pt2(exported(Calls(mystery), image(2, 4))))
    assert unknown.settings == {"name": "cnncalc_test.mystery.default", "custom": "cnncalc_test"}


# -- sizes


@pytest.fixture(scope="module")
def sized() -> bytes:
    def forward(x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.max_pool2d(x, 3, 2, 1)
        return x.flatten(2).transpose(1, 2)

    return exported(Calls(forward), image(2, 3, 20, 18), spatial=True)


def test_open_sizes_are_given(sized: bytes) -> None:
    graph = read_pt2(sized, {"inputs_0": (3, 33, 40)})
    assert graph.outputs[0].sizes == (BATCH, 17 * 20, 3)
    assert read_pt2(sized, {"": (33, 40)}).outputs[0].sizes == graph.outputs[0].sizes
    assert run(graph, [image(2, 3, 33, 40)])[0].shape == (2, 340, 3)


def test_open_sizes_that_are_not_given(sized: bytes) -> None:
    code, message, help = refused(sized)
    assert (code, message) == ("CNN153", "the file leaves sizes open: `inputs_0` (3×?×?)")
    assert help == "give them, for example: `--input 3x224x224`"


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"y": (3, 8, 8)}, "there is no input `y`"),
        ({"inputs_0": (8,)}, "`inputs_0` has 3 sizes besides the batch, not 1"),
        ({"inputs_0": (4, 8, 8)}, "`inputs_0` has a size of 3 in the file, not 4"),
    ],
)
def test_sizes_that_do_not_fit(sized: bytes, sizes: dict[str, tuple[int, ...]], message: str) -> None:
    assert refused(sized, sizes)[:2] == ("CNN153", message)


def test_a_size_that_depends_on_values() -> None:
    code, message, _ = refused(exported(Calls(lambda x: x[x > 0]), image(2, 4)))
    assert code == "CNN152"
    assert "depends on the values in a tensor" in message


# -- what is refused


def test_control_flow() -> None:
    def forward(x: torch.Tensor) -> torch.Tensor:
        return torch.cond(x.sum() > 0, lambda x: x + 1, lambda x: x - 1, (x,))

    code, message, _ = refused(exported(Calls(forward), image(2, 4)))
    assert code == "CNN152"
    assert "`cond` runs a part of the model depending on values" in message


def test_a_view_of_what_is_written() -> None:
    """Before decomposition, a tensor may have other values than were calculated for it: they are not guessed."""

    def forward(x: torch.Tensor) -> torch.Tensor:
        y = x + 1
        z = y[:, 1:3].flatten()
        y[:, :2] = 0
        return y * z.sum()

    code, message, help = refused(exported(Calls(forward), image(2, 4)))
    assert code == "CNN152"
    assert "were replaced in place" in message
    assert "run_decompositions" in help
    graph = read_pt2(exported(Calls(forward), x := image(2, 4), decomposed=True))
    assert torch.equal(run(graph, [x])[0], forward(x))


def test_another_major_version(net: bytes) -> None:
    code, message, help = refused(changed(net, lambda program: program["schema_version"].update(major=9)))
    assert code == "CNN151"
    assert message.startswith("the schema has version 9, written by PyTorch 2.")
    assert "torch.export.save(" in help


def test_the_layout_of_older_releases() -> None:
    """Those up to 2.7 write these members, with pickles among them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("version", "serialized_exported_program.json", "serialized_state_dict.pt"):
            archive.writestr(name, "{}")
    code, message, help = refused(buffer.getvalue())
    assert (code, message) == ("CNN151", "the file has the layout of PyTorch 2.7 and older, which is not read")
    assert "torch.export.save(" in help


def test_sizes_that_the_operations_do_not_make(net: bytes) -> None:
    """Whatever the file states between its inputs and its outputs is compared with what its operations make."""

    def change(program: dict[str, Any]) -> None:
        meta = program["graph_module"]["graph"]["tensor_values"]["batch_norm_1"]
        meta["sizes"][2] = {"as_int": 7}

    code, message, _ = refused(changed(net, change))
    assert code == "CNN150"
    assert message.startswith(
        'node 5 (aten.batch_norm.default, "batch_norm_1"): the program is not as PyTorch writes it'
    )
    assert "it makes Nx4x6x5, and the file states Nx4x7x5" in message


def test_no_model_and_two_models(net: bytes) -> None:
    none = repacked(net, lambda name, text: None if "/models/" in name else (name, text))
    assert refused(none)[0] == "CNN150"
    buffer = io.BytesIO(net)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("archive/models/other.json", "{}")
    assert refused(buffer.getvalue())[1].startswith("it has 2 models: ")


def test_weights_that_are_pickles_or_missing(net: bytes) -> None:
    """Release 2.8 writes all weights as one pickle: the model is read, and its weights are not there."""
    bare = repacked(net, lambda name, text: None if "/data/" in name else (name, text))
    graph = read_pt2(bare)
    assert parameters(graph) == parameters(read_pt2(net))
    assert graph.operations[0].inputs[1].constant.stored is None


def test_weights_beyond_the_file(net: bytes) -> None:
    def shifted(name: str, text: bytes) -> tuple[str, bytes]:
        return name, text.replace(b'"storage_offset": {"as_int": 0}', b'"storage_offset": {"as_int": 9}')

    stored = read_pt2(repacked(net, shifted)).operations[0].inputs[1].constant.stored
    with pytest.raises(Unreadable, match=r"has no bytes"):
        stored.read()


def test_nothing_is_unpickled(net: bytes) -> None:
    """Whatever is in members that may be pickles: they are not opened."""
    boobytrapped = repacked(
        net,
        lambda name, text: (name, b"\x80\x04cos\nsystem\n(X\x04\0\0\0falset\x85R." if name.endswith(".pt") else text),
    )
    assert operations_of(read_pt2(boobytrapped)) == operations_of(read_pt2(net))


def test_many_nodes(net: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft, "MAX_OPERATIONS", 5)
    code, message = refused(net)[:2]
    assert code == "CNN156"
    assert message.endswith(" operations; at most 5 are read")


@pytest.mark.parametrize(("name", "said"), [("conv2d", "`conv2d` is given twice"), ("more", "nothing gives `more`")])
def test_outputs_that_no_operation_gives(net: bytes, name: str, said: str) -> None:
    """An operation with more outputs than it has, of which the next one reads the second."""

    def change(program: dict[str, Any]) -> None:
        graph = program["graph_module"]["graph"]
        place = next(at for at, node in enumerate(graph["nodes"]) if "relu" in node["target"])
        graph["nodes"][place]["outputs"].append({"as_tensor": {"name": name}})
        graph["tensor_values"].setdefault(name, graph["tensor_values"]["relu_"])
        graph["nodes"][place + 1]["inputs"][0]["arg"] = {"as_tensor": {"name": name}}

    code, message, _ = refused(changed(net, change))
    assert code == "CNN150"
    assert said in message


def test_every_key_missing(net: bytes) -> None:
    """Whatever is left out of the program, there is a finding or a graph."""
    program = json.loads(next(text for name, text in _members(net) if "/models/" in name))
    spots = [spot for spot in _spots(program, ()) if len(spot) < 8]
    for spot in spots[:: max(1, len(spots) // 300)]:
        copy = json.loads(json.dumps(program))
        target = copy
        for key in spot[:-1]:
            target = target[key]
        del target[spot[-1]]
        text = json.dumps(copy).encode()
        try:
            read_pt2(repacked(net, lambda name, old, text=text: (name, text if "/models/" in name else old)))
        except Unreadable as error:
            assert all(each.code in ("CNN150", "CNN151", "CNN152", "CNN153") for each in error.diagnostics)  # noqa: PT017


def _members(data: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def _spots(value: Any, path: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    found: list[tuple[Any, ...]] = []
    for key in keys:
        found += [(*path, key), *_spots(value[key], (*path, key))]
    return found


def test_the_dye_is_found_in_products() -> None:
    graph = read_pt2(exported(Calls(lambda x: x.reshape(-1, 5)), image()))
    assert graph.outputs[0].sizes == (BATCH * math.prod((3, 6)), 5)

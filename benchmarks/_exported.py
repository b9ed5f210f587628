"""One network, exported in every form and imported again; each form is a line of JSON. See import_models.py."""

from __future__ import annotations

import gc
import json
import platform
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import torch

BESIDE = ("AuxLogits.", "aux")
"""How the names of heads begin that only training has; cnncalc notes that no output depends on their parameters."""
NEAR = 1e-4
"""How far values may be off, as a fraction of the largest one: those of float32 in another order of sums."""


class Reference:
    """What PyTorch says of a network: numbers and values, kept with its files; the network itself where it is needed.

    Attributes:
        x: the input, of two samples.
        values: the first output of the first sample.
    """

    def __init__(self, network: str, folder: Path) -> None:
        self._network = network
        kept = folder / "expected.npz"
        if not kept.exists():
            with torch.no_grad():
                model, x = self.model, self._x
                values = {"params": _params(model), "macs": _macs(model, x[:1]), "values": _first(model(x[:1]))}
            np.savez(kept, x=x.numpy(), **values)
        known = np.load(kept)
        self.params, self.macs = int(known["params"]), int(known["macs"])
        self.x, self.values = known["x"], known["values"]

    @cached_property
    def model(self) -> torch.nn.Module:
        """The network, with the same weights in each run."""
        torch.manual_seed(0)
        model = _model(self._network)
        self._x = torch.randn(2, *_sizes(self._network, model))
        _settle(model, self._x)
        return model


def main(network: str, folder: Path, forms: list[str], keeps: bool) -> None:
    """Exports and imports a network."""
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    reference = Reference(network, folder)
    for form in forms:
        export = FORMS[form]
        file = folder / f"{form}{'.onnx' if export in ONNX else '.pt2'}"
        about = {"network": network, "form": form, "versions": _versions()}
        why = "" if file.exists() else _exported(export, reference, file)
        found = {"verdict": "not made", "note": why} if why else _imported(file, reference, export in ONNX)
        print(json.dumps({**about, **found}), flush=True)
        if not keeps:
            file.unlink(missing_ok=True)


def _exported(export: Export, reference: Reference, file: Path) -> str:
    """Writes a form of the network; why that cannot be done, "" if it can."""
    try:
        export(reference.model, torch.from_numpy(reference.x), str(file))
        if export in ONNX:
            count = _params_in_file(file, reference.model)
            file.with_suffix(".params").write_text(str(count))
    except Exception as error:
        file.unlink(missing_ok=True)
        return _short(error)
    gc.collect()
    return ""


def _model(network: str) -> torch.nn.Module:
    library, _, name = network.partition(":")
    if library == "timm":
        import timm

        return timm.create_model(name, pretrained=False)
    import torchvision

    more = {"weights_backbone": None} if "resnet50" in name[3:] or "_v3_large" in name[6:] else {}
    return torchvision.models.get_model(name, weights=None, **more)


def _sizes(network: str, model: Any) -> tuple[int, ...]:
    if network.startswith("timm:"):
        return tuple(model.default_cfg["input_size"])
    if network in ("tv:r3d_18", "tv:mc3_18", "tv:r2plus1d_18", "tv:s3d"):
        return (3, 16, 112, 112) if network != "tv:s3d" else (3, 16, 224, 224)
    return (3, 299, 299) if "inception_v3" in network else (3, 224, 224)


def _settle(model: torch.nn.Module, x: torch.Tensor) -> None:
    """Every parameter matters: none is left at 0 or 1, and norms have the statistics of the data."""
    with torch.no_grad():
        for each in model.parameters():
            each.add_(torch.randn_like(each) * (0.1 if each.dim() < 2 else 0.01))
        norms = [each for each in model.modules() if isinstance(each, torch.nn.modules.batchnorm._BatchNorm)]
        for norm in norms:
            norm.momentum, norm.training = 0.7, True
        model.eval()
        for norm in norms:
            norm.train(x.shape[0] > 1)
        with suppress(ValueError):  # a norm of a single value has no statistics
            model(x)
    model.eval()


def _params(model: torch.nn.Module) -> int:
    """Those that the output depends on: not those of the heads beside it that only training has."""
    return sum(each.numel() for name, each in model.named_parameters() if not name.startswith(BESIDE))


def _macs(model: torch.nn.Module, x: torch.Tensor) -> int:
    """Half of what PyTorch's counter counts; fused functions count as nothing on a CPU, so there are none."""
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    counter, trained = FlopCounterMode(display=False), [each for each in model.parameters() if each.requires_grad]
    model.requires_grad_(False)  # or else it looks for gradients of a parameter that a module is given
    torch.backends.mha.set_fastpath_enabled(False)  # its fused attention counts as nothing, too
    with sdpa_kernel(SDPBackend.MATH), torch.backends.mkldnn.flags(enabled=False), counter:
        model(x)
    for each in trained:
        each.requires_grad_(True)
    return counter.get_total_flops() // 2


def _first(output: Any) -> np.ndarray[Any, Any]:
    """The first output of the first sample."""
    while not isinstance(output, torch.Tensor):
        output = next(iter(output.values())) if isinstance(output, dict) else output[0]
    return output[0].numpy()


# -- the forms


def _pt2(model: torch.nn.Module, x: torch.Tensor, file: str) -> None:
    torch.export.save(_program(model, x), file)


def _decomposed(model: torch.nn.Module, x: torch.Tensor, file: str) -> None:
    torch.export.save(_program(model, x).run_decompositions(), file)


def _program(model: torch.nn.Module, x: torch.Tensor) -> torch.export.ExportedProgram:
    """With an open batch, if the model allows that."""
    try:
        return torch.export.export(model, (x,), dynamic_shapes=({0: torch.export.Dim("batch")},))
    except Exception:
        return torch.export.export(model, (x[:1],))


def _onnx(model: torch.nn.Module, x: torch.Tensor, file: str) -> None:
    options = {"dynamo": True, "external_data": False, "verbose": False}
    with _silence():
        try:
            torch.onnx.export(model, (x,), file, dynamic_shapes=({0: torch.export.Dim("batch")},), **options)
        except Exception:
            torch.onnx.export(model, (x[:1],), file, **options)


def _torchscript(model: torch.nn.Module, x: torch.Tensor, file: str) -> None:
    with _silence():
        torch.onnx.export(
            model, (x[:1],), file, dynamo=False, input_names=["input"], dynamic_axes={"input": {0: "batch"}}
        )


Export = Callable[[torch.nn.Module, torch.Tensor, str], None]
FORMS: dict[str, Export] = {"pt2": _pt2, "decomposed": _decomposed, "onnx": _onnx, "torchscript": _torchscript}
ONNX = (_onnx, _torchscript)


@contextmanager
def _silence() -> Iterator[None]:
    """Exporters talk on standard output, which is for the results."""
    standard, sys.stdout = sys.stdout, sys.stderr
    try:
        yield
    finally:
        sys.stdout = standard


def _params_in_file(file: Path, model: torch.nn.Module) -> int:
    """The model's parameters without those of batch norms that were folded, with the biases that these became."""
    import onnx

    graph = onnx.load(str(file), load_external_data=False).graph
    sizes = {each.name: each.dims for each in graph.initializer}
    for node in graph.node:  # equal arrays are kept once
        if node.op_type == "Identity" and node.input[0] in sizes:
            sizes[node.output[0]] = sizes[node.input[0]]
    used = [each for name, each in model.named_modules() if not name.startswith(BESIDE)]
    norms = [each for each in used if isinstance(each, torch.nn.modules.batchnorm._BatchNorm)]
    convolutions = [each for each in used if isinstance(each, torch.nn.modules.conv._ConvNd)]
    count = _params(model)
    count -= sum(each.weight.numel() + each.bias.numel() for each in norms if each.affine)
    if norms:  # or else they are a way to standardise filters
        count += sum(2 * sizes[node.input[1]][0] for node in graph.node if node.op_type == "BatchNormalization")
    count -= sum(each.bias.numel() for each in convolutions if each.bias is not None)
    count -= _calculated_with(graph, sizes, model, convolutions)
    biased = [node for node in graph.node if node.op_type in ("Conv", "ConvTranspose") and len(node.input) > 2]
    return count + sum(sizes[node.input[2]][0] for node in biased if node.input[2] in sizes)


def _calculated_with(graph: Any, sizes: dict[str, Any], model: torch.nn.Module, convolutions: list[Any]) -> int:
    """Parameters of convolutions beside weights and biases, the gains of filters, that are not in the file: neither
    under their names nor multiplied by a number. Exporters calculate with arrays that are small."""
    from onnx import numpy_helper

    names = dict(model.named_parameters())
    learned = (pair for module in convolutions for pair in module.named_parameters(recurse=False))
    own = {id(each) for name, each in learned if name not in ("weight", "bias")}
    lost = [each.detach().numpy().ravel() for name, each in names.items() if id(each) in own and name not in sizes]
    counts = {gain.size for gain in lost}
    others = [each for each in graph.initializer if each.name not in names and prod(each.dims) in counts]
    arrays = [numpy_helper.to_array(each).ravel() for each in others]
    return sum(gain.size for gain in lost if not any(_is_multiple(each, gain) for each in arrays))


def _is_multiple(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    return (
        one.size == other.size
        and bool(one.any())
        and np.allclose(one * other[0], other * one[0], atol=1e-6 * abs(one[0] * other[0]))
    )


# -- what cnncalc makes of them


def _imported(file: Path, reference: Reference, is_onnx: bool) -> dict[str, Any]:
    import cnncalc

    own = int(file.with_suffix(".params").read_text()) if is_onnx else reference.params
    expected = {"expected_params": own, "expected_macs": reference.macs}
    begun = time.perf_counter()
    try:
        spec = cnncalc.load(file)
        totals = cnncalc.analyze(spec).totals
    except cnncalc.SpecError as error:
        found = error.diagnostics[0]
        chain = " ".join(found.chain)
        return {"verdict": "refused", "note": f"{found.code} {found.message} {chain}", **expected}
    except Exception as error:
        return {"verdict": "wrong", "note": f"a bug: {_short(error)}", **expected}
    seconds = time.perf_counter() - begun
    by_code = {code: [each.message for each in spec.remarks if each.code == code] for code in ("CNN157", "CNN570")}
    notes = [*by_code["CNN570"], *by_code["CNN157"]]
    off, why = _off(spec, reference) if not by_code["CNN570"] else (None, "")
    params, macs = (getattr(each, "least", each) for each in (totals.params, totals.macs))
    is_exact = params == own and macs == reference.macs and off is not None and off < NEAR
    verdict = "partly" if by_code["CNN570"] else "exact" if is_exact and not notes else "wrong"
    return {
        "verdict": verdict,
        "params": int(params),
        "macs": int(macs),
        "values": off if off is not None else "",
        "seconds": seconds,
        "note": "; ".join([why, *notes] if why else notes)[:300],
        **expected,
    }


def _off(spec: Any, reference: Reference) -> tuple[float | None, str]:
    """How far the values are off, as a fraction of the largest one; why there are none."""
    import cnncalc

    try:
        values = cnncalc.run(spec, reference.x[0])[spec.graph.output_nodes[0].name]
    except cnncalc.DataError as error:
        return None, f"{error.diagnostics[0].code} {error.diagnostics[0].message}"
    except Exception as error:
        return None, f"a bug: {_short(error)}"
    expected = reference.values
    if values.size != expected.size:
        return None, f"its output has {values.size:,} values for {expected.size:,}"
    return float(np.abs(values.ravel() - expected.ravel()).max() / np.abs(expected).max()), ""


def _short(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:150]}"


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    names = ("torch", "torchvision", "timm", "onnx", "onnxscript")
    return {"Python": platform.python_version(), **{name: version(name).partition("+")[0] for name in names}}


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    main(asked["network"], Path(asked["folder"]), asked["forms"], asked["keeps"])

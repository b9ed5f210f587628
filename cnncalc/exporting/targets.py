"""What a model can be exported to. A target is a function in a module that is loaded when it is asked for."""

from __future__ import annotations

from importlib import import_module
from pathlib import PurePath
from typing import IO, TYPE_CHECKING

from cnncalc.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.exporting.exported import Exported, Wishes
    from cnncalc.spec.reader import Spec


class ExportTarget(NamedTuple):
    """Something that a model can become.

    Attributes:
        module: where the function is that makes it.
        function: its name: `as_torch(spec, wishes)`.
        suffixes: how names of such files end, if that says what they are.
        is_code: whether it is the code of a framework.
        weights: the function that saves weights for the code to load: `torch_weights(spec, wishes, code)`; "" if none
            does.
        weights_suffix: how names of such files end.
        is_drawing: whether it is a drawing, which can be closed below a depth.
    """

    module: str
    function: str
    suffixes: tuple[str, ...] = ()
    is_code: bool = False
    weights: str = ""
    weights_suffix: str = ""
    is_drawing: bool = False

    @property
    def has_weights(self) -> bool:
        """Whether it holds the weights themselves."""
        return not (self.is_code or self.is_drawing)

    def exported(self, spec: Spec, wishes: Wishes) -> Exported:
        """The model as this.

        Raises:
            SpecError: it has layers that cannot be said there; `diagnostics` has each of them.
        """
        made: Exported = getattr(import_module(self.module), self.function)(spec, wishes)
        return made

    def no_weights(self, name: str, path: str) -> str:
        """Why weights are not saved to a file; "" if they are.

        Args:
            name: that of this target.
        """
        if not self.weights:
            others = " and ".join(each for each, target in TARGETS.items() if target.weights)
            return f"weights are saved only for {others}, not for {name}"
        is_right = path.lower().endswith(self.weights_suffix)
        return "" if is_right else f"{name} loads weights from files that end in {self.weights_suffix}"

    def saved(self, spec: Spec, wishes: Wishes, code: Exported) -> Callable[[IO[bytes]], None]:
        """What writes the file of weights that goes with the code.

        Raises:
            DataError: weights do not fit.
        """
        save: Callable[[IO[bytes]], None]
        save = getattr(import_module("cnncalc.exporting.weights.writer"), self.weights)(spec, wishes, code)
        return save


TARGETS = {
    "torch": ExportTarget(
        "cnncalc.exporting.torch.writer",
        "as_torch",
        is_code=True,
        weights="torch_weights",
        weights_suffix=".safetensors",
    ),
    "keras": ExportTarget(
        "cnncalc.exporting.keras.writer",
        "as_keras",
        is_code=True,
        weights="keras_weights",
        weights_suffix=".weights.h5",
    ),
    "onnx": ExportTarget("cnncalc.exporting.onnx.writer", "as_onnx", (".onnx",)),
    "dot": ExportTarget("cnncalc.exporting.drawing.dot", "as_dot", (".dot", ".gv"), is_drawing=True),
    "mermaid": ExportTarget("cnncalc.exporting.drawing.mermaid", "as_mermaid", (".mmd", ".mermaid"), is_drawing=True),
    "svg": ExportTarget("cnncalc.exporting.drawing.svg", "as_svg", (".svg",), is_drawing=True),
    # a name that ends in .tex may be anything
    "tikz": ExportTarget("cnncalc.exporting.drawing.tikz", "as_tikz", is_drawing=True),
}


def target_of_file(path: str) -> str | None:
    """What a file with this name would be; None if its name does not say."""
    suffix = PurePath(path).suffix.lower()
    return next((name for name, target in TARGETS.items() if suffix in target.suffixes), None)

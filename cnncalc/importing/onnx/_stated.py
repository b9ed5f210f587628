"""What the file says of the sizes of tensors: taken where nothing else is known, otherwise compared with our own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cnncalc.importing.onnx._arrays import DTYPES
from cnncalc.importing.onnx._messages import Dimension, InfoMessage, Span
from cnncalc.importing.onnx._sizes import Sizes, with_batch_named
from cnncalc.importing.onnx._wire import Wire
from cnncalc.importing.operations import Tensor
from cnncalc.source.diagnostics import START, Diagnostic


class StatedSizes:
    """The stated sizes of a graph's tensors."""

    def __init__(self, wire: Wire, spans: Iterable[Span], known: Mapping[str, int]) -> None:
        self._wire = wire
        self._spans = {self.name_of(wire, span): span for span in reversed(list(spans))}
        self._known = known
        self._read: dict[str, InfoMessage] = {}
        self._first: Diagnostic | None = None
        self._others = 0

    @staticmethod
    def name_of(wire: Wire, span: Span) -> str:
        """The tensor of which something is said."""
        return next((wire.text(field) for field in wire.fields(*span) if field[0] == 1), "")

    def sizes(self, name: str) -> Sizes | None:
        """All sizes of a tensor, if they are stated."""
        dimensions = self._dimensions(name)
        found = [each if isinstance(each, int) else self._known.get(each or "") for each in dimensions or ()]
        if dimensions is None or not all(each is not None and each > 0 for each in found):
            return None
        return tuple(each for each in found if each is not None)

    def dtype(self, name: str) -> str:
        """The type of a tensor's numbers; float32 if nothing is said."""
        info = self._info(name)
        return "float32" if info is None else DTYPES.get(info.kind, "float32")

    def _dimensions(self, name: str) -> list[Dimension] | None:
        info = self._info(name)
        return None if info is None else info.sizes

    def _info(self, name: str) -> InfoMessage | None:
        if name not in self._read and (span := self._spans.get(name)):
            self._read[name] = InfoMessage(self._wire, span)
        return self._read.get(name)

    def compare(self, name: str, tensor: Tensor, place: str, operator: str) -> None:
        """Compares what is stated with what is calculated."""
        dimensions = self._dimensions(name)
        if dimensions is None or tensor.sizes is None:
            return
        stated = [each if isinstance(each, int) else self._known.get(each or "") for each in dimensions]
        if len(stated) == len(tensor.sizes) and all(
            one is None or one == other for one, other in zip(stated, tensor.sizes, strict=True)
        ):
            tensor.stated = None not in stated
            return
        self._others += self._first is not None
        self._first = self._first or self._finding(name, tensor, stated, place, operator)

    def _finding(self, name: str, tensor: Tensor, stated: list[int | None], place: str, operator: str) -> Diagnostic:
        text = "×".join("?" if each is None else str(each) for each in stated) or "one number"
        own = "×".join(map(str, tensor.sizes or ())) or "one number"
        message = with_batch_named(f"{place}: the file says that `{name}` is {text}, and it is {own}")
        if operator.endswith("Pool") and tensor.operation and tensor.operation.settings.get("ceil"):
            help = "pools that round up were counted wrong by ONNX's own inference before opset 22: runtimes do as here"
            return Diagnostic("CNN573", message, self._wire.name, START, "", (help,), severity="note")
        return Diagnostic("CNN157", message, self._wire.name, START, severity="warning")

    def findings(self) -> list[Diagnostic]:
        """The first disagreement, with the number of those that follow from it."""
        if self._first is None:
            return []
        more = f" (and {self._others} more after it)" if self._others else ""
        return [self._first._replace(message=self._first.message + more)]

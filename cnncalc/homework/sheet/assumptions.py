"""What a sheet takes for granted, in sentences for students: only what this sheet needs, and never an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.analysis.counts import STATISTICS_COUNT
from cnncalc.analysis.results import DTYPES
from cnncalc.at_least import known
from cnncalc.homework.language import Language, translatable
from cnncalc.homework.sheet.questions import Sheet
from cnncalc.settings.axes import EXTENTS
from cnncalc.settings.setting import Like
from cnncalc.settings.shape import Padding

if TYPE_CHECKING:
    from cnncalc.graph import Node
    from cnncalc.layers.base import Layer

_SAME = {
    "lecture": translatable(
        "Padding `same` means ⌊k / 2⌋ zeros on every side, where k is how many positions the window spans."
    ),
    "keras": translatable(
        "Padding `same` means as many zeros as make the output ⌈n / s⌉ long: half of them on each side, an odd one at "
        "the end."
    ),
    "pytorch": translatable("Padding `same` means as many zeros as make the output as large as the input."),
}
"""What `same` means, by convention; PyTorch has it for stride 1 alone."""


_ALL_SIZES = translatable("Sizes are written {order}.")
_SIZES = {
    1: translatable("Two sizes are written {order}."),
    2: translatable("Three sizes are written {order}."),
    3: translatable("Four sizes are written {order}."),
}
"""The order of sizes where outputs differ in how many they have, by the number of spatial axes."""

_PARAMS = translatable("{name} has {number} parameters.")
_MACS = translatable("{name} takes {number} MACs.")


def assumptions(sheet: Sheet, say: Language) -> Iterator[str]:
    """What is assumed, one sentence each."""
    nodes = [node for item in sheet.items for node in item.nodes]
    layers = [node.layer for node in nodes if node.layer]
    asked = {question.column for question in sheet.questions}
    yield from _given(sheet, asked, say)
    if asked & {"params", "memory"}:
        yield from _biases(layers, say)
        yield from _statistics(sheet, say)
        if any(node.is_frozen for item in sheet.items for node in item.nodes):
            yield say("The parameters of frozen layers count like any others.")
    if asked & {"output", "receptive_field", "macs"} or any(layer.is_dense for layer in layers):
        yield from _windows(layers, say)
        yield from _same(sheet.analysis.spec.convention, nodes, say)
        yield from _paddings(layers, say)
    if "output" in asked:
        yield from _order(sheet, say)
    if "receptive_field" in asked:
        yield say("A receptive field is given in positions of the input; write `global` for all of the input.")
    if "macs" in asked:
        yield from _macs(layers, say)
    if "memory" in asked:
        yield say("Bytes per parameter: {bytes}.", bytes=DTYPES[sheet.analysis.dtype])


def _given(sheet: Sheet, asked: set[str], say: Language) -> Iterator[str]:
    """What is said about opaque layers, about which nothing can be asked."""
    for node in (node for item in sheet.items for node in item.nodes):
        layer = node.layer
        if layer is None or not layer.is_opaque:
            continue
        reads, shape = ", ".join(source.name for source in node.inputs), node.output.text(sheet.layout)
        yield say("The layer {name} reads {reads} and gives {shape}.", name=node.name, reads=reads, shape=shape)
        counts = [
            (layer.unlisted_params, _PARAMS, {"params", "memory"}),
            (layer.macs(node.output, node.output), _MACS, {"macs"}),
        ]
        for count, text, columns in counts:
            if asked & columns and known(count) is not None and not layer.is_further_output:
                yield say(text, name=node.name, number=say.digits(f"{count:,}"))


def _biases(layers: list[Layer], say: Language) -> Iterator[str]:
    having = [layer for layer in layers if "bias" in layer.settings]
    projecting = [vars(layer) for layer in having if layer.multiplies_tensors]
    projected = [bool(values[name]) for values in projecting for name in ("bias", "output_bias")]
    if projected and all(projected):
        yield say("In attention, the projections of queries, keys, values and of the output have biases.")
    elif any(projected):
        yield say(
            "In attention, the projections of queries, keys, values and of the output have biases, except in the "
            "layers marked `no bias` or `no output bias`."
        )
    have = [bool(vars(layer)["bias"]) for layer in having if not layer.multiplies_tensors]
    if have and all(have):
        yield say("Every filter and every unit has a bias.")
    elif any(have):
        yield say("Every filter and every unit has a bias, except in the layers marked `no bias`.")
    elif (have or projected) and not any(projected):
        yield say("No layer has biases.")
    yield from _recurrent_biases([layer for layer in having if vars(layer)["bias"]], say)


def _recurrent_biases(layers: list[Layer], say: Language) -> Iterator[str]:
    """What the words on a sheet mean that say how many biases a recurrent layer has, if it has any."""
    if any(vars(layer).get("reset_after") for layer in layers):
        yield say(
            "`reset after`: the reset gate multiplies the product of state and weights, which has a bias of its own: "
            "two for each gate and unit."
        )
    if any(vars(layer).get("recurrent_bias") for layer in layers):
        yield say("`two biases`: of each gate and unit, one for what is read and one for the state.")


def _statistics(sheet: Sheet, say: Language) -> Iterator[str]:
    nodes = [node for item in sheet.items for node in item.nodes if node.layer and node.layer.is_norm]
    weights = (weight for node in nodes if node.layer for weight in node.weights.values())
    if not any(weight.is_statistic for weight in weights):
        return
    if sheet.analysis.spec.convention in STATISTICS_COUNT:
        yield say("The moving means and variances of a batch norm count as parameters.")
    else:
        yield say("The moving means and variances of a batch norm do not count as parameters.")


def _macs(layers: list[Layer], say: Language) -> Iterator[str]:
    if any(layer.multiplies_tensors for layer in layers):
        yield say("MACs count the multiplications with weights and those of two tensors; adding biases does not count.")
    else:
        yield say("MACs count the multiplications with weights; adding the biases does not count.")


def _windows(layers: list[Layer], say: Language) -> Iterator[str]:
    windowed = [layer for layer in layers if "stride" in layer.settings]
    pools = [layer for layer in windowed if isinstance(layer.settings["stride"].default, Like)]
    if len(pools) < len(windowed):
        yield say("A convolution has stride 1 and no padding where nothing else is stated.")
    if pools:
        yield say("The stride of a pool equals its window where nothing else is stated.")


def _same(convention: str, nodes: list[Node], say: Language) -> Iterator[str]:
    """What `same` means; if models inside have other conventions, for which of their layers it means something else."""
    names: dict[str, list[str]] = {}
    for node in nodes:
        if node.layer and not node.layer.is_transposed and word_for_padding(node.layer) == "same":
            names.setdefault(node.rules.convention if node.rules else convention, []).append(node.name)
    for each, layers in names.items():
        where = "" if each == convention else f"{', '.join(layers)}: "
        yield f"{where}{say(_SAME[each])}"


def _paddings(layers: list[Layer], say: Language) -> Iterator[str]:
    words = {(word_for_padding(layer), layer.is_transposed) for layer in layers}
    if ("same", True) in words:
        yield say("Padding `same` of a transposed convolution makes the output n·s long.")
    if ("valid", False) in words or ("valid", True) in words:
        yield say("Padding `valid` means none.")
    if ("causal", False) in words:
        yield say("Padding `causal` puts all zeros before the first position.")


def word_for_padding(layer: Layer) -> str:
    """The word that the spec asks for a padding with, such as `same`; "" for amounts."""
    padding = vars(layer).get("padding")
    return padding.word or padding.rule if isinstance(padding, Padding) else ""


def _order(sheet: Sheet, say: Language) -> Iterator[str]:
    shapes = (each.answer for each in sheet.questions if each.column == "output")
    ranks = sorted({len(shape) - 1 for shape in shapes if isinstance(shape, tuple)})
    for rank in ranks:
        sizes = [say.sentence(axis) for axis in EXTENTS.get(rank, ())]
        channels = say("channels")
        order = [channels, *sizes] if sheet.layout == "channels_first" else [*sizes, channels]
        text = _SIZES[rank] if len(ranks) > 1 else _ALL_SIZES
        yield say(text, order=" × ".join(order))

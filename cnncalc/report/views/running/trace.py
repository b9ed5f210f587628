"""The report of `forward --trace`: a window step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.layers.tracing import MOST_TERMS
from cnncalc.layers.words import COORDINATES
from cnncalc.report._document import Block, Column, Grid, Grids, Heading, Paragraph, Table
from cnncalc.report.report import Report
from cnncalc.report.views.columns import settings_text
from cnncalc.report.views.running.forward import finite, head_json, nested_lists
from cnncalc.report.views.running.tensors import Formatter, epsilon, formatter

if TYPE_CHECKING:
    from cnncalc.forward.engines.convolution import Array
    from cnncalc.forward.run.network import Network
    from cnncalc.forward.views.trace import Part, Window

MOST_PRODUCTS = 20
"""How many products of a dense layer are written out; the others are added up."""
AS_USED = "The weights are shown as they are used, not as they are learned."
"""Said of a layer that standardises its weights before it uses them."""


class TraceReport(Report):
    """A window of a layer step by step."""

    __slots__ = (
        "network",
        "seed",
        "windows",
    )

    def __init__(self, network: Network, windows: Sequence[Window], seed: int) -> None:
        self.network = network
        self.windows = windows
        self.seed = seed

    def document(self) -> list[Block]:
        """Each window: what it reads, and what it calculates from that."""
        network, windows = self.network, self.windows
        step = epsilon(network.dtype)
        node = windows[0].node
        assert node.layer is not None
        layout = network.spec.layout
        about = f"{node.kind} {settings_text(node.layer, layout)}".rstrip()
        shapes = f"{node.x.text(layout)} → {node.output.text(layout)}"
        blocks: list[Block] = [Heading(node.name, f"{about}   {shapes}")]
        for window in windows:
            blocks.extend(_window(window, step))
        return blocks

    def data(self) -> dict[str, Any]:
        """Every window, field by field; `kernel` and `products` are null for a pool."""
        network, windows, seed = self.network, self.windows, self.seed
        return {
            **head_json(network, seed),
            "trace": [
                {
                    "layer": window.node.name,
                    "position": list(window.position),
                    "channel": window.channel,
                    "operation": window.tracing.operation,
                    "reads": [list(each) for each in window.reads],
                    "parts": [_part_json(part) for part in window.parts],
                    "bias": window.bias if window.bias is None else finite(window.bias),
                    "divisor": window.divisor,
                    "value": finite(window.value),
                }
                for window in windows
            ],
        }


def _window(window: Window, step: float) -> Iterator[Block]:
    yield Heading(_unit(window), _reads(window), level=2)
    result = formatter([window.value], step)(window.value)
    if window.tracing.operation != "sum":
        yield from _pool(window, step, result)
    elif not window.reads:
        yield from _dense(window, step, result)
    else:
        yield from _convolution(window, step, result)
    if window.node.layer and window.node.layer.prepares_kernel:
        yield Paragraph(AS_USED)


def _unit(window: Window) -> str:
    name = window.node.name
    place = ", ".join(map(str, window.position))
    channels = f"channel {window.channel}" if window.node.output.channels > 1 else ""
    return " ".join(filter(None, [f"{name}[{place}]" if place else name, channels]))


def _reads(window: Window) -> str:
    """`reads rows 0 to 2, columns 1 to 3`."""
    if not window.reads:
        return ""
    names = COORDINATES[len(window.reads)]
    parts = [
        f"{name}s {low} to {high}" if low < high else f"{name} {low}" if low == high else f"no {name}"
        for name, (low, high) in zip(names, window.reads, strict=True)
    ]
    return f"reads {', '.join(parts)}".replace("-", "−")


# -- convolutions


def _convolution(window: Window, step: float, result: str) -> Iterator[Block]:
    shown = window.parts if len(window.parts) <= MOST_TERMS else window.parts[:MOST_TERMS]
    is_deep = len(window.parts) > 1
    forms = [
        _form([each for part in shown for each in _flat(array(part))], step) for array in (_patch, _kernel, _products)
    ]
    form = _form([part.sum for part in window.parts] + [part.term for part in window.parts], step)
    for part in shown:
        yield _part(part, forms, form(part.sum), is_deep)
    if len(shown) < len(window.parts):
        rest = sum(part.term for part in window.parts[len(shown) :])
        yield Paragraph(f"{len(window.parts) - len(shown):,} more input channels add up to {form(rest)}.")
    if not all(part.is_inside.all() for part in shown):
        yield Paragraph("(0) is padding.")
    yield Paragraph(f"{_unit(window)} = {_sum(window, form, result)}")


def _patch(part: Part) -> Array:
    return part.patch


def _kernel(part: Part) -> Array:
    assert part.kernel is not None
    return part.kernel


def _products(part: Part) -> Array:
    return part.products


def _flat(array: Array) -> list[float]:
    values: list[float] = array.ravel().tolist()
    return values


def _form(values: list[float], step: float) -> Formatter:
    return formatter(values, step)


def _part(part: Part, forms: Sequence[Formatter], total: str, is_deep: bool) -> Grids:
    """patch × kernel = products, sum."""
    patch, kernel, products = (
        _rows(array(part), form) for array, form in zip((_patch, _kernel, _products), forms, strict=True)
    )
    inside = _rows(part.is_inside, lambda value: "1" if value else "")
    patch = [
        [text if within or not text else "(0)" for text, within in zip(row, places, strict=True)]
        for row, places in zip(patch, inside, strict=True)
    ]
    middle = max((len(patch) - 1) // 2, 0)

    def sign(text: str) -> Grid:
        return Grid(" ", [[text if index == middle else ""] for index in range(max(len(patch), 1))])

    channel = f"channel {part.channel}" if is_deep else "patch"
    return Grids(
        [
            Grid(channel, patch), sign("×"), Grid("kernel", kernel), sign("="), Grid("products", products),
            sign(f"sum {total}"),
        ]
    )  # fmt: skip


def _rows(array: Array, form: Formatter) -> list[list[str]]:
    """The last axis across, all others down, an empty row between slices."""
    if not array.size:
        return []
    if array.ndim == 3:
        slices = [_rows(each, form) for each in array]
        empty = [""] * array.shape[-1]
        return [row for rows in slices for row in (empty, *rows)][1:]
    columns = array.shape[-1]
    texts = [form(value) for value in array.ravel().tolist()]
    return [texts[start : start + columns] for start in range(0, len(texts), columns)]


def _sum(window: Window, form: Formatter, result: str) -> str:
    """`3 + -1 + 2 (bias) = 4`; only the result if there is nothing to add."""
    terms = [
        form(part.sum) if part.factor is None else f"{form(part.sum)}·{_signed(f'{part.factor:.4g}')}"
        for part in window.parts[:MOST_TERMS]
    ]
    if len(window.parts) > MOST_TERMS:
        terms.append(form(sum(part.term for part in window.parts[MOST_TERMS:])))
    if window.bias is not None:
        terms.append(f"{window.bias:.4g} (bias)")
    if len(terms) == 1 and window.parts[0].factor is None:
        return result
    return f"{' + '.join([terms[0], *map(_signed, terms[1:])])} = {result}"


def _signed(text: str) -> str:
    """A negative number after an operator, in parentheses."""
    number, space, rest = text.partition(" ")
    return f"({number}){space}{rest}" if number.startswith("-") else text


# -- dense layers and pools


def _dense(window: Window, step: float, result: str) -> Iterator[Block]:
    (part,) = window.parts
    products = _flat(part.products)
    order: Sequence[int] = range(len(products))
    if len(products) > MOST_PRODUCTS:
        order = sorted(sorted(order, key=lambda index: -abs(products[index]))[:MOST_PRODUCTS])
    columns = [Column("input", True), Column("value", True), Column("weight", True), Column("product", True)]
    arrays = [[_flat(array)[index] for index in order] for array in (part.patch, _kernel(part), part.products)]
    forms = [_form(values, step) for values in arrays]
    rows = [
        [str(index), *(form(values[line]) for form, values in zip(forms, arrays, strict=True))]
        for line, index in enumerate(order)
    ]
    yield Table(columns, rows)
    form = _form([*products, part.sum], step)
    if len(order) < len(products):
        rest = part.sum - sum(products[index] for index in order)
        yield Paragraph(
            f"The {len(order)} largest products; {len(products) - len(order):,} more add up to {form(rest)}."
        )
    terms = (
        f"{form(part.sum)} (sum)"
        if window.bias is None
        else (f"{form(part.sum)} (sum) + {_signed(f'{window.bias:.4g}')} (bias)")
    )
    yield Paragraph(f"{_unit(window)} = {terms} = {result}")


def _pool(window: Window, step: float, result: str) -> Iterator[Block]:
    (part,) = window.parts
    form = _form(_flat(part.patch), step)
    counted = window.divisor > int(part.is_inside.sum())
    inside = _rows(part.is_inside, lambda value: "1" if value else "")
    patch = [
        [text if within or not text else "(0)" if counted else "–" for text, within in zip(row, places, strict=True)]
        for row, places in zip(_rows(part.patch, form), inside, strict=True)
    ]
    if len(patch) <= 16 and len(patch[0]) <= 16:
        yield Grids([Grid("patch", patch)])
    if not part.is_inside.all():
        yield Paragraph("(0) is padding." if counted else "– is padding, and does not count.")
    values = part.patch[part.is_inside].tolist()
    worked_out = window.tracing.worked_out(values, window.divisor, lambda value: _form([value], step)(value))
    yield Paragraph(f"{_unit(window)} = {worked_out} = {result}")


# -- JSON


def _part_json(part: Part) -> dict[str, Any]:
    is_sum = part.kernel is not None
    return {
        "channel": part.channel,
        "patch": nested_lists(part.patch),
        "inside": part.is_inside.tolist(),
        "kernel": nested_lists(_kernel(part)) if is_sum else None,
        "products": nested_lists(part.products) if is_sum else None,
        "sum": finite(part.sum) if is_sum else None,
        "factor": part.factor,
    }

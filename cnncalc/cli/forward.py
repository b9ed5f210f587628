"""`cnncalc forward`."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

from cnncalc.cli import common
from cnncalc.cli.options.declared import Option, OptionGroup
from cnncalc.cli.options.listing import LISTED_FOR_PEOPLE, LISTING_OPTIONS, TABLES, listing_options
from cnncalc.cli.options.rules import Rule, UsageError
from cnncalc.cli.options.run_data import RunData
from cnncalc.report.formats.registry import FORMATS, formats_of
from cnncalc.report.progress import progress
from cnncalc.report.views.rows import Listing
from cnncalc.report.views.running.forward import KEYS, ForwardReport
from cnncalc.source.diagnostics import START, DataError, Diagnostic

if TYPE_CHECKING:
    from cnncalc.forward.run.network import Network
    from cnncalc.graph import Graph, Node
    from cnncalc.spec.reader import Spec

OFFERED = formats_of(ForwardReport)
SMALL_MODEL = 1024
"""The most values that a model's inputs and layers may have in total for all of them to be shown."""
TOGETHER = (
    Rule("--resize", needs=("--input-data",)),
    Rule("--at", needs=("--trace",)),
    Rule("--channel", needs=("--trace",)),
    Rule("--shift", excludes=("--trace",)),
    Rule("--layer", excludes=("--trace",)),
    Rule("--all", excludes=("--trace", "--shift")),
    Rule("--save", excludes=("--trace", "--shift")),
    Rule("--trace", excludes=("--fuse",)),
    Rule("--shift", excludes=("--fuse",)),
    Rule("--save-weights", excludes=("--fuse",)),
    *LISTED_FOR_PEOPLE,
    *(Rule(option, needs=("--all", *TABLES), excludes=("--trace", "--shift")) for option in LISTING_OPTIONS),
    *(Rule("--trace", excludes=(table,)) for table in TABLES),
    *(Rule("--layer", excludes=(table,)) for table in TABLES),
)
ALL_STEPS = 16
"""The most positions, and channels, of which a trace shows all if none is chosen."""


def forward(
    model: common.Model,
    data: Annotated[RunData, OptionGroup(RunData)],
    layer: Annotated[list[str] | None, common.value("NAME", "Show this layer; may be repeated.", "--layer")] = None,
    all_: Annotated[bool, Option("--all", help="One line per layer: least, mean and largest value.")] = False,
    trace: Annotated[str | None, common.value("LAYER", "A window of this layer, step by step.", "--trace")] = None,
    at: Annotated[
        str | None, common.value("0,1", "Which position to trace, counted from 0 on each axis.", "--at")
    ] = None,
    channel: Annotated[
        int | None,
        Option("--channel", min=0, help="Which filter, output channel or unit to trace, counted from 0."),
    ] = None,
    shift: Annotated[
        str | None, common.value("2,0", "Move the input; report which maps move with it.", "--shift")
    ] = None,
    fuse: Annotated[
        bool, Option("--fuse", help="Fold batch norms into the convolutions before them: fewer layers to run.")
    ] = False,
    save: Annotated[str | None, common.value("FILE", "Write all tensors to an .npz, by layer.", "--save")] = None,
    save_weights: Annotated[str | None, common.value("FILE", "Write all weights to an .npz.", "--save-weights")] = None,
    *,
    listing: Annotated[Listing, listing_options(KEYS, "fold")],
    format: Annotated[str, common.format_choice(OFFERED)] = "text",
    overrides: common.ModelOptions,
    target: common.TargetOptions,
) -> None:
    """Runs the network and shows its values.

    Or a window step by step, or what a shift of the input does.
    """
    files_to_write = [path for path in (save, save_weights, target.output) if path is not None]
    if len(files_to_write) > len({*files_to_write}):
        raise UsageError("two results cannot be written to one file", "--output")
    spec = common.load(model, overrides)
    _refuse_unknown(spec, layer or [], trace)
    traced = _traced(spec.graph, trace, at, channel) if trace is not None else None
    by = _shift(spec.graph, shift) if shift is not None else None
    chosen = _chosen(spec.graph, layer or [])
    write = _Writer(format, target, data.seed, listing)
    try:
        from cnncalc.forward.run.memory_estimate import Use
        from cnncalc.forward.run.overflow import quiet

        use = Use(
            kept=chosen,
            is_shown=True,
            is_summed_up=all_ or FORMATS[format].form != "document",
            shifts=by is not None,
            fuses=fuse,
            traced=traced[0] if traced else None,
        )
        with progress("forward", "preparing"):
            network = data.network(spec, use)
        if fuse:
            with quiet():
                network = network.fused()
            chosen = [_kept(network.graph, node) for node in chosen]
        with ExitStack() as files, quiet():
            if save_weights:
                _save_weights(network, files, save_weights)
            if traced:
                write.trace(network, *traced)
            elif by:
                write.shift(network, by, chosen)
            else:
                write.values(network, chosen, all_, save, files)
        common.warn(network.findings)
    except DataError as error:
        raise common.complain(error.diagnostics) from None
    except MemoryError:
        message = "the model needs more memory than is available"
        raise common.complain([Diagnostic("CNN325", message, spec.name, START)]) from None


def _refuse_unknown(spec: "Spec", layers: list[str], trace: str | None) -> None:
    """Refuses layers that were asked for by name, but have no values, because an opaque layer comes before them."""
    from cnncalc.graph.known_part import known_part

    part = known_part(spec.graph)
    missing = {node.name for node in part.missing}
    missing |= {name for name, node in spec.graph.ends.items() if node.name in missing}
    for option, names in (("--layer", layers), ("--trace", [trace] if trace is not None else [])):
        for name in names:
            if name in missing:
                opaque = ", ".join(node.name for node in part.opaque)
                raise UsageError(f"the values of {name} are unknown, because of the opaque {opaque}", option)


def _traced(
    graph: "Graph", name: str, at: str | None, channel: int | None
) -> "tuple[Node, list[tuple[int, ...]], list[int]]":
    """The layer, the positions and the channels to trace; all of them if there are few."""
    from itertools import product

    from cnncalc.forward.views.trace import is_traceable

    nodes = [node for node in _named(graph, name, "--trace") if is_traceable(node)]
    if not nodes:
        known = ", ".join([node.name for node in graph.nodes if is_traceable(node)][:20]) or "none"
        message = f"{name} cannot be traced; layers that can be traced: {known}"
        raise UsageError(message, "--trace")
    node = nodes[0]
    spatial, channels = node.output.spatial, node.output.channels
    if channel is not None and channel >= channels:
        raise UsageError(f"{node.name} has channels 0 to {channels - 1}", "--channel")
    every = (
        list(product(*map(range, spatial))) if node.output.values // channels <= ALL_STEPS else [(0,) * len(spatial)]
    )
    positions = every if at is None else [_position(node, at)]
    one = channels > ALL_STEPS // len(positions)
    return node, positions, [channel or 0] if channel is not None or one else list(range(channels))


def _position(node: "Node", at: str) -> tuple[int, ...]:
    position = common.option_numbers(at, ",", "--at", "0,1")
    spatial = node.output.spatial
    size = "×".join(map(str, spatial)) or "no"
    if len(position) != len(spatial):
        raise UsageError(f"{node.name} has {size} positions, found {at!r}", "--at")
    if any(index >= n for index, n in zip(position, spatial, strict=True)):
        message = f"{node.name} has {size} positions, which count from 0: no position {at}"
        raise UsageError(message, "--at")
    return position


def _shift(graph: "Graph", text: str) -> tuple[int, ...]:
    """How far the input moves, per axis, for inputs with this many axes."""
    from cnncalc.forward.views.shift import extents

    by = common.option_numbers(text, ",", "--shift", "2,0", sign="-?")
    sizes = extents(graph)
    if len(by) not in {len(each) for each in sizes.values()}:
        axes = " or ".join(sorted({str(len(each)) for each in sizes.values() if each})) or "no"
        raise UsageError(f"the input has {axes} axes, found {len(by)} in {text!r}", "--shift")
    fitting = [each for each in sizes.values() if len(each) == len(by)]
    if any(abs(step) >= n for each in fitting for step, n in zip(by, each, strict=True)):
        size = "×".join(map(str, fitting[0]))
        raise UsageError(f"the input is {size}: nothing of it is left after {text}", "--shift")
    return by


def _chosen(graph: "Graph", names: list[str]) -> "list[Node]":
    """The inputs and layers with these names; an entry's name stands for all of its layers."""
    return list({node: None for name in names for node in _named(graph, name, "--layer")})


def _kept(graph: "Graph", node: "Node") -> "Node":
    """The layer with the same name in a graph with folded norms."""
    kept = next((each for each in (*graph.inputs, *graph.nodes) if each.name == node.name), None)
    if kept is None:
        before = node.source.name
        raise UsageError(f"{node.name} is folded into {before}; ask for that", "--layer")
    return kept


def _named(graph: "Graph", name: str, option: str) -> "list[Node]":
    known = {node.name: [node] for node in (*graph.inputs, *graph.nodes)}
    known |= {entry.name: [node for each in entry.walk() for node in each.nodes] for entry in graph.walk()}
    return common.layer_named(name, known, graph, option)


def _save_weights(network: "Network", files: ExitStack, path: str) -> None:
    from cnncalc.forward.run.network import Archive
    from cnncalc.forward.run.weights import flat

    with Archive(files.enter_context(common.written_file(path))) as archive:
        for name, array in flat(network.weights).items():
            archive.add(name, array)


class _Writer:
    """Runs the network and writes what was asked for."""

    def __init__(self, format: str, target: common.Target, seed: int, listing: Listing) -> None:
        self.format, self.target, self.seed, self.listing = format, target, seed, listing

    def trace(self, network: "Network", node: "Node", positions: list[tuple[int, ...]], channels: list[int]) -> None:
        """A window of a layer, or several."""
        from cnncalc.forward.views.trace import traced
        from cnncalc.report.views.running.trace import TraceReport

        with progress("forward", "running layers"):
            windows = list(traced(network, node, positions, channels))
        self.target.write_report(TraceReport(network, windows, self.seed), self.format)

    def shift(self, network: "Network", by: tuple[int, ...], chosen: "list[Node]") -> None:
        """Which maps move with the input."""
        from cnncalc.forward.views.shift import compared
        from cnncalc.report.views.running.shift import ShiftReport, shift_rows

        found = []
        with progress("forward", "running layers", len(network.graph.nodes)) as work:
            for row in shift_rows(compared(network, by), {node.name for node in chosen}):
                found.append(row)
                work.step()
        is_small = _values(network.graph) <= SMALL_MODEL
        shown = [row for row in found if row.moved.node in chosen or (is_small and not chosen)]
        self.target.write_report(ShiftReport(network, by, found, shown, self.seed), self.format)

    def values(self, network: "Network", chosen: "list[Node]", all_: bool, save: str | None, files: ExitStack) -> None:
        """The values of layers."""
        from cnncalc.forward.run.network import Archive
        from cnncalc.report.views.running.forward import ShownTensor, Summary

        graph = network.graph
        is_small = _values(graph) <= SMALL_MODEL
        usual = [*graph.inputs, *graph.nodes] if is_small else graph.output_nodes
        wanted = chosen or ([] if all_ else usual)
        archive = files.enter_context(Archive(files.enter_context(common.written_file(save)))) if save else None
        shown, summaries = [], []
        with progress("forward", "running layers", len(graph.inputs) + len(graph.nodes)) as work:
            for node, array in network.tensors():
                if archive:
                    archive.add(node.name, network.shown(array))
                if node in wanted:
                    shown.append(ShownTensor(node, array[0], node in chosen))
                if all_ or FORMATS[self.format].form != "document":
                    summaries.append(Summary.of(node, array[0]))
                work.step()
        hint = not (is_small or chosen or all_)
        report = ForwardReport(network, shown, summaries, self.seed, hint, all_, self.listing)
        self.target.write_report(report, self.format)


def _values(graph: "Graph") -> int:
    """How many values the inputs and all layers have."""
    return sum(node.output.values for node in (*graph.inputs, *graph.nodes))

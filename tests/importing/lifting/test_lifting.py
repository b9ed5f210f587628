"""From operations to layers: every tensor has the values that PyTorch gives it, and the layers are the least."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from importing.lifting.operation_graphs import Graph, check_values, kinds, layer_of
from importing.lifting.random_operation_graphs import RandomGraph

from cnncalc.importing.draft import Draft
from cnncalc.importing.lifting import lift
from cnncalc.importing.operations import BATCH, Constant, Operation, Tensor
from cnncalc.settings.shape import Shape
from cnncalc.source.files import Unreadable

# -- many random graphs


@pytest.mark.parametrize("first", range(0, 100, 20))
def test_random_graphs_have_the_values_of_pytorch(first: int) -> None:
    for seed in range(first, first + 20):
        check_values(RandomGraph(seed).whole(6))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1000, 1100, 20))
def test_longer_random_graphs_have_the_values_of_pytorch(first: int) -> None:
    for seed in range(first, first + 20):
        check_values(RandomGraph(seed).whole(12))


@pytest.mark.parametrize("batch", [1, 2, 4])
def test_a_fixed_batch_changes_nothing(batch: int) -> None:
    for seed in range(15):
        check_values(RandomGraph(seed, batch).whole(6))


# -- axes


def nhwc(graph: Graph, x: Tensor, filters: int, kernel: int = 3) -> Tensor:
    """A convolution as in files from TensorFlow: turned before and turned back after."""
    return graph.transpose(graph.conv(graph.transpose(x, 0, 3, 1, 2), filters, kernel), 0, 2, 3, 1)


def test_channels_come_last_where_the_first_reader_takes_them_from_there() -> None:
    graph = Graph()
    x = graph.do("relu", nhwc(graph, graph.input(8, 6, 3), 4))
    x = graph.linear(graph.reshape(nhwc(graph, x, 5), graph.batch, 240), 7)
    draft = check_values(graph.returning(x))
    assert draft.layout == "channels_last"
    assert draft.inputs[0].shape == Shape((8, 6), 3)
    assert kinds(draft) == ["conv", "relu", "conv", "flatten", "dense"]


def ids(graph: Graph, count: int, width: int) -> Tensor:
    """What an embedding makes of so many ids."""
    given = Tensor("ids", (graph.batch, count), "int64", stated=True)
    graph.graph.inputs.append(given)
    return graph.do("embedding", given, graph.array(40, width), padding_id=None)  # type: ignore[no-any-return]


def test_what_is_made_of_ids_has_its_sizes_in_the_order_of_the_file() -> None:
    graph = Graph()
    x = graph.linear(ids(graph, 6, 16), 40)
    draft = check_values(graph.returning(x))
    assert draft.layout == "channels_last"
    assert [layer.output.text(draft.layout) for layer in draft.layers if layer.output] == ["6×16", "6×40"]


def test_ids_that_a_convolution_reads_have_the_channels_of_its_input() -> None:
    graph = Graph()
    x = graph.conv(graph.transpose(ids(graph, 6, 16), 0, 2, 1), 5, 3)
    draft = check_values(graph.returning(x))
    assert draft.layout == "channels_last"  # as an input of 6×16 that is turned for it


def test_a_vector_that_becomes_a_map_has_the_channels_of_the_map() -> None:
    graph = Graph()
    x = graph.conv(graph.reshape(graph.linear(graph.input(7), 48), graph.batch, 3, 4, 4), 2, 3)
    assert check_values(graph.returning(x)).layout == "channels_first"
    graph = Graph()
    x = graph.linear(graph.reshape(graph.linear(graph.input(7), 48), graph.batch, 6, 8), 2)
    draft = check_values(graph.returning(x))
    assert (draft.layout, draft.layers[-1].output) == ("channels_last", Shape((6,), 2))


def test_values_are_flattened_in_the_order_of_the_file() -> None:
    graph = Graph()
    x = graph.conv(graph.input(3, 4, 5), 6)
    first = graph.linear(graph.reshape(x, graph.batch, 120), 2)
    second = graph.linear(graph.reshape(graph.transpose(x, 0, 2, 3, 1), graph.batch, 120), 2)
    draft = check_values(graph.returning(first, second))
    assert kinds(draft) == ["conv", "flatten", "dense", "flatten", "permute", "flatten", "dense"]


def test_a_norm_of_the_channels_needs_no_permute() -> None:
    graph = Graph()
    x = graph.transpose(graph.conv(graph.input(3, 4, 5), 6), 0, 2, 3, 1)
    x = graph.do("layer_norm", x, graph.array(6), graph.array(6), axes=(3,), epsilon=1e-6)
    draft = check_values(graph.returning(graph.conv(graph.transpose(x, 0, 3, 1, 2), 4)))
    assert kinds(draft) == ["conv", "layer_norm", "conv"]


def test_heads_that_are_put_together_again_are_nothing() -> None:
    graph = Graph()
    x = graph.linear(graph.input(10, 12), 12)
    x = graph.transpose(graph.reshape(x, graph.batch, 10, 3, 4), 0, 2, 1, 3)
    x = graph.reshape(graph.transpose(x, 0, 2, 1, 3), graph.batch, 10, 12)
    assert kinds(check_values(graph.returning(graph.linear(x, 5)))) == ["dense", "dense"]


@pytest.mark.parametrize(
    ("axes", "kind", "settings"),
    [
        ((0, 1, 3, 5, 2, 4), "space_to_depth", {"block": 2, "order": "channels"}),
        ((0, 3, 5, 1, 2, 4), "space_to_depth", {"block": 2, "order": "blocks"}),
    ],
)
def test_blocks_that_become_channels(axes: tuple[int, ...], kind: str, settings: dict[str, Any]) -> None:
    graph = Graph()
    x = graph.reshape(graph.input(3, 8, 6), graph.batch, 3, 4, 2, 3, 2)
    x = graph.conv(graph.reshape(graph.transpose(x, *axes), graph.batch, 12, 4, 3), 5)
    draft = check_values(graph.returning(x))
    assert (kinds(draft), draft.layers[0].settings) == ([kind, "conv"], settings)


@pytest.mark.parametrize(
    ("sizes", "axes", "order"),
    [((3, 2, 2, 4, 5), (0, 1, 4, 2, 5, 3), "channels"), ((2, 2, 3, 4, 5), (0, 3, 4, 1, 5, 2), "blocks")],
)
def test_channels_that_become_blocks(sizes: tuple[int, ...], axes: tuple[int, ...], order: str) -> None:
    graph = Graph()
    x = graph.transpose(graph.reshape(graph.input(12, 4, 5), graph.batch, *sizes), *axes)
    draft = check_values(graph.returning(graph.conv(graph.reshape(x, graph.batch, 3, 8, 10), 5)))
    assert kinds(draft) == ["depth_to_space", "conv"]
    assert draft.layers[0].settings == {"block": 2, "order": order}


def test_a_stack_that_is_dealt_out_is_a_concat_and_a_shuffle() -> None:
    graph = Graph()
    x = graph.input(4, 6, 6)
    parts = [graph.reshape(graph.do("relu", each), graph.batch, 4, 1, 6, 6) for each in (x, graph.conv(x, 4))]
    x = graph.reshape(graph.do("concat", *parts, axis=2), graph.batch, 8, 6, 6)
    draft = check_values(graph.returning(graph.conv(x, 3)))
    assert kinds(draft) == ["conv", "relu", "relu", "concat", "channel_shuffle", "conv"]


def test_repeated_positions_are_an_upsample() -> None:
    graph = Graph()
    x = graph.reshape(graph.input(3, 4, 5), graph.batch, 3, 4, 1, 5, 1)
    x = graph.do("expand", x, sizes=(graph.batch, 3, 4, 2, 5, 3))
    draft = check_values(graph.returning(graph.conv(graph.reshape(x, graph.batch, 3, 8, 15), 2)))
    assert (kinds(draft), draft.layers[0].settings["factor"]) == (["upsample", "conv"], (2, 3))


def test_parts_of_a_stack_of_channels_are_slices_of_them() -> None:
    graph = Graph()
    x = graph.reshape(graph.linear(graph.input(10, 6), 18), graph.batch, 10, 3, 6)
    parts = graph.do("split", x, outputs=3, axis=2, sizes=(1, 1, 1))
    first, last = (graph.reshape(parts[index], graph.batch, 10, 6) for index in (0, 2))
    draft = check_values(graph.returning(graph.do("mul", first, last)))
    ranges = [layer.settings["range"] for layer in draft.layers if layer.kind == "slice"]
    assert (kinds(draft), ranges) == (["dense", "slice", "slice", "multiply"], [(0, 6), (12, 18)])


def test_places_that_move_round_are_slices() -> None:
    graph = Graph()
    x = graph.do("roll", graph.input(3, 4, 5), shifts=(-1, 2), axes=(2, 3))
    assert kinds(check_values(graph.returning(x))) == ["slice", "slice", "concat"] * 2


# -- what is learned


def test_an_embedding_of_positions_is_an_offset_of_each_value() -> None:
    graph = Graph()
    x = graph.transpose(graph.reshape(graph.conv(graph.input(3, 4, 5), 6), graph.batch, 6, 20), 0, 2, 1)
    draft = check_values(graph.returning(graph.do("add", x, graph.array(1, 20, 6))))
    assert (kinds(draft), draft.layers[1].settings) == (["conv", "offset", "flatten"], {"per": "value"})


@pytest.mark.parametrize(
    ("sizes", "per"),
    [((6, 1, 1), "channel"), ((1, 4, 5), "position"), ((6, 4, 5), "value"), ((1,), "all"), ((1, 6, 1, 1), "channel")],
)
def test_what_factors_are_learned_for(sizes: tuple[int, ...], per: str) -> None:
    graph = Graph()
    x = graph.do("mul", graph.input(6, 4, 5), graph.array(*sizes))
    draft = check_values(graph.returning(x))
    assert (kinds(draft), draft.layers[0].settings) == (["scale"], {"per": per})


def test_factors_for_each_row_are_a_learned_tensor() -> None:
    graph = Graph()
    draft = check_values(graph.returning(graph.do("mul", graph.input(6, 4, 5), graph.array(4, 1))))
    assert (kinds(draft), draft.layers[0].output) == (["learned", "multiply"], Shape((4, 1), 1))


def test_a_sum_after_a_product_without_bias_is_its_bias() -> None:
    graph = Graph()
    x = graph.do("add", graph.do("matmul", graph.input(7), graph.array(7, 4)), graph.array(4))
    x = graph.do("relu", x)
    draft = check_values(graph.returning(x))
    assert (kinds(draft), draft.layers[0].params) == (["dense", "relu"], 32)


def test_a_sum_after_a_layer_that_others_read_is_no_bias() -> None:
    graph = Graph()
    x = graph.conv(graph.input(3, 4, 4), 5, bias=False)
    draft = check_values(graph.returning(graph.do("add", graph.do("add", x, graph.array(5, 1, 1)), x)))
    assert kinds(draft) == ["conv", "offset", "add"]


def test_mean_and_deviation_of_pixels_are_one_rescale() -> None:
    graph = Graph()
    mean, deviation = (graph.array(3, 1, 1, values=each, is_parameter=False) for each in ([1, 2, 3], [2, 4, 8]))
    x = graph.do("div", graph.do("sub", graph.input(3, 4, 4), mean), deviation)
    draft = check_values(graph.returning(graph.conv(x, 2)))
    assert draft.layers[0].settings == {"factor": (0.5, 0.25, 0.125), "offset": (-0.5, -0.5, -0.375)}
    assert kinds(draft) == ["rescale", "conv"]


def test_factors_whose_product_is_no_number_stay_apart() -> None:
    """A float ends at 1.8e308, after eight times 1e38; a spec has no infinite factor."""
    graph = Graph()
    large = graph.array(3, 1, 1, values=[1e38] * 3, is_parameter=False)
    x = graph.input(3, 4, 4)
    for _ in range(9):
        x = graph.do("mul", x, large)
    draft = lift(graph.returning(x))
    assert kinds(draft) == ["rescale", "rescale"]


def shared(repeats_are_shared: bool) -> Draft:
    graph = Graph()
    x = graph.input(3, 4, 4)
    weight, bias = graph.array(3, 3, 1, 1), graph.array(3)
    own = {"stride": (1, 1), "padding": ((0, 0),) * 2, "dilation": (1, 1), "groups": 1}
    for _ in range(2):
        x = graph.do("relu", graph.do("conv", x, weight, bias, **own))
    graph.graph.repeats_are_shared = repeats_are_shared
    return check_values(graph.returning(x))


def test_the_same_parameter_twice_is_shared_where_that_is_what_it_means() -> None:
    first, _, second, _ = shared(True).layers
    assert (second.shares, first.params, second.params) == (first, 12, 0)


def test_an_array_that_is_stored_once_counts_for_each_use() -> None:
    draft = shared(False)
    assert [layer.params for layer in draft.layers] == [12, 0, 12, 0]
    (warning,) = draft.remarks
    assert (warning.code, warning.severity) == ("CNN573", "warning")
    assert warning.message.startswith("2 arrays of the file are counted for each layer that reads them")
    assert warning.help == ("if the model shares its weights there, it has 12 parameters fewer",)


def test_vectors_that_are_equal_by_chance_are_not_remarked_on() -> None:
    graph = Graph()
    zeros, x = graph.array(3), graph.input(3, 4, 4)
    own = {"stride": (1, 1), "padding": ((0, 0),) * 2, "dilation": (1, 1), "groups": 1}
    for _ in range(2):
        x = graph.do("conv", x, graph.array(3, 3, 1, 1), zeros, **own)
    assert not lift(graph.returning(x)).remarks


def test_a_parameter_of_unlike_layers_is_a_warning_with_what_is_too_many() -> None:
    graph = Graph()
    table = graph.array(10, 4)
    x = graph.input(7)
    graph.graph.repeats_are_shared = True
    embedded = Operation("embedding", [x, table], [Tensor("embedded", (graph.batch, 7, 4))], {"padding_id": None})
    scores = Operation("linear", [embedded.output, table, None], [Tensor("scores", (graph.batch, 7, 10))], {})
    graph.graph.operations += [embedded, scores]
    draft = lift(graph.returning(scores.output))
    assert [layer.params for layer in draft.layers] == [40, 40]
    (warning,) = draft.remarks
    assert (warning.code, warning.severity) == ("CNN573", "warning")
    counted = "`p1` is counted for each of `embedding`, `dense`"
    assert warning.message == f"the totals have 40 parameters too many: {counted}"


def test_parts_of_one_parameter_are_not_shared_and_a_total_that_is_too_high_is_a_warning() -> None:
    graph = Graph()
    graph.graph.repeats_are_shared = True
    x, bias = graph.input(4, 5, 5), graph.array(8)
    weight = graph.array(8, 4)
    for start in (0, 4):
        part = graph.do("slice", bias, axis=0, start=start, stop=start + 4, step=1)
        x = graph.do("relu", graph.do("mul", x, graph.reshape(part, 4, 1, 1)))
    x = graph.do("linear", graph.do("reduce", x, how="mean", axes=(2, 3), keep_dims=False), weight, bias)
    draft = check_values(graph.returning(x))
    assert [layer.params for layer in draft.layers if layer.params] == [4, 4, 40]
    (remark,) = draft.remarks
    assert (remark.code, remark.severity) == ("CNN573", "warning")
    assert "8 parameters too many: `p1`" in remark.message


@pytest.mark.parametrize("says", [False, True])
def test_what_may_be_buffers_is_said(says: bool) -> None:
    """A mean, a deviation and a factor, 3 + 3 + 4 numbers; not the weights of the convolution."""
    graph = Graph()
    mean, deviation, factor = arrays = [graph.array(count, 1, 1) for count in (3, 3, 4)]
    x = graph.conv(graph.do("div", graph.do("sub", graph.input(3, 5, 5), mean), deviation), 4)
    weights = graph.graph.operations[-1].inputs[1:]
    named = [each.constant.identity for each in (*arrays, *weights) if each and each.constant]
    graph.graph.supposed = set() if says else set(named)
    draft = check_values(graph.returning(graph.do("mul", x, factor)))
    notes = [(each.severity, each.message) for each in draft.remarks]
    buffers = "`p1`, `p2`, `p3` may be buffers"
    counted = "the file does not say what is learned, and they are counted as 10 parameters"
    assert notes == ([] if says else [("note", f"{buffers}: {counted}")])


def test_frozen_parameters() -> None:
    graph = Graph()
    x = graph.linear(graph.input(4), 3)
    for tensor in graph.graph.operations[0].inputs[1:]:
        assert tensor
        assert tensor.constant
        tensor.constant.trainable = False
    draft = lift(graph.returning(x))
    assert (draft.layers[0].trainable, draft.remarks) == (False, [])


@pytest.mark.parametrize(("place", "count", "what"), [(1, 24, "24 parameters that are"), (2, 1, "1 parameter that is")])
def test_parameters_that_are_frozen_beside_others_are_a_warning(place: int, count: int, what: str) -> None:
    graph = Graph()
    units = 24 // 4 if place == 1 else 1
    x = graph.linear(graph.input(4), units)
    frozen = graph.graph.operations[0].inputs[place]
    assert frozen
    assert frozen.constant
    assert np.prod(frozen.sizes) == count
    frozen.constant.trainable = False
    draft = lift(graph.returning(x))
    assert draft.layers[0].trainable
    (warning,) = draft.remarks
    assert (warning.code, warning.severity) == ("CNN573", "warning")
    assert warning.message == f"the totals count {what} frozen as trainable: in `dense`"
    assert warning.help == ("in a spec a layer is frozen as a whole (`trainable: false`), or not at all",)


def test_parameters_that_nobody_needs_are_named() -> None:
    graph = Graph()
    x = graph.input(4)
    graph.linear(x, 9)
    draft = check_values(graph.returning(graph.linear(x, 3)))
    assert kinds(draft) == ["dense"]
    assert [each.message for each in draft.remarks] == ["parameters of the file that no layer uses: `p1`, `p2`"]


def test_what_is_calculated_from_weights_is_counted() -> None:
    graph = Graph()
    weight = graph.array(5, 4)
    made = graph.do("mul", graph.do("tanh", weight), weight)
    draft = lift(graph.returning(graph.do("linear", graph.input(4), made, None)))
    (layer,) = draft.layers
    assert (layer.kind, layer.params, layer.output) == ("opaque", 20, Shape((), 5))
    assert draft.not_understood == {"linear": 1}


# -- pools and merges


def test_a_pool_over_everything_keeps_its_axes_where_they_are_read() -> None:
    graph = Graph()
    x = graph.conv(graph.input(3, 4, 4), 6)
    gate = graph.do("sigmoid", graph.conv(graph.do("adaptive_avg_pool", x, size=(1, 1)), 6))
    x = graph.do("mul", x, gate)
    pooled = graph.reshape(graph.do("reduce", x, how="mean", axes=(2, 3), keep_dims=True), graph.batch, 6)
    draft = check_values(graph.returning(graph.linear(pooled, 5)))
    assert kinds(draft) == ["conv", "global_avg_pool", "conv", "sigmoid", "multiply", "global_avg_pool", "dense"]
    assert [each.settings["keep_dims"] for each in draft.layers if each.kind == "global_avg_pool"] == [True, False]


def test_a_gate_of_a_vector_is_spread_over_the_positions() -> None:
    graph = Graph()
    x = graph.conv(graph.input(3, 4, 4), 6)
    gate = graph.linear(graph.do("reduce", x, how="mean", axes=(2, 3), keep_dims=False), 6)
    x = graph.do("mul", x, graph.reshape(gate, graph.batch, 6, 1, 1))
    assert kinds(check_values(graph.returning(x))) == ["conv", "global_avg_pool", "dense", "multiply"]


def test_two_outputs() -> None:
    graph = Graph()
    x = graph.conv(graph.input(3, 4, 4), 6)
    draft = check_values(graph.returning(graph.linear(graph.reshape(x, graph.batch, 96), 2), x))
    assert draft.outputs == [draft.layers[2], draft.layers[0]]


def test_maximum_unpooled_where_it_was_found() -> None:
    graph = Graph()
    own = {"window": (2, 2), "stride": (2, 2), "padding": ((0, 0),) * 2, "dilation": (1, 1), "ceil": False}
    pooled, places = graph.do("max_pool", graph.input(3, 8, 8), outputs=2, **own)
    x = graph.do("max_unpool", graph.do("relu", pooled), places, size=(8, 8))
    draft = check_values(graph.returning(x))
    assert layer_of(draft, "max_unpool").settings["pool"] is layer_of(draft, "max_pool")


# -- the batch


def mixing(graph: Graph, x: Tensor) -> list[Tensor]:
    return [
        graph.do("reduce", x, how="mean", axes=(0,), keep_dims=True),
        graph.do("softmax", x, axis=0),
        graph.do("slice", x, axis=0, start=0, stop=1, step=1),
        graph.linear(graph.reshape(x, 3, graph.batch * 16), 2),
        graph.conv(graph.transpose(x, 1, 0, 2, 3), 2),
    ]


@pytest.mark.parametrize("index", range(5))
def test_samples_that_are_mixed_are_an_error_with_the_node(index: int) -> None:
    graph = Graph(batch=4)
    x = mixing(graph, graph.input(3, 4, 4))[index]
    with pytest.raises(Unreadable) as found:
        lift(graph.returning(x))
    (problem,) = found.value.diagnostics
    assert problem.code == "CNN154"
    assert "node " in problem.message


def test_samples_that_share_an_axis_with_positions_are_not_mixed() -> None:
    graph = Graph()
    x = graph.reshape(graph.input(10, 6), graph.batch * 10, 6)
    x = graph.do("relu", graph.linear(x, 4))
    draft = check_values(graph.returning(graph.reshape(x, graph.batch, 10, 4)))
    assert kinds(draft) == ["dense", "relu"]


def test_what_has_no_kind_is_opaque_with_its_sizes() -> None:
    graph = Graph()
    x = graph.conv(graph.input(3, 4, 4), 6)
    x = graph.conv(graph.do("exp", x), 2)
    draft = lift(graph.returning(x))
    assert kinds(draft) == ["conv", "opaque", "conv"]
    known = {"params": 0, "macs": 0, "pointwise": True}
    assert draft.layers[1].settings == {"operation": "exp", "output": Shape((4, 4), 6), **known}
    assert draft.not_understood == {"exp": 1}


def test_what_has_no_kind_may_have_more_axes_than_an_output() -> None:
    graph = Graph()
    x = graph.do("exp", graph.reshape(graph.input(4, 36), graph.batch, 4, 2, 3, 2, 3))
    draft = lift(graph.returning(graph.do("slice", x, axis=5, start=1, stop=2, step=1)))
    first = draft.layers[0]
    assert (first.kind, len(first.settings["output"].spatial), first.settings["output"].values) == ("opaque", 1, 144)
    assert draft.not_understood == {"exp": 1}


def unknown(graph: Graph, sizes: tuple[int, ...], *inputs: Tensor) -> Tensor:
    """What an operation that nobody knows makes of tensors."""
    made = Tensor("unknown", sizes, stated=True)
    graph.graph.add(Operation("unknown", inputs, [made], {"name": "Unknown"}, "Unknown", "node 7 (Unknown)"))
    return made


@pytest.mark.parametrize("batch", [BATCH, 1, 4])
def test_the_batch_is_no_size_of_what_has_no_kind_wherever_it_stands(batch: int) -> None:
    graph = Graph(batch=batch)
    x = graph.transpose(graph.linear(graph.input(6, 4), 3), 1, 0, 2)
    x = graph.transpose(unknown(graph, (6, batch, 5), x), 1, 0, 2)
    draft = lift(graph.returning(graph.linear(x, 7)))
    assert [(layer.kind, layer.output) for layer in draft.layers] == [
        ("dense", Shape((6,), 3)),
        ("opaque", Shape((6,), 5)),
        ("dense", Shape((6,), 7)),
    ]


@pytest.mark.parametrize(
    ("sizes", "wanted"),
    [
        ((BATCH, 6, 5), Shape((6,), 5)),
        ((6, 5, BATCH), Shape((6,), 5)),
        ((5, BATCH), Shape((), 5)),
        ((6 * BATCH, 5), Shape((6,), 5)),
        ((5, 6 * BATCH), Shape((6,), 5)),
        ((6, 5), Shape((6,), 5)),
        ((2, 3, 4, 5, BATCH, 6), Shape((360,), 2)),
    ],
)
@pytest.mark.parametrize("is_constant", [False, True])
def test_the_batch_is_no_size_of_what_has_no_kind_as_any_axis_or_part(
    sizes: tuple[int, ...], wanted: Shape, is_constant: bool
) -> None:
    graph = Graph()
    x = graph.input(4)
    made = Tensor("k", sizes, constant=Constant(None)) if is_constant else unknown(graph, sizes, x)
    draft = lift(graph.returning(made, x))
    (layer,) = draft.layers
    assert (layer.kind, layer.output, layer.settings["output"]) == ("opaque", wanted, wanted)


@pytest.mark.parametrize("sizes", [(BATCH, BATCH), (3, BATCH, 2 * BATCH), (BATCH * BATCH, 5)])
def test_what_has_the_batch_twice_mixes_samples(sizes: tuple[int, ...]) -> None:
    graph = Graph()
    made = unknown(graph, sizes, graph.input(4))
    with pytest.raises(Unreadable) as found:
        lift(graph.returning(made))
    (problem,) = found.value.diagnostics
    assert problem.code == "CNN154"
    assert problem.message.endswith("node 7 (Unknown)")


def test_an_input_with_the_batch_in_another_axis_mixes_samples() -> None:
    graph = Graph()
    x = graph.input(4)
    second = Tensor("second", (3, graph.batch), stated=True)
    graph.graph.inputs.append(second)
    with pytest.raises(Unreadable) as found:
        lift(graph.returning(x, second))
    (problem,) = found.value.diagnostics
    assert problem.code == "CNN154"
    assert problem.message.endswith("input `second`")


@pytest.mark.parametrize(
    ("start", "stop", "from_end", "wanted"),
    [
        (9, 10, (True, True), (-1, 0)),
        (4, 10, (False, True), (4, 0)),
        (0, 8, (False, True), (0, -2)),
        (7, 9, (True, True), (-3, -1)),
        (4, 10, (False, False), (4, 10)),
    ],
)
def test_what_the_file_counts_from_the_end_is_counted_from_there(
    start: int, stop: int, from_end: tuple[bool, bool], wanted: tuple[int, int]
) -> None:
    graph = Graph()
    x = graph.linear(graph.input(10, 4), 3)
    x = graph.do("slice", x, axis=1, start=start, stop=stop, step=1, from_end=from_end)
    draft = check_values(graph.returning(graph.linear(x, 2)))
    assert kinds(draft) == ["dense", "slice", "dense"]
    assert draft.layers[1].settings["range"] == wanted


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div"])
@pytest.mark.parametrize("is_turned", [False, True])
def test_a_negative_and_then_a_constant_are_one_layer(name: str, is_turned: bool) -> None:
    graph = Graph()
    x = graph.do("neg", graph.input(3, 4, 4))
    number = graph.array(1, values=[2.5], is_parameter=False)
    draft = check_values(graph.returning(graph.do(name, *((number, x) if is_turned else (x, number)))))
    assert kinds(draft) == (["rescale"] if (name, is_turned) != ("div", True) else ["rescale", "opaque"])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_constant_that_is_no_number_is_opaque_and_the_node_is_named(value: float) -> None:
    graph = Graph()
    constant = Tensor("k", (1,), constant=Constant(None, [value]))
    draft = lift(graph.returning(graph.do("add", graph.input(3, 4, 4), constant)))
    assert draft.not_understood == {"constant": 1}
    (warning,) = draft.remarks
    assert (warning.code, warning.severity) == ("CNN573", "warning")
    assert warning.message.endswith("its constant has NaN or infinite values")


def test_sizes_that_nothing_says_are_not_asked_for_by_input() -> None:
    graph = Graph()
    x = graph.input(3, 4, 4)
    loop = Operation("unknown", [x], [Tensor("l", None)], {"name": "Loop", "custom": ""}, "Loop", "node 0 (Loop)")
    graph.graph.operations.append(loop)
    with pytest.raises(Unreadable) as found:
        lift(graph.returning(loop.output))
    (problem,) = found.value.diagnostics
    assert problem.code == "CNN152"
    assert "node 0 (Loop)" in problem.message
    assert "--input" not in "".join(problem.help)


def test_an_array_is_seen_in_the_order_of_the_layer() -> None:
    graph = Graph()
    x = graph.input(8, 6, 6)
    weight = graph.array(8, 3, 2, 2)
    own = {"stride": (2, 2), "padding": ((0, 0),) * 2, "dilation": (1, 1), "groups": 2, "output_padding": (0, 0)}
    draft = check_values(graph.returning(graph.do("conv_transpose", x, weight, None, **own)))
    (layer,) = draft.layers
    assert layer.settings["filters"] == 6
    assert np.prod(layer.weights["kernel"].sizes) == layer.params == 96


def test_pieces_of_axes_that_are_dealt_out_in_any_order() -> None:
    graph = Graph()
    x = graph.reshape(graph.input(6, 4, 6), graph.batch, 2, 3, 2, 2, 3, 2)
    x = graph.reshape(graph.transpose(x, 0, 6, 4, 2, 1, 5, 3), graph.batch, 4, 6, 6)
    draft = check_values(graph.returning(graph.conv(x, 5)))
    assert not draft.not_understood
    assert set(kinds(draft)) == {"reshape", "permute", "conv"}


def test_a_part_of_every_head() -> None:
    graph = Graph()
    x = graph.reshape(graph.linear(graph.input(10, 6), 12), graph.batch, 10, 2, 6)
    x = graph.reshape(graph.do("slice", x, axis=3, start=2, stop=4, step=1), graph.batch, 10, 4)
    draft = check_values(graph.returning(graph.linear(x, 3)))
    assert kinds(draft) == ["dense", "channel_shuffle", "slice", "channel_shuffle", "dense"]

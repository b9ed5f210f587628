"""Misremembered rules for parameters and multiply-adds.

Both are products: of the taps of a window, the channels that it reaches through, the filters, and (multiply-adds) the
positions at which each weight is used; the biases are added. Most mistakes leave a factor out, put another in its
place, or count other biases. They change what is counted, and the right rules do the rest (`_believed.Counted`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cnncalc import formulas
from cnncalc.homework.diagnose._believed import (
    BelievedTensor,
    Case,
    Counted,
    Finish,
    Product,
    Unworkable,
    believed_output,
    counted_of,
    macs_of,
    params_of,
)
from cnncalc.homework.diagnose._sizes import BATCHES, has_weights, is_strided, is_windowed, window_of
from cnncalc.homework.diagnose.misconception import Misconception, columns, has_setting, number_of
from cnncalc.homework.sheet.questions import Value
from cnncalc.layers.base import Layer, Weight

Alter = Callable[[Case], list[Case]]


# -- what is counted


def _counting(*changes: Callable[[Case, Counted], Counted]) -> Alter:
    """The case with other factors."""

    def alter(case: Case) -> list[Case]:
        counted = counted_of(case)
        return [case._replace(counted=change(case, counted)) for change in changes]

    return alter


def _kernels(change: Callable[[Case, Product], Product]) -> Alter:
    """The case with other factors in each of its kernels."""
    return _counting(lambda case, counted: counted._replace(products=tuple(change(case, each) for each in counted.products)))  # fmt: skip


def _biases(*counts: Callable[[Case, Counted], int]) -> Alter:
    """The case with another number of biases."""

    def changing(count: Callable[[Case, Counted], int]) -> Callable[[Case, Counted], Counted]:
        return lambda case, counted: counted._replace(biases=count(case, counted))

    return _counting(*map(changing, counts))


def _value(*rules: Callable[[Case, int], int]) -> Finish:
    """Other numbers made of the case and the right one."""
    return lambda case, column, value: [rule(case, number_of(value)) for rule in rules]


# -- what there is an opportunity for


def _has_bias(case: Case) -> bool:
    return has_weights(case) and "bias" in case.layer.weights(case.x)


def _has_no_bias(case: Case) -> bool:
    return has_weights(case) and "bias" not in case.layer.weights(case.x)


def _is_full(case: Case) -> bool:
    """Whether a filter reaches through every channel of its input (or group)."""
    return has_setting(case, "filters") and not case.layer.is_depthwise


def _is_deep(case: Case) -> bool:
    return _is_full(case) and case.x.channels > 1


def _has_kernel(case: Case) -> bool:
    return has_weights(case) and any(formulas.product(each.taps) > 1 for each in counted_of(case).products)


def _has_area(case: Case) -> bool:
    return has_weights(case) and any(len(each.taps) > 1 and max(each.taps) > 1 for each in counted_of(case).products)


def _is_pointwise(case: Case) -> bool:
    return has_weights(case) and not case.layer.is_dense and not _has_kernel(case)


def _has_positions(case: Case) -> bool:
    return has_weights(case) and counted_of(case).uses > 1


def _has_sides(case: Case) -> bool:
    return has_weights(case) and len(counted_of(case).positions) > 1


def _is_pool(case: Case) -> bool:
    return bool(case.layer.sliding_window) and not has_weights(case)


def _learns_nothing(case: Case) -> bool:
    return not case.layer.is_merge and not has_weights(case) and not _is_pool(case) and not case.layer.weights(case.x)


def _is_attention(case: Case) -> bool:
    return case.layer.multiplies_tensors and bool(_projections(case))


def _projections(case: Case) -> dict[str, int]:
    """The multiply-adds of each projection of an attention layer, by the name of its array."""
    ending = " projection"
    return {name.removesuffix(ending): macs for name, macs in _macs_in_parts(case).items() if name.endswith(ending)}


def _macs_in_parts(case: Case) -> Mapping[str, int]:
    return case.layer.macs_in_parts(case.x, case.after or believed_output(case))


def _groups(case: Case) -> int:
    groups: int = vars(case.layer).get("groups", 1)
    return groups


def _differs_before(case: Case) -> bool:
    before = case.inputs[0].source_channels
    return has_weights(case) and bool(case.x.spatial) and before not in (None, case.x.channels)


def _differs_from_image(case: Case) -> bool:
    image, before = case.image.channels, case.inputs[0].source_channels
    return _is_deep(case) and image not in (before, case.x.channels)


def _is_behind_flatten(case: Case) -> bool:
    before = case.inputs[0].before
    return case.layer.is_dense and before is not None and bool(before.spatial)


def _is_depthwise(case: Case) -> bool:
    return case.layer.is_depthwise or (_groups(case) > 1 and _groups(case) == case.x.channels)


def biases_of(case: Case) -> int:
    """How many biases the layer has."""
    return counted_of(case).biases if has_weights(case) else 0


def statistics_of(case: Case) -> int:
    """How many of the parameters are statistics of a norm."""
    trainable = params_of(case._replace(statistics=False, counted=None))
    return params_of(case._replace(counted=None)) - trainable


# -- how it is misremembered


def _one_filter(case: Case) -> list[Case]:
    """One filter with its bias; or the weights of one filter and the biases of all."""
    counted = counted_of(case)
    one = counted._replace(products=tuple(each._replace(filters=1) for each in counted.products))
    return [case._replace(counted=one._replace(biases=min(counted.biases, 1))), case._replace(counted=one)]


def _of_depth(depth: Callable[[Case, Product], int | None]) -> Alter:
    """The case with filters that reach through another number of channels."""

    def change(case: Case, product: Product) -> Product:
        found = depth(case, product)
        if found is None:
            raise Unworkable
        return product._replace(depth=found)

    return _kernels(change)


def _channels_before(case: Case, product: Product) -> int | None:
    before = case.inputs[0].source_channels
    return before and (before if case.layer.is_dense else max(before // _groups(case), 1))


def _full_depth(case: Case, product: Product) -> int:
    return case.x.channels


def _unflattened(case: Case) -> list[Case]:
    before = case.inputs[0].before
    assert before is not None
    one_side = [each for n in before.spatial[:1] for each in (n, n * before.channels)]
    sizes = (before.channels, *one_side, formulas.product(before.spatial))
    return [each for n in dict.fromkeys(sizes) for each in _of_depth(lambda _, __, n=n: n)(case)]  # type: ignore[misc]


def _flattened_earlier(case: Case) -> list[Case]:
    """The case with the vector that would come from the input of the layer before the flattening."""
    earlier = case.inputs[0].earlier
    if earlier is None or earlier.values == case.x.channels:
        raise Unworkable
    return _of_depth(lambda _, __: earlier.values)(case)


def _pool_params(case: Case, column: str, value: Value) -> list[Value]:
    taps, c = formulas.product(case.layer.window), case.x.channels  # type: ignore[attr-defined]
    return [taps * c + c, taps * c, taps * c * c + c, taps * c * c, taps + 1, taps, c]


def _without_a_projection(case: Case, column: str, value: Value) -> list[Value]:
    """Without that of the output, as most forget, or without another."""
    arrays, projections = case.layer.weights(case.x), _projections(case)
    if column == "macs":
        return [number_of(value) - macs for macs in reversed(projections.values())]
    sizes = ((arrays[name], arrays.get(f"{name}_bias", Weight((0,)))) for name in reversed(projections))
    return [number_of(value) - sum(formulas.product(each.shape) for each in pair) for pair in sizes]


def _without_tensors(case: Case, column: str, value: Value) -> list[Value]:
    """Without the products of two tensors, or without one of them."""
    parts, projections = _macs_in_parts(case), sum(_projections(case).values())
    others = [macs for name, macs in parts.items() if not name.endswith(" projection")]
    return [projections, *(number_of(value) - macs for macs in others)]


def _for_each_head(case: Case, column: str, value: Value) -> list[Value]:
    return [vars(case.layer)["heads"] * number_of(value)]


def _projections_for_each_position(case: Case, column: str, value: Value) -> list[Value]:
    own = params_of(case._replace(followers=()))
    return [number_of(value) + own * (formulas.product(case.x.spatial) - 1)]


def _macs_instead(case: Case, column: str, value: Value) -> list[Value]:
    followers = number_of(value) - params_of(case._replace(followers=()))
    macs = macs_of(case)
    return [macs + followers, macs]


def _params_instead(case: Case, column: str, value: Value) -> list[Value]:
    return [params_of(case), counted_of(case).weights]


def _own_for_each_position(case: Case, column: str, value: Value) -> list[Value]:
    counted = counted_of(case)
    filters, followers = believed_output(case).channels, number_of(value) - params_of(case._replace(followers=()))
    weights = counted.weights * counted.uses
    return [weights + each + followers for each in (counted.uses * filters, filters) if counted.biases]


def _norms(case: Case) -> list[int]:
    """The parameters of each norm of the entry: its own layer, or one that follows it."""
    return [_params_of_layer(case, layer) for layer in (case.layer, *case.followers) if layer.is_norm]


def _params_of_layer(case: Case, layer: Layer) -> int:
    shape = (case.after or believed_output(case)) if layer is not case.layer else case.x
    return params_of(case._replace(layer=layer, followers=(), inputs=[BelievedTensor(shape, None)], counted=None))


def _has_norm(case: Case) -> bool:
    return not case.is_shared and any(_norms(case))


def _norm_channels(case: Case) -> int:
    return (case.after or believed_output(case)).channels


def _with_norms(count: Callable[[int, int], int]) -> Finish:
    """The value with other parameters of each norm, by its right ones and the channels."""
    return _value(lambda case, value: value + sum(count(each, _norm_channels(case)) - each for each in _norms(case)))


def _one_for_all(case: Case, column: str, value: Value) -> list[Value]:
    ways = (_with_norms(lambda params, c: params // c), _with_norms(lambda params, c: 2))
    return list(dict.fromkeys(found for way in ways for found in way(case, column, value)))


def _only_factors(case: Case, column: str, value: Value) -> list[Value]:
    halves = (_with_norms(lambda params, c: params // 2), _with_norms(lambda params, c: c))
    return list(dict.fromkeys(found for half in halves for found in half(case, column, value)))


def _with_norms_per_value(case: Case, column: str, value: Value) -> list[Value]:
    return [number_of(value) + sum(2 * _output_values(case) - each for each in _norms(case))]


def _has_offsets(case: Case) -> bool:
    return not case.is_shared and any(params > _norm_channels(case) for params in _norms(case))


def _keeps_statistics(case: Case) -> bool:
    return _has_norm(case) and any(
        array.is_statistic
        for layer in (case.layer, *case.followers)
        if layer.is_norm
        for array in layer.weights(believed_output(case)).values()
    )


def _learned_nothing(case: Case, column: str, value: Value) -> list[Value]:
    followers = number_of(value) - params_of(case._replace(followers=()))
    return list(dict.fromkeys((0, followers)))


def _given_to_nothing(case: Case, column: str, value: Value) -> list[Value]:
    x, y = case.x, believed_output(case)
    return list(dict.fromkeys((x.channels, x.values, y.values, 2 * x.channels, y.channels)))


def _on_the_input(case: Case, column: str, value: Value) -> list[Value]:
    there = case.x.spatial if not case.layer.is_transposed else (case.after or believed_output(case)).spatial
    return [number_of(value) // counted_of(case).uses * formulas.product(there)]


def _output_values(case: Case) -> int:
    return (case.after or believed_output(case)).values


def _batched(case: Case, column: str, value: Value) -> list[Value]:
    return [batch * number_of(value) for batch in BATCHES]


def _of_the_pool(case: Case, column: str, value: Value) -> list[Value]:
    window = case.layer.sliding_window
    taps = formulas.product(window.kernel) if window else 1
    values = _output_values(case)
    return list(dict.fromkeys((taps * values, (taps - 1) * values, values, taps * values * case.x.channels)))


def _elementwise(case: Case, column: str, value: Value) -> list[Value]:
    values, times = _output_values(case), sum(1 for layer in case.followers) or 1
    return list(dict.fromkeys(number_of(value) + each * values for each in (times, 1, 2)))


def _without_macs(case: Case) -> bool:
    """Whether nothing is multiplied by a kernel, but there is something to do for every value."""
    return not has_weights(case) and not case.layer.is_merge and not _is_pool(case) and not case.layer.rearranges


COUNTS: tuple[Misconception, ...] = (
    # -- what every course meets
    Misconception("bias forgotten", "the biases are missing", "Each filter (or unit) also has one number that is added to its sums.",
            columns("params"), lambda case: _has_bias(case) and not case.layer.is_dense, _biases(lambda case, counted: 0),
            source="ai.stackexchange.com/questions/17255"),
    Misconception("dense bias forgotten", "the biases of the dense layer are missing", "Each unit also has one number that is added to its sum.",
            columns("params"), lambda case: _has_bias(case) and case.layer.is_dense, _biases(lambda case, counted: 0),
            source="ai.stackexchange.com/questions/17255"),
    Misconception("input channels forgotten", "the input's channels were left out", "A filter is as deep as what it reads: it has weights of its own for each of these channels.",
            columns("params macs"), _is_deep, _of_depth(lambda case, product: 1), source="cs231n.github.io/convolutional-networks; d2l.ai, chapter 7.4; ai.stackexchange.com/questions/36991"),
    Misconception("filters forgotten", "only one filter was counted", "Every filter has its own weights, and makes its own output channel.",
            columns("params macs"), lambda case: has_setting(case, "filters") and case.layer.filters > 1, _one_filter),  # type: ignore[attr-defined]
    Misconception("one bias per weight", "every weight was given a bias", "There is one bias for a whole filter (or unit), not one for each of its weights.",
            columns("params"), _has_bias, _biases(lambda case, counted: counted.weights), source="discuss.pytorch.org, December 2020: Does Conv2d filter need bias per weights?"),
    Misconception("one bias for all", "only one bias was counted", "Do all filters (or units) add the same number?",
            columns("params"), _has_bias, _biases(lambda case, counted: 1), source="forums.fast.ai/t/6915"),
    Misconception("parameters given to a pool", "a pool was given parameters", "What is there in a pool that training could change?",
            columns("params"), _is_pool, None, _pool_params, source="cs231n.github.io/convolutional-networks#pool"),
    Misconception("channels of the layer before", "the channels are those of an earlier layer", "What counts is the tensor that enters this layer: how many channels does it have?",
            columns("params macs"), _differs_before, _of_depth(_channels_before)),
    Misconception("groups forgotten", "the groups were left out", "With groups, a filter reaches only through the channels of its own group.",
            columns("params macs"), lambda case: _groups(case) > 1 and has_weights(case), _of_depth(_full_depth)),
    Misconception("dense on the unflattened size", "the dense layer was not connected to the whole vector", "Each unit is connected to every value of the vector that enters the layer: how long is it?",
            columns("params macs"), _is_behind_flatten, _unflattened, source="datascience.stackexchange.com/questions/122423; discuss.pytorch.org/t/118621"),
    Misconception("MACs for parameters", "these are the multiply-adds", "A parameter counts once, however often it is used.",
            columns("params"), has_weights, None, _macs_instead),
    Misconception("factors without offsets", "only the factors of the norm were counted", "A norm scales each channel: what else does it learn?",
            columns("params"), _has_offsets, None, _only_factors),
    Misconception("FLOPs for MACs", "these are FLOPs", "One MAC is a multiplication together with its addition.",
            columns("macs"), has_weights, None, _value(lambda case, value: 2 * value, lambda case, value: 2 * (value + _output_values(case)), lambda case, value: 2 * value - _output_values(case)), source="stackoverflow.com/a/63620342; Molchanov et al. 2017, appendix A.1"),
    Misconception("parameters for MACs", "these are the parameters", "How often is each weight used for a single input?",
            columns("macs"), lambda case: has_weights(case) and bool(case.x.spatial), None, _params_instead),
    Misconception("MACs on the input's positions", "the positions of the input were counted", "At each place where the window stops, it makes one position of the output.",
            columns("macs"), lambda case: is_windowed(case) and has_weights(case), None, _on_the_input, source="stackoverflow.com/a/63620342"),
    Misconception("biases counted as MACs", "the biases were counted", "A bias is only added: is anything multiplied by it?",
            columns("macs"), _has_bias, None, _value(lambda case, value: value + _output_values(case), lambda case, value: value + counted_of(case).biases), source="stackoverflow.com/a/63620342"),
    # -- attention
    Misconception("projection forgotten", "one of the projections is missing", "Queries, keys and values are projected, and then what the heads have found: how many projections is that?",
            columns("params macs"), _is_attention, None, _without_a_projection, source="Vaswani et al. 2017, section 3.2.2"),
    Misconception("every head with all channels", "every head was given all of the channels", "The heads share the channels: how many numbers does the query of a single head have?",
            columns("params"), lambda case: _is_attention(case) and vars(case.layer)["heads"] > 1, None, _for_each_head, source="Vaswani et al. 2017, section 3.2.2"),
    Misconception("projections for each position", "every position was given projections of its own", "A position has its own query, key and value: does it also have its own weights, or are all projected by the same ones?",
            columns("params"), lambda case: _is_attention(case) and formulas.product(case.x.spatial) > 1, None, _projections_for_each_position, source="Vaswani et al. 2017, section 3.3"),
    Misconception("products of tensors forgotten", "the scores or the weighted sums are missing", "Queries are multiplied with keys, and values with the weights that softmax makes: are these products counted?",
            columns("macs"), _is_attention, None, _without_tensors, source="github.com/Lyken17/pytorch-OpCounter"),
    # -- factors
    Misconception("k for k·k", "the window was counted along one axis only", "A window has a weight for each of its cells, along all axes.",
            columns("params macs"), _has_area, _kernels(lambda case, product: product._replace(taps=product.taps[:1]))),
    Misconception("window forgotten", "the size of the window was left out", "How many weights does a filter have for a single channel?",
            columns("params macs"), _has_kernel, _kernels(lambda case, product: product._replace(taps=()))),
    Misconception("sides of the window added", "the sides of the window were added", "Draw the window as a grid: how many cells does it have?",
            columns("params macs"), _has_area, _kernels(lambda case, product: product._replace(taps=(sum(product.taps),) if product.taps else ()))),
    Misconception("channels of the image", "the channels are those of the network's input", "Not every layer reads the network's input: what enters this one?",
            columns("params macs"), _differs_from_image, _of_depth(lambda case, product: case.image.channels)),
    Misconception("filters for channels", "the filters were counted as the input's channels too", "The number of filters makes the output deep: what makes a filter deep?",
            columns("params macs"), _is_full, _of_depth(lambda case, product: product.filters), source="ai.stackexchange.com/questions/36991"),
    Misconception("groups counted twice", "the filters were divided by the groups too", "The filters are shared out among the groups, but all of them count.",
            columns("params macs"), lambda case: _groups(case) > 1 and has_weights(case), _kernels(lambda case, product: product._replace(filters=product.filters // _groups(case)))),
    Misconception("depthwise as full", "every filter was given all channels", "How many channels does one filter of a depthwise convolution read?",
            columns("params macs"), _is_depthwise, _of_depth(_full_depth), source="discuss.pytorch.org/t/14920; Howard et al. 2017, section 3.1"),
    Misconception("dense on an earlier size", "the vector was worked out from an earlier layer's output", "Which layer comes directly before this one, and how many values does it pass on?",
            columns("params macs"), lambda case: case.layer.is_dense and case.inputs[0].earlier is not None, _flattened_earlier, source="stackoverflow.com/questions/62628734"),
    Misconception("dropout removes inputs", "the inputs that dropout drops were left out", "Dropout sets some values to zero during training: do their weights disappear?",
            columns("params macs"), lambda case: case.layer.is_dense and case.inputs[0].kept < 1, _of_depth(lambda case, product: int(product.depth * case.inputs[0].kept)), source="stats.stackexchange.com/questions/590805"),
    Misconception("stride for channels", "the stride was counted in place of the channels", "How far the window moves has nothing to do with how many weights it has.",
            columns("params macs"), lambda case: _is_full(case) and is_strided(case), _of_depth(lambda case, product: window_of(case).stride[0]), source="medium.com/@iamvarman: How to calculate the number of parameters in the CNN"),
    Misconception("gaps counted as weights", "the gaps of the dilated window were counted", "Does a dilated window read anything in its gaps?",
            columns("params macs"), lambda case: _has_kernel(case) and max(window_of(case).dilation) > 1, _kernels(lambda case, product: product._replace(taps=window_of(case).spans if product.taps else ())), source="Yu & Koltun 2016, figure 1"),
    Misconception("one kernel for all channels", "one kernel was counted for all channels", "Does a depthwise convolution use the same kernel on every channel?",
            columns("params macs"), lambda case: case.layer.is_depthwise and not has_setting(case, "filters"), _kernels(lambda case, product: product._replace(filters=1)), source="Howard et al. 2017, section 3.1"),
    Misconception("units added", "the inputs and the units were added", "Each unit is connected to every input: how many connections are there in all?",
            columns("params macs"), lambda case: case.layer.is_dense, _kernels(lambda case, product: Product((), product.depth + product.filters, 1))),
    # -- biases
    Misconception("one bias per input channel", "a bias was counted for each channel (or value) of the input", "A bias is added to the result of a filter (or unit), not to what it reads.",
            columns("params"), _has_bias, _biases(lambda case, counted: case.x.channels), source="stats.stackexchange.com/questions/570254"),
    Misconception("one bias per kernel slice", "every filter was given a bias for each channel", "A filter first sums over all its channels; the bias is added after that.",
            columns("params"), lambda case: _has_bias(case) and not case.layer.is_dense, _biases(lambda case, counted: sum(each.depth * each.filters for each in counted.products)), source="datascience.stackexchange.com: How do convolutional layers feed forward with several input feature maps?"),
    Misconception("one bias per tap", "every cell of the window was given a bias", "The products of all cells are added up first: how often is a bias added to that sum?",
            columns("params"), lambda case: _has_bias(case) and _has_kernel(case), _biases(lambda case, counted: formulas.product(counted.products[0].taps), lambda case, counted: formulas.product(counted.products[0].taps) * counted.products[-1].filters), source="discuss.pytorch.org, December 2020: Does Conv2d filter need bias per weights?"),
    Misconception("one bias per position", "every position of the output was given a bias", "Is a bias learned anew at each position, or is the same one used everywhere?",
            columns("params"), lambda case: _has_bias(case) and _has_positions(case), _biases(lambda case, counted: counted.uses * counted.products[-1].filters, lambda case, counted: counted.uses), source="datascience.stackexchange.com/questions/17671"),
    Misconception("biases counted twice", "the biases were counted twice", "Go through the sum once more: each filter (or unit) has a single bias.",
            columns("params"), _has_bias, _biases(lambda case, counted: 2 * counted.biases)),
    Misconception("bias where there is none", "biases were counted that the layer does not have", "Read the sheet once more: does this layer have biases?",
            columns("params"), _has_no_bias, _biases(lambda case, counted: counted.products[-1].filters)),
    # -- norms
    Misconception("norm forgotten", "the parameters of the norm are missing", "A norm has parameters too: what does it learn?",
            columns("params"), _has_norm, None, _with_norms(lambda params, c: 0), source="stackoverflow.com/questions/42521005"),
    Misconception("statistics counted as parameters", "the statistics of the norm were counted", "Mean and variance are measured, not learned.",
            columns("params"), lambda case: _keeps_statistics(case) and not case.statistics, None, _with_norms(lambda params, c: 2 * params), source="stackoverflow.com/questions/42521005"),
    Misconception("statistics left out", "the statistics of the norm were left out", "Look at what the sheet assumes: do the means and variances of this norm count?",
            columns("params"), lambda case: _keeps_statistics(case) and case.statistics, None, _with_norms(lambda params, c: params // 2), source="stackoverflow.com/questions/42521005"),
    Misconception("one norm for all channels", "the norm was counted once for all channels", "Does a norm use the same numbers for every channel?",
            columns("params"), _has_norm, None, _one_for_all),
    Misconception("one norm per value", "every value was given a factor and an offset", "All positions of a channel share what the norm learns.",
            columns("params"), _has_norm, None, _with_norms_per_value, source="Ioffe & Szegedy 2015, section 3.2"),
    # -- other parameters
    Misconception("parameters where nothing is learned", "a layer that learns nothing was given parameters", "What is there in this layer that training could change?",
            columns("params"), _learns_nothing, None, _given_to_nothing),
    Misconception("weights not shared", "every position was given weights of its own", "Does a filter have other weights at each position, or the same everywhere?",
            columns("params"), lambda case: _has_positions(case) and not case.layer.is_dense, None, _own_for_each_position, source="cs231n.github.io/convolutional-networks"),
    Misconception("values for parameters", "the values of the output were counted as parameters", "Parameters belong to the layer, not to what comes out of it.",
            columns("params"), has_weights, None, _value(lambda case, value: _output_values(case), lambda case, value: value + _output_values(case))),
    Misconception("weights forgotten", "the weights are missing", "A bias is only added to a sum: what are the values in that sum multiplied by?",
            columns("params"), _has_bias, _kernels(lambda case, product: product._replace(filters=0)), needs_the_sheet=True),
    Misconception("nothing learned", "the convolution was taken to have no parameters", "Even a window of a single cell multiplies each channel by something.",
            columns("params"), _is_pointwise, None, _learned_nothing, source="ai.stackexchange.com/questions/20706"),
    Misconception("layer without parameters", "the layer was taken to have no parameters", "What in this layer does training change?",
            columns("params"), lambda case: has_weights(case) and not _is_pointwise(case), None, _learned_nothing, needs_the_sheet=True),
    Misconception("shared weights counted again", "shared weights were counted again", "Weights that belong to another layer are counted there.",
            columns("params"), lambda case: case.is_shared, lambda case: [case._replace(is_shared=False)]),
    # -- other multiply-adds
    Misconception("MACs halved", "the multiply-adds were halved", "Each MAC already is a multiplication and an addition in one.",
            columns("macs"), has_weights, None, _value(lambda case, value: value // 2), source="github.com/Lyken17/pytorch-OpCounter"),
    Misconception("MACs on the output's positions", "the positions of the output were counted", "A transposed convolution spreads each position of its input: how often is a weight used?",
            columns("macs"), lambda case: case.layer.is_transposed, None, _on_the_input, source="Dumoulin & Visin 2016, section 4.1"),
    Misconception("positions along one side", "only the positions along one axis were counted", "There are positions along every axis: how many are there in all?",
            columns("macs"), _has_sides, _counting(lambda case, counted: counted._replace(positions=counted.positions[:1]))),
    Misconception("MACs given to a pool", "a pool was given multiply-adds", "Which weights would a pool multiply by?",
            columns("macs"), _is_pool, None, _of_the_pool, source="github.com/Lyken17/pytorch-OpCounter"),
    Misconception("MACs of norms and activations", "operations outside of convolutions and dense layers were counted", "Only products with the weights of convolutions and dense layers count.",
            columns("macs"), lambda case: _without_macs(case) or (has_weights(case) and bool(case.followers)), None, _elementwise, source="github.com/Lyken17/pytorch-OpCounter"),
    Misconception("values for MACs", "only the values of the output were counted", "How many multiplications does a single value of the output take?",
            columns("macs"), has_weights, None, _value(lambda case, value: _output_values(case))),
    Misconception("batch counted", "a whole batch was counted", "Is the number asked for a single input, or for a batch of them?",
            columns("params macs"), has_weights, None, _batched),
)  # fmt: skip

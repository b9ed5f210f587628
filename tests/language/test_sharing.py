"""`share`: a layer, a group, a block or a whole encoder again, with the same weights."""

import pytest
from language.reading import analyzed, codes, names, output, reads

CONV = "{conv: 3x3x4, padding: 1, name: a}"
PARAMS = 9 * 4 * 4 + 4
MACS = 64 * 9 * 4 * 4


def counts(*entries, **settings):
    totals = analyzed(*entries, **settings).totals
    return totals.params, totals.macs


def test_a_layer_again():
    assert counts(CONV, "share: a") == (PARAMS, 2 * MACS)
    assert counts(CONV, "share: a", "share: a") == (PARAMS, 3 * MACS)
    assert reads("share1", CONV, "relu", "share: a") == ["relu1"]


def test_on_another_input():
    # 3·3·4·4 at 4·4 positions
    assert counts(CONV, "{max_pool: 2, from: input}", "share: a") == (PARAMS, MACS + 16 * 9 * 4 * 4)
    assert output(CONV, "{max_pool: 2, from: input}", "share: a") == (4, 4, 4)
    assert reads("share1", CONV, "relu", "{share: a, from: input}") == ["input"]


def test_with_its_norm_and_activation():
    entry = "{conv: 1x1x4, norm: batch_norm, activation: relu, name: a}"
    assert names(entry, "share: a") == ["a", "a.batch_norm", "a.relu", "share1", "share1.batch_norm", "share1.relu"]
    assert counts(entry, "share: a") == (4 * 4 + 4 + 8, 2 * 64 * 16)


def test_a_group_again():
    group = "{group: [{conv: 1x1x8}, {conv: 1x1x4}], name: g}"
    assert counts(group, "share: g") == (4 * 8 + 8 + 8 * 4 + 4, 2 * 64 * (32 + 32))
    assert names(group, "{share: g, name: h}") == ["g.conv1", "g.conv2", "h.conv1", "h.conv2"]


def test_a_block_call_again():
    top = (
        "blocks: {b: {args: [n], layers: [{conv: $n, kernel: 1}, relu, {conv: $c_in, kernel: 1}, {add: [[], input]}]}}"
    )
    entries = ("{b: 6, name: x}", "max_pool: 2", "{share: x, name: y}")
    assert counts(*entries, top=top) == (4 * 6 + 6 + 6 * 4 + 4, 64 * 48 + 16 * 48)
    assert reads("y.add1", *entries, top=top) == ["y.conv2", "max_pool1"]


def test_a_run_again():
    run = "{conv: 1x1x4, repeat: 3, name: r}"
    assert counts(run, "share: r") == (3 * 20, 6 * 64 * 16)


def test_one_copy_of_a_run_again():
    assert counts("{conv: 1x1x4, repeat: 3, name: r}", "share: r.1") == (3 * 20, 4 * 64 * 16)


@pytest.mark.parametrize("kind", ["add: [[], {conv: 1x1x4}]", "residual: [{conv: 1x1x4}]"])
def test_a_merge_again(kind):
    assert counts(f"{{{kind}, name: m}}", "share: m") == (20, 2 * 64 * 16)


def test_a_block_that_holds_other_layers_on_another_input():
    top = "blocks: {b: [relu, {relu, when: $(c_in == 4)}]}"
    assert codes("b", "conv: 1x1x6", "share: b1", top=top) == ["CNN313"]


def test_a_shared_layer_is_shared_in_turn():
    assert counts(CONV, "{share: a, name: b}", "share: b") == (PARAMS, 3 * MACS)


def test_an_encoder_for_two_images():
    top = "inputs: {left: 8x8x3, right: 8x8x3}"
    encoder = (
        "{group: [{conv: 3x3x5, activation: relu}, {max_pool: 2}, flatten, {dense: 7}], from: left, name: encoder}"
    )
    entries = (encoder, "{share: encoder, from: right, name: again}", "subtract: [encoder, again]", "dense: 1")
    params = 9 * 3 * 5 + 5 + 3 * 3 * 5 * 7 + 7
    macs = 36 * 9 * 3 * 5 + 45 * 7
    assert counts(*entries, input=None, top=top) == (params + 7 + 1, 2 * macs + 7)
    assert reads("subtract1", *entries, input=None, top=top) == ["encoder.dense1", "again.dense1"]


def test_an_encoder_that_is_a_block():
    top = "inputs: {left: 8x8x3, right: 8x8x3}\nblocks: {tower: [{conv: 3x3x5}, global_avg_pool, {dense: 7}]}"
    entries = ("{tower, from: left, name: one}", "{share: one, from: right}", "concat: [one, share1]")
    assert counts(*entries, input=None, top=top) == (9 * 3 * 5 + 5 + 42, 2 * (36 * 135 + 35))
    assert output(*entries, input=None, top=top) == (14,)


def test_dense_again_on_every_scale():
    # RetinaNet's head: one convolution on every level of a pyramid
    entries = ("{conv: 3x3x4, padding: 1, name: head}", "{max_pool: 2, from: input}", "{share: head, name: half}")
    assert counts(*entries) == (PARAMS, MACS + MACS // 4)


def test_weights_must_fit():
    assert codes(CONV, "{conv: 1x1x2}", "share: a") == ["CNN313"]
    assert codes("flatten", "{dense: 4, name: d}", "share: d") == ["CNN313"]
    # slopes per value are for one size alone, those per channel for any
    pool = "{max_pool: 2, from: input}"
    assert codes("{prelu: {per: value}, name: p}", pool, "share: p") == ["CNN313"]
    assert codes("{prelu: {per: value}, name: p}", "share: p") == []
    assert codes("{prelu: {per: channel}, name: p}", pool, "share: p") == []
    # a 1×1 pool has no weights, so any input will do
    assert output("{max_pool: 2, name: p}", "{conv: 1x1x9}", "share: p") == (2, 2, 9)


def test_what_is_shared_must_exist():
    assert codes("share: a", CONV) == ["CNN311"]
    assert codes(CONV, "share: b") == ["CNN310"]


def test_names_inside_are_looked_up_anew():
    group = "{group: [{conv: 1x1x4, name: a}, relu, {add: [[], a]}], name: g}"
    assert reads("h.add1", group, "{share: g, name: h}") == ["h.relu1", "h.a"]


def test_sharing_inside_a_block():
    top = "blocks: {b: [{conv: 1x1x4, name: a}, relu, {share: a}]}"
    # each call has weights of its own, used twice
    assert counts("{b, repeat: 2}", top=top) == (2 * 20, 4 * 64 * 16)


def test_repeated_sharing():
    # a recurrent layer: the same weights five times in a row
    assert counts("{conv: 1x1x4, name: a}", "{share: a, repeat: 4}") == (20, 5 * 64 * 16)

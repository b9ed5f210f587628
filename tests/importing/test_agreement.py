"""What a file states is compared with what is computed."""

from __future__ import annotations

from cnncalc.checks.notes import read_with_notes
from cnncalc.importing.draft import Draft, DraftInput, DraftLayer
from cnncalc.importing.flat import flat_spec
from cnncalc.importing.opening import ImportedModel
from cnncalc.settings.shape import Shape


def one_convolution(**stated):
    draft = Draft("pytorch", "channels_first")
    draft.inputs.append(DraftInput("x", Shape((8, 8), 3)))
    conv = draft.add(DraftLayer("conv", (draft.inputs[0],), filters=4, kernel=(3, 3)))
    conv.place = 'node 0 (Conv, "conv")'
    for name, value in stated.items():
        setattr(conv, name, value)
    draft.outputs = [conv]
    return draft


def found_in(draft):
    written = flat_spec(draft)
    spec, found = read_with_notes(ImportedModel(written.text, draft, written.names, "net.onnx"))
    return spec, [(each.code, each.severity, each.message) for each in found]


def test_nothing_is_said_where_both_agree():
    # 3·3·3·4 weights and 4 biases; 8 − 3 + 1 = 6
    assert found_in(one_convolution(output=Shape((6, 6), 4), params=112))[1] == []
    assert found_in(one_convolution())[1] == []


def test_an_output_of_another_size():
    message = 'node 0 (Conv, "conv"): the file states an output of 4×7×6, computed is 4×6×6'
    assert found_in(one_convolution(output=Shape((7, 6), 4)))[1] == [("CNN157", "warning", message)]


def test_other_parameters():
    message = 'node 0 (Conv, "conv"): the file has 108 parameters for it, computed are 112'
    assert found_in(one_convolution(params=108))[1] == [("CNN157", "warning", message)]


def test_operations_that_are_not_understood_are_counted():
    draft = one_convolution()
    draft.add(DraftLayer("opaque", (draft.layers[0],), operation="Foo", output=Shape((), 5)))
    draft.operations, draft.not_understood = 5, {"Foo": 2, "Bar": 1}
    message = "3 of 5 operations not understood: Foo (2), Bar; totals are lower bounds"
    assert found_in(draft)[1] == [("CNN570", "warning", message)]


def test_totals_are_no_lower_bounds_where_all_is_counted():
    draft = one_convolution()
    settings = {"output": Shape((), 5), "params": 0, "macs": 0}
    draft.add(DraftLayer("opaque", (draft.layers[0],), operation="Foo", **settings))
    draft.operations, draft.not_understood = 2, {"Foo": 1}
    assert found_in(draft)[1] == [("CNN570", "warning", "1 of 2 operations not understood: Foo")]


def test_what_totals_lack_is_named_where_it_is_not_all():
    draft = one_convolution()
    known = draft.add(DraftLayer("opaque", (draft.layers[0],), operation="Foo", output=Shape((), 5), params=0, macs=0))
    draft.add(DraftLayer("opaque", (known,), operation="Bar", output=Shape((), 5), params=0))
    draft.operations, draft.not_understood = 3, {"Foo": 1, "Bar": 1}
    message = "2 of 3 operations not understood: Foo, Bar; totals are lower bounds, for what Bar would add"
    assert found_in(draft)[1] == [("CNN570", "warning", message)]


def test_a_mistake_names_the_node_that_the_layer_was_read_from():
    draft = one_convolution()
    draft.layers[0].settings["kernel"] = (9, 9)
    written = flat_spec(draft)
    spec, (found,) = read_with_notes(ImportedModel(written.text, draft, written.names, "net.onnx"))
    assert spec is None
    assert (found.code, found.chain) == ("CNN301", ('read from node 0 (Conv, "conv")',))

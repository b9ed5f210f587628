"""What a page keeps of a run: pictures, extremes, exact values, and where they come from."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnncalc
from cnncalc.cli import run
from cnncalc.forward.run import memory_check
from cnncalc.forward.run.given import given_arrays
from cnncalc.forward.run.network import Network, prepare
from cnncalc.forward.views.pictures import Fineness, picture_of
from cnncalc.forward.views.trace import traced
from cnncalc.report.page._assembly import inert_json
from cnncalc.report.page._context import PageModel, Texts
from cnncalc.report.page._values import values_data, values_notice
from cnncalc.report.page.values import networks

NET = """\
name: net
input: 90x50x3
layers:
  - {conv: 3x3x12, padding: 1, activation: relu, name: first}
  - {max_pool: 9, name: pool}
  - {conv: 3x3x10, padding: 1, name: second}
  - {flatten}
  - {dense: 100, activation: softmax, name: classes}
"""


def model_of(text: str, **arguments: Any) -> PageModel:
    """A model of a page, whose network is run with what is given."""
    spec = cnncalc.load(text)
    given = {name: given_arrays(name, arguments.pop(name)) for name in ("inputs", "weights") if name in arguments}
    return PageModel(cnncalc.analyze(spec), Texts(), prepare(spec, **given, **arguments))


@lru_cache(1)
def data_of(model: PageModel) -> dict[str, Any]:
    data = values_data(model)
    assert data is not None
    return data


def shown(model: PageModel, name: str) -> dict[str, Any]:
    """What is kept of a layer, its texts written out."""
    data, texts = data_of(model), model.texts.all()
    found = dict(data["layers"][[node.name for node in model.nodes].index(name)])
    for key in ("special", "from", "caption", "rest"):
        if found.get(key) is not None:
            found[key] = texts[found[key]]
    if "strip" in found:
        codes = np.frombuffer(base64.b64decode(data["strips"][found["strip"]]), np.uint8)
        found["codes"] = codes.reshape(found["channels"], *found["sizes"])
    return found


def outputs(model: PageModel) -> Mapping[str, Any]:
    """All tensors of the run, (*positions, channels)."""
    assert isinstance(model.network, Network)
    return {node.name: array[0].astype(float) for node, array in model.network.tensors()}


def decoded(found: Mapping[str, Any]) -> Any:
    """The values that codes stand for: 0 is the low end, 252 the high one."""
    low, high = map(float, found["ends"])
    return low + found["codes"].astype(float) / 252 * (high - low)


# -- pictures


def test_large_maps_are_averaged_down_and_small_ones_exact_to_a_code():
    model = model_of(NET)
    tensors = outputs(model)
    first = shown(model, "first")
    # 90 rows are at most 40 as means of 3; 50 columns as means of 2. So a block is of 3 rows and 2 columns.
    assert first["sizes"] == [30, 25]
    assert first["caption"] == "The first 8 of 12 channels, averaged down from 90×50 to 30×25."
    wanted = tensors["first"][..., :8].reshape(30, 3, 25, 2, 8).mean((1, 3))
    step = (float(first["ends"][1]) - float(first["ends"][0])) / 252
    assert np.abs(decoded(first) - np.moveaxis(wanted, -1, 0)).max() < 0.51 * step + 1e-3  # the ends have 4 digits
    second = shown(model, "second")
    assert second["sizes"] == [10, 5]
    assert second["caption"] == "The first 8 of 10 channels."
    exact = np.moveaxis(tensors["second"][..., :8], -1, 0)
    assert (
        np.abs(decoded(second) - exact).max()
        < 0.51 * (float(second["ends"][1]) - float(second["ends"][0])) / 252 + 1e-3
    )


@pytest.mark.slow
def test_large_models_are_shown_coarser_but_for_their_input():
    model = model_of("resnet50")
    assert len(inert_json(data_of(model))) < 190_000
    assert shown(model, "input")["caption"] == "All 3 channels, averaged down from 224×224 to 38×38."
    # 112 rows are at most 20 as means of 6: 19.
    assert shown(model, "conv1")["caption"] == "The first 4 of 64 channels, averaged down from 112×112 to 19×19."


def test_the_last_block_is_smaller_where_sizes_do_not_divide():
    values = np.arange(7 * 5, dtype=float).reshape(7, 5, 1)
    found = picture_of(values, Fineness(3, 8))
    assert found.sizes == (3, 3)
    # of 7 rows 3, 3 and 1; of 5 columns 2, 2 and 1
    wide = np.array([[values[r : r + 3, c : c + 2, 0].mean() for c in (0, 2, 4)] for r in (0, 3, 6)])
    codes = np.frombuffer(found.codes, np.uint8).reshape(3, 3)
    assert codes.tolist() == np.rint((wide - wide.min()) / (wide.max() - wide.min()) * 252).tolist()
    assert (found.low, found.high) == (wide.min(), wide.max())


def test_zero_is_the_middle_of_values_of_both_signs():
    found = picture_of(np.array([[-1.0], [0.0], [4.0], [2.0]]), Fineness(40, 8))
    # From −4 to 4: −1 is 3/8 of the way, 0 one half, 2 three quarters of 252.
    assert list(found.codes) == [round(252 * 3 / 8), 126, 252, 189]
    assert (found.low, found.high, found.is_signed) == (-4, 4, True)


def test_what_is_no_number_has_codes_of_its_own():
    found = picture_of(np.array([[np.nan], [np.inf], [-np.inf], [1.0], [3.0]]), Fineness(40, 8))
    assert list(found.codes) == [255, 254, 253, 0, 252]
    assert (found.low, found.high) == (1, 3)
    assert list(picture_of(np.full((2, 1), np.nan), Fineness(40, 8)).codes) == [255, 255]
    assert list(picture_of(np.full((2, 1), 7.0), Fineness(40, 8)).codes) == [126, 126]
    huge = picture_of(np.array([[-1.7e308], [0.0], [1.7e308]]), Fineness(40, 8))
    assert list(huge.codes) == [0, 126, 252]


def test_of_three_axes_the_middle_slice_is_shown():
    model = model_of("{input: 5x6x7x1, layers: [{conv: 1x1x1x2}]}")
    found = shown(model, "conv1")
    assert found["caption"] == "All 2 channels, slice 2 of 0 to 4."
    middle = np.moveaxis(outputs(model)["conv1"][2], -1, 0)
    assert np.corrcoef(found["codes"].ravel(), middle.ravel())[0, 1] > 0.999


def test_a_sequence_keeps_160_positions_and_a_vector_64_values():
    model = model_of("{input: 1000x2, layers: [{conv: 1x3}, flatten]}")
    found = shown(model, "conv1")
    # 1,000 positions are at most 160 as means of 7: 143.
    assert (found["sizes"], found["channels"]) == ([143], 3)
    assert found["caption"] == "All 3 channels, averaged down from 1,000 to 143 positions."
    flat = shown(model, "flatten1")
    assert (flat["sizes"], flat["channels"], flat["caption"]) == ([], 64, "The first 64 of 3,000 values.")


def test_images_are_grey_or_in_colour():
    colour = model_of("{input: 4x4x3, layers: [relu]}", inputs={"": np.arange(48).reshape(4, 4, 3)})
    assert shown(colour, "input")["colours"] == "colour"
    assert shown(colour, "relu1")["colours"] == "one"
    grey = model_of("{input: 4x4x1, layers: [relu]}", inputs={"": np.arange(16).reshape(4, 4, 1)})
    assert shown(grey, "input")["colours"] == "grey"
    assert shown(model_of("{input: 4x4x1, layers: [relu]}"), "input")["colours"] == "both"


def test_extremes_are_those_of_forward(capsys: pytest.CaptureFixture[str]):
    model = model_of("lenet5")
    assert run(["forward", "lenet5", "--all", "--format", "csv"]) == 0
    lines = [line.split(",") for line in capsys.readouterr().out.splitlines()[1:]]
    for name, *_, low, _mean, high in lines:
        assert shown(model, name)["range"] == [f"{float(low):.4g}", f"{float(high):.4g}"]


def test_overflow_is_shown_as_what_it_is():
    text = "{input: 2x2x1, layers: [{conv: 1x1x1, bias: false, weights: {kernel: [[[60000]]]}}]}"
    model = model_of(text, inputs={"": np.array([[1, 2], [-2, 0]]).reshape(2, 2, 1)}, dtype="float16")
    found = shown(model, "conv1")
    assert (found["range"], found["special"]) == (["-inf", "inf"], "2 of 4 are infinite.")
    assert found["codes"].ravel().tolist() == [252, 254, 253, 0]  # 60,000, infinity, minus infinity, 0


def test_constants():
    model = model_of("{input: 2x2x1, layers: [{conv: 1x1x1, bias: false, weights: {kernel: [[[0]]]}}]}")
    assert shown(model, "conv1")["range"] == ["0", "0"]


def test_a_layer_that_changes_nothing_shares_the_picture_of_its_input():
    data = data_of(model_of("{input: 6x6x1, layers: [{conv: 3x3x2}, batch_norm, {dropout: 0.5}, relu]}"))
    strips = [layer["strip"] for layer in data["layers"]]
    assert strips == [0, 1, 1, 1, 2]


def test_a_softmax_has_its_largest_classes():
    model = model_of(NET)
    found = shown(model, "classes.softmax")
    shares = outputs(model)["classes.softmax"]
    order = np.argsort(-shares)[:10]
    assert found["bars"] == [[int(each), f"{shares[each]:.3f}"] for each in order]
    assert found["rest"] == f"The other 90 have {1 - shares[order].sum():.3f} together."


# -- windows step by step


def test_windows_have_the_exact_values_of_the_run():
    model = model_of(NET)
    data, tensors = data_of(model), outputs(model)
    ids = {node.name: number for number, node in enumerate(model.nodes)}
    second = data["steps"][ids["second"]]
    assert second["source"] == ids["pool"]
    kept = data["maps"][ids["pool"]]
    assert (kept["channels"], kept["sizes"], kept["whole"]) == ([*range(8)], [10, 5], False)
    values = np.frombuffer(base64.b64decode(kept["data"]), "<f4").reshape(8, 10, 5)
    assert np.array_equal(values, np.moveaxis(tensors["pool"][..., :8], -1, 0))
    assert len(second["terms"]) >= 2
    assert set(second["more"]) == {"4"}
    assert isinstance(model.network, Network)
    node = model.nodes[ids["second"]]
    windows = list(traced(model.network, node, [(0, 0), (3, 2)], [0, 1]))
    rests = second["rest"].split(" ")
    for window in windows:
        row, column = window.position
        rest = float(rests[window.channel * 50 + row * 5 + column])
        assert rest == pytest.approx(sum(part.term for part in window.parts[8:]), abs=6e-4 * max(1, abs(rest)))


def test_only_small_windows_are_shown_step_by_step():
    model = model_of(NET)
    positions = {node.name: shown(model, node.name).get("first") for node in model.nodes}
    # What can be taken apart elsewhere, and at which position of how many axes.
    assert {name: first for name, first in positions.items() if first is not None} == {
        "first": "0,0",
        "pool": "0,0",
        "classes": "",
    }


def test_whole_numbers_take_a_byte_each():
    data = data_of(model_of("sliding_window"))
    assert {kept["type"] for kept in data["maps"].values()} == {"int8"}
    wide = model_of("{input: 2x2x1, layers: [{max_pool: 2}]}", inputs={"": np.full((2, 2, 1), 1e300)}, dtype="float64")
    assert {kept["type"] for kept in data_of(wide)["maps"].values()} == {"float64"}


# -- where numbers come from

GIVEN = "{kernel: [[[1]]], bias: [0.5]}"


@pytest.mark.parametrize(
    ("text", "arguments", "wanted"),
    [
        ("{input: 2x2x1, layers: [relu]}", {}, "Input: random (seed 3)"),
        ("{input: 2x2x1, layers: [{conv: 1x1x1}]}", {}, "Input: random (seed 3) · weights: random (seed 3)"),
        (
            f"{{input: 2x2x1, layers: [{{conv: 1x1x1, weights: {GIVEN}}}], sample: [[1, 2], [3, 4]]}}", {},
            "Input: the spec's sample · weights: the spec",
        ),
        (
            f"{{input: 2x2x1, layers: [{{conv: 1x1x1}}, {{conv: 1x1x1, weights: {GIVEN}}}]}}", {},
            "Input: random (seed 3) · weights: partly random (seed 3)",
        ),
        (
            "{input: 2x2x1, layers: [{conv: 1x1x1, weights: {kernel: [[[1]]]}}]}", {},
            "Input: random (seed 3) · weights: the spec, others as before training",
        ),
        ("{input: 2x2x1, layers: [batch_norm]}", {}, "Input: random (seed 3) · weights: as before training"),
        (
            "{input: 2x2x1, layers: [{conv: 1x1x1}]}",
            {
                "inputs": {"": np.ones((2, 2, 1))},
                "weights": {"conv1.kernel": np.ones((1, 1, 1, 1)), "conv1.bias": np.ones(1)},
            },
            "Input: given · weights: given",
        ),
    ],
)  # fmt: skip
def test_where_values_come_from_is_said(text: str, arguments: dict[str, Any], wanted: str):
    model = model_of(text, seed=3, **arguments)
    assert shown(model, model.nodes[-1].name)["from"] == wanted


def test_before_the_first_random_weight_nothing_is_random():
    text = f"{{input: 2x2x1, layers: [{{conv: 1x1x1, weights: {GIVEN}}}, {{conv: 1x1x1}}], sample: [[1, 2], [3, 4]]}}"
    model = model_of(text)
    assert shown(model, "conv1")["from"] == "Input: the spec's sample · weights: the spec"
    assert shown(model, "conv2")["from"] == "Input: the spec's sample · weights: partly random (seed 0)"
    assert "".join(values_notice(model)) == (
        '<p class="notice">Some weights are random (seed 0): values that depend on them show shapes, not meaning. '
        "<code>--weights</code> gives all of them.</p>"
    )


def test_the_notice_of_a_model_without_any_given_number():
    assert "".join(values_notice(model_of("typical_cnn"))) == (
        '<p class="notice">Weights are random (seed 0): values show shapes, not meaning; <code>--weights</code> or a '
        "file with weights gives them meaning. The input is random (seed 0): <code>--input-data</code> runs the "
        "network on another.</p>"
    )
    assert "".join(values_notice(model_of("sliding_window"))) == ""


def test_files_are_named_without_their_folders(tmp_path: Path):
    weights = tmp_path / "trained.npz"
    path = tmp_path / "page.html"
    assert run(["forward", "typical_cnn", "--save-weights", str(weights), "-o", str(tmp_path / "out.txt")]) == 0
    assert run(["report", "typical_cnn", "--weights", str(weights), "-o", str(path)]) == 0
    page = path.read_text("utf-8")
    assert "weights: trained.npz" in page
    assert str(tmp_path) not in page
    assert "Weights are random" not in page


# -- what cannot be run

OPAQUE = """\
name: detector
input: 8x8x3
layers:
  - {conv: 3x3x8, name: stem}
  - {opaque: NonMaxSuppression, output: 10x4, name: suppressed}
  - {flatten, name: flat}
"""


def test_what_comes_after_an_opaque_layer_is_unknown():
    model = model_of(OPAQUE)
    data = data_of(model)
    assert [layer is None for layer in data["layers"]] == [False, False, True, True]
    assert model.texts.all()[data["unknown"]] == (
        "The values of this layer are unknown: nobody knows what suppressed calculates."
    )
    assert "suppressed (opaque) cannot be run, because its values are unknown; 1 layer after it is left out too." in (
        "".join(values_notice(model))
    )


def test_what_comes_after_wrong_ids_is_unknown():
    model = model_of("{name: ids, input: 4, layers: [tanh, {embedding: 8, vocabulary: 10}]}")
    data = data_of(model)
    assert [layer is None for layer in data["layers"]] == [False, True, True]
    assert re.fullmatch(
        r"The values of this layer are unknown: tanh1 contains [\d.-]+, and 3 more like it; "
        r"its ids are whole numbers from 0 to 9\.",
        model.texts.all()[data["unknown"]],
    )


def reason(text: str, prepared: Callable[..., Any] | None = None, **arguments: Any) -> Any:
    spec = cnncalc.load(text)
    analysis = cnncalc.analyze(spec)
    return networks.network_or_reason(analysis, prepared or (lambda use: prepare(spec, use=use)), **arguments)


def test_a_model_that_cannot_be_run_has_a_page_that_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(memory_check, "available", lambda: 1 << 20)
    why = reason("vgg16")
    assert re.fullmatch(r"the model needs about [\d,]+ MiB, but only 1 MiB are free", why)
    path = tmp_path / "page.html"
    assert run(["report", "vgg16", "-o", str(path)]) == 0
    assert f'<p class="notice">Values are left out: {why}.</p>' in path.read_text("utf-8")


def test_but_if_it_is_to_be_run_with_given_numbers_that_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(memory_check, "available", lambda: 1 << 10)
    np.save(tmp_path / "x.npy", np.zeros((28, 28, 1)))
    path = tmp_path / "page.html"
    assert run(["report", "typical_cnn", "--input-data", str(tmp_path / "x.npy"), "-o", str(path)]) == 1
    assert "CNN325" in capsys.readouterr().err
    assert not path.exists()


def test_what_takes_long_is_only_run_if_it_is_asked_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(networks, "MOST_MACS", 200_000)
    assert reason("typical_cnn") == (
        "a run takes long, with 214,304 multiply-adds; a smaller --input takes fewer, and with --input-data the model "
        "is run all the same"
    )
    assert isinstance(reason("typical_cnn", is_asked_for=True), Network)


def test_nothing_can_be_run():
    why = reason("{name: net, input: 4x4x1, layers: [{opaque: Sort, output: 4x4x1, name: sorted}]}")
    assert why == "sorted (opaque) cannot be run, because its values are unknown"


# -- pages


def test_an_overflow_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path, large = tmp_path / "net.yaml", "{conv: 1x1x1, weights: {kernel: [[[60000]]]}}"
    path.write_text(f"{{input: 2x2x1, layers: [{large}, {large}]}}")
    assert run(["report", str(path), "--dtype", "float16", "-o", str(tmp_path / "page.html")]) == 0
    assert "CNN330" in capsys.readouterr().err


def test_weights_that_do_not_fit_the_type_leave_out_the_values(tmp_path: Path):
    path = tmp_path / "net.yaml"
    path.write_text("{input: 2x2x1, layers: [{conv: 1x1x1, weights: {kernel: [[[70000]]]}}]}")
    assert run(["report", str(path), "--dtype", "float16", "-o", str(tmp_path / "page.html")]) == 0
    assert "Values are left out: " in (tmp_path / "page.html").read_text("utf-8")


def test_pages_are_equal(tmp_path: Path):
    pages = []
    for number in range(2):
        path = tmp_path / f"{number}.html"
        assert run(["report", "typical_cnn", "-o", str(path)]) == 0
        pages.append(path.read_bytes())
    assert pages[0] == pages[1]


def test_values_take_little_of_a_page():
    assert len(inert_json(data_of(model_of("typical_cnn")))) < 45_000


def test_several_models_share_the_room():
    alone = data_of(model_of("typical_cnn"))
    spec = cnncalc.load("typical_cnn")
    one_of_four = values_data(PageModel(cnncalc.analyze(spec), Texts(), prepare(spec), 4))
    assert one_of_four is not None
    kept = [sum(len(each["data"]) for each in data["maps"].values()) for data in (alone, one_of_four)]
    assert kept[1] < kept[0] / 2

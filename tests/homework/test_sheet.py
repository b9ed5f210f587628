"""What a sheet says: the order of its layers, what is assumed, symbols, points, and room for working."""

import re
import shutil
import subprocess
from fractions import Fraction

import pytest
from grades import EVERYTHING, sheet

import cnncalc
from cnncalc.analysis import analyze
from cnncalc.homework.grading.batch import grade_file
from cnncalc.homework.grading.one_sheet import Grader
from cnncalc.homework.grading.scoring import Rubric
from cnncalc.homework.handins.submissions import read_submission
from cnncalc.homework.language import Language
from cnncalc.homework.sheet.assumptions import assumptions
from cnncalc.homework.sheet.questions import sheet_of
from cnncalc.report.views.homework._working import SheetDerivations
from cnncalc.report.views.homework.sheet import SheetReport
from cnncalc.source.open_model import shipped

RESIDUAL = [
    "{conv: 3x3x8, padding: 1}",
    "residual: [{conv: 3x3x8, padding: 1}, {residual: [{conv: 3x3x8, padding: 1}], name: inner}]",
    "concat: [[conv: 1x1x2, conv: 1x1x3], {max_pool: 3, stride: 1, padding: 1}]",
]


def test_what_lies_inside_a_residual_comes_before_the_sum():
    items = sheet(RESIDUAL).items
    assert [(item.name, [*item.reads], item.inside) for item in items] == [
        ("conv1", ["input"], ""),
        ("conv2", ["conv1"], "residual1"),
        ("conv3", ["conv2"], "inner"),
        ("inner", ["conv3", "conv2"], "residual1"),
        ("residual1", ["inner", "conv1"], ""),
        ("conv4", ["residual1"], "concat1"),
        ("conv5", ["conv4"], "concat1"),
        ("max_pool1", ["residual1"], "concat1"),
        ("concat1", ["conv5", "max_pool1"], ""),
    ]


@pytest.mark.parametrize("name", sorted(shipped()))
def test_no_layer_is_asked_about_before_what_it_reads(name):
    items = sheet_of(analyze(cnncalc.load(name))).items
    known = {item.name for item in items}
    asked = set()
    for item in items:
        assert {name for name in item.reads if name in known} <= asked
        asked.add(item.name)


# -- what is assumed


def assumed(layers, ask=EVERYTHING, language="en", **head):
    return [*assumptions(sheet(layers, ask=ask, **head), Language(language))]


PLAIN = [
    "Every filter and every unit has a bias.",
    "A convolution has stride 1 and no padding where nothing else is stated.",
    "Sizes are written height × width × channels.",
    "A receptive field is given in positions of the input; write `global` for all of the input.",
    "MACs count the multiplications with weights; adding the biases does not count.",
    "Bytes per parameter: 4.",
]


def test_what_is_assumed():
    assert assumed(["conv: 3x3x8"]) == PLAIN


@pytest.mark.parametrize(
    ("ask", "numbers"),
    [
        (("params",), [0]),
        (("output",), [1, 2]),
        (("receptive_field",), [1, 3]),
        (("macs",), [1, 4]),
        (("memory",), [0, 5]),
    ],
)
def test_only_what_the_sheet_needs_is_said(ask, numbers):
    assert assumed(["conv: 3x3x8"], ask) == [PLAIN[number] for number in numbers]


def test_a_dense_layer_needs_the_sizes_for_its_parameters():
    assert assumed(["conv: 3x3x8", "flatten", "dense: 10"], ("params",)) == PLAIN[:2]


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        (
            ["conv: 3x3x8", "{conv: 3x3x8, bias: false}"],
            "Every filter and every unit has a bias, except in the layers marked `no bias`.",
        ),
        (["{conv: 3x3x8, bias: false}"], "No layer has biases."),
        (
            ["attention: 3", "{attention: 3, bias: false}"],
            "In attention, the projections of queries, keys, values and of the output have biases, except in the "
            "layers marked `no bias` or `no output bias`.",
        ),
        (
            ["{attention: 3, output_bias: false}"],
            "In attention, the projections of queries, keys, values and of the output have biases, except in the "
            "layers marked `no bias` or `no output bias`.",
        ),
        (["{attention: 3, bias: false}"], "No layer has biases."),
        (["max_pool: 2"], "The stride of a pool equals its window where nothing else is stated."),
        (["{conv: 3x3x8, padding: valid}"], "Padding `valid` means none."),
    ],
)  # fmt: skip
def test_what_differs_is_said(layers, sentence):
    assert sentence in assumed(layers)


def test_filters_without_biases_beside_attention_are_only_marked():
    assert "No layer has biases." not in assumed(["{conv: 3x3x8, bias: false}", "{attention: 2}"])


def test_a_network_without_biases_has_nothing_said_about_them():
    assert not [text for text in assumed(["max_pool: 2", "flatten"]) if "bias." in text]


@pytest.mark.parametrize(
    ("convention", "sentence"),
    [
        (
            "lecture",
            "Padding `same` means ⌊k / 2⌋ zeros on every side, where k is how many positions the window spans.",
        ),
        (
            "keras",
            "Padding `same` means as many zeros as make the output ⌈n / s⌉ long: half of them on each side, an odd one "
            "at the end.",
        ),
        ("pytorch", "Padding `same` means as many zeros as make the output as large as the input."),
    ],
)
def test_same_means_what_the_convention_says(convention, sentence):
    assert sentence in assumed(["{conv: 3x3x8, padding: same}"], convention=convention)


@pytest.mark.parametrize(
    ("convention", "count"), [("lecture", "do not count"), ("pytorch", "do not count"), ("keras", "count")]
)
def test_the_statistics_of_a_batch_norm(convention, count):
    sentence = f"The moving means and variances of a batch norm {count} as parameters."
    assert sentence in assumed(["{conv: 3x3x8, norm: batch_norm}"], convention=convention)


@pytest.mark.parametrize(
    ("input", "layout", "order"),
    [
        ("9x2", "channels_last", "length × channels"),
        ("9x9x2", "channels_first", "channels × height × width"),
        ("9x9x9x2", "channels_last", "depth × height × width × channels"),
    ],
)
def test_the_order_of_sizes(input, layout, order):
    input = "2x9x9" if layout == "channels_first" else input
    assert f"Sizes are written {order}." in assumed(["conv: {filters: 8, kernel: 3}"], input=input, layout=layout)


def test_the_order_of_sizes_of_outputs_with_more_and_fewer_axes():
    found = assumed(["{conv: 8, kernel: 3}", "{reduce: mean, axes: width}"], input="9x9x2")
    assert "Three sizes are written height × width × channels." in found
    assert "Two sizes are written length × channels." in found
    assert not any(each.startswith("Sizes") for each in found)


RESET = (
    "`reset after`: the reset gate multiplies the product of state and weights, which has a bias of its own: two for "
    "each gate and unit."
)
TWO = "`two biases`: of each gate and unit, one for what is read and one for the state."


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ("{gru: 4, reset_after: true}", [RESET]),
        ("{gru: 4, reset_after: false}", []),
        ("{gru: 4, reset_after: true, bias: false}", []),
        ("{lstm: 4, recurrent_bias: true}", [TWO]),
        ("{rnn: 4, recurrent_bias: true}", [TWO]),
        ("{lstm: 4}", []),
    ],
)
def test_how_many_biases_a_recurrent_layer_has(layer, said):
    assert [each for each in assumed([layer], input="9x2") if each in (RESET, TWO)] == said
    assert not {RESET, TWO} & {*assumed([layer], ask=["output"], input="9x2")}


# -- what a line says


def lines(layers, language="en", **options):
    text = SheetReport(sheet(layers, **options), say=Language(language)).render("yaml")
    return [line.strip() for line in text.splitlines() if line.startswith("  ") and not line.startswith("    ")]


def test_where_a_layer_lies_and_what_it_reads():
    assert lines(RESIDUAL) == [
        "conv1:  # conv 3×3, 8 filters, padding 1",
        "conv2:  # conv 3×3, 8 filters, padding 1 (inside residual1)",
        "conv3:  # conv 3×3, 8 filters, padding 1 (inside inner)",
        "inner:  # residual: the sum of conv3 and conv2 (inside residual1)",
        "residual1:  # residual: the sum of inner and conv1",
        "conv4:  # conv 1×1, 2 filters (inside concat1)",
        "conv5:  # conv 1×1, 3 filters (inside concat1)",
        "max_pool1:  # max_pool 3×3, stride 1, padding 1 (inside concat1; reads residual1)",
        "concat1:  # concat: the channels of conv5 and max_pool1",
        "total:  # the whole network",
    ]


def test_shared_weights_and_several_inputs_are_said():
    assert lines(["{conv: 3x3x3, name: a}", "{share: a, from: input, name: b}"])[:2] == [
        "a:  # conv 3×3, 3 filters",
        "b:  # conv 3×3, 3 filters (reads input; with the weights of a)",
    ]
    text = "inputs: {image: 9x9x3, other: 4}\nlayers: [{flatten: , from: image}, {dense: 2, from: other}]\n"
    shown = cnncalc.sheet(cnncalc.load(text), "output").render("yaml")
    assert "  flatten1:  # flatten (reads image)\n" in shown
    assert "  dense1:  # dense 2 units (reads other)\n" in shown


@pytest.mark.parametrize("convention", ["lecture", "keras"])
def test_same_stays_same(convention):
    layers = ["{conv: 3x3x8, padding: same, stride: 2}", "{max_pool: 2, padding: same}", "{conv: 1x1x8, padding: same}"]
    assert lines(layers, convention=convention)[:3] == [
        "conv1:  # conv 3×3, 8 filters, stride 2, padding same",
        "max_pool1:  # max_pool 2×2, padding same",
        "conv2:  # conv 1×1, 8 filters, padding same",
    ]


def test_a_line_in_german():
    layers = [
        "{conv: 3x3x8, padding: same, bias: false}",
        "{residual: [{conv: 1x1x8, name: inside}], activation: relu}",
    ]
    assert lines(layers, "de") == [
        "conv1:  # conv 3×3, 8 Filter, Padding `same`, ohne Bias",
        "inside:  # conv 1×1, 8 Filter (innerhalb von residual1)",
        "residual1:  # residual: die Summe aus inside und conv1, relu",
        "total:  # das ganze Netz",
    ]


# -- points


RUBRIC = Rubric(points={"params": Fraction(5, 2), "conv1.output": Fraction(3)}, skip=frozenset({"total"}))


def test_every_answer_is_worth_one_point():
    text = SheetReport(sheet(["conv: 3x3x8"], ask=("output", "params", "total"))).render("yaml")
    assert "\n# 3 points, one for each answer. " in text
    assert "points:" not in text


def test_a_single_point():
    text = SheetReport(sheet(["conv: 3x3x8"], ask=("output",))).render("yaml")
    assert "\n# 1 point. An answer" in text


@pytest.mark.parametrize(("language", "points"), [("en", "3 + 2.5"), ("de", "3 + 2,5")])
def test_a_rubric_shows_in_every_format(language, points):
    report = SheetReport(
        sheet(["conv: 3x3x8"], ask=("output", "params", "total")), say=Language(language), rubric=RUBRIC
    )
    title = "points" if language == "en" else "Punkte"
    assert f"{title}: {points}\n" in report.render("yaml")
    assert points in report.render("html")
    assert "layer,settings,output,params,points\n" in report.render("csv")
    total = report.render("text").splitlines()[0]
    assert total.endswith("5.5 points" if language == "en" else "5,5 Punkte")


# -- on paper


def test_symbols_are_those_of_the_rules_of_this_sheet():
    whole = sheet(["conv: 3x3x8", "flatten", "dense: 10"], ask=("params",))
    assert list(SheetDerivations(whole).meanings()) == ["k", "c_in", "filters", "n_in", "units"]
    assert SheetDerivations(sheet(["max_pool: 2"], ask=("params",))).meanings() == {}


def test_a_page_has_boxes_and_room_for_working():
    page = SheetReport(sheet(["conv: 3x3x8", "max_pool: 2"])).render("html")
    assert page.count(">working<") == 3  # two layers and the total
    assert "@page { size: A4" in page
    assert '<html lang="en">' in page
    german = SheetReport(sheet(["conv: 3x3x8"]), say=Language("de")).render("html")
    assert '<html lang="de">' in german
    assert ">Nebenrechnung<" in german


@pytest.mark.parametrize("format", ["yaml", "csv", "markdown", "html", "latex", "text"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_sheet_gives_no_answer_away(format, language):
    """Five-digit answers, which nothing else on a sheet can be."""
    layers = ["{conv: 3x3x64, padding: 1}", "residual: [{conv: 3x3x64, padding: 1}]", "flatten", "dense: 10"]
    whole = sheet(layers)
    text = SheetReport(whole, say=Language(language)).render(format)
    answers = {str(question.answer) for question in whole.questions if question.answer not in (0, "global")}
    large = {answer for answer in answers if answer.isdigit() and len(answer) > 3}
    assert len(large) > 4
    assert set(re.findall("[0-9]+", re.sub(r"(?<=\d)[,.](?=\d{3})", "", text))) & large == set()


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_sheet_compiles(language, tmp_path):
    if not shutil.which("pdflatex"):
        pytest.skip("needs pdflatex")
    layers = [*RESIDUAL, "{conv: 3x3x8, padding: same, norm: batch_norm}", "flatten", "dense: 10"]
    for with_key in (False, True):
        path = tmp_path / f"{with_key}.tex"
        path.write_text(SheetReport(sheet(layers), with_key, "Åsa Ünal", Language(language)).render("latex"), "utf-8")
        done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", path.name], cwd=tmp_path,
                              capture_output=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stdout.decode("latin-1")[-2000:]
        overfull = re.findall(rb"Overfull \\hbox \((\d+)", done.stdout)
        assert [width for width in overfull if int(width) > 12] == []


# -- and back


@pytest.mark.parametrize(
    "heading",
    [
        "Schicht;Einstellungen;Ausgabe;Parameter;rezeptives Feld;Speicher",
        "Schicht;x;Ausgabegröße;Parameter;rezeptives Feld;y",
    ],
)
def test_german_headings_are_read(heading, tmp_path):
    path = tmp_path / "ada.csv"
    path.write_text(f"student;Ada\n{heading}\nconv1;conv 3×3, 8 Filter;26x26x8;224;3;\n", encoding="utf-8")
    assert read_submission(str(path)).answers == {
        ("conv1", "output"): "26x26x8", ("conv1", "params"): "224", ("conv1", "receptive_field"): "3",
    }  # fmt: skip


@pytest.mark.parametrize("suffix", [".yaml", ".csv"])
def test_the_german_key_is_right_all_round(suffix, tmp_path):
    whole = sheet_of(analyze(cnncalc.load("vgg16")), EVERYTHING)
    path = tmp_path / f"key{suffix}"
    path.write_text(SheetReport(whole, True, say=Language("de")).render(suffix[1:]), encoding="utf-8")
    result = grade_file(str(path), Grader(whole), Rubric())
    assert (result.error, result.notes, result.score.percent) == ("", (), 100)


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_printed_table_is_read_back(language, tmp_path):
    """As Markdown, filled in with the key, by a student with a name."""
    whole = sheet_of(analyze(cnncalc.load("typical_cnn")), EVERYTHING)
    text = SheetReport(whole, True, say=Language(language)).render("markdown")
    name = Language(language)("name")
    path = tmp_path / "a.md"
    path.write_text(text.replace("\n- ", f"\n- {name}: Ada\n- ", 1), encoding="utf-8")
    result = grade_file(str(path), Grader(whole), Rubric())
    assert (result.error, result.notes, result.student, result.score.percent) == ("", (), "Ada", 100)

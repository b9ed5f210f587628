"""Every command has its function: what the function gives is the command's JSON."""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cnncalc
from cnncalc import cli
from cnncalc.cli import homework, run
from cnncalc.source.files import Unreadable, read_file

CASES = sorted((Path(__file__).parent / "cases").glob("*/*.yaml"))
SPECS = {
    "one chain": ("typical_cnn", {}),
    "two inputs, shared weights": ("siamese", {}),
    "two inputs": ("yolov3_neck", {}),
    "channels first": ("tiny_vgg", {"layout": "channels_first"}),
    "folded names": ("resnet18", {}),
    "a variant": ("resnet", {"variant": "resnet34"}),
    "variables and an input": ("unet", {"input": "572x572"}),
    "one axis": ("m5", {}),
    "three axes": ("three_d", {}),
}


@pytest.fixture
def command(capsys) -> Callable[..., dict[str, Any]]:
    """The JSON of a command."""

    def command(*arguments: str, status: int = 0) -> dict[str, Any]:
        assert run([*arguments, "--format", "json"]) == status
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return command


def as_json(result: Any) -> dict[str, Any]:
    """What a program reads that gets the dictionary as JSON: tuples are lists."""
    found: dict[str, Any] = json.loads(json.dumps(result.to_dict()))
    return found


@pytest.fixture(params=SPECS)
def model(request) -> tuple[cnncalc.Spec, list[str]]:
    """A spec, and the arguments of a command that reads the same."""
    name, options = SPECS[request.param]
    return cnncalc.load(name, **options), [
        name,
        *(text for key, value in options.items() for text in (f"--{key}", value)),
    ]


FUNCTIONS = {"summarize": "analyze", "forward": "run", "validate": "check", "import": "import_model", "report": "page"}
"""Commands whose functions have other names."""


def test_every_command_has_its_function():
    names = [each for each in cli.COMMANDS if each != "homework"]
    names += [f"homework {each}" for each in homework.COMMANDS if each != "gradescope-kit"]
    docs = (Path(__file__).parents[1] / "docs" / "python.md").read_text("utf-8")
    for command in names:
        function = FUNCTIONS.get(command, command.split()[-1].replace("-", "_"))
        assert callable(getattr(cnncalc, function)), command
        assert f"| `{command}` | [`{function}`](#" in docs
        assert f"cnncalc.{function}(" in docs


def test_no_function_has_the_name_of_a_package():
    """An import of the package would put it in the function's place."""
    assert {module.name for module in pkgutil.iter_modules(cnncalc.__path__)} & {*cnncalc.__all__} == set()


@pytest.mark.parametrize("function", ["explain", "hyperparameters", "receptive_field"])
def test_functions_of_a_model(function, model, command):
    spec, arguments = model
    assert as_json(getattr(cnncalc, function)(spec)) == command(function.replace("_", "-"), *arguments)


def test_analyze_is_summarize(model, command):
    spec, arguments = model
    assert as_json(cnncalc.analyze(spec)) == command("summarize", *arguments)
    half = cnncalc.analyze(spec, dtype="float16", batch=3)
    assert as_json(half) == command("summarize", *arguments, "--dtype", "float16", "--batch", "3")


def test_export_gives_what_the_command_writes(model, capsys):
    spec, arguments = model
    for depth in (None, 1):
        assert run(["export", *arguments, "--to", "dot", *(["--depth", str(depth)] if depth else [])]) == 0
        assert cnncalc.export(spec, "dot", depth=depth) == capsys.readouterr().out


def test_a_result_is_written_like_the_command_writes_it(capsys):
    spec = cnncalc.load("typical_cnn")
    for arguments, result in {
        ("summarize", "typical_cnn"): cnncalc.analyze(spec),
        ("hyperparameters", "typical_cnn"): cnncalc.hyperparameters(spec),
        ("receptive-field", "typical_cnn"): cnncalc.receptive_field(spec),
        ("receptive-field", "typical_cnn", "--layer", "conv2"): cnncalc.receptive_field(spec, "conv2"),
        ("compare", "typical_cnn", "lenet5"): cnncalc.compare(spec, cnncalc.load("lenet5")),
        ("verify", "typical_cnn"): cnncalc.verify(spec),
        ("validate", spec.source.name): cnncalc.check(spec.source.name),
    }.items():
        for format in ("text", "csv"):
            run([*arguments, "--format", format])
            assert result.render(format) == capsys.readouterr().out, (arguments, format)
        assert "<" in result._repr_html_()
        with pytest.raises(ValueError, match="expected one of text"):
            result.render("nonsense")


# -- receptive fields


def test_a_unit(command):
    spec = cnncalc.load("typical_cnn")
    expected = command("receptive-field", "typical_cnn", "--layer", "conv2", "--at", "2,3")
    assert as_json(cnncalc.receptive_field(spec, "conv2", (2, 3))) == expected
    middle = cnncalc.receptive_field(spec, "conv2")
    assert middle.unit.position == (5, 5)  # of 11×11
    one = cnncalc.load("m5")
    assert cnncalc.receptive_field(one, "conv1", 7).unit.position == (7,)


def test_a_size_to_cover(command):
    spec = cnncalc.load("typical_cnn")
    assert as_json(cnncalc.receptive_field(spec, cover=64)) == command(
        "receptive-field", "typical_cnn", "--cover", "64"
    )
    wide = command("receptive-field", "typical_cnn", "--cover", "64x32")
    assert as_json(cnncalc.receptive_field(spec, cover=(64, 32))) == wide
    assert [answer.goal for answer in cnncalc.receptive_field(spec, cover=(64, 32)).answers] == [(64, 32)]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"layer": "conv9"}, ValueError, "there is no layer 'conv9'; did you mean conv2?"),
        ({"layer": "conv2", "at": (2, 11)}, IndexError, "conv2.relu is 11×11×16, units count from 0: no unit 2,11"),
        ({"layer": "conv2", "at": (-1, 0)}, IndexError, "conv2.relu is 11×11×16, units count from 0: no unit -1,0"),
        ({"layer": "conv2", "at": 3}, IndexError, "conv2.relu has 2 axes (11×11×16), found 1 in '3'"),
        ({"at": (2, 2)}, ValueError, "at: of which layer?"),
        ({"layer": "conv2", "cover": 3}, ValueError, "cover: it is asked of the whole model, not of a layer"),
        ({"cover": (1, 2, 3)}, ValueError, "expected one size of at least 1, or one for each of 2 axes, found '1x2x3'"),
        ({"cover": 0}, ValueError, "expected one size of at least 1, or one for each of 2 axes, found '0'"),
        ({"cover": ()}, ValueError, "expected one size of at least 1, or one for each of 2 axes, found ''"),
    ],
)
def test_what_receptive_field_refuses(arguments, error, message):
    with pytest.raises(error) as caught:
        cnncalc.receptive_field(cnncalc.load("typical_cnn"), **arguments)
    assert str(caught.value) == message


# -- compare


@pytest.mark.parametrize(
    "names", [("resnet18", "resnet34"), ("typical_cnn", "typical_cnn"), ("siamese", "m5"), ("lenet5", "vgg16", "unet")]
)
def test_compare(names, command):
    report = cnncalc.compare(*map(cnncalc.load, names))
    assert as_json(report) == command("compare", *names)
    assert report.is_different == (len(set(names)) > 1)


def test_what_must_not_be(command):
    models = [cnncalc.load(name) for name in ("resnet18", "resnet34")]
    conditions = ["params > +5%", "macs > 100G"]
    options = [word for each in conditions for word in ("--fail-if", each)]
    report = cnncalc.compare(*models, fail_if=conditions)
    assert as_json(report) == command("compare", "resnet18", "resnet34", *options, status=1)
    assert [each.condition.text for each in report.met] == ["params > +5%"]
    assert cnncalc.compare(*models, fail_if="params > +5%").met == report.met
    with pytest.raises(ValueError, match="expected a condition such as"):
        cnncalc.compare(*models, fail_if=["more"])


# -- verify


def test_verify(command):
    for name in ("typical_cnn", "siamese"):
        assert as_json(cnncalc.verify(cnncalc.load(name))) == command("verify", name)
    assert as_json(cnncalc.verify(cnncalc.load("m5"), quick=True)) == command("verify", "m5", "--quick")


# -- check


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_check_is_validate(path, monkeypatch, capsys):
    monkeypatch.chdir(path.parent)
    select = ("default", "design")
    run(["validate", path.name, "--select", ",".join(select), "--format", "json"])
    expected = json.loads(capsys.readouterr().out)
    checked = cnncalc.check(path.name, select=select)
    assert as_json(checked) == expected
    assert checked.is_ok == expected["files"][0]["ok"]
    try:
        cnncalc.load(path.name)
    except cnncalc.SpecError:
        assert checked.analysis is None
    else:
        assert checked.analysis is not None
        assert checked.analysis.spec.name == checked.name
    try:
        text = read_file(path.name).text
    except Unreadable:
        return
    assert cnncalc.check(text, select=select, filename=path.name).findings == checked.findings


CHAIN = "input: 28x28x1\nlayers: [conv: 3x3x8, flatten, dense: 10]\n"
TWO_DENSE = "input: 10\nlayers: [dense: 8, dense: 4]\n"


def codes(checked: cnncalc.Checked) -> list[str]:
    return [each.code for each in checked.findings]


def test_check_gives_findings_and_numbers_in_one_call():
    checked = cnncalc.check(f"{TWO_DENSE}expect: {{params: 3}}\n")
    assert codes(checked) == ["CNN514", "CNN401"]
    assert [each.span.line for each in checked.findings] == [2, 3]
    assert not checked.is_ok
    assert checked.analysis is not None
    assert checked.analysis.totals.params == 10 * 8 + 8 + 8 * 4 + 4


def test_check_never_raises_for_what_it_reads(tmp_path):
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9\n")
    for given, code in {
        "": "CNN101", "no_such_model": "CNN101", "a\0b": "CNN101", tmp_path: "CNN101", tmp_path / "no.yaml": "CNN101",
        tmp_path / "latin.yaml": "CNN102", "\n": "CNN103", "layers: 3\n": "CNN203", "a: [\n": "CNN111",
        "x" * 5000: "CNN101",
    }.items():  # fmt: skip
        checked = cnncalc.check(given)
        assert codes(checked)[0] == code, given
        assert (checked.is_ok, checked.analysis, checked.name) == (False, None, "")
        assert checked.to_dict()["totals"]["failed"] == 1
        assert code in checked.render("concise")
    for options in ({"input": "abc"}, {"convention": "caffe"}, {"vars": {"width": 3}}, {"variant": "small"}):
        assert not cnncalc.check(CHAIN, **options).is_ok
    with pytest.raises(TypeError):
        cnncalc.check(None)  # type: ignore[arg-type]


def test_what_is_a_text_and_what_it_is_called(tmp_path, monkeypatch):
    one_line = "{input: 10, layers: [dense: 8, dense: 4]}"
    for text in (TWO_DENSE, one_line, f"  {one_line}", TWO_DENSE.replace("\n", "\r")):
        checked = cnncalc.check(text)
        assert (codes(checked), checked.file, checked.name) == (["CNN514"], "spec", "spec")
        assert cnncalc.load(text).name == "spec"
    assert cnncalc.check(f"name: small\n{TWO_DENSE}").name == "small"
    # an editor's buffer may be anything, and is a text all the same
    for buffer, code in {"": "CNN103", "inp": "CNN205", "input: 10": "CNN203", "typical_cnn": "CNN205"}.items():
        checked = cnncalc.check(buffer, filename="net.yaml")
        assert (codes(checked)[0], checked.file) == (code, "net.yaml")
        with pytest.raises(cnncalc.SpecError, match=r"^net\.yaml:1:1"):
            cnncalc.load(buffer, filename="net.yaml")
    assert cnncalc.load(TWO_DENSE, filename="folder/net.yaml").name == "net"
    monkeypatch.chdir(tmp_path)
    Path("{name}").write_text(CHAIN)
    assert cnncalc.check("{name}").file == "{name}"


def test_which_findings():
    assert codes(cnncalc.check(TWO_DENSE, ignore=["CNN514"])) == []
    assert codes(cnncalc.check(TWO_DENSE, ignore="CNN5")) == []
    assert codes(cnncalc.check(TWO_DENSE, select="CNN401")) == []
    assert codes(cnncalc.check(f"{TWO_DENSE[:-1]}  # cnncalc: ignore CNN514\n")) == []
    assert codes(cnncalc.check(f"# cnncalc: ignore-file CNN514\n{TWO_DENSE}")) == []
    checked = cnncalc.check(CHAIN, expect=["params <= 100", "macs < 1M"])
    assert [each.message for each in checked.findings if each.is_error] == [
        "params of the model: expected at most 100, found 54,170"  # 80 + 26·26·8·10 + 10
    ]
    for wrong in ({"select": ["CNN9"]}, {"ignore": ["CNN204"]}, {"expect": ["parms <= 3"]}):
        with pytest.raises(ValueError, match=r"^(select|ignore|expect): "):
            cnncalc.check(CHAIN, **wrong)


def test_check_of_another_input_and_of_variants():
    family = f"{CHAIN}variants: {{wide: {{input: 8x8x1}}, narrow: {{input: 1x1x1}}}}\n"
    assert [(each.code, each.chain) for each in cnncalc.check(family).findings if each.is_error] == [
        ("CNN301", ("in variant `narrow`",))
    ]
    wide = cnncalc.check(family, variant="wide")
    assert (codes(wide), wide.name) == ([], "wide")
    assert cnncalc.check(family, variant="narrow").analysis is None
    assert codes(cnncalc.check(CHAIN, input="30x30")) == ["CNN530"]
    assert codes(cnncalc.check(CHAIN, input="30x30", ignore="CNN530")) == []
    named = cnncalc.check("resnet34")
    assert named.analysis is not None
    assert (named.name, named.analysis.spec.variant) == ("resnet34", "resnet34")
    with pytest.raises(ValueError, match="name one of them"):
        cnncalc.check("resnet34", variant="resnet50")


def test_a_text_is_proved_too():
    assert codes(cnncalc.check(TWO_DENSE, verify=True)) == ["CNN514"]


def test_help_names_no_command_for_a_text():
    (found,) = cnncalc.check(f"{CHAIN}expect: {{params: 3}}\n").findings
    assert found.help == ("`explain` shows how the number is calculated",)


# -- solve


@pytest.mark.parametrize(
    ("question", "options", "arguments"),
    [
        ("n_in=32, k=5, s=1, n_out=32", {}, ["n_in=32, k=5, s=1, n_out=32"]),
        ("n_in=4, k=2, s=2, n_out=8", {"transposed": True}, ["n_in=4, k=2, s=2, n_out=8", "--transposed"]),
        ("typical_cnn", {"layer": "conv1", "output": 28}, ["--layer", "conv1", "--output", "28"]),
        ("typical_cnn", {"layer": "conv2", "output": (13, 11)}, ["--layer", "conv2", "--output", "13x11"]),
        ("typical_cnn", {"sizes": True, "up_to": 30}, ["--sizes", "--up-to", "30"]),
        ("typical_cnn", {"cover": True}, ["--cover"]),
        (
            "mobilenet_v1",
            {"params": "<= 1342536", "vary": "width", "step": 0.25},
            ["--params", "<= 1342536", "--vary", "width", "--step", "0.25"],
        ),
        (
            "mobilenet_v1",
            {"macs": "< 50M", "vary": "width", "step": "0.25"},
            ["--macs", "< 50M", "--vary", "width", "--step", "0.25"],
        ),
    ],
)
def test_solve(question, options, arguments, command):
    is_model = "=" not in question
    report = cnncalc.solve(cnncalc.load(question) if is_model else question, **options)
    expected = command("solve", *([question] if is_model else []), *arguments, status=0 if report.is_found else 1)
    assert as_json(report) == expected
    assert report.render()


def test_solve_keeps_what_else_was_set(command):
    spec = cnncalc.load("mobilenet_v1", vars={"slim": True}, input="64x64", layout="channels_first")
    report = cnncalc.solve(spec, params="<= 1M", vary="width", step=0.25)
    options = ["--set", "slim=true", "--input", "64x64", "--layout", "channels_first"]
    assert as_json(report) == command(
        "solve", "mobilenet_v1", "--params", "<= 1M", "--vary", "width", "--step", "0.25", *options
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "one question at a time: layer or params or macs or sizes or cover"),
        ({"sizes": True, "cover": True}, "one question at a time: sizes or cover"),
        ({"layer": "conv1"}, "which output?"),
        ({"layer": "conv9", "output": 3}, "there is no layer 'conv9'; did you mean conv2?"),
        ({"layer": "conv1", "output": (3, 3, 3)}, "conv1 has 2 spatial sizes"),
        ({"layer": "dense1", "output": 3}, "dense1 has 0 spatial sizes"),
        ({"params": "<= 1M"}, "which variable may grow?"),
        ({"params": "<= 1M", "vary": "width"}, "there is no variable 'width'; variables: none"),
        ({"macs": "many", "vary": "width"}, "expected a bound such as \"<= 1M\", found 'many'"),
        ({"macs": "1M", "vary": "width", "step": 0}, "expected a number such as 1 or 0.05, found '0'"),
    ],
)
def test_what_solve_refuses(options, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared below
        cnncalc.solve(cnncalc.load("typical_cnn"), **options)
    assert str(caught.value) == message


def test_a_variable_that_is_set_cannot_vary():
    spec = cnncalc.load("mobilenet_v1", vars={"width": 0.5})
    with pytest.raises(ValueError, match="width is to vary, and is set too"):
        cnncalc.solve(spec, params="<= 1M", vary="width")


# -- homework, and the rest


def test_sheet_is_homework_sheet(capsys):
    spec = cnncalc.load("typical_cnn", input="32x32")
    for key in (False, True):
        options = ["--input", "32x32", *(["--key"] if key else [])]
        for format in ("yaml", "csv", "html"):
            assert run(["homework", "sheet", "typical_cnn", *options, "--format", format]) == 0
            assert cnncalc.sheet(spec, key=key).render(format) == capsys.readouterr().out
    assert run(["homework", "sheet", "typical_cnn", "--input", "32x32", "--ask", "macs,memory"]) == 0
    assert cnncalc.sheet(spec, "macs", "memory").render("yaml") == capsys.readouterr().out
    with pytest.raises(ValueError, match="cannot ask for 'sizes'; expected some of output"):
        cnncalc.sheet(spec, "sizes")
    with pytest.raises(ValueError, match="would have no blanks: ask for output or params"):
        cnncalc.sheet(cnncalc.load("{inputs: {a: 8, b: 8}, layers: [{concat: [a, b]}]}"), "receptive_field")


def test_a_comparison_of_too_many_layers():
    spec = cnncalc.load("input: 8x8x1\nlayers: [{relu: , repeat: 100001, name: r}]\n")
    with pytest.raises(ValueError, match="at most 200,000 layers are compared, and these models have at least 200,002"):
        cnncalc.compare(spec, spec)


def test_a_sheet_of_too_many_layers():
    spec = cnncalc.load("input: 8x8x1\nlayers: [{relu: , repeat: 20001, name: r}]\n")
    with pytest.raises(ValueError, match="a sheet is about at most 20,000 layers, and spec has 20,001"):
        cnncalc.sheet(spec)


def test_exercise_is_homework_exercise(capsys):
    assert run(["homework", "exercise", "--seed", "7", "--level", "3", "--layers", "5"]) == 0
    made = cnncalc.exercise(7, level=3, layers=5)
    assert made.text == capsys.readouterr().out
    assert cnncalc.load(made.text).name == made.name == "level3-seed7"
    assert cnncalc.exercise(7).text == cnncalc.exercise(7, level=2).text
    for wrong in ({"level": 0}, {"level": 6}, {"level": 1, "layers": 2}):
        with pytest.raises(ValueError, match="level"):
            cnncalc.exercise(7, **wrong)


@pytest.mark.slow
def test_specs(command):
    assert as_json(cnncalc.specs()) == command("specs")


def test_new(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cnncalc.new()
    assert run(["new", "other.yaml"]) == 0
    own, other = (Path(name).read_bytes().decode() for name in ("model.yaml", "other.yaml"))
    assert own.replace("model.yaml", "other.yaml") == other
    assert cnncalc.check("model.yaml").findings == ()
    with pytest.raises(FileExistsError):
        cnncalc.new(tmp_path / "model.yaml")


def test_rule_and_schema(capsys):
    found = cnncalc.rule("cnn503")
    assert run(["rule", "CNN503"]) == 0
    text = capsys.readouterr().out
    assert (found.severity, found.title) == tuple(text.splitlines()[0].removeprefix("CNN503 (").split("): "))
    assert found.explanation in text
    for name in ("spec", "summary", "cnncalc/summary"):
        assert run(["schema", name]) == 0
        assert cnncalc.schema(name) == json.loads(capsys.readouterr().out)
    assert cnncalc.schema() == cnncalc.schema("spec")
    with pytest.raises(ValueError, match="there is no code 'CNN5033'; did you mean CNN533"):
        cnncalc.rule("CNN5033")
    with pytest.raises(ValueError, match="there is no schema 'sumary'; did you mean summary"):
        cnncalc.schema("sumary")

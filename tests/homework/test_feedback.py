"""What a student reads about a sheet, at each level and in each language."""

import re
from pathlib import Path

import pytest

SHEETS = Path(__file__).parents[2] / "examples" / "homework" / "sheets"
LANGUAGES = ["en", "de"]


@pytest.fixture
def feedback(call):
    def _feedback(file: Path, *options: str) -> str:
        status, out, _ = call("grade", file, "--key", "typical_cnn", *options)
        assert status == 0
        return out

    return _feedback


def below_the_table(text: str) -> str:
    return re.split(r"^total .*\n", text, maxsplit=1, flags=re.MULTILINE)[1]


@pytest.fixture
def with_params(call):
    """A sheet whose answers are right, except for these numbers of parameters."""

    def _with_params(**changed: str) -> Path:
        _, text, _ = call("sheet", "typical_cnn", "--key")
        text = text.replace("student: solutions", "student: Eve")
        for layer, params in changed.items():
            text = re.sub(
                rf"(  {layer}:.*?params:).*?$", rf"\1 {params}", text, count=1, flags=re.DOTALL | re.MULTILINE
            )
        Path("sheet.yaml").write_text(text, encoding="utf-8")
        return Path("sheet.yaml")

    return _with_params


def test_everything_is_right(feedback, with_params):
    assert "Everything is right." in feedback(with_params())


def test_a_mistake_that_shows_once_comes_first_in_hedged_words(feedback, with_params):
    out = feedback(with_params(conv2="1152"))
    assert "21 of 22 answers are right. Perhaps the biases are missing.\n" in out


def test_a_mistake_throughout_comes_first(feedback):
    out = feedback(SHEETS / "dorothy.yaml")
    assert "17 of 22 answers are right. Most often: the window was added with all its cells.\n" in out


@pytest.mark.parametrize("level", ["name", "hint", "full"])
def test_a_hint_is_said_once_with_all_its_places(feedback, level):
    out = below_the_table(feedback(SHEETS / "dorothy.yaml", "--feedback-level", level))
    assert out.count("the window was added with all its cells") == 1
    assert "conv1, max_pool1, conv2, max_pool2 (receptive field): the window was added" in out


def test_a_hint_about_layers_with_different_rules_is_said_once_too(feedback, with_params):
    macs = with_params(conv1="48672", conv2="139392", dense1="25600", dense2="640", total="214304")
    out = below_the_table(feedback(macs))
    assert out.count("multiply-adds") == 1
    assert "conv1, conv2, dense1, dense2 (parameters): these are the multiply-adds." in out
    assert "The rule for conv1, conv2: k·k·c_in·filters + filters; for dense1, dense2: n_in·units + units\n" in out


def test_a_name_is_given_without_a_hint_and_a_rule(feedback):
    out = below_the_table(feedback(SHEETS / "grace.yaml", "--feedback-level", "name"))
    assert "the biases are missing.\n" in out
    assert "The rule" not in out
    assert "Symbols" not in out


def test_solutions_are_derived_for_what_was_not_answered_too(feedback):
    out = below_the_table(feedback(SHEETS / "mary.yaml", "--feedback-level", "full"))
    assert re.search(r"flatten1 +output size +n_in·n_in·c_in = 5·5·16 = 400\n", out)
    assert re.search(r"dense1 +parameters +n_in·units \+ units = 400·64 \+ 64 = 25,664\n", out)


def test_reveal_is_another_spelling(feedback):
    always = feedback(SHEETS / "grace.yaml", "--reveal", "always")
    assert always == feedback(SHEETS / "grace.yaml", "--feedback-level", "full")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", ["name", "hint"])
@pytest.mark.parametrize("file", sorted(path.name for path in SHEETS.iterdir() if path.name != "photo.yaml"))
def test_no_number_gives_the_answer_away(feedback, file, level, language):
    """Below the answers, numbers are those of symbols (`k − 1`) and lines: none has two digits."""
    out = feedback(SHEETS / file, "--feedback-level", level, "--language", language)
    said = re.sub(r"`[^`]*`|(Line|Zeile) \d+|\b1:1\b", "", below_the_table(out))
    assert set(re.findall(r"(?<![a-z_])\d+", said)) <= {"0", "1", "2"}


@pytest.mark.parametrize(
    ("level", "format", "expected"),
    [
        ("hint", "html", "color: #d64545"),
        ("hint", "markdown", "| conv1 | parameters | 72 | wrong | 0/1 |"),
        ("full", "latex", r"400$\cdot$64 + 64 = 25,664"),
    ],
)
def test_formats(feedback, level, format, expected):
    assert expected in feedback(SHEETS / "grace.yaml", "--feedback-level", level, "--format", format)


def test_what_could_not_be_read_is_said_in_the_language_of_the_student(feedback):
    Path("sheet.yaml").write_text("student: Eve\nanswers:\n  conv1:\n    params: 80\nwhat\n  conv9:\n    params: 1\n")
    assert "\nLine 5: no `:` in `what`.\n\nThere is no layer `conv9` in the model.\n" in feedback(Path("sheet.yaml"))
    german = feedback(Path("sheet.yaml"), "--language", "de")
    assert "\nZeile 5: kein `:` in `what`.\n\nIm Modell gibt es keine Schicht `conv9`.\n" in german

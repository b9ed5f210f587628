"""The page as a whole: from Python, in a notebook, and as the graph alone."""

from __future__ import annotations

import base64
import re

import pytest

import cnncalc
from cnncalc.cli import run


def test_the_function_and_the_command_write_the_same(capsys):
    page = cnncalc.page(cnncalc.load("typical_cnn"), cnncalc.load("lenet5"), values=False)
    assert run(["report", "typical_cnn", "lenet5", "--no-values"]) == 0
    assert page.render() == capsys.readouterr().out


@pytest.mark.parametrize("format", ["svg", "tikz"])
def test_the_graph_alone_is_that_of_export(format):
    spec = cnncalc.load("resnet18")
    for depth in (None, 1):
        drawing = cnncalc.page(spec, values=False, depth=depth).render(format)
        assert drawing == cnncalc.export(spec, format, depth=depth)


def test_a_notebook_shows_closed_groups_without_scripts_and_saves_the_page():
    spec = cnncalc.load("resnet18")
    page = cnncalc.page(spec, values=False)
    shown = page._repr_html_()
    name, saved = re.findall(r'<a download="(.*?)" href="data:text/html;charset=utf-8;base64,(.*?)">', shown)[0]
    assert name == "resnet18.html"
    assert base64.b64decode(saved).decode() == page.render()
    assert "<script" not in shown
    drawing = cnncalc.export(spec, "svg", depth=1)
    assert drawing[drawing.index("<svg") :] in shown


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"depth": 0}, "depth is at least 1, not 0"),
        ({"values": False, "weights": {}}, "inputs and weights are for values, which are left out"),
        ({"dtype": "int8"}, "dtype: expected float64, float32 or float16, found 'int8'"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        cnncalc.page(cnncalc.load("lenet5"), **options)


def test_a_page_is_about_a_model():
    with pytest.raises(ValueError, match=r"^a page is about at least one model$"):
        cnncalc.page()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "limit"), [("typical_cnn", 150_000), ("resnet50", 500_000), ("resnet152", 1_000_000)]
)
def test_it_is_small_enough_to_be_attached(model, limit):
    assert len(cnncalc.page(cnncalc.load(model)).render().encode()) < limit

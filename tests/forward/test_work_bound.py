"""Models that take too long to run are refused before anything is computed."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import analyzed

import cnncalc
from cnncalc.cli import run
from cnncalc.forward.proof import _field_work, _measurement
from cnncalc.forward.proof.verification import verify
from cnncalc.forward.run import work_bound
from cnncalc.source.diagnostics import DataError

LAYERS = "error[CNN326]: the model has 20,001 layers; at most 20,000 can be run"


@pytest.fixture
def call(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(text, command, *options):
        (tmp_path / "net.yaml").write_text(text)
        status = run([command, "net.yaml", *options])
        return status, *capsys.readouterr()

    return call


@pytest.fixture
def no_work(monkeypatch):
    def never(*_):
        raise AssertionError("there should be no work")

    monkeypatch.setattr("cnncalc.forward.run.executor.run_layer", never)
    monkeypatch.setattr("cnncalc.forward.run.memory_check.check_memory", never)


DEEP = "input: 4x4x1\nlayers: [{relu, repeat: 20000}, {conv: 1x1x1, name: a}]\n"


@pytest.mark.parametrize(
    "command",
    [
        ("forward",),
        ("forward", "--format", "json"),
        ("forward", "--all"),
        ("forward", "--trace", "a"),
        ("forward", "--shift", "1,0"),
        ("verify",),
        ("verify", "--quick"),
        ("verify", "--format", "csv"),
        ("validate", "--verify"),
    ],
)
@pytest.mark.usefixtures("no_work")
def test_too_many_layers(call, command):
    status, out, err = call(DEEP, *command)
    assert status == 1
    assert LAYERS in out + err
    assert (
        "  = help: all its numbers are calculated without running it: `cnncalc summarize`" in (out + err).splitlines()
    )


@pytest.mark.usefixtures("no_work")
def test_too_many_layers_in_python():
    spec = cnncalc.load(DEEP)
    for function in (cnncalc.run, cnncalc.verify):
        with pytest.raises(DataError) as error:
            function(spec)
        assert [each.code for each in error.value.diagnostics] == ["CNN326"]


def test_as_many_layers_as_can_be_run(call, monkeypatch):
    monkeypatch.setattr(work_bound, "MAX_LAYERS", 3)
    assert call(DEEP.replace("20000", "2"), "verify")[0] == 0
    assert call(DEEP.replace("20000", "3"), "verify")[0] == 1


# 40 positions, for each of which 38 and 36 units are calculated
NET = "input: 40x1\nlayers: [{conv: 3x1}, {conv: 3x1}]\n"
WORK = 40 * (38 + 36)


@pytest.mark.usefixtures("no_work")
def test_too_many_values_for_the_fields(call, monkeypatch):
    monkeypatch.setattr(_field_work, "MAX_WORK", WORK - 1)
    status, out, err = call(NET, "verify")
    assert (status, out) == (1, "")
    assert err.splitlines() == [
        "error[CNN326]: measuring all receptive fields takes 2,960 values; at most 2,959 are calculated",
        " --> net",
        "  = help: `--quick` leaves them out",
        "  = help: a smaller `--input` needs less",
    ]


def test_what_is_not_too_much(call, monkeypatch):
    monkeypatch.setattr(_field_work, "MAX_WORK", WORK - 1)
    assert call(NET, "verify", "--quick")[0] == 0
    monkeypatch.setattr(_field_work, "MAX_WORK", WORK)
    assert call(NET, "verify")[0] == 0


@pytest.mark.parametrize(
    ("text", "work"),
    [
        # both axes: 10 positions and 8 rows of units, 6 and 4
        ("input: 10x6x3\nlayers: [conv: 3x3x1]\n", 10 * 8 + 6 * 4),
        # a field of 21 on 10 positions: 16 patterns or so on an input of 22, where there are 22 units and not 10
        ("input: 10x1\nlayers: [{conv: 21x1, padding: 10}]\n", 10 * 10 + 16 * 22),
        # each value of a vector is a position, and the dense layer reads all of them
        ("input: 50\nlayers: [dense: 3, dense: 2]\n", 50 * (50 + 1)),
        ("input: 9x9x1\nlayers: [global_avg_pool, {dense: 2}]\n", 2 * 9 * 2),
    ],
)
def test_the_work_of_measuring(call, monkeypatch, text, work):
    for most, status in ((work, 0), (work - 1, 1)):
        monkeypatch.setattr(_field_work, "MAX_WORK", most)
        assert call(text, "verify")[0] == status


def test_what_is_kept_grows_with_the_axis_and_not_with_its_square(monkeypatch):
    sizes = []
    original = _measurement._measured

    def measured(*arguments):
        reached = original(*arguments)
        arrays = [each for layer in reached.values() for each in layer if isinstance(each, np.ndarray)]
        sizes.append(sum(each.nbytes for each in arrays))
        return reached

    monkeypatch.setattr(_measurement, "_measured", measured)
    for positions in (100, 200, 400):
        assert verify(analyzed(f"{positions}x1", "{conv: 3x2, padding: 1}")).is_right
    assert sizes[2] - sizes[1] == 2 * (sizes[1] - sizes[0])

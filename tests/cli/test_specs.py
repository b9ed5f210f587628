"""`cnncalc specs`: every spec and every variant that ships, with the numbers that the other commands have."""

import json

import pytest

import cnncalc
from cnncalc.cli import run
from cnncalc.source.open_model import shipped
from cnncalc.source.shipped_variants import SHIPPED_VARIANTS


@pytest.fixture
def listed(capsys):
    def listed(*arguments):
        assert run(["specs", *arguments]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        return out

    return listed


@pytest.mark.slow
def test_json_has_all(listed):
    specs = json.loads(listed("-f", "json"))["specs"]
    assert [each["name"] for each in specs] == list(shipped())
    assert {each["name"]: spec["name"] for spec in specs for each in spec["variants"]} == SHIPPED_VARIANTS
    for each in [*specs, *(variant for spec in specs for variant in spec["variants"])]:
        totals = cnncalc.analyze(cnncalc.load(each["name"])).totals
        assert (each["params"], each["macs"]) == (totals.params, totals.macs)


def test_the_last_local_field(listed):
    specs = {each["name"]: each for each in json.loads(listed("-f", "json"))["specs"]}
    # Araujo et al., pool5 of VGG-16 and layer4 of ResNet-18
    assert specs["vgg"]["last_local_field"] == {"input": {"layer": "max_pool5", "size": [212, 212]}}
    (resnet18,) = [each for each in specs["resnet"]["variants"] if each["name"] == "resnet18"]
    assert resnet18["last_local_field"]["input"]["size"] == [435, 435]


def test_the_row_of_a_spec_names_its_variants(listed):
    rows = {line.split()[0]: line for line in listed().splitlines()[2:] if line}
    assert set(rows) == {"name", *shipped()}
    assert rows["resnet"].endswith("(resnet18, resnet34, resnet50, resnet101, resnet152)")
    assert rows["vgg"].split()[1:7] == ["3×224×224", "138.36", "M", "15.47", "G", "212"]
    assert "Szegedy et al. (2015) as in torchvision, without the auxiliary head" in rows["inception_v3"]


def test_a_row_a_variant(listed):
    rows = {line.split()[0]: line.split()[1:] for line in listed("--all").splitlines()[2:] if line}
    assert set(rows) == {"name", *shipped(), *SHIPPED_VARIANTS}
    assert rows["resnet18"] == ["3×224×224", "11.69", "M", "1.81", "G", "435"]


def test_a_folder_of_that_name_is_not_taken_for_the_spec(listed, tmp_path, monkeypatch):
    (tmp_path / "alexnet").mkdir()
    monkeypatch.chdir(tmp_path)
    assert "alexnet" in listed()

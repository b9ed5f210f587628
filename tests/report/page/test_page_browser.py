"""The page as a whole, in a real browser."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

DIGITS = Path(__file__).parents[3] / "examples" / "import" / "digits.keras"
HOSTILE = (
    "</script><script>hacked = 1</script>", "<img src=x onerror=hacked=1>", "<!--", "]]>", "\"' onload='hacked=1",
    "a\u2028b", "\u202eleft", "nul\0", "\ud800", "{{data}}", "__proto__", "2:found",
)  # fmt: skip
"""Names of layers, as a file of Keras may have them."""

pytestmark = pytest.mark.browser


def test_it_opens_without_a_request_or_a_complaint(open_page):
    page = open_page("typical_cnn")
    assert page.title() == "typical-cnn"
    assert page.locator("h1").all_text_contents() == ["typical-cnn"]


def test_names_of_another_tool_are_texts(open_page, tmp_path):
    with zipfile.ZipFile(DIGITS) as old, zipfile.ZipFile(tmp_path / "<b>.keras", "w") as new:
        for file in old.namelist():
            content = old.read(file)
            if file == "config.json":
                text = content.decode()
                layers = [layer["config"]["name"] for layer in json.loads(text)["config"]["layers"]]
                for number, name in enumerate(layers):
                    evil = f"{HOSTILE[number % len(HOSTILE)]} {number}"
                    text = text.replace(json.dumps(name), json.dumps(evil))
                content = text.encode()
            new.writestr(file, content)
    page = open_page(str(tmp_path / "<b>.keras"))
    origins = set()
    for name in page.locator(".table tbody a").all_text_contents():
        page.evaluate("(name) => { location.hash = encodeURIComponent(name); }", name)
        page.wait_for_function("(name) => document.querySelector('.details h2').textContent === name", arg=name)
        origins.add(page.locator(".details").text_content())
    assert page.evaluate("window.hacked") is None
    assert page.locator("main script, img, [onerror], [onload]").count() == 0
    assert any("<img src=x onerror=hacked=1> 1" in text for text in origins)

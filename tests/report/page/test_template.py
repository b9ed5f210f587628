"""The template of the page is what `web/` is built into, and there is nothing of others in it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
WEB = ROOT / "web"
TEMPLATE = ROOT / "cnncalc" / "report" / "page" / "template.html"


def test_it_is_what_the_sources_are_built_into(tmp_path):
    if not shutil.which("node"):
        pytest.skip("needs node")
    if not (WEB / "node_modules" / "esbuild").exists():
        pytest.skip("needs esbuild: `npm ci` in web/")
    built = tmp_path / "template.html"
    subprocess.run(["node", "build.mjs", str(built)], cwd=WEB, check=True, timeout=60)
    assert built.read_bytes() == TEMPLATE.read_bytes(), "run `npm run build` in web/"


def _element(name: str, attributes: str = "") -> str:
    """What is in the element with this name and these attributes."""
    (found,) = re.findall(rf"<{name}{attributes}>(.*?)</{name}>", TEMPLATE.read_text("utf-8"), re.DOTALL)
    return str(found)


def _script() -> str:
    """The script that the loader unpacks."""
    packed = base64.b64decode(_element("script", ' type="application/deflate"'))
    return zlib.decompress(packed, wbits=-zlib.MAX_WBITS).decode()


def test_its_policy_allows_its_own_script_and_styles_alone():
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', TEMPLATE.read_text("utf-8"))
    rules = dict(each.strip().split(" ", 1) for each in policy.split(";"))

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert rules == {
        "default-src": "'none'",
        "script-src": f"{digest(_element('script'))} {digest(_script())}",
        "style-src": digest(_element("style")),
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_it_names_no_address_but_that_of_svg():
    text = TEMPLATE.read_text("utf-8") + _script()
    assert set(re.findall(r"\bhttps?://[^\s\"'`)<]*", text)) <= {"http://www.w3.org/2000/svg"}
    assert "url(" not in _element("style")
    assert not re.search(r"\beval\(|new Function\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write", text)


def test_third_party_lists_what_the_lock_file_has():
    packages = json.loads((WEB / "package-lock.json").read_text("utf-8"))["packages"]
    assert not any("resolved" in each for each in packages.values())  # a registry's address
    own = {path.removeprefix("node_modules/"): each for path, each in packages.items() if path}
    locked = {
        name: (each["version"], each["license"]) for name, each in own.items() if not name.startswith("@esbuild/")
    }
    rows = re.findall(
        r"^\| ([\w-]+) \| ([\d.]+) \| ([\w.-]+) \|", (ROOT / "THIRD_PARTY.md").read_text("utf-8"), re.MULTILINE
    )
    assert {name: (version, licence) for name, version, licence in rows} == locked
    assert all(each.get("dev") for each in own.values())  # nothing that the page would need

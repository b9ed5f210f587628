"""Prints the test files of which a run has left something out that asks for PyTorch, Keras or playwright.

    python .ci/unproved.py RESULTS.xml

The results are those of `pytest --junitxml`. A file has run as a whole where it has results, and none of its tests was
skipped for want of a framework. All others are printed. (A test that is not even there without a framework would not be
seen: only tests/oracle, which runs as a whole, has such.)
"""

import re
import sys
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

FRAMEWORK = re.compile("torch|keras|onnx|safetensors|playwright", re.IGNORECASE)


def main(results: str) -> None:
    skipped = defaultdict(list)  # of each module that has results, why tests were skipped
    for case in ElementTree.parse(results).iter("testcase"):
        if module := case.get("classname"):  # a module that was skipped whole has none
            skipped[module] += [f"{each.get('message')} {each.text}" for each in case.iter("skipped")]
    for path in sorted(Path("tests").rglob("test_*.py")):
        module = ".".join(path.with_suffix("").parts)
        if module not in skipped or any(map(FRAMEWORK.search, skipped[module])):
            print(path.as_posix())


main(sys.argv[1])

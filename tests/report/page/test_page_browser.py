"""The page as a whole, in a real browser."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


def test_it_opens_without_a_request_or_a_complaint(open_page):
    page = open_page("typical_cnn")
    assert page.title() == "typical-cnn"
    assert page.locator("h1").all_text_contents() == ["typical-cnn"]

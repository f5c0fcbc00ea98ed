"""Error codes are promises to clients: each is one error's own, and docs/api.md lists it."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.house.pages import ROOT
from whatsapp import errors
from whatsapp.errors import WhatsAppError

LEAVES = [
    found
    for found in vars(errors).values()
    if isinstance(found, type) and issubclass(found, WhatsAppError) and found is not WhatsAppError
]


def test_no_two_errors_share_a_code():
    codes = Counter(error.code for error in LEAVES)

    assert [code for code, times in codes.items() if times > 1] == []
    assert WhatsAppError.code not in codes


@pytest.mark.parametrize("error", LEAVES, ids=lambda error: error.__name__)
def test_api_page_lists_the_code_with_its_status(error):
    lines = (ROOT / "docs" / "api.md").read_text().splitlines()

    listed = [line for line in lines if line.startswith("|") and f"`{error.code}`" in line]

    assert any(str(error.http_status) in line for line in listed)

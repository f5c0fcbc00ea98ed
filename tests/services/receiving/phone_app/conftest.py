"""A number that is in the phone app too, and answers by itself."""

from __future__ import annotations

import pytest

from tests.factories import BusinessNumberFactory


@pytest.fixture
def number(outside):
    return BusinessNumberFactory(auto_reply_text="Revenim imediat.")

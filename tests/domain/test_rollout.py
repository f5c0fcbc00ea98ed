import pytest

from whatsapp.domain.rollout import in_rollout


def share(percent):
    return {n for n in range(10_000) if in_rollout(customer_id=n, percent=percent)}


@pytest.mark.parametrize(("percent", "expected"), [(0, 0), (100, 10_000)])
def test_nobody_and_everybody(percent, expected):
    assert len(share(percent)) == expected


def test_the_share_is_about_what_was_asked():
    assert 900 < len(share(10)) < 1100


def test_a_higher_percentage_keeps_everybody():
    assert share(10) < share(25) < share(80)


def test_a_customer_s_place_never_changes():
    assert [n for n in range(1, 40) if in_rollout(customer_id=n, percent=10)] == [16, 23, 32]

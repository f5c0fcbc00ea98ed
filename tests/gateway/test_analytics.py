"""What Meta counted, read from an account's analytics as Meta's reference shows them."""

from datetime import UTC, datetime

import pytest
import responses

from whatsapp.domain.retry import FailureClass
from whatsapp.gateway.client import CloudApiGateway
from whatsapp.ports import Credentials, DayCount, GatewayError

CREDENTIALS = Credentials(phone_number_id="555", waba_id="777", token="t")
START, END = datetime(2022, 3, 15, 7, tzinfo=UTC), datetime(2022, 3, 17, 7, tzinfo=UTC)
URL = "http://127.0.0.1:9/v25.0/777"


@pytest.fixture
def meta():
    with responses.RequestsMock() as mock:
        yield mock


def ask() -> list[DayCount]:
    return list(
        CloudApiGateway().count_days(
            phone="16315551000", start=START, end=END, credentials=CREDENTIALS
        )
    )


def test_days_come_as_meta_cuts_them(meta):
    meta.get(
        URL,
        json={
            "analytics": {
                "phone_numbers": ["16315551000"],
                "granularity": "DAY",
                "data_points": [
                    {"start": 1647327600, "end": 1647414000, "sent": 4, "delivered": 3}
                ],
            },
            "id": "777",
        },
    )

    found = ask()

    assert found == [
        DayCount(start=START, end=datetime(2022, 3, 16, 7, tzinfo=UTC), sent=4, delivered=3)
    ]
    assert meta.calls[0].request.params == {
        "fields": "analytics.start(1647327600).end(1647500400).granularity(DAY)"
        '.phone_numbers(["16315551000"])'
    }


def test_account_without_messages_has_no_days(meta):
    meta.get(URL, json={"id": "777"})

    assert ask() == []


@pytest.mark.parametrize(
    "point",
    [
        {"start": 1, "end": 2, "sent": 3},
        {"start": 10**17, "end": 2, "sent": 1, "delivered": 1},
    ],
)
def test_day_that_cannot_be_read_is_no_count(meta, point):
    meta.get(URL, json={"analytics": {"data_points": [point]}, "id": "777"})

    with pytest.raises(GatewayError) as caught:
        ask()

    assert caught.value.failure.failure_class is FailureClass.AMBIGUOUS


def test_permission_that_is_missing_is_told(meta):
    error = {"message": "(#200) Permissions error", "code": 200}
    meta.get(URL, status=403, json={"error": error})

    with pytest.raises(GatewayError, match="200"):
        ask()

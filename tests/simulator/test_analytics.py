"""The account's analytics: counted from the ledger, by the days of the account's zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.simulator_process import WABA_ID

DIGITS = "40300000000"


def midnight() -> datetime:
    now = datetime.now(tz=ZoneInfo("Europe/Bucharest"))
    return now.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def analytics(sim, *, numbers: str = f'["{DIGITS}"]', granularity: str = "DAY"):
    start = int((midnight() - timedelta(days=2)).timestamp())
    end = int((midnight() + timedelta(days=1)).timestamp())
    asked = f"analytics.start({start}).end({end}).granularity({granularity})"
    return sim.graph("GET", f"{WABA_ID}?fields={asked}.phone_numbers({numbers})")


def send(sim) -> None:
    sim.inbound_text("+40712000001", "Bună")
    body = {
        "messaging_product": "whatsapp",
        "to": "+40712000001",
        "type": "text",
        "text": {"body": "Bună ziua"},
    }
    status, _ = sim.graph("POST", "555000000000001/messages", body)
    assert status == 200
    sim.wait_for(lambda: sim.ledger(status="read"))


def test_nothing_sent_is_no_analytics(sim):
    assert analytics(sim) == (200, {"id": WABA_ID})


def test_days_with_messages_are_counted_from_midnight_to_midnight(sim):
    send(sim)

    status, answer = analytics(sim)

    assert status == 200
    (day,) = answer["analytics"]["data_points"]
    assert (day["sent"], day["delivered"]) == (1, 1)
    assert day["start"] == int(midnight().timestamp())


def test_other_numbers_are_not_counted(sim):
    send(sim)

    assert analytics(sim, numbers='["40300000009"]') == (200, {"id": WABA_ID})


def test_miscount_adds_to_every_day(sim):
    sim.fault("miscount", size=7, next=1)

    days = analytics(sim)[1]["analytics"]["data_points"]

    assert {(day["sent"], day["delivered"]) for day in days} == {(7, 7)}
    assert analytics(sim) == (200, {"id": WABA_ID})


def test_other_granularities_are_refused(sim):
    status, answer = analytics(sim, granularity="DAILY")

    assert (status, answer["error"]["code"]) == (400, 100)

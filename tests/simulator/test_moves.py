"""People get new numbers and new ids, and others get the old ones."""

import pytest

from tests.simulator.bodies import PHONE

OLD, NEW = "40712000001", "40712000002"


def move(sim, **what):
    return sim.control("POST", "customers/move", what)


def test_new_number_is_told_in_the_thread_and_as_a_new_id(sim, receiver):
    first = sim.inbound_text(PHONE, "Bună", name="Ana")

    answer = move(sim, **{"from": PHONE}, to=f"+{NEW}")

    sim.wait_until_idle()
    (line,) = [each for each in receiver.messages() if each["type"] == "system"]
    assert (line["from"], line["from_user_id"]) == (OLD, first["user_id"])
    assert line["system"] == {
        "type": "user_changed_number",
        "body": f"User Ana changed from {OLD} to {NEW}",
        "wa_id": NEW,
        "user_id": answer["user_id"],
    }
    (told,) = [change for change in receiver.changes() if line in change["messages"]]
    assert "contacts" not in told
    (update,) = receiver.changes("user_id_update")
    (change,) = update["user_id_update"]
    assert change["user_id"] == {"previous": first["user_id"], "current": answer["user_id"]}
    assert change["wa_id"] == NEW
    assert answer["was"] == {"wa_id": OLD, "user_id": first["user_id"]}


def test_new_id_alone_is_told_without_a_number(sim, receiver):
    sim.inbound(user_id="RO.1", username="radu.m", type="text", text="Salut")

    move(sim, user_id="RO.1", to_user_id="RO.2", told=["system"])

    sim.wait_until_idle()
    (line,) = [each for each in receiver.messages() if each["type"] == "system"]
    assert (line["from_user_id"], "from" in line) == ("RO.1", False)
    assert line["system"]["type"] == "user_changed_user_id"
    assert (line["system"]["user_id"], "wa_id" in line["system"]) == ("RO.2", False)
    assert receiver.changes("user_id_update") == []


def test_who_gets_the_old_number_is_somebody_else(sim, receiver):
    first = sim.inbound_text(PHONE, "Bună")
    move(sim, **{"from": PHONE}, to=f"+{NEW}", told=[])

    stranger = sim.inbound_text(PHONE, "Alo?")
    again = sim.inbound_text(f"+{NEW}", "Tot eu")

    assert stranger["user_id"] not in (first["user_id"], again["user_id"])
    assert again["user_id"] != first["user_id"]


def test_move_to_nowhere_is_refused(sim):
    with pytest.raises(AssertionError, match="say what is new"):
        move(sim, **{"from": PHONE})

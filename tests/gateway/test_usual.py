"""The quick way through a usual body gives what the careful way gives, byte for byte."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests import webhook_bodies as bodies
from whatsapp.gateway import envelope, usual

STATUS = bodies.statuses(bodies.status("read", "wamid.S", callback="3f1c:1"))
TEXT = bodies.messages(bodies.text("wamid.T", "Bună ziua"))
PICTURE = bodies.messages(bodies.image("wamid.P"))


def post(value: dict, **entry: object) -> bytes:
    """One change, as Meta writes it: ASCII, without spaces."""
    change = {"value": value, "field": "messages"}
    told = {"object": "whatsapp_business_account", "entry": [{"id": "7", **entry}]}
    told["entry"][0]["changes"] = [change]
    return json.dumps(told, separators=(",", ":")).encode()


USUAL = [post(STATUS), post(TEXT), post(PICTURE), post(TEXT, time=1_795_000_000)]


@pytest.mark.parametrize("body", USUAL)
def test_usual_body_goes_the_quick_way(body):
    item = usual.lone_item(body)

    assert item is not None
    assert [item] == envelope.take_apart(body)
    assert json.loads(item.payload)["value"] == json.loads(body)["entry"][0]["changes"][0]["value"]


@pytest.mark.parametrize("person", sorted(usual.PERSON_KEYS))
def test_contact_of_another_person_is_left_to_the_careful_way(person):
    told = {**STATUS, "contacts": [{"wa_id": "1"}], "statuses": [{"id": "w", "status": "read"}]}
    about_nobody, about_another = json.loads(json.dumps([told, told]))
    about_another["statuses"][0][person] = "2"

    assert usual.lone_item(post(about_nobody)) is not None
    assert usual.lone_item(post(about_another)) is None


@pytest.mark.parametrize(
    "value",
    [
        bodies.statuses(bodies.status("read", "a"), bodies.status("read", "b")),
        STATUS | {"messages": TEXT["messages"]},
        STATUS | {"errors": []},
        bodies.statuses(bodies.status("failed", "a", code=131026)),
        bodies.messages(bodies.text("wamid.L", "x" * 2_000)),
        bodies.messages(bodies.text('wamid."')),
        {"statuses": STATUS["statuses"]},
        {},
    ],
)
def test_what_is_unusual_is_left_to_the_careful_way(value):
    assert usual.lone_item(post(value)) is None


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", post(STATUS)[:-1], b" " + post(STATUS)])
def test_what_does_not_look_usual_is_left_to_the_careful_way(body):
    assert usual.lone_item(body) is None


PIECES = st.sampled_from(
    [
        *('"', "\\", "{", "}", "[", "]", ",", ":", " ", "\n", "0", "1", "-", "null", "true", "NaN"),
        *("\x00", "\x01", "\x7f", "é", "\\u0000", "\\ud800", "\\u00e9", "1e999", "01", "9" * 400),
        *("{}", "[]", '""', '"id":"q",', '"id":"",', '"id":5,', '"status":"",', '"status":"x",'),
        *('"errors":[],', '"contacts":[],', '"contacts":null,', '"statuses":[],', '"metadata":{},'),
        *('"from":"40700000001",', '"recipient_id":5,', '"wa_id":"",', '"user_id":"1",'),
        *('"recipient_participant_id":"p",', '"recipient_participant_id":"",', '"field":"x",'),
        *(',"entry":1', '"messages":[{"id":"q"}],', '],"changes":[', "[" * 300, "]" * 300),
    ]
)
CHANGES = st.lists(
    st.tuples(st.integers(0, 700), st.integers(0, 3), st.just("") | PIECES), min_size=1, max_size=3
)


@given(st.sampled_from(USUAL), CHANGES)
@example(USUAL[0], [(USUAL[0].index(b"{", 60), 0, " ")])
@example(USUAL[0], [(len(USUAL[0]) - 4, 0, " ")])
def test_quick_way_never_differs_from_the_careful_way(body, changes):
    written = body.decode()
    for place, gone, piece in changes:
        written = written[:place] + piece + written[place + gone :]
    changed = written.encode()

    item = usual.lone_item(changed)

    assert item is None or [item] == envelope.take_apart(changed)

"""A customer can do whatever a phone can: each kind by a short name, as Meta would report it."""

import json

import pytest

from tests.simulator.bodies import PHONE, send, text_to, wamid_of


def said(sim, receiver, **message):
    """The message as the webhook told it, in whatever order webhooks came."""
    wamid = sim.inbound(from_=PHONE, **message)["id"]
    sim.wait_until_idle()
    return next(each for each in receiver.messages() if each["id"] == wamid)


def test_a_customer_reacts_changes_it_and_takes_it_back(sim, receiver):
    sim.inbound_text(PHONE, "Bună")
    ours = wamid_of(send(sim, text_to()))
    faces = []

    for emoji in ("👍", "❤️", ""):
        message = said(sim, receiver, type="reaction", reply_to=ours, emoji=emoji)
        assert "context" not in message
        assert message["reaction"] == {"message_id": ours} | ({"emoji": emoji} if emoji else {})
        shown = next(m for m in sim.chat("40712000001")["messages"] if m["id"] == ours)
        faces.append(shown["reaction"])

    assert faces == ["👍", "❤️", ""]


def test_a_customer_edits_and_deletes(sim, receiver):
    first = sim.inbound_text(PHONE, "Vreau 5")["id"]

    edit = said(sim, receiver, type="edit", reply_to=first, text="Vreau 50")
    (shown,) = sim.chat("40712000001")["messages"]
    revoke = said(sim, receiver, type="revoke", reply_to=first)
    (gone,) = sim.chat("40712000001")["messages"]

    assert edit["edit"] == {
        "original_message_id": first,
        "message": {"type": "text", "text": {"body": "Vreau 50"}},
    }
    assert (shown["text"], shown["edited"]) == ("Vreau 50", True)
    assert revoke["revoke"] == {"original_message_id": first}
    assert (gone["deleted"], "Vreau" in gone["text"]) == (True, False)


def test_editing_and_deleting_open_no_window(sim):
    sim.inbound(from_=PHONE, type="revoke", reply_to="wamid.X")
    sim.inbound(from_=PHONE, type="edit", reply_to="wamid.X", text="?")

    assert sim.chat("40712000001")["window_open"] is False


@pytest.mark.parametrize(
    ("message", "kind", "part"),
    [
        ({"type": "order", "items": [{"product": "SKU"}]}, "order", "product_items"),
        ({"type": "flow", "answers": {"rating": "5"}}, "interactive", "nfm_reply"),
        ({"type": "call_permission", "response": "reject"}, "interactive", None),
        ({"type": "identity_change"}, "system", "body"),
        ({"type": "number_change", "to": "+40712000009"}, "system", "wa_id"),
        ({"type": "lost_media"}, "image", "mime_type"),
        ({"type": "sticker", "animated": True}, "sticker", "animated"),
    ],
)
def test_each_kind_has_a_short_name(sim, receiver, message, kind, part):
    found = said(sim, receiver, **message)

    assert found["type"] == kind
    assert part is None or found[kind][part]


def test_a_form_is_a_string_of_json(sim, receiver):
    found = said(sim, receiver, type="flow", answers={"rating": "5"})

    answers = json.loads(found["interactive"]["nfm_reply"]["response_json"])
    assert answers == {"rating": "5", "flow_token": "demo"}


def test_any_message_may_be_forwarded_about_a_product_or_from_an_advertisement(sim, receiver):
    first = said(sim, receiver, type="text", text="a", forwarded=True, ad=True)
    second = said(
        sim, receiver, type="text", text="b", forwarded="often", product="SKU", reply_to="wamid.X"
    )

    assert first["context"] == {"forwarded": True}
    assert first["referral"]["ctwa_clid"]
    assert second["context"]["frequently_forwarded"] is True
    assert second["context"]["referred_product"]["product_retailer_id"] == "SKU"
    assert second["context"]["id"] == "wamid.X"

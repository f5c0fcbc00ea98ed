"""What a message's JSON says of what it answers, what it holds and what became of it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile

from tests.factories import ConversationFactory, MessageFactory, UserFactory
from whatsapp.models import Media

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/whatsapp"


@pytest.fixture
def conversation(db):
    return ConversationFactory()


@pytest.fixture
def say(conversation):
    def said(kind="TEXT", text="Bună", content=None, **fields):
        return MessageFactory(
            conversation=conversation,
            received=True,
            message_type=kind,
            message_text=text,
            content=content or {"type": "text"},
            **fields,
        )

    return said


def shown(client, message) -> dict:
    return client.get(f"{ROOT}/messages/{message.pk}").json()


def test_plain_message_holds_nothing_more(agent, say):
    found = shown(agent, say())

    assert (found["text"], found["earlier_texts"], found["reactions"]) == ("Bună", [], [])
    assert (found["reply_to_wamid"], found["forwarded"], found["product"]) == ("", None, None)
    assert (found["referral"], found["basket"], found["deleted_at"]) == (None, None, None)
    assert (found["answers"], found["troubles"]) == ([], [])


def test_reactions_and_edits_are_on_their_message_in_every_list(agent, say, conversation):
    message = say(text="Vreau 5")
    reaction = say("REACTION", "👍", reply_to=message)
    edit = say("EDIT", "Vreau 50", reply_to=message)
    lists = (f"{ROOT}/messages", f"{ROOT}/conversations/{conversation.pk}/messages")

    rows = [agent.get(address).json()["results"] for address in lists]
    found = [next(row for row in each if row["id"] == message.pk) for each in rows]

    assert found == [{k: v for k, v in shown(agent, message).items() if k in found[0]}] * 2
    assert found[0]["text"] == "Vreau 50"
    assert [each["text"] for each in found[0]["earlier_texts"]] == ["Vreau 5"]
    (one,) = found[0]["reactions"]
    assert (one["emoji"], one["direction"]) == ("👍", "RECEIVED")
    assert {row["type"] for row in rows[0]} == {"TEXT", "REACTION", "EDIT"}
    assert shown(agent, reaction)["reply_to"] == shown(agent, edit)["reply_to"] == message.pk


def test_many_messages_cost_no_more_queries(agent, say, django_assert_max_num_queries):
    for n in range(10):
        message = say(text=f"{n}")
        say("REACTION", "👍", reply_to=message)
        say("EDIT", "altfel", reply_to=message)

    with django_assert_max_num_queries(8):
        agent.get(f"{ROOT}/messages")


def test_deleted_message_is_empty_but_for_who_reads_webhooks(agent, supervisor, say):
    message = say(text="Secret", content={"type": "text", "text": {"body": "Secret"}})
    edit = say("EDIT", "Secret, altfel", content={"edit": "Secret"}, reply_to=message)
    say("REVOKE", "[deleted]", reply_to=message)

    for row in (message, edit):
        found = shown(agent, row)
        assert (found["text"], found["content"], found["earlier_texts"]) == ("", None, [])
        assert found["deleted_at"] is not None
    assert "Secret" not in agent.get(f"{ROOT}/messages").content.decode()
    assert shown(supervisor, message)["text"] == "Secret"
    assert shown(supervisor, message)["content"]["text"] == {"body": "Secret"}


def test_what_a_message_brought_is_told_by_field(agent, say):
    found = shown(
        agent,
        say(
            "ORDER",
            content={
                "type": "order",
                "order": {
                    "catalog_id": "66",
                    "product_items": [
                        {
                            "product_retailer_id": "SKU-1",
                            "quantity": 2,
                            "item_price": 49.9,
                            "currency": "RON",
                        }
                    ],
                },
                "context": {"id": "wamid.P", "frequently_forwarded": True},
                "referral": {"source_type": "ad", "ctwa_clid": "clid", "headline": "Reduceri"},
                "errors": [{"code": 131052, "title": "Media download error"}],
            },
        ),
    )

    line = {"product": "SKU-1", "quantity": 2, "price": "49.90", "currency": "RON"}
    assert found["basket"] == {
        "catalog_id": "66",
        "lines": [line],
        "total": "99.80",
        "currency": "RON",
    }
    assert (found["reply_to_wamid"], found["reply_to"]) == ("wamid.P", None)
    assert found["forwarded"] == "often"
    assert (found["referral"]["source_type"], found["referral"]["click_id"]) == ("ad", "clid")
    assert found["troubles"] == [{"code": 131052, "text": "Media download error"}]


@pytest.fixture
def file(say) -> Media:
    message = say("DOCUMENT")
    row = Media(
        message=message,
        number=message.number,
        media_id="1",
        mime_type="text/html",
        filename="factură.html",
        state="READY",
    )
    row.file.save("x", ContentFile(b"<script>alert(1)</script>"))
    return row


def test_file_comes_as_plain_bytes_to_keep(agent, file):
    answer = agent.get(f"{ROOT}/media/{file.pk}/file")

    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_file_is_for_who_may_read_messages(anonymous, stranger, client_of, file):
    half = UserFactory()
    half.user_permissions.add(Permission.objects.get(codename="view_media"))
    address = f"{ROOT}/media/{file.pk}/file"

    assert anonymous.get(address).status_code == 401
    assert stranger.get(address).status_code == 403
    assert client_of(half).get(address).status_code == 403


def test_file_that_is_not_here_or_was_deleted_is_not_found(agent, supervisor, say, file):
    address = f"{ROOT}/media/{file.pk}/file"
    say("REVOKE", "[deleted]", reply_to=file.message)

    assert agent.get(address).status_code == 404
    assert supervisor.get(address).status_code == 200
    Media.objects.update(file="")
    assert supervisor.get(address).status_code == 404
    assert agent.get(f"{ROOT}/media/0/file").json()["error"]["code"] == "not_found"

"""What lists write down field by field is what the schema says of a row: no more, no less."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from tests.erp.factories import CustomerFactory, OrderFactory
from tests.factories import (
    ContactFactory,
    ConversationFactory,
    MessageFactory,
    TemplateFactory,
    UserFactory,
)
from whatsapp.models import Conversation, Media, Message, MessageAttempt

pytestmark = pytest.mark.django_db
API = "/api/v1/whatsapp"


@pytest.fixture(scope="module")
def components() -> dict[str, Any]:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    found: dict[str, Any] = _with_null(schema["components"])
    return found


def _with_null(schema: Any) -> Any:
    """OpenAPI 3.0 says ``nullable``; JSON Schema knows a type."""
    if isinstance(schema, list):
        return [_with_null(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _with_null(each) for name, each in schema.items() if name != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


def faults(row: dict[str, Any], *, name: str, components: dict[str, Any]) -> list[str]:
    """What is wrong with a row; what nobody asked for with ``expand`` is not there."""
    component = components["schemas"][name]
    whole = {"$ref": f"#/components/schemas/{name}", "components": components}
    validator = jsonschema.Draft202012Validator(whole)
    told = [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(row)]
    return [*told, *sorted(set(row) ^ (set(component["properties"]) - {"expanded"}))]


@pytest.fixture
def thread() -> Conversation:
    now = timezone.now()
    conversation = ConversationFactory(
        contact=ContactFactory(customer=CustomerFactory()),
        assigned_to=UserFactory(),
        tags=["vip"],
        **dict.fromkeys(
            ("waiting_since", "response_due_at", "sla_breached_at", "first_response_at"), now
        ),
        **dict.fromkeys(("assigned_at", "resolved_at", "archived_at"), now),
    )
    ConversationFactory(
        contact=ContactFactory(phone=None, wa_id=None, bsuid="RO.1"), last_inbound_at=None
    )
    return conversation


@pytest.fixture
def messages(thread) -> list[Message]:
    """One with all there may be, one with nothing, amendments, what Meta writes beside a text."""
    now = timezone.now()
    full = MessageFactory(
        conversation=thread,
        order=OrderFactory(),
        template=TemplateFactory(),
        user=UserFactory(),
        customer=CustomerFactory(),
        error_code=131026,
        error_text="Undeliverable",
        **dict.fromkeys(
            ("delivered_at", "read_at", "played_at", "failed_at", "send_at", "expires_at"), now
        ),
    )
    Media.objects.create(message=full, number=thread.number, state="READY", size=7)
    MessageAttempt.objects.create(message=full, attempt=1, outcome="SURPRISE", departed_at=now)
    asked = MessageFactory(
        conversation=thread,
        received=True,
        content={
            "type": "order",
            "context": {
                "forwarded": True,
                "id": "wamid.X",
                "referred_product": {"catalog_id": "1", "product_retailer_id": "bec"},
            },
            "referral": {"source_type": "ad", "source_id": "1", "source_url": "https://x.ro"},
            "order": {
                "catalog_id": "1",
                "product_items": [
                    {
                        "product_retailer_id": "bec",
                        "quantity": 2,
                        "item_price": 7.5,
                        "currency": "RON",
                    }
                ],
            },
            "interactive": {"nfm_reply": {"response_json": '{"oras": "Cluj"}'}},
            "errors": [{"code": 131051, "title": "Unsupported"}],
        },
    )
    bare = MessageFactory(
        conversation=thread, received=True, content=None, external_message_id=None
    )
    edit = {"message_type": "EDIT", "received": True, "reply_to": asked}
    MessageFactory(conversation=thread, message_text="Altfel", **edit)
    MessageFactory(conversation=thread, message_type="REACTION", message_text="👍", reply_to=asked)
    gone = MessageFactory(conversation=thread, received=True)
    MessageFactory(conversation=thread, message_type="REVOKE", received=True, reply_to=gone)
    return [full, asked, bare, gone]


def test_rows_of_messages_are_as_the_schema_says(agent, messages, components):
    rows = agent.get(f"{API}/messages").json()["results"]

    assert len(rows) == 7
    for row in rows:
        assert faults(row, name="Message", components=components) == []


def test_one_message_is_as_the_schema_says_and_as_in_the_list(agent, messages, components):
    listed = {row["id"]: row for row in agent.get(f"{API}/messages").json()["results"]}

    for message in messages:
        row = agent.get(f"{API}/messages/{message.pk}").json()
        assert faults(row, name="MessageDetail", components=components) == []
        assert {**listed[message.pk], **row} == row


def test_what_the_rows_hold_is_there(agent, messages):
    full, asked, bare, gone = (
        agent.get(f"{API}/messages/{message.pk}").json() for message in messages
    )

    assert (full["error"], full["media"]["size"], full["surprise"]) == (
        {"code": 131026, "text": "Undeliverable"},
        7,
        True,
    )
    assert full["attempt_log"][0]["outcome"] == "SURPRISE"
    assert (asked["text"], asked["forwarded"], asked["basket"]["total"]) == (
        "Altfel",
        "once",
        "15.00",
    )
    assert (asked["reactions"][0]["emoji"], len(asked["earlier_texts"])) == ("👍", 1)
    assert (bare["content"], bare["media"], bare["error"], bare["product"]) == (None,) * 4
    assert (gone["text"], gone["content"]) == ("", None)
    assert gone["deleted_at"].endswith("Z")


def test_rows_of_conversations_are_as_the_schema_says(agent, thread, components):
    rows = agent.get(f"{API}/conversations").json()["results"]

    assert len(rows) == 2
    for row in rows:
        assert faults(row, name="Conversation", components=components) == []

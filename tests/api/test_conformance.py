"""Every operation, asked with whatever fits its description and what does not.

No answer is a fault of ours, and none is one that the schema does not know. ``EXAMPLES=200`` asks
longer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
import yaml
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from rest_framework_simplejwt.tokens import AccessToken
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.factories import ConversationFactory, MessageFactory, TemplateFactory, UserFactory
from tests.house.pages import ROOT
from whatsapp.models import ContactMerge, GapCheck, Media, OrderNotice, SignalFailure, WebhookEvent

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("EXAMPLES", "5"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
RAW = yaml.load((ROOT / "docs" / "openapi.yaml").read_text(), Loader=yaml.CSafeLoader)
OPERATIONS = [f"{method.upper()} {path}" for path in RAW["paths"] for method in RAW["paths"][path]]
ENDLESS = "events"  # a stream


@pytest.fixture(scope="module")
def described() -> Any:
    schema = schemathesis.openapi.from_dict(RAW)
    schema.app = get_wsgi_application()
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


@pytest.fixture
def same_connection() -> Iterator[None]:
    """A request ends the connection of its thread: here that is the test's own."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def rows(outside) -> dict[str, int]:
    """A row of each kind, for half of the calls that name one."""
    message = MessageFactory(conversation=ConversationFactory())
    return {
        "messages": message.pk,
        "conversations": message.conversation_id,
        "templates": TemplateFactory(status="DRAFT").pk,
        "media": Media.objects.create(number=message.number, media_id="9", state="FAILED").pk,
        "order-notices": OrderNotice.objects.create(event="order_shipped", decision="failed").pk,
        "webhook-events": WebhookEvent.objects.create(idempotency_key="x", payload="{}").pk,
        "signal-failures": SignalFailure.objects.create(
            signal="message_sent", receiver="shop.take", ids={"message_ids": [7]}
        ).pk,
        "gap-checks": next(iter(GapCheck.objects.values_list("pk", flat=True)), 1),
        "contact-merges": next(iter(ContactMerge.objects.values_list("pk", flat=True)), 1),
    }


@pytest.mark.parametrize("label", [one for one in OPERATIONS if not one.endswith(ENDLESS)])
def test_answers_are_those_of_the_schema(label, described, rows, settings, same_connection):
    settings.WHATSAPP = {
        **settings.WHATSAPP,
        **{f"THROTTLE_{scope}": "" for scope in ("READ", "SEARCH", "SEND")},
    }
    settings.TOKENS_PER_ADDRESS = settings.TOKENS_PER_ACCOUNT = ""
    token = AccessToken.for_user(UserFactory(supervisor=True))
    operation = described[label]
    turns = iter(range(1_000_000))

    @hypothesis_settings(
        max_examples=EXAMPLES,
        derandomize=EXAMPLES <= 5,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def asked(case: Any) -> None:
        resource = label.split("/api/v1/whatsapp/")[-1].split("/")[0]
        if "id" in (case.path_parameters or {}) and next(turns) % 2 == 0:
            case.path_parameters["id"] = rows.get(resource, 1)
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

    asked()

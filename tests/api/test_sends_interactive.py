"""Questions sent over the API: buttons, lists, links, and requests for a place."""

from __future__ import annotations

import pytest

from tests.api.messages import MESSAGES, fields_at_fault
from tests.factories import ConversationFactory
from tests.sending import nothing_was_written

pytestmark = pytest.mark.django_db


def test_question_with_buttons_is_queued(agent):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/interactive",
        {
            "conversation": conversation.pk,
            "body": "Când livrăm?",
            "buttons": [{"id": "am", "title": "Dimineața"}, {"id": "pm", "title": "Seara"}],
        },
        format="json",
    )

    assert response.status_code == 202
    assert response.json()["content"] == {
        "kind": "buttons",
        "body": "Când livrăm?",
        "footer": "",
        "buttons": [{"id": "am", "title": "Dimineața"}, {"id": "pm", "title": "Seara"}],
    }


def test_list_behind_a_button_is_queued(agent):
    conversation = ConversationFactory()
    rows = [{"id": "b1", "title": "Unirii", "description": "9–18"}]

    response = agent.post(
        f"{MESSAGES}/interactive",
        {
            "conversation": conversation.pk,
            "body": "De unde?",
            "button": "Alegeți",
            "sections": [{"rows": rows}],
        },
        format="json",
    )

    assert response.status_code == 202
    assert response.json()["content"]["sections"] == [{"title": "", "rows": rows}]


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({}, {"buttons"}),
        ({"buttons": []}, {"buttons"}),
        ({"buttons": [{"id": "a", "title": "x" * 21}]}, {"buttons"}),
        ({"sections": [{"rows": [{"id": "a", "title": "A"}]}]}, {"button"}),
        ({"buttons": [{"id": "a", "title": "A"}], "sections": []}, {"buttons"}),
        ({"button": "Alegeți", "sections": [{"rows": []}]}, {"sections.0.rows"}),
    ],
)
def test_question_nobody_could_answer_is_refused(agent, given, fields):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/interactive",
        {"conversation": conversation.pk, "body": "Când?", **given},
        format="json",
    )

    assert fields_at_fault(response) == fields
    assert nothing_was_written()


def test_link_button_and_request_for_a_place_are_queued(agent):
    conversation = ConversationFactory()
    asked = [
        {
            "header": {"text": "Comanda 42"},
            "body": "Coletul este pe drum.",
            "footer": "Magazin",
            "link_button": {"title": "Urmăriți", "url": "https://curier.example/42"},
        },
        {"body": "Unde livrăm?", "location_request": True},
        {
            "header": {"kind": "image", "link": "https://shop.example/a.png"},
            "body": "Acesta?",
            "buttons": [{"id": "da", "title": "Da"}],
        },
    ]

    answers = [
        agent.post(
            f"{MESSAGES}/interactive", {"conversation": conversation.pk, **one}, format="json"
        )
        for one in asked
    ]

    assert [answer.status_code for answer in answers] == [202, 202, 202]
    link, place, buttons = (answer.json()["content"] for answer in answers)
    assert (link["kind"], link["url"]) == ("link", "https://curier.example/42")
    assert place == {"kind": "location_request", "body": "Unde livrăm?"}
    assert buttons["header"]["link"] == "https://shop.example/a.png"


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"location_request": False}, {"buttons"}),
        ({"location_request": True, "footer": "x"}, {"footer"}),
        ({"location_request": True, "header": {"text": "x"}}, {"header"}),
        ({"link_button": {"title": "Da", "url": "javascript:1"}}, {"link_button.url"}),
        ({"link_button": {"title": "Da"}}, {"link_button"}),
        ({"location_request": True, "buttons": [{"id": "a", "title": "A"}]}, {"buttons"}),
        ({"buttons": [{"id": "a", "title": "A"}], "header": {}}, {"header"}),
        (
            {"buttons": [{"id": "a", "title": "A"}], "header": {"kind": "image", "text": "x"}},
            {"header.kind"},
        ),
        (
            {
                "button": "Alege",
                "sections": [{"rows": [{"id": "1", "title": "Luni"}]}],
                "header": {"kind": "image", "media_id": "9"},
            },
            {"header.kind"},
        ),
    ],
)
def test_interactive_message_that_meta_would_refuse_names_its_field(agent, given, fields):
    conversation = ConversationFactory()

    response = agent.post(
        f"{MESSAGES}/interactive",
        {"conversation": conversation.pk, "body": "Când?", **given},
        format="json",
    )

    assert fields_at_fault(response) == fields
    assert nothing_was_written()

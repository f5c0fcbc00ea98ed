from uuid import UUID

import pytest

from whatsapp.domain.document_texts import QUOTE_BUTTONS
from whatsapp.domain.documents import QuoteAnswerKind, QuoteReply, read_reply, reply_id
from whatsapp.domain.formats import LANGUAGES
from whatsapp.domain.template_values import PAYLOAD

TOKEN = UUID("0cd2c77b-3115-4d86-90c6-f9cc4cd2b7fa")


@pytest.mark.parametrize("answer", list(QuoteAnswerKind))
def test_a_button_says_again_what_was_put_in(answer):
    reply = QuoteReply(token=TOKEN, answer=answer)

    assert read_reply(reply_id(reply)) == reply
    assert len(reply_id(reply)) <= PAYLOAD


@pytest.mark.parametrize(
    "tapped",
    ["", "quote:7:accepted", f"quote:{TOKEN.hex}:rejected", f"quote:{TOKEN}:accepted", "Da"],
)
def test_any_other_button_says_nothing_of_a_quote(tapped):
    assert read_reply(tapped) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_fit_a_button_and_differ(language):
    labels = [texts[language] for texts in QUOTE_BUTTONS.values()]

    assert all(0 < len(label) <= 20 for label in labels)
    assert len(set(labels)) == len(labels)

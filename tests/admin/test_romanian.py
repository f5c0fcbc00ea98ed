"""Agents read Romanian: every text of the screens has its translation, and it is compiled."""

import ast
import re
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.utils import translation

from tests.factories import ConversationFactory, MessageFactory

APP = Path(__file__).parents[2] / "whatsapp"
CATALOG = APP / "locale" / "ro" / "LC_MESSAGES"
CALLS = ("_", "gettext", "gettext_lazy", "gettext_noop", "noop")
TAG = re.compile(r'{%\s*translate\s+"([^"]+)"\s*(?:as \w+\s*)?%}')
BLOCK = re.compile(r"{%\s*blocktranslate.*?%}(.*?){%\s*endblocktranslate\s*%}", re.DOTALL)


def texts_of_code():
    for path in sorted(APP.rglob("*.py")):
        source = path.read_text()
        if "django.utils.translation" not in source or "simulator" in path.parts:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS:
                (text, *_rest) = node.args
                if isinstance(text, ast.Constant):
                    yield text.value


def texts_of_templates():
    for path in sorted((APP / "templates").rglob("*.html")):
        source = path.read_text()
        yield from TAG.findall(source)
        for text in BLOCK.findall(source):
            yield re.sub(r"{{\s*(\w+)\s*}}", r"%(\1)s", text)


def test_every_text_has_its_romanian():
    with (CATALOG / "django.po").open("rb") as file:
        catalog = read_po(file)
    translated = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalog
        if message.string
    }

    missing = sorted({*texts_of_code(), *texts_of_templates()} - translated)

    assert missing == []


def test_compiled_catalog_is_of_the_texts():
    with (CATALOG / "django.po").open("rb") as file:
        written = [m for m in read_po(file) if m.id and isinstance(m.id, str)]
    with (CATALOG / "django.mo").open("rb") as file:
        compiled = GNUTranslations(file)

    said = [
        compiled.pgettext(m.context, m.id) if m.context else compiled.gettext(m.id) for m in written
    ]

    assert said == [m.string for m in written]


@pytest.mark.django_db
@pytest.mark.usefixtures("outside")
def test_desk_speaks_the_agents_language(agent, at):
    conversation = ConversationFactory(unread_count=1)
    MessageFactory(conversation=conversation, delivery_status="FAILED")
    agent.user.language = "ro"
    agent.user.save()

    page = agent.get(at("conversation_change", conversation)).content.decode()
    inbox = agent.get(at("conversation_changelist")).content.decode()
    translation.deactivate()

    assert "Scrieți un răspuns." in page
    assert "Netrimis." in page
    assert "Rezolvă" in page
    assert "Nepreluate" in inbox


@pytest.mark.django_db
@pytest.mark.usefixtures("outside")
def test_periods_are_counted_as_romanians_do(agent):
    agent.user.language = "ro"
    agent.user.is_superuser = True
    agent.user.save()

    page = agent.get("/admin/whatsapp/dashboard/").content.decode()
    translation.deactivate()

    assert "7 zile" in page
    assert "30 de zile" in page

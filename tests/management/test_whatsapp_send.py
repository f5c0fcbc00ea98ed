"""``whatsapp_send``: one message from the shell, followed to its end, with a clear exit code."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from tests.factories import (
    BusinessNumberFactory,
    ContactFactory,
    ConversationFactory,
    TemplateFactory,
)
from whatsapp.domain.breaker import BreakerState, Cause, Circuit, to_json
from whatsapp.models import Media, Message, OutboxItem, SenderState
from whatsapp.services import delivery

pytestmark = pytest.mark.django_db
PHONE = "+40712345678"
PDF = b"%PDF-1.7\n" + b"0" * 100


@pytest.fixture(autouse=True)
def _in_english(monkeypatch):
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")


@pytest.fixture
def open_window(db):
    """The customer wrote a minute ago."""
    return ConversationFactory(contact=ContactFactory(phone=PHONE))


def run(*arguments: str, out: StringIO | None = None) -> str:
    out = out or StringIO()
    call_command("whatsapp_send", *arguments, stdout=out)
    return out.getvalue()


def refused(*arguments: str) -> CommandError:
    with pytest.raises(CommandError) as raised:
        run(*arguments)
    return raised.value


def nothing_was_queued() -> bool:
    return not Message.objects.exists() and not OutboxItem.objects.exists()


def test_text_is_queued(open_window):
    said = run("0712 345 678", "Bună ziua!")

    message = Message.objects.get()
    assert (message.phone_number, message.message_text) == (PHONE, "Bună ziua!")
    assert OutboxItem.objects.get().message == message
    assert said == f"Message {message.pk} to {PHONE} is queued.\n"


def test_template_takes_its_parameters():
    BusinessNumberFactory()
    TemplateFactory()

    run(
        PHONE,
        *("--template", "order_shipped", "--language", "ro"),
        *("--param", "customer=Ana", "--param", "order_number=C=1"),
    )

    message = Message.objects.get()
    assert message.message_type == "TEMPLATE"
    assert message.message_text == "Bună ziua, Ana! Comanda C=1 a plecat spre dumneavoastră."


def test_time_that_has_passed_is_refused(open_window):
    error = refused(PHONE, "Bună!", "--at", "2020-12-01 09:00")

    assert (str(error), error.returncode) == ("This time has passed.", 1)
    assert nothing_was_queued()


def test_repeat_of_what_was_scheduled_comes_after_its_time_too(open_window):
    at = timezone.localtime() - timedelta(minutes=5)
    again = (PHONE, "Bună!", "--at", at.isoformat(), "--idempotency-key", "s-17")

    assert run(*again) == run(*again)

    assert Message.objects.count() == 1


def test_file_goes_as_what_it_is_with_the_text_as_its_caption(open_window, tmp_path):
    path = tmp_path / "factura.pdf"
    path.write_bytes(PDF)

    run(PHONE, "Factura dumneavoastră", "--file", str(path))

    media, message = Media.objects.get(), Message.objects.get()
    assert message.message_type == "DOCUMENT"
    assert message.content["caption"] == "Factura dumneavoastră"
    assert (media.filename, media.mime_type, media.size) == ("factura.pdf", "application/pdf", 109)


def test_moment_is_read_by_the_shops_clocks(open_window):
    at = timezone.localtime() + timedelta(days=3)

    run(PHONE, "Bună!", "--at", f"{at:%Y-%m-%d %H:%M}")

    expected = at.replace(second=0, microsecond=0)
    assert OutboxItem.objects.get().next_attempt_at == expected


def test_moment_with_a_zone_is_taken_as_it_is(open_window):
    at = (datetime.now(tz=UTC) + timedelta(days=3)).replace(microsecond=0)

    run(PHONE, "Bună!", "--at", at.isoformat())

    assert OutboxItem.objects.get().next_attempt_at == at


def test_other_number_sends_when_it_is_named(open_window):
    other = BusinessNumberFactory(phone_number_id="2", name="Depozit", is_default=False)
    ConversationFactory(number=other, contact=open_window.contact)

    run(PHONE, "Bună!", "--number", "Depozit")

    assert Message.objects.get().number == other


def test_same_key_sends_nothing_more(open_window):
    first = run(PHONE, "Bună!", "--idempotency-key", "salut-1")
    again = run(PHONE, "Bună!", "--idempotency-key", "salut-1")

    assert again == first
    assert OutboxItem.objects.count() == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((PHONE, "Bună!"), "has not written in the last 24 hours"),
        (("123", "Bună!"), "[invalid_phone]"),
        ((PHONE, "--template", "nothing"), "[not_found] There is no template 'nothing' in 'ro'."),
        ((PHONE, "Bună!", "--template", "order_shipped"), "Give a text, a template or a file."),
        ((PHONE, "--file", "/no/such/file"), "No such file"),
        ((PHONE, "Bună!", "--at", "tomorrow"), "'tomorrow' is no moment"),
        ((PHONE, "--template", "order_shipped", "--param", "x"), "'x' is not NAME=VALUE"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_words(arguments, words):
    BusinessNumberFactory()

    error = refused(*arguments)

    assert words in str(error)
    assert error.returncode == 1
    assert nothing_was_queued()


def test_refusal_is_in_the_operators_language_with_its_code(monkeypatch):
    monkeypatch.setenv("LC_ALL", "ro_RO.UTF-8")
    BusinessNumberFactory()

    error = str(refused(PHONE, "Bună!"))

    assert error.startswith("Clientul nu a scris în ultimele 24 de ore. Trimiteți un șablon.")
    assert "[conversation_closed]" in error


class TestWait:
    """Followed while a sender, here a thread, moves the row."""

    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.fixture
    def becoming(self, open_window):
        """Move the row through the statuses, a moment apart, as soon as there is one."""
        threads = []

        def start(*statuses: str, **fields) -> None:
            def move() -> None:
                while not Message.objects.exists():
                    time.sleep(0.05)
                for status in statuses:
                    time.sleep(0.3)
                    Message.objects.update(delivery_status=status, **fields)
                connection.close()

            threads.append(threading.Thread(target=move))
            threads[-1].start()

        yield start
        for thread in threads:
            thread.join()

    def test_message_is_followed_until_meta_has_it(self, becoming):
        becoming("SENDING", "SENT")

        said = run(PHONE, "Bună!", "--wait")

        assert said.splitlines()[1:] == ["Being sent", "Sent"]

    def test_message_is_followed_until_the_customer_has_it(self, becoming):
        becoming("SENT", "READ")

        said = run(PHONE, "Bună!", "--wait", "DELIVERED")

        assert said.splitlines()[1:] == ["Sent", "Read"]

    def test_message_is_followed_while_a_sender_works(self, outside, open_window):
        def send() -> None:
            while not OutboxItem.objects.exists():
                time.sleep(0.05)
            delivery.send_due(number_id=open_window.number_id)
            connection.close()

        sender = threading.Thread(target=send)
        sender.start()
        said = run(PHONE, "Bună!", "--wait")
        sender.join()

        assert said.splitlines()[-1] == "Sent"
        assert [outgoing.recipient.phone for outgoing in outside.meta.sent] == [PHONE]

    def test_failure_ends_it_with_metas_reason(self, becoming):
        becoming("FAILED", error_code=131026, error_text="Message undeliverable")

        error = refused(PHONE, "Bună!", "--wait")

        assert str(error) == "Not sent: Message undeliverable (131026)"
        assert error.returncode == 3

    def test_time_that_is_over_says_what_it_waits_for(self, open_window):
        error = refused(PHONE, "Bună!", "--wait", "--timeout", "0.1")

        assert str(error) == (
            "Not there yet (Waiting to be sent). "
            "It is due: see whatsapp_queue for what holds it back."
        )
        assert error.returncode == 4

    def test_message_behind_a_pause_says_so(self, open_window):
        breaker = BreakerState(state=Circuit.OPEN, cause=Cause.ACCOUNT, reason="No token")
        SenderState.objects.create(number=open_window.number, breaker=to_json(breaker))

        error = refused(PHONE, "Bună!", "--wait", "--timeout", "0.1")

        assert str(error) == (
            "Not there yet (Waiting to be sent). Sending paused until the account is mended: "
            "Meta refuses the account: No token."
        )
        assert error.returncode == 4

    def test_scheduled_message_says_until_when_it_waits(self, open_window):
        at = timezone.localtime() + timedelta(days=3)

        error = refused(
            PHONE, "Bună!", "--at", f"{at:%Y-%m-%d %H:%M}", "--wait", "--timeout", "0.1"
        )

        assert f"It waits until {at.day} " in str(error)

    def test_doubt_is_said_with_its_reason(self, becoming):
        becoming("UNCONFIRMED")

        def doubt() -> None:
            while not OutboxItem.objects.update(reason="No clear answer: read timeout"):
                time.sleep(0.05)
            connection.close()

        doubting = threading.Thread(target=doubt)
        doubting.start()
        error = refused(PHONE, "Bună!", "--wait", "--timeout", "1")
        doubting.join()

        assert "No clear answer: read timeout" in str(error)
        assert error.returncode == 4

"""``manage.py whatsapp_send``: one message from the shell, followed to its end if wanted."""

from __future__ import annotations

import mimetypes
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from whatsapp.conf import whatsapp_settings
from whatsapp.domain.content import MediaKind
from whatsapp.domain.lifecycle import MessageStatus
from whatsapp.domain.media_rules import RULES
from whatsapp.management.following import follow
from whatsapp.management.operators import OperatorCommand, moment, number_called
from whatsapp.models import Message
from whatsapp.services import messages
from whatsapp.services.outgoing.queueing import Envelope

_SHOWN = (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO)


class Command(OperatorCommand):
    help = (
        "Send a text, a template or a file. Exit codes: 0 queued, or with --wait arrived there; "
        "1 refused, nothing was queued; 3 it failed; 4 it did not get there in time, and may yet."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("phone", help="in any spelling, e.g. +40722123456 or 0722123456")
        parser.add_argument("text", nargs="?", default="", help="the text, or a file's caption")
        parser.add_argument("--template", help="its name; reaches a customer at any time")
        parser.add_argument("--language", help="of the template; the shop's own by default")
        parser.add_argument(
            "--param",
            action="append",
            default=[],
            type=_parameter,
            metavar="NAME=VALUE",
            help="of the template, once for each",
        )
        parser.add_argument("--file", type=Path, help="a picture, video, sound or document")
        parser.add_argument(
            "--kind", choices=list(MediaKind), help="of the file, if not as it looks"
        )
        parser.add_argument("--number", help="to send from: its id at Meta, its digits or name")
        parser.add_argument("--at", type=moment, help="not before, e.g. '2026-12-01 09:00'")
        parser.add_argument("--idempotency-key", help="a second call with it sends nothing more")
        parser.add_argument(
            "--wait",
            nargs="?",
            const=MessageStatus.SENT.value,
            choices=[s.value for s in (MessageStatus.SENT, MessageStatus.DELIVERED)],
            help="follow it until Meta has it (SENT), or the customer (DELIVERED)",
        )
        parser.add_argument("--timeout", type=float, default=60.0, help="seconds to follow it")

    def handle(self, *args: Any, wait: str | None, timeout: float, **options: Any) -> None:
        message = _send(options)
        words = _("Message %(id)d to %(phone)s is queued.")
        self.stdout.write(words % {"id": message.pk, "phone": message.phone_number})
        if wait is not None:
            goal = MessageStatus(wait)
            follow(message=message, goal=goal, timeout=timeout, say=self.stdout.write)


def _parameter(text: str) -> tuple[str, str]:
    name, is_one, value = text.partition("=")
    if not (name and is_one):
        raise ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _send(options: dict[str, Any]) -> Message:
    envelope = _envelope(options)
    if options["template"] and (options["text"] or options["file"]):
        raise CommandError(_("Give a text, a template or a file."))
    if options["template"]:
        return messages.send_template(
            template=options["template"],
            language=options["language"] or whatsapp_settings().default_language,
            parameters=dict(options["param"]),
            **envelope,
        )
    if options["file"]:
        return _send_file(options["file"], options, envelope)
    return messages.send_text(text=options["text"], **envelope)


def _send_file(path: Path, options: dict[str, Any], envelope: Envelope) -> Message:
    try:
        opened = path.open("rb")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    with opened:
        return messages.send_media(
            kind=MediaKind(options["kind"] or _kind_of(path)),
            file=File(opened, name=path.name),
            caption=options["text"],
            **envelope,
        )


def _kind_of(path: Path) -> MediaKind:
    """By the file's name; the service looks at what is in it."""
    claimed = mimetypes.guess_type(path.name)[0]
    return next((kind for kind in _SHOWN if claimed in RULES[kind].types), MediaKind.DOCUMENT)


def _envelope(options: dict[str, Any]) -> Envelope:
    envelope = Envelope(phone_number=options["phone"], send_at=options["at"])
    if options["number"]:
        envelope["number_id"] = number_called(options["number"]).pk
    if options["idempotency_key"]:
        envelope["idempotency_key"] = options["idempotency_key"]
    elif options["at"] and options["at"] < timezone.now():  # with a key it may be a repeat
        raise CommandError(_("This time has passed."))
    return envelope

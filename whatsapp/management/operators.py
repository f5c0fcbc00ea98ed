"""What our commands for operators share: their language, their numbers, errors in words."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from whatsapp.admin.desk.words import in_words
from whatsapp.errors import WhatsAppError
from whatsapp.management import screen
from whatsapp.models import BusinessNumber

REFUSED = 1  # exit code; argparse's own is 2


class OperatorCommand(BaseCommand):
    """Speaks the operator's language, and says what a service refuses in words, with its code."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        with translation.override(screen.language()):
            try:
                return super().execute(*args, **options)
            except WhatsAppError as error:
                raise CommandError(explain(error), returncode=REFUSED) from error


def explain(error: WhatsAppError) -> str:
    """Say an error with its code, and what the service said where that tells more."""
    words = in_words(error)
    said = "" if words == error.message else f" {error.message}"
    return f"{words} [{error.code}]{said}"


def number_called(name: str) -> BusinessNumber:
    """Find one of the shop's numbers by its id at Meta, its digits or name; else CommandError."""
    numbers = BusinessNumber.objects.all()
    for number in numbers:
        if name in (number.phone_number_id, number.display_number, number.name):
            return number
    known = ", ".join(f"{number} ({number.phone_number_id})" for number in numbers) or "-"
    words = _("No business number is called %(name)s. There are: %(known)s")
    raise CommandError(words % {"name": name, "known": known})


def moment(text: str) -> datetime:
    """Read a moment, by the shop's clocks unless it names a zone; else ArgumentTypeError."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no moment such as '2026-12-01 09:00'")
    return found if timezone.is_aware(found) else timezone.make_aware(found)

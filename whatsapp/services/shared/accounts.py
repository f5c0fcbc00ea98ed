"""WhatsApp accounts (WABA): their numbers, who owns templates, which token opens them."""

from __future__ import annotations

from whatsapp.conf import whatsapp_settings
from whatsapp.errors import ValidationError
from whatsapp.models import BusinessNumber
from whatsapp.ports import Credentials

ADOPTED = "adopted"  # what migration 0003 calls the number of old messages


def set_up_number(*, name: str) -> BusinessNumber:
    """Make the environment's number a sender, the default one if there is none yet.

    A second call only gives it a name if it has none. ValidationError when the environment names
    no number.
    """
    conf = whatsapp_settings()
    if not conf.phone_number_id:
        raise ValidationError("Set WHATSAPP_PHONE_NUMBER_ID to the number's id at Meta.")
    # rows of an adopted table stand for the shop's number until it has a name at Meta
    adopted = BusinessNumber.objects.filter(phone_number_id=ADOPTED)
    if not BusinessNumber.objects.filter(phone_number_id=conf.phone_number_id).exists():
        adopted.update(
            phone_number_id=conf.phone_number_id,
            waba_id=conf.business_account_id,
            is_active=True,
            is_default=not BusinessNumber.objects.filter(is_default=True).exists(),
            name=name,
        )
    number, _ = BusinessNumber.objects.get_or_create(
        phone_number_id=conf.phone_number_id,
        defaults={
            "name": name,
            "waba_id": conf.business_account_id,
            "is_default": not BusinessNumber.objects.filter(is_default=True).exists(),
        },
    )
    if name and not number.name:
        number.name = name
        number.save(update_fields=["name"])
    return number


def default_number() -> BusinessNumber | None:
    """The number that sends when the caller names none; the environment's needs no setting up."""
    number = BusinessNumber.objects.default()
    if number is None and whatsapp_settings().phone_number_id:
        return set_up_number(name="")
    return number


def number_called(*, phone_number_id: str) -> BusinessNumber | None:
    """The number by Meta's id; the environment's needs no setting up."""
    number = BusinessNumber.objects.filter(phone_number_id=phone_number_id).first()
    if (
        number is None
        and phone_number_id
        and phone_number_id == whatsapp_settings().phone_number_id
    ):
        return set_up_number(name="")
    return number


def note_phone_app(*, number: BusinessNumber) -> None:
    """Note, once, that the number also lives in the phone app, where Meta allows it less."""
    if not number.uses_phone_app:
        BusinessNumber.objects.filter(pk=number.pk).update(uses_phone_app=True)


def default_account() -> str:
    """The account of the default number, else of the environment; ValidationError if there is none.

    An account's number need not be set up yet: templates are made and approved before.
    """
    number = default_number()
    account = number.account_id if number else whatsapp_settings().business_account_id
    if not account:
        raise ValidationError(
            "No WhatsApp account is known; set WHATSAPP_BUSINESS_ACCOUNT_ID.",
            details={"field": "waba_id"},
        )
    return account


def all_credentials() -> dict[str, Credentials]:
    """Every account an active number belongs to, with a token that opens it."""
    numbers = BusinessNumber.objects.filter(is_active=True).order_by("-is_default", "id")
    found: dict[str, Credentials] = {}
    for number in numbers:
        account, token = number.account_id, number.token
        if account and token and account not in found:
            found[account] = Credentials(
                phone_number_id=number.phone_number_id, waba_id=account, token=token
            )
    return found


def credentials(*, waba_id: str) -> Credentials:
    """The account's credentials; ValidationError when no active number has a token for it."""
    found = all_credentials().get(waba_id)
    if found is None:
        raise ValidationError(
            "No active business number has a token for this WhatsApp account.",
            details={"field": "waba_id"},
        )
    return found

"""The same key makes one message, however often and by how many callers at once it is used."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from typing import Any, TypedDict, TypeVar, cast

from django.core.files.base import File
from django.db import connection, transaction

from whatsapp.conf import whatsapp_settings
from whatsapp.domain import phone as phones
from whatsapp.errors import IdempotencyConflictError, InvalidPhoneError, ValidationError
from whatsapp.models import IdempotencyKey, Message
from whatsapp.models.idempotency_key import KEY_LIMIT

RETENTION = timedelta(days=30)
PURGE_BATCH = 2000

# It waits for another transaction that has inserted the key and not ended yet
_INSERT = """
    INSERT INTO whatsapp_idempotency_keys (user_id, key, fingerprint) VALUES (%s, %s, '')
    ON CONFLICT (user_id, key) DO NOTHING RETURNING id
"""

Send = TypeVar("Send", bound=Callable[..., Message])


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A key in the caller's hands; ``result`` is None for whoever uses it first."""

    row_id: int
    fingerprint: str = ""
    result: Any = None


def once(send: Send) -> Send:
    """Let a ``send_*`` be repeated under its ``idempotency_key``: it returns the first message.

    The key is looked up before any rule is asked, so the answer is the same when the window has
    closed since. A send that is refused leaves no key. Raises IdempotencyConflictError (used for
    something else), ValidationError (no key at all).
    """
    signature = inspect.signature(send)
    defaults = {
        name: parameter.default
        for name, parameter in signature.parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }

    @wraps(send)
    def repeatable(**asked: Any) -> Message:
        if asked.get("idempotency_key") is None:
            return send(**asked)
        key = key_of(name=send.__name__, asked={**defaults, **asked})
        return make_under(make=partial(send, **asked), **key)

    return cast(Send, repeatable)


@transaction.atomic
def make_under(
    *, user_id: int | None, key: str | None, fingerprint: str, make: Callable[[], Message]
) -> Message:
    """Make a message under a key, or return the one that was made; without a key make it."""
    if key is None:
        return make()
    found = claim(user_id=user_id, key=key)
    if found.result is not None:
        require_same(claim=found, fingerprint=fingerprint)
        return Message.objects.get(pk=found.result["message"])
    message = make()
    settle(claim=found, fingerprint=fingerprint, result={"message": message.pk})
    return message


def claim(*, user_id: int | None, key: str) -> Claim:
    """Insert the key, or read what was made under it; call inside the transaction of the send.

    The first caller must ``settle`` it. Others of the same moment wait here until that transaction
    ends, and take its place if it was rolled back. ValidationError for what is no key.
    """
    _require_key(key)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, [user_id, key])
            inserted = cursor.fetchone()
        if inserted:
            return Claim(row_id=inserted[0])
        row = IdempotencyKey.objects.filter(user=user_id, key=key).first()
        if row is not None:  # else purged between the two statements
            return Claim(row_id=row.pk, fingerprint=row.fingerprint, result=row.result)


def _require_key(key: str) -> None:
    if not (1 <= len(key) <= KEY_LIMIT and key.isprintable()):
        raise ValidationError(
            f"An idempotency key has 1 to {KEY_LIMIT} printable characters.",
            details={"field": "idempotency_key"},
        )


def made_under(*, user_id: int | None, key: str | None, fingerprint: str) -> Message | None:
    """Find what a key has made already, for sends that prepare much before they claim it.

    Raises IdempotencyConflictError as ``once``.
    """
    if key is None:
        return None
    _require_key(key)
    row = IdempotencyKey.objects.filter(user=user_id, key=key).first()
    if row is None or row.result is None:
        return None
    found = Claim(row_id=row.pk, fingerprint=row.fingerprint, result=row.result)
    require_same(claim=found, fingerprint=fingerprint)
    return Message.objects.get(pk=row.result["message"])


def require_same(*, claim: Claim, fingerprint: str) -> None:
    """Raise IdempotencyConflictError when the key stands for something else."""
    if claim.fingerprint != fingerprint:
        raise IdempotencyConflictError(
            "This idempotency key was used for something else; a new message needs a new key.",
            details={"field": "idempotency_key"},
        )


def settle(*, claim: Claim, fingerprint: str, result: Mapping[str, Any]) -> None:
    """Write what was asked for under the key, and what came of it."""
    IdempotencyKey.objects.filter(pk=claim.row_id).update(fingerprint=fingerprint, result=result)


def forget(*, claim: Claim) -> None:
    """Give a key back under which nothing was made."""
    IdempotencyKey.objects.filter(pk=claim.row_id).delete()


class Key(TypedDict):
    """Under what a message is made: whose key, if any, and what it stands for."""

    user_id: int | None
    key: str | None
    fingerprint: str


def key_of(*, name: str, asked: Mapping[str, Any]) -> Key:
    """Read it from what is asked of a send; without a key no bytes are read for it."""
    key = asked.get("idempotency_key")
    print_ = "" if key is None else fingerprint(name=name, asked=asked)
    return Key(user_id=asked.get("user_id"), key=key, fingerprint=print_)


def fingerprint(*, name: str, asked: Mapping[str, Any]) -> str:
    """Return the sha256, in hex, of all that says what is sent and to whom.

    Over canonical JSON, files by the sha256 of their bytes; what is None counts as not given. A
    phone counts as the number it is, and a place as its degrees, however they are written.
    """
    who = ("idempotency_key", "user_id")
    given = {
        key: _MEANT.get(key, _as_given)(value)
        for key, value in asked.items()
        if value is not None and key not in who
    }
    return hashlib.sha256(canonical([name, given])).hexdigest()


def meant_phone(*, given: str) -> str:
    """Return a phone in E.164; as it is if it is none, which the send refuses."""
    try:
        return phones.normalize(given, region=whatsapp_settings().phone_region)
    except InvalidPhoneError:
        return given


def _meant_degrees(given: object) -> object:
    try:
        return float(given) if isinstance(given, int | float | str) else given
    except (ValueError, OverflowError):
        return given


def _as_given(given: object) -> object:
    return given


_MEANT: Mapping[str, Callable[[Any], object]] = {
    "phone_number": lambda given: meant_phone(given=given),
    "latitude": _meant_degrees,
    "longitude": _meant_degrees,
}


def canonical(value: object) -> bytes:
    """Write a value as JSON that is the same for equal values."""
    return json.dumps(value, default=_plain, sort_keys=True, separators=(",", ":")).encode()


def _digest(file: File[Any]) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _plain(value: object) -> object:
    match value:
        case File():
            return {"sha256": _digest(value)}
        case datetime() if value.tzinfo is not None:
            return value.astimezone(UTC).isoformat()
        case Mapping():
            return dict(value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return [type(value).__name__, {f.name: getattr(value, f.name) for f in fields(value)}]
    return str(value)


def purge(*, now: datetime) -> int:
    """Forget keys older than 30 days, in batches, each its own transaction; return how many."""
    total = 0
    old = IdempotencyKey.objects.filter(created_at__lt=now - RETENTION).order_by("created_at", "id")
    while ids := list(old.values_list("pk", flat=True)[:PURGE_BATCH]):
        total += IdempotencyKey.objects.filter(pk__in=ids).delete()[0]
    return total

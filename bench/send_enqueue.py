"""What it takes to queue a broadcast by one service call, beside a loop of single sends."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from bench import memory, rows
from bench.figures import Figure, at_least, at_most
from bench.system import System
from dev.credentials import ACCOUNT_ID
from whatsapp.models import Template
from whatsapp.services import bulk, messages
from whatsapp.services.bulk import Recipient

ROUNDS = 5
MANY, MORE = 10_000, 100_000  # recipients of one call; of the one whose memory is watched
SINGLE = 300  # sends of the loop in a round
MEGABYTES = 64  # by which the process may grow, however many recipients there are
NAME, LANGUAGE = "bench_news", "ro"
BODY = "Bună ziua, {{customer}}! Oferta de toamnă este în magazin până duminică."
PARAMETERS = {"customer": "Ana Popescu"}


def run(_: System) -> list[Figure]:
    """Messages queued per second, and the memory it takes."""
    number = rows.fresh_number(limit=80)
    rows.make_people(MORE, number=number)
    _make_template()
    one_by_one, at_once = [], []
    for _round in range(ROUNDS):
        rows.clear()
        one_by_one.append(_rate(SINGLE, _send_one_by_one))
        rows.clear()
        at_once.append(_rate(MANY, _send_at_once))
    rows.clear()
    grown = _grown_by(MORE)
    ratio = median(many / single for many, single in zip(at_once, one_by_one, strict=True))
    against = f"loop of send_template: {median(one_by_one):.0f}/s"
    return [
        at_least("send_enqueue", median(at_once), "/s", goal=50, ratio=ratio, against=against),
        at_most("send_enqueue_memory", grown, f"MB for {MORE:,}", goal=MEGABYTES),
    ]


def _make_template() -> None:
    example = [{"param_name": "customer", "example": "Ana"}]
    body = {"type": "BODY", "text": BODY, "example": {"body_text_named_params": example}}
    Template.objects.create(
        waba_id=ACCOUNT_ID,
        name=NAME,
        language=LANGUAGE,
        category="MARKETING",
        parameter_format="NAMED",
        components=[body],
        status="APPROVED",
        meta_id="880000000000001",
    )


def _rate(count: int, send: Callable[[int], None]) -> float:
    started = time.monotonic()
    send(count)
    return count / (time.monotonic() - started)


def _send_one_by_one(count: int) -> None:
    for phone in rows.phones(count):
        messages.send_template(
            template=NAME, language=LANGUAGE, parameters=PARAMETERS, phone_number=phone
        )


def _send_at_once(count: int) -> None:
    recipients = (
        Recipient(phone_number=phone, parameters=PARAMETERS) for phone in rows.phones(count)
    )
    result = bulk.send_many(template=NAME, language=LANGUAGE, recipients=recipients)
    assert len(result.message_ids) == count, result.refused[:1]


def _grown_by(count: int) -> float:
    """Megabytes by which this process grew at most, while it queued so many."""
    memory.clear_peak()
    before = memory.resident()
    _send_at_once(count)
    return memory.peak() - before

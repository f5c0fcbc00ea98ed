"""The daily gap check: what Meta counted of each number beside what we stored, and what is amiss.

A webhook that never came leaves no trace here; only Meta's own count can tell that one is missing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from whatsapp import queue
from whatsapp.conf import whatsapp_settings
from whatsapp.domain import gap
from whatsapp.domain.gap import Counts
from whatsapp.domain.phone import digits
from whatsapp.errors import NotFoundError, ValidationError, WhatsAppError
from whatsapp.models import BusinessNumber, GapCheck
from whatsapp.models.gap_check import GapState
from whatsapp.ports import Credentials, DayCount, StaffNotice
from whatsapp.wiring import gateway, staff_notifier

logger = logging.getLogger(__name__)

DAYS = 3  # the last whole ones, each until it agrees
KEPT = timedelta(days=365)
EARLIER = timedelta(days=32)  # a message may be written that long before it leaves
_RESULT = (
    *("state", "starts_at", "ends_at", "meta_sent", "our_sent", "meta_delivered", "our_delivered"),
    *("error", "attempts", "checked_at"),
)

# A message whose chat is open is read without ever being delivered
_OURS = """
    SELECT count(*) FILTER (WHERE sent_at >= %(start)s AND sent_at < %(end)s),
        count(*) FILTER (WHERE coalesce(delivered_at, read_at) >= %(start)s
            AND coalesce(delivered_at, read_at) < %(end)s)
    FROM whatsapp_messages
    WHERE number_id = %(number)s AND direction = 'SENT' AND created_at >= %(earliest)s
"""


def check(*, now: datetime) -> int:
    """Compare the last days of each number that do not agree yet; return how many were compared.

    One call for each number, and none when all of its days agree. A day that Meta does not answer
    for is FAILED and asked for again at the next run.
    """
    compared = 0
    for number in BusinessNumber.objects.filter(is_active=True).order_by("id"):
        if number.token and number.account_id:
            rows = _open_days(number, now=now)
            compared += _compare(number, rows, now=now) if rows else 0
    _tell_staff(now=now)
    GapCheck.objects.filter(created_at__lt=now - KEPT).delete()
    return compared


@transaction.atomic
def repeat(*, check_id: int) -> GapCheck:
    """Have a day compared once more, soon. Raises NotFoundError."""
    row = GapCheck.objects.select_for_update().filter(pk=check_id).first()
    if row is None:
        raise NotFoundError("There is no such comparison.", details={"id": check_id})
    row.state, row.error = GapState.PENDING.value, ""
    row.save(update_fields=["state", "error"])
    queue.enqueue(queue.CHECK_GAPS)
    return row


def troubles() -> dict[int, str]:
    """Say in words what is amiss in the last days, by the number's id."""
    amiss = (GapState.DIFFERENT.value, GapState.FAILED.value)
    rows = GapCheck.objects.filter(state__in=amiss, ends_at__gte=Now() - timedelta(days=DAYS + 1))
    return {row.number_id: f"{row.day}: {figures(row)}" for row in rows.order_by("day")}


def figures(row: GapCheck) -> str:
    """The two pairs of counts, or why there are none."""
    if row.meta_sent is None or row.state == GapState.FAILED.value:
        return row.error or _("not compared yet")
    return _(
        "Meta counts %(meta_sent)d sent and %(meta_delivered)d delivered, "
        "our rows %(our_sent)d and %(our_delivered)d"
    ) % {
        "meta_sent": row.meta_sent,
        "meta_delivered": row.meta_delivered or 0,
        "our_sent": row.our_sent or 0,
        "our_delivered": row.our_delivered or 0,
    }


def advice(row: GapCheck) -> str:
    """What a person should look at, empty for a day that agrees."""
    if row.state != GapState.DIFFERENT.value:
        return ""
    theirs, ours = _pairs(row)
    tolerance = whatsapp_settings().gap_tolerance
    delivered = gap.is_beyond(theirs=theirs.delivered, ours=ours.delivered, tolerance=tolerance)
    if theirs.delivered > ours.delivered and delivered:
        return _(
            "Statuses are missing here. See whether events are dead or pending and process them "
            "again; whether the app is subscribed and the webhook's address answers. Meta repeats "
            "what it could not deliver for seven days."
        )
    if theirs.sent > ours.sent:
        return _(
            "More was sent with this number than this system sent. See whether another system or "
            "the WhatsApp app uses it: its statuses are among the events that are not ours."
        )
    return _(
        "Meta counts less than we have. Its figures may come late; if it stays so, see whether "
        "ACCOUNT_ZONE is the time zone of the WhatsApp account."
    )


def _open_days(number: BusinessNumber, *, now: datetime) -> list[GapCheck]:
    """The number's days to be compared: the last ones that do not agree, and what was asked for."""
    zone = ZoneInfo(whatsapp_settings().account_zone)
    days = list(gap.last_days(now=now, zone=zone, count=DAYS))
    GapCheck.objects.bulk_create(_new_rows(number, days, zone=zone), ignore_conflicts=True)
    recent = Q(day__in=days) & ~Q(state=GapState.EQUAL.value)
    rows = GapCheck.objects.filter(recent | Q(state=GapState.PENDING.value), number=number)
    return list(rows.order_by("day"))


def _new_rows(
    number: BusinessNumber, days: Iterable[date], *, zone: ZoneInfo
) -> Iterator[GapCheck]:
    """Days before the number was ours, or that had begun by then, are nobody's trouble."""
    for day in days:
        starts_at, ends_at = gap.span(day, zone=zone)
        if starts_at >= number.created_at:
            yield GapCheck(number=number, day=day, starts_at=starts_at, ends_at=ends_at)


def _compare(number: BusinessNumber, rows: Sequence[GapCheck], *, now: datetime) -> int:
    try:
        counted = _ask(number, rows)
    except WhatsAppError as error:
        logger.warning("counts not compared", extra={"number": number.pk, "reason": error.message})
        for row in rows:
            row.state, row.error = GapState.FAILED.value, error.message[:500]
    else:
        for row in rows:
            _judge(row, counted.get(row.day), now=now)
    for row in rows:
        row.attempts, row.checked_at = row.attempts + 1, now
    GapCheck.objects.bulk_update(rows, _RESULT)
    return sum(row.state in (GapState.EQUAL, GapState.DIFFERENT) for row in rows)


def _ask(number: BusinessNumber, rows: Sequence[GapCheck]) -> Mapping[date, DayCount]:
    """Meta's days by their date: one that it cuts by other clocks belongs to that of its noon.

    Raises GatewayError; ValidationError while nobody knows the number's digits.
    """
    phone = digits(number.display_number)
    if not phone:
        raise ValidationError("The number's digits are not known yet: the hourly check asks Meta.")
    zone = ZoneInfo(whatsapp_settings().account_zone)
    found = gateway().count_days(
        phone=phone,
        start=min(row.starts_at for row in rows),
        end=max(row.ends_at for row in rows),
        credentials=Credentials(
            phone_number_id=number.phone_number_id, waba_id=number.account_id, token=number.token
        ),
    )
    return {(day.start + (day.end - day.start) / 2).astimezone(zone).date(): day for day in found}


def _judge(row: GapCheck, counted: DayCount | None, *, now: datetime) -> None:
    """Compare over the very span that Meta counted; a day it leaves out is one without messages."""
    if counted is not None:
        row.starts_at, row.ends_at = counted.start, counted.end
    if row.ends_at > now:  # the account's day is not over where Meta cuts it
        row.state, row.error = GapState.PENDING.value, ""
        return
    row.meta_sent = counted.sent if counted else 0
    row.meta_delivered = counted.delivered if counted else 0
    row.our_sent, row.our_delivered = _our_counts(row)
    theirs, ours = _pairs(row)
    tolerance = whatsapp_settings().gap_tolerance
    differ = gap.differ(theirs=theirs, ours=ours, tolerance=tolerance)
    row.state, row.error = (GapState.DIFFERENT if differ else GapState.EQUAL).value, ""


def _our_counts(row: GapCheck) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            _OURS,
            {
                "start": row.starts_at,
                "end": row.ends_at,
                "earliest": row.starts_at - EARLIER,
                "number": row.number_id,
            },
        )
        sent, delivered = cursor.fetchone()
    return sent, delivered


def _pairs(row: GapCheck) -> tuple[Counts, Counts]:
    theirs = Counts(sent=row.meta_sent or 0, delivered=row.meta_delivered or 0)
    return theirs, Counts(sent=row.our_sent or 0, delivered=row.our_delivered or 0)


def _tell_staff(*, now: datetime) -> None:
    """Tell of each day once; a notifier that fails is asked again at the next run."""
    untold = GapCheck.objects.filter(state=GapState.DIFFERENT.value, told_at=None)
    for row in untold.select_related("number").order_by("id"):
        try:
            staff_notifier().notify(_notice(row))
        except Exception:  # the host's code: one that fails must not silence the notices after it
            logger.exception("staff not told", extra={"gap_check": row.pk})
        else:
            row.told_at = now
            row.save(update_fields=["told_at"])


def _notice(row: GapCheck) -> StaffNotice:
    return StaffNotice(
        key=f"whatsapp-gap:{row.number_id}:{row.day}",
        subject=_("WhatsApp counts of %(number)s on %(day)s differ from Meta's")
        % {"number": row.number, "day": row.day},
        body=f"{figures(row)}. {advice(row)}",
        url=_page(row),
    )


def _page(row: GapCheck) -> str:
    try:
        return reverse("admin:whatsapp_gapcheck_change", args=[row.pk])
    except NoReverseMatch:  # a host may leave our admin out
        return ""

"""How much was said and how fast, counted by hour in UTC, and those hours summed by day.

Only the roll-up writes here. A day is the shop's, cut in Bucharest; pages and answers read days.
Dimensions are copies of what the messages say: no constraint ties a count to its template.
"""

from __future__ import annotations

from enum import StrEnum

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Clock(StrEnum):
    """What was timed: a person's first answer, or the whole matter until it was resolved."""

    ANSWER = "answer"
    RESOLUTION = "resolution"


class StatsMark(models.Model):
    """An hour whose messages have changed since it was counted.

    Triggers write it with the change itself, and never wait for one another: a row for each, no
    key. ``conversation_id`` and ``happened_at`` say where in a thread a question or an answer came
    or went; there another hour's question may have got its answer.
    """

    hour = models.DateTimeField()
    conversation_id = models.BigIntegerField(null=True)
    happened_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "whatsapp_stats_marks"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}"


def _copied(to: str) -> models.ForeignKey[models.Model | None, models.Model | None]:
    return models.ForeignKey(
        to,
        null=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )


class _Counts(models.Model):
    number = _copied("whatsapp.BusinessNumber")
    direction = models.CharField(max_length=16)
    message_type = models.CharField(max_length=32)
    delivery_status = models.CharField(max_length=50)  # empty: received
    template = _copied("whatsapp.Template")
    user = _copied(settings.AUTH_USER_MODEL)
    order_event = models.CharField(max_length=32)
    pricing_category = models.CharField(max_length=64)
    pricing_type = models.CharField(max_length=64)
    calling_code = models.CharField(max_length=3)  # of what is charged; else empty
    n = models.PositiveIntegerField()

    class Meta:
        abstract = True


class _Times(models.Model):
    """``bucket`` is the logarithm of the seconds, 5 % wide; NULL: a question without an answer.

    With the sum of its seconds a bucket says its mean, so that few values are told exactly.
    """

    clock = models.CharField(max_length=16, choices=[(c.value, c.value) for c in Clock])
    number = _copied("whatsapp.BusinessNumber")
    user = _copied(settings.AUTH_USER_MODEL)
    bucket = models.SmallIntegerField(null=True)
    n = models.PositiveIntegerField()
    late = models.PositiveIntegerField()  # answered after the SLA's time
    seconds = models.FloatField()

    class Meta:
        abstract = True


class HourCount(_Counts):
    hour = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "whatsapp_stats"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.hour} {self.direction}: {self.n}"


class HourTime(_Times):
    """By the hour in which the question came, or the matter was resolved."""

    hour = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "whatsapp_stats_times"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.hour} {self.clock}: {self.n}"


class DayCount(_Counts):
    day = models.DateField(db_index=True)

    class Meta:
        db_table = "whatsapp_stats_days"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.day} {self.direction}: {self.n}"


class DayTime(_Times):
    """Everybody's together, as most look; and once more ``by_agent``."""

    day = models.DateField()
    by_agent = models.BooleanField()

    class Meta:
        db_table = "whatsapp_stats_day_times"
        default_permissions = ()
        indexes = (models.Index(fields=("by_agent", "day"), name="whatsapp_stats_times_day"),)

    def __str__(self) -> str:
        return f"{self.day} {self.clock}: {self.n}"


class Dashboard(DayCount):
    """The page of figures; who may read messages may see it."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("dashboard")
        verbose_name_plural = _("dashboard")

    def __str__(self) -> str:
        return str(self.day)

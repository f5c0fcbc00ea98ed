"""Whatever happens to messages, and when: the roll-up says what counting their rows says."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F, Sum

from tests.erp.factories import OrderFactory
from tests.factories import (
    BusinessNumberFactory,
    ConversationFactory,
    MessageFactory,
    TemplateFactory,
    UserFactory,
)
from whatsapp.models import DayTime, HourTime, Message, OrderNotice
from whatsapp.services.statistics import rollup
from whatsapp.services.statistics import rows as stats_rows
from whatsapp.services.statistics.rows import GroupBy

pytestmark = pytest.mark.django_db
BUCHAREST = ZoneInfo("Europe/Bucharest")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

KINDS = ("asks", "asks", "answers", "phone", "notice", "automatic", "reacts")
EVENTS = ("order_confirmed", "order_shipped")
STATUSES = ("PENDING", "SENT", "DELIVERED", "READ", "FAILED", "odd")
BEGINNINGS = (datetime(2026, 3, 28, 18, tzinfo=UTC), datetime(2026, 10, 24, 18, tzinfo=UTC))


def day(moment: datetime) -> date:
    return moment.astimezone(BUCHAREST).date()


class History:
    """Random changes of messages, by every kind of statement that writes them."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.beginning = self.random.choice(BEGINNINGS)
        numbers = [
            BusinessNumberFactory(),
            BusinessNumberFactory(phone_number_id="2", is_default=False),
        ]
        self.threads = [ConversationFactory(number=self.random.choice(numbers)) for _ in range(4)]
        self.agents = UserFactory.create_batch(2)
        self.templates = [TemplateFactory(name=event) for event in EVENTS]

    def step(self) -> None:
        self.random.choice(
            (self._say, self._say, self._say, self._tell, self._move, self._forget, self._lose)
        )()

    def _say(self) -> None:
        moment = self.beginning + timedelta(seconds=self.random.randrange(54 * 3600))
        late = self.random.choice((0, 0, 0, 7)) * HOUR  # in coming
        common = {
            "conversation": self.random.choice(self.threads),
            "created_at": moment,
            "happened_at": moment - late,
        }
        kind = self.random.choice(
            ("asks", "asks", "answers", "phone", "notice", "automatic", "reacts")
        )
        if kind in ("asks", "reacts"):
            types = {"asks": "TEXT", "reacts": "REACTION"}
            MessageFactory(received=True, message_type=types[kind], **common)
            return
        status = self.random.choice(STATUSES)
        message = MessageFactory(
            delivery_status=status,
            user=self.random.choice(self.agents) if kind == "answers" else None,
            template=self.random.choice(self.templates) if kind == "notice" else None,
            message_type="TEMPLATE" if kind == "notice" else "TEXT",
            content={"kind": "text", **({"origin": "phone_app"} if kind == "phone" else {})},
            pricing_type=self.random.choice(("", "regular")),
            pricing_category="utility",
            **common,
        )
        if kind == "notice":
            OrderNotice.objects.create(
                order=OrderFactory(), event=self.random.choice(EVENTS), message=message
            )

    def _some(self):
        ids = list(Message.objects.order_by("pk").values_list("pk", flat=True))
        chosen = self.random.sample(ids, min(len(ids), self.random.randint(1, 4)))
        return Message.objects.filter(pk__in=chosen)

    def _tell(self) -> None:
        sent = self._some().filter(direction="SENT")
        sent.update(
            delivery_status=self.random.choice(STATUSES), happened_at=F("happened_at") + MINUTE
        )

    def _move(self) -> None:
        self._some().update(conversation=self.random.choice(self.threads))

    def _forget(self) -> None:
        self._some().filter(direction="SENT").update(user=self.random.choice((None, *self.agents)))

    def _lose(self) -> None:
        lost = self._some().filter(order_notice=None)[:1]
        Message.objects.filter(pk__in=list(lost.values_list("pk", flat=True))).delete()


class Oracle:
    """Counts the rows, one by one."""

    def __init__(self) -> None:
        self.rows = list(Message.objects.select_related("order_notice").order_by("pk"))

    def by(self, key) -> Counter:
        return Counter(
            (key(row), row.direction, row.message_type, row.delivery_status or "")
            for row in self.rows
            if key(row) is not None
        )

    def times(self) -> dict:
        """How many and how long together, by day, who answered, and whether nobody has."""
        found: dict = {}
        threads: dict[int, list[Message]] = {}
        for row in self.rows:
            is_persons = row.user_id is not None or row.from_phone_app
            if row.direction == "SENT" and not is_persons:
                continue
            if row.direction == "RECEIVED" and row.message_type == "REACTION":
                continue
            threads.setdefault(row.conversation_id, []).append(row)
        for rows in threads.values():
            rows.sort(key=lambda row: (row.happened_at, row.pk))
            asked = None
            for row in [*rows, None]:
                if asked is None and row is not None and row.direction == "RECEIVED":
                    asked = row
                elif asked is not None and (row is None or row.direction == "SENT"):
                    took = (row.happened_at - asked.happened_at).total_seconds() if row else 0
                    place = (day(asked.created_at), row.user_id if row else None, row is None)
                    n, seconds = found.get(place, (0, 0))
                    found[place] = (n + 1, seconds + took)
                    asked = None
        return found

    def altogether(self) -> dict:
        found: Counter = Counter()
        for (at, _, _), (n, _) in self.times().items():
            found[at] += n
        return dict(found)


def told(by: GroupBy) -> Counter:
    period = stats_rows.Period(first=date(2026, 1, 1), last=date(2026, 12, 31), number_id=None)
    return Counter({row[:4]: row.n for row in stats_rows.counts(period, by=by)})


def timed() -> dict:
    return added_up(HourTime.objects.filter(clock="answer"), day_of=lambda row: day(row.hour))


def timed_by_agent() -> dict:
    rows = DayTime.objects.filter(clock="answer", by_agent=True)
    return added_up(rows, day_of=lambda row: row.day)


def added_up(rows, day_of) -> dict:
    found: dict = {}
    for row in rows:
        place = (day_of(row), row.user_id, row.bucket is None)
        n, seconds = found.get(place, (0, 0))
        found[place] = (n + row.n, seconds + row.seconds)
    return found


def altogether() -> dict:
    rows = DayTime.objects.filter(clock="answer", by_agent=False)
    return {row["day"]: row["total"] for row in rows.values("day").annotate(total=Sum("n"))}


@pytest.mark.parametrize("seed", range(12))
def test_any_history_is_counted_as_its_rows_are(seed):
    history = History(seed)
    for _ in range(6):
        for _ in range(history.random.randint(1, 25)):
            history.step()
        rollup.roll_up(now=history.beginning)
        oracle = Oracle()
        assert told(GroupBy.DAY) == oracle.by(lambda row: day(row.created_at))
        assert told(GroupBy.NUMBER) == oracle.by(lambda row: row.number_id)
        assert told(GroupBy.AGENT) == oracle.by(lambda row: row.user_id)
        assert told(GroupBy.TEMPLATE) == oracle.by(lambda row: row.template_id)
        assert told(GroupBy.ORDER_EVENT) == oracle.by(
            lambda row: row.order_notice.event if hasattr(row, "order_notice") else None
        )
        times = oracle.times()
        assert timed() == times
        assert timed_by_agent() == {place: of for place, of in times.items() if place[1]}
        assert altogether() == oracle.altogether()

"""``manage.py whatsapp_events``: what Meta told, what waits or was given up, and once more."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from whatsapp.management import events_report, screen
from whatsapp.management.operators import OperatorCommand, moment, number_called
from whatsapp.models import WebhookEvent
from whatsapp.models.webhook_event import EventOutcome, EventStatus
from whatsapp.services import event_replay, webhook_events

INTERRUPTED = 130  # exit code, as shells have it
PAUSE = 0.5  # seconds between looks at what is being processed
AHEAD = 2_000  # replayed and not processed yet: what comes meanwhile waits behind no more
_REPLAYABLE = (EventStatus.FAILED.value, EventStatus.PROCESSED.value)


class Command(OperatorCommand):
    help = (
        "Show webhook events by field, status and outcome, what waits and what was given up, and "
        "why. 'replay' processes those that fit again, 'purge' deletes old ones."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "action", nargs="?", choices=("show", "replay", "purge"), default="show"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object")
        chosen = parser.add_argument_group("replay, at least one of")
        chosen.add_argument("--status", choices=_REPLAYABLE, help="failed are the dead ones")
        chosen.add_argument("--outcome", choices=[o.value for o in EventOutcome])
        chosen.add_argument("--field", help="the webhook field, e.g. messages")
        chosen.add_argument("--number", help="its id at Meta, its digits or name")
        chosen.add_argument("--after", type=moment, help="received then or later")
        chosen.add_argument("--before", type=moment, help="received earlier")
        chosen.add_argument("--id", type=int, action="append", help="this event; may be repeated")
        parser.add_argument("--dry-run", action="store_true", help="say how many, change nothing")
        parser.add_argument("--timeout", type=float, default=60.0, help="seconds without progress")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if action == "replay":
            self._replay(_chosen(options), **options)
        elif action == "purge":
            self._say({"purged": webhook_events.purge(now=timezone.now())}, **options)
        elif options["json"]:
            self.stdout.write(json.dumps(events_report.record()))
        else:
            self.stdout.write(events_report.text())

    def _say(self, counts: dict[str, int], **options: Any) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(counts))
            return
        words = {
            "matching": _("%(n)d events would be processed again."),
            "replayed": _("Events processed again: %(n)d."),
            "purged": _("Events deleted: %(n)d."),
        }
        for name, count in counts.items():
            self.stdout.write(words[name] % {"n": count})

    def _replay(self, rows: QuerySet[WebhookEvent], **options: Any) -> None:
        if options["dry_run"]:
            self._say({"matching": event_replay.replayable(rows).count()}, **options)
            return
        self._say({"replayed": self._replay_all(rows, timeout=options["timeout"])}, **options)

    def _replay_all(self, rows: QuerySet[WebhookEvent], *, timeout: float) -> int:
        """Go on batch by batch, each when the one before is processed."""
        newest = rows.aggregate(newest=Max("pk"))["newest"] or 0
        rows = rows.filter(pk__lte=newest)  # what comes meanwhile is none of these
        left, done = event_replay.replayable(rows).count(), 0
        after: int | None = 0
        try:
            with screen.Drain(self.stderr) as drain:
                while after is not None:
                    found = event_replay.replay_matching(rows=rows, after=after, limit=AHEAD)
                    done, left, after = done + found.count, left - found.count, found.after
                    self._wait(drain, newest=newest, behind=max(left, 0), timeout=timeout)
        except KeyboardInterrupt:
            words = _("Stopped; %(n)d events are processed again all the same.") % {"n": done}
            raise CommandError(words, returncode=INTERRUPTED) from None
        return done

    def _wait(self, drain: screen.Drain, *, newest: int, behind: int, timeout: float) -> None:
        """Wait until each was taken up; CommandError when nobody takes any."""
        rows = WebhookEvent.objects.pending().filter(pk__lte=newest, attempts=0)
        seen, seen_at = -1, time.monotonic()
        while pending := rows.count():
            drain.show(left=pending + behind, words="")
            if pending != seen:
                seen, seen_at = pending, time.monotonic()
            elif time.monotonic() - seen_at > timeout:
                words = _("Nobody processes events: does a worker serve whatsapp_receive?")
                raise CommandError(words, returncode=1)
            time.sleep(PAUSE)


def _chosen(options: dict[str, Any]) -> QuerySet[WebhookEvent]:
    """The events that fit all of the options; CommandError when none is given."""
    number = number_called(options["number"]).phone_number_id if options["number"] else None
    wanted = {
        "status": options["status"],
        "outcome": options["outcome"],
        "field": options["field"],
        "phone_number_id": number,
        "received_at__gte": options["after"],
        "received_at__lt": options["before"],
        "pk__in": options["id"],
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    if not given:
        raise CommandError(_("Say which events: all of them would be too many."), returncode=2)
    return WebhookEvent.objects.filter(**given)

"""Notices that wait for a template in review are due as soon as Meta's word on it is known.

What is asked is how things stand, not what has just changed: whether one of the templates that a
notice waits for is decided by now. So it does not matter which road the word came by, nor who
commits first, the word or the notice that is being put to wait: whoever decides notices asks again
after each batch, and the minutely sweep asks, too. Nothing is locked by the road that brought the
word.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from whatsapp.domain.template import TemplateStatus
from whatsapp.models import NoticeRule, OrderNotice, Template
from whatsapp.models.order_notice import Decision, OrderNoticeQuerySet
from whatsapp.services.templating.order_templates import FINAL


def is_any_over(*, now: datetime) -> bool:
    """Tell whether ``release`` would find a notice."""
    return _over(now=now).exists()


@transaction.atomic
def release(*, now: datetime) -> None:
    """Make due the notices that wait for a template that is decided by now.

    One that somebody holds is being decided: it is found after that.
    """
    free = _over(now=now).order_by("pk").select_for_update(skip_locked=True)
    ids = list(free.values_list("pk", flat=True))
    if ids:
        OrderNotice.objects.filter(pk__in=ids).update(next_attempt_at=now)


def _over(*, now: datetime) -> OrderNoticeQuerySet:
    """Those whose waiting is over: approved, or never to be; only rules' templates are asked."""
    rules = NoticeRule.objects.in_force()
    names = {name for rule in rules for name in rule.template_names}
    decided = Q(status__in=(TemplateStatus.APPROVED, *FINAL)) | Q(deleted_at__isnull=False)
    ids = list(Template.objects.filter(decided, name__in=names).values_list("pk", flat=True))
    if not ids:
        return OrderNotice.objects.none()
    waiting = OrderNotice.objects.filter(decision=Decision.WAITING.value)
    return waiting.filter(waits_for__overlap=ids, next_attempt_at__gt=now)

"""Who may answer conversations, and who has most room for one more."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Permission
from django.db.models import Count, Q

from whatsapp.domain.sla import AgentLoad, suggest_agent
from whatsapp.models import Conversation


def answering() -> list[AbstractBaseUser]:
    """List the active users who may answer, by name."""
    allowed = Permission.objects.filter(
        content_type__app_label="whatsapp", codename="reply_conversation"
    )
    model: Any = get_user_model()
    can_answer = (
        Q(is_superuser=True) | Q(user_permissions__in=allowed) | Q(groups__permissions__in=allowed)
    )
    rows = model.objects.filter(can_answer, is_active=True).distinct()
    return list(rows.order_by(model.USERNAME_FIELD))


def suggest() -> int | None:
    """Name the user with the fewest active conversations; None when nobody may answer."""
    active = Conversation.objects.active().exclude(assigned_to=None).order_by()
    counts = dict(active.values_list("assigned_to").annotate(Count("pk")))
    loads = [
        AgentLoad(user_id=user.pk, open_count=counts.get(user.pk, 0), is_available=True)
        for user in answering()
    ]
    return suggest_agent(loads)

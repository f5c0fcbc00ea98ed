"""Whose conversations a user may see, and whether their phone numbers; every door asks here.

With ``AGENTS_SEE`` "own" an agent sees what is nobody's and what is theirs; who may oversee
conversations sees all. What is hidden is not there: NotFoundError, never a refusal that tells.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from whatsapp.conf import AgentsSee, whatsapp_settings
from whatsapp.domain import veil
from whatsapp.models import Conversation
from whatsapp.models.conversation import ConversationQuerySet

OVERSEES = "whatsapp.oversee_conversation"
SEES_PHONES = "whatsapp.view_phone"

User = AbstractBaseUser | AnonymousUser


def is_limited(user: Any) -> bool:
    """Whether colleagues' conversations are hidden from this user."""
    return limits_anybody() and not user.has_perm(OVERSEES)


def is_limited_id(*, user_id: int | None) -> bool:
    """Whether they are hidden from the user with this id; the app itself (None) sees all."""
    if user_id is None or not limits_anybody():
        return False
    user = get_user_model().objects.filter(pk=user_id).first()
    return user is None or is_limited(user)


def limits_anybody() -> bool:
    """Whether anything is hidden from anybody; if not, nobody needs to ask the database."""
    return whatsapp_settings().agents_see == AgentsSee.OWN.value


def visible_ids(*, user_id: int | None, conversation_ids: Collection[int]) -> frozenset[int]:
    """Keep the conversations that the user may see, asked anew at each call."""
    user = get_user_model().objects.filter(pk=user_id or 0).first()
    if user is None:
        return frozenset()
    rows = visible_conversations(user=user).filter(pk__in=conversation_ids)
    return frozenset(rows.values_list("pk", flat=True))


def visible(*, user: User, conversation: str = "") -> Q:
    """Return the condition that keeps what the user may see.

    ``conversation`` is the way from the rows to theirs, such as ``message__conversation``; empty
    for conversations themselves. Rows without one are for those who see all.
    """
    if not is_limited(user):
        return Q()
    to = f"{conversation}__" if conversation else ""
    mine_or_nobodys = Q(**{f"{to}assigned_to": user.pk}) | Q(**{f"{to}assigned_to": None})
    return mine_or_nobodys & Q(**{f"{to}id__isnull": False})


def visible_conversations(*, user: User) -> ConversationQuerySet:
    """Return the conversations that the user may see."""
    return Conversation.objects.filter(visible(user=user))


def may_see(*, conversation: Conversation | None, user_id: int | None) -> bool:
    """Tell it of one row, locked or not; the app itself (no user) sees all."""
    if user_id is None or not limits_anybody():
        return True
    if conversation is not None and conversation.assigned_to_id in (None, user_id):
        return True
    return not is_limited_id(user_id=user_id)


def without_phones(value: Any, *, user: Any) -> Any:
    """Return JSON, or a text, with phone numbers veiled unless the user may see them."""
    if user.has_perm(SEES_PHONES):
        return value
    return veil.veil_json(value, region=whatsapp_settings().phone_region)


def reads(*, user: Any) -> Callable[[str], str] | None:
    """Return how the user is shown a text, with phone numbers veiled; None: as it was written."""
    if user.has_perm(SEES_PHONES):
        return None
    return partial(veil.veil_text, region=whatsapp_settings().phone_region)

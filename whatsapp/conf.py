"""The app's settings: one ``WHATSAPP`` dict in the host, one frozen object here.

Keys are the field names in upper case; unknown keys are refused. No other room reads
``django.conf.settings``, but for the model names of foreign keys. docs/settings.md describes
each field; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from whatsapp.domain import quiet_hours, rate
from whatsapp.domain.document_texts import TEMPLATES as DOCUMENT_TEMPLATES

ORDER_EVENTS = ("order_confirmed", "order_shipped", "order_delivered")


def _document_templates() -> Mapping[str, str]:
    return MappingProxyType({kind.value: name for kind, name in DOCUMENT_TEMPLATES.items()})


class AgentsSee(StrEnum):
    """Which conversations are shown to agents who do not oversee them all."""

    ALL = "all"
    OWN = "own"  # and those that are nobody's


def _no_signals() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class WhatsAppSettings:
    """Everything that can be set. Durations are timedeltas, secrets tuples so that they rotate."""

    enabled: bool = True

    # Meta: the account and number named by the environment are read at each use
    graph_url: str = "https://graph.facebook.com"
    graph_version: str = "v25.0"
    phone_number_id: str = ""
    business_account_id: str = ""
    app_id: str = ""  # samples of templates are uploaded to it
    access_token: str = field(default="", repr=False)
    app_secrets: tuple[str, ...] = field(default=(), repr=False)  # the first is the newest
    verify_token: str = field(default="", repr=False)
    encryption_keys: tuple[str, ...] = field(default=(), repr=False)  # Fernet; the first encrypts
    messages_per_second: int = 0  # of the environment's number; 0: as its row says, 80 at first
    connect_timeout: timedelta = timedelta(seconds=5)
    read_timeout: timedelta = timedelta(seconds=20)

    # What the host gives us, by dotted path
    gateway: str = "whatsapp.gateway.client.CloudApiGateway"
    customer_directory: str = ""
    order_book: str = ""
    staff_notifier: str = ""
    document_maker: str = ""  # empty: no document can be sent
    customer_notifier: str = ""  # none: customers are told over WhatsApp only
    order_signals: Mapping[str, str] = field(default_factory=_no_signals)  # event -> ERP signal

    # Order notices and papers
    supplier_template: str = "supplier_order"  # when that of the document cannot be sent
    document_templates: Mapping[str, str] = field(default_factory=_document_templates)
    rollout_percent: int = 100  # the share of customers, stable per customer, that gets notices
    default_language: str = "ro"
    phone_region: str = "RO"  # numbers written without a country code are read as of here

    # Sending
    max_retries: int = 3
    message_lifetime: timedelta = timedelta(hours=24)
    quiet_hours: str = "21:00-08:00 Europe/Bucharest"  # replies are sent at any hour; "": none
    unconfirmed_wait: timedelta = timedelta(minutes=10)  # counts only while webhooks flow
    sender_lease: timedelta = timedelta(seconds=5)
    sender_renew: timedelta = timedelta(seconds=1)
    sender_safety: timedelta = timedelta(milliseconds=500)
    sender_margin: timedelta = timedelta(milliseconds=8)  # added to the sliding second
    sender_concurrency: int = 250  # the cap of sends in flight per number
    wake_timeout: timedelta = timedelta(milliseconds=100)  # the one network call of a request
    wake_pause: timedelta = timedelta(seconds=30)  # no wake-up after one that failed

    # Conversations
    sla_response: timedelta = timedelta(hours=2)
    sla_idle: timedelta = timedelta(hours=24)
    archive_after: timedelta = timedelta(days=7)
    agents_see: str = "all"  # or "own": what is theirs or nobody's

    # How often one user may ask the API, such as "600/min"; empty: no limit
    throttle_read: str = "3000/min"
    throttle_search: str = "120/min"
    throttle_send: str = "600/min"  # whatever changes something

    # Receiving
    webhook_max_bytes: int = 3 * 1024 * 1024  # Meta posts up to 3 MB
    webhook_commit_timeout: timedelta = timedelta(seconds=5)  # of the ASGI door; then 503
    webhook_retention: timedelta = timedelta(days=30)
    webhook_max_attempts: int = 8
    status_wait: timedelta = timedelta(minutes=10)  # for a message that fits it
    gap_tolerance: float = 0.02  # the share by which Meta's daily counts may differ from ours
    account_zone: str = "Europe/Bucharest"  # by which Meta cuts the account's days
    media_max_bytes: int = 100 * 1024 * 1024
    media_storage: str = "default"  # alias in STORAGES; should not be public

    # Meta's hosts that may see the access token when media is fetched
    media_hosts: tuple[str, ...] = ("lookaside.fbsbx.com", "graph.facebook.com")

    def __post_init__(self) -> None:
        if not 0 <= self.messages_per_second <= 1000:
            raise ImproperlyConfigured("WHATSAPP['MESSAGES_PER_SECOND'] must be from 0 to 1000.")
        if not 0 <= self.rollout_percent <= 100:
            raise ImproperlyConfigured("WHATSAPP['ROLLOUT_PERCENT'] must be from 0 to 100.")
        try:
            quiet_hours.parse(self.quiet_hours)
        except (ValueError, KeyError, OSError) as error:
            raise ImproperlyConfigured(f"WHATSAPP['QUIET_HOURS']: {error}") from error
        if self.agents_see not in list(AgentsSee):
            raise ImproperlyConfigured("WHATSAPP['AGENTS_SEE'] must be 'all' or 'own'.")
        if not 0 <= self.gap_tolerance <= 1:
            raise ImproperlyConfigured("WHATSAPP['GAP_TOLERANCE'] must be from 0 to 1.")
        try:
            ZoneInfo(self.account_zone)
        except (ValueError, KeyError, OSError) as error:
            raise ImproperlyConfigured(f"WHATSAPP['ACCOUNT_ZONE']: {error}") from error
        self._require_rates()
        unknown = sorted(set(self.order_signals) - set(ORDER_EVENTS))
        if unknown:
            raise ImproperlyConfigured(f"WHATSAPP names unknown order events: {unknown}.")
        if set(self.document_templates) != set(DOCUMENT_TEMPLATES):
            kinds = ", ".join(DOCUMENT_TEMPLATES)
            raise ImproperlyConfigured(f"WHATSAPP['DOCUMENT_TEMPLATES'] needs a name for {kinds}.")

    def _require_rates(self) -> None:
        for name in ("throttle_read", "throttle_search", "throttle_send"):
            try:
                rate.parse(getattr(self, name))
            except ValueError as error:
                raise ImproperlyConfigured(f"WHATSAPP['{name.upper()}']: {error}") from error


@cache
def whatsapp_settings() -> WhatsAppSettings:
    """The settings in force; ImproperlyConfigured for a key that does not exist."""
    given: Mapping[str, object] = getattr(settings, "WHATSAPP", {})
    known = {f.name.upper(): f.name for f in fields(WhatsAppSettings)}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ImproperlyConfigured(f"WHATSAPP has unknown keys: {', '.join(unknown)}.")
    return WhatsAppSettings(**{known[key]: value for key, value in given.items()})  # type: ignore[arg-type]


def _forget(*, setting: str, **_: object) -> None:
    if setting == "WHATSAPP":
        whatsapp_settings.cache_clear()


setting_changed.connect(_forget, dispatch_uid="whatsapp.conf")

"""The one place where dotted paths in the settings become adapters."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from whatsapp.conf import whatsapp_settings
from whatsapp.ports import (
    CustomerDirectory,
    CustomerNotifier,
    DocumentMaker,
    OrderBook,
    StaffNotifier,
    WhatsAppGateway,
)

if TYPE_CHECKING:
    from whatsapp.gateway.client import CloudApiGateway

    _gateway: type[WhatsAppGateway] = CloudApiGateway


def _build(key: str, path: str) -> Any:
    if not path:
        raise ImproperlyConfigured(f"WHATSAPP['{key}'] names no adapter; see docs/settings.md.")
    return import_string(path)()


@cache
def gateway() -> WhatsAppGateway:
    """Meta, or what stands in for it; one per process, its connections are kept."""
    adapter: WhatsAppGateway = _build("GATEWAY", whatsapp_settings().gateway)
    return adapter


@cache
def customer_directory() -> CustomerDirectory:
    """The ERP's customers."""
    adapter: CustomerDirectory = _build(
        "CUSTOMER_DIRECTORY", whatsapp_settings().customer_directory
    )
    return adapter


@cache
def order_book() -> OrderBook:
    """The ERP's orders."""
    adapter: OrderBook = _build("ORDER_BOOK", whatsapp_settings().order_book)
    return adapter


@cache
def staff_notifier() -> StaffNotifier:
    """The ERP's way to tell its staff."""
    adapter: StaffNotifier = _build("STAFF_NOTIFIER", whatsapp_settings().staff_notifier)
    return adapter


@cache
def document_maker() -> DocumentMaker:
    """The ERP's papers as PDF."""
    adapter: DocumentMaker = _build("DOCUMENT_MAKER", whatsapp_settings().document_maker)
    return adapter


@cache
def customer_notifier() -> CustomerNotifier | None:
    """The ERP's own way to tell its customers, if it has one."""
    path = whatsapp_settings().customer_notifier
    adapter: CustomerNotifier | None = _build("CUSTOMER_NOTIFIER", path) if path else None
    return adapter


PARTS = (
    *(gateway, customer_directory, order_book),
    *(staff_notifier, document_maker, customer_notifier),
)


def _forget(*, setting: str, **_: object) -> None:
    if setting == "WHATSAPP":
        for part in PARTS:
            part.cache_clear()


setting_changed.connect(_forget, dispatch_uid="whatsapp.wiring")

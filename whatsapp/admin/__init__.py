"""Doors for agents. Nothing is registered while the module is switched off."""

from whatsapp.conf import whatsapp_settings

if whatsapp_settings().enabled:
    from whatsapp.admin import (  # noqa: F401 (each registers its own)
        business_numbers,
        contact_merges,
        contacts,
        conversations,
        dashboard,
        gap_checks,
        media,
        messages,
        notice_rules,
        order_notices,
        outbox,
        prices,
        signal_failures,
        templates,
        webhook_events,
    )

"""The rules a shop begins with: each event is told by the template of its name."""

from __future__ import annotations

from collections.abc import Mapping

from django.apps.registry import Apps

WHO = {"customer_name": "customer.name", "order_number": "order.number"}
PARCEL = ("courier", "tracking_number", "tracking_url")
RULES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "order_confirmed": ("Order confirmed", {**WHO, "total": "order.total"}),
    "order_shipped": ("Order shipped", {**WHO, **{name: f"order.{name}" for name in PARCEL}}),
    "order_delivered": ("Order delivered", WHO),
}


def add_rules(*, apps: Apps, using: str) -> None:
    """Add them to a shop that has no rules."""
    rules = apps.get_model("whatsapp", "NoticeRule").objects.using(using)
    if rules.exists():
        return
    for event, (name, paths) in RULES.items():
        parameters = {parameter: {"field": path} for parameter, path in paths.items()}
        rules.create(event=event, name=name, template=event, parameters=parameters)


def remove_rules(*, apps: Apps, using: str) -> None:
    """Take away what is as it was added."""
    rules = apps.get_model("whatsapp", "NoticeRule").objects.using(using)
    for event, (name, _paths) in RULES.items():
        rules.filter(event=event, name=name, template=event).delete()

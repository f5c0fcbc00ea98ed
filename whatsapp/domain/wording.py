"""What customers and suppliers read: the standard templates, rendered.

Text and template are one source, so a message sent as free text inside the window reads exactly as
the template would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from whatsapp.domain.customer_texts import MARKETING_RESUMED, MARKETING_STOPPED
from whatsapp.domain.formats import (
    DEFAULT_LANGUAGE,
    known_language,
    long_date,
    money,
    plural,
    products,
    quantity,
)
from whatsapp.domain.standard_templates import (
    confirmed_parameters,
    delivered_parameters,
    notification_parameters,
    shipped_parameters,
    standard_template,
)
from whatsapp.domain.supplier_texts import SupplierLine, supplier_parameters
from whatsapp.domain.template import check_parameters, render

__all__ = [
    "known_language",
    "long_date",
    "marketing_confirmation",
    "marketing_confirmations",
    "money",
    "notification",
    "order_confirmation",
    "order_delivered",
    "order_shipped",
    "plural",
    "products",
    "quantity",
    "supplier_order_confirmation",
]


def order_confirmation(
    *,
    customer_name: str,
    order_number: str,
    total: Decimal,
    currency: str = "RON",
    language: str = DEFAULT_LANGUAGE,
) -> str:
    """Tell the customer that the order is confirmed, with its total."""
    parameters = confirmed_parameters(
        customer_name=customer_name,
        order_number=order_number,
        total=total,
        currency=currency,
        language=language,
    )
    return _text("order_confirmed", parameters, language)


def order_shipped(
    *,
    customer_name: str,
    order_number: str,
    courier: str = "",
    tracking_number: str = "",
    tracking_url: str = "",
    language: str = DEFAULT_LANGUAGE,
) -> str:
    """Tell the customer that the parcel is on its way, and how to follow it where that is known."""
    parameters = shipped_parameters(
        customer_name=customer_name,
        order_number=order_number,
        courier=courier,
        tracking_number=tracking_number,
        tracking_url=tracking_url,
        language=language,
    )
    return _text("order_shipped", parameters, language)


def order_delivered(
    *, customer_name: str, order_number: str, language: str = DEFAULT_LANGUAGE
) -> str:
    """Tell the customer that the order has arrived."""
    parameters = delivered_parameters(
        customer_name=customer_name, order_number=order_number, language=language
    )
    return _text("order_delivered", parameters, language)


def supplier_order_confirmation(
    *,
    supplier_name: str,
    order_number: str,
    lines: Sequence[SupplierLine],
    notes: str = "",
    language: str = DEFAULT_LANGUAGE,
) -> str:
    """Order from a supplier, asking to confirm; as many lines as a message holds."""
    parameters = supplier_parameters(
        supplier_name=supplier_name,
        order_number=order_number,
        lines=lines,
        notes=notes,
        language=language,
    )
    return _text("supplier_order", parameters, language)


def notification(
    *,
    customer_name: str,
    subject: str,
    message: str,
    language: str = DEFAULT_LANGUAGE,
) -> str:
    """Tell the customer anything else; ``subject`` goes on after "Vă scriem în legătură cu".

    The template ends that sentence, so a full stop of the subject's own is left out.
    """
    parameters = notification_parameters(
        customer_name=customer_name,
        subject=subject.rstrip(" ."),
        message=message,
        language=language,
    )
    return _text("general_notification", parameters, language)


def marketing_confirmation(*, wanted: bool, language: str = DEFAULT_LANGUAGE) -> str:
    """Confirm that marketing stops, or begins again."""
    texts = MARKETING_RESUMED if wanted else MARKETING_STOPPED
    return texts[known_language(language)]


def marketing_confirmations(*, wanted: bool) -> tuple[str, ...]:
    """The confirmation in every language: to find one that was sent."""
    return tuple((MARKETING_RESUMED if wanted else MARKETING_STOPPED).values())


def _text(name: str, parameters: Mapping[str, str], language: str) -> str:
    template = standard_template(name=name, language=language)
    checked = check_parameters(
        components=template.components,
        parameter_format=template.parameter_format,
        parameters=parameters,
    )
    return render(template.components, checked).text

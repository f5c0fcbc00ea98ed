"""``expand=customer,order``: what belongs to the rows of an answer, read for all of them at once.

Ids stay ids: what was asked for is under ``expanded``, each name with an object or null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from whatsapp.api.people import ContactSerializer, NumberSerializer
from whatsapp.models import BusinessNumber, Contact
from whatsapp.wiring import customer_directory, order_book

Rows = Sequence[dict[str, Any]]
Found = Mapping[int, Any]  # by the row's id
Expansion = Callable[[Rows, Request], Found]


class CustomerSerializer(serializers.Serializer[Any]):
    """A customer, as the ERP knows them."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    phone = serializers.CharField()
    email = serializers.CharField()
    language = serializers.CharField()


class OrderSerializer(serializers.Serializer[Any]):
    """An order, as the ERP knows it."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    customer_id = serializers.IntegerField()
    status = serializers.CharField(help_text="In the ERP's words.")
    total = serializers.DecimalField(max_digits=20, decimal_places=2)
    currency = serializers.CharField()
    courier = serializers.CharField()
    tracking_number = serializers.CharField()
    tracking_url = serializers.CharField()
    is_cancelled = serializers.BooleanField()
    placed_at = serializers.DateTimeField(allow_null=True)


class ExpandedSerializer(serializers.Serializer[Any]):
    customer = CustomerSerializer(allow_null=True, required=False)
    order = OrderSerializer(allow_null=True, required=False)
    number = NumberSerializer(allow_null=True, required=False)


class MessageExpandedSerializer(ExpandedSerializer):
    """What `expand` asked for, and only that."""

    contact = ContactSerializer(allow_null=True, required=False)


def add(rows: Rows, *, names: Iterable[str], known: Mapping[str, Expansion], by: Request) -> None:
    """Put what was asked for into the rows; a query or two for each name, however many rows."""
    found = {name: known[name](rows, by) for name in names}
    for row in rows if found else ():
        row["expanded"] = {name: each.get(row["id"]) for name, each in found.items()}


def asked(request: Request, *, known: Mapping[str, Expansion]) -> list[str]:
    """Read the names; ValidationError for one that there is not."""
    given = request.query_params.get("expand", "")
    names = list(dict.fromkeys(filter(None, (name.strip() for name in given.split(",")))))
    if unknown := [name for name in names if name not in known]:
        raise ValidationError(
            {"expand": [f"There is no {unknown[0][:40]!r}; give some of {', '.join(known)}."]}
        )
    return names


class Expandable:
    """A list, or one row, that takes ``expand``; ``expansions`` are the names it knows."""

    expansions: ClassVar[Mapping[str, Expansion]] = {}
    request: Any

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        asked(request, known=self.expansions)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.expanded(super().list(request, *args, **kwargs))  # type: ignore[misc]

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.expanded(super().retrieve(request, *args, **kwargs))  # type: ignore[misc]

    def expanded(self, response: Response) -> Response:
        """Add to an answer, a page or one row, what was asked for."""
        names = asked(self.request, known=self.expansions)
        rows = response.data.get("results", [response.data])
        add(rows, names=names, known=self.expansions, by=self.request)
        return response


def through(
    rows: Rows, way: Callable[[dict[str, Any]], int | None], read: Callable[[set[int]], Found]
) -> Found:
    """Follow each row's id to what it stands for."""
    goals = {row["id"]: goal for row in rows if (goal := way(row)) is not None}
    there = read(set(goals.values())) if goals else {}
    return {pk: there.get(goal) for pk, goal in goals.items()}


def customers(ids: set[int]) -> Found:
    return {
        one.id: dict(CustomerSerializer(one).data) for one in customer_directory().find_by_ids(ids)
    }


def orders(ids: set[int]) -> Found:
    return {one.id: dict(OrderSerializer(one).data) for one in order_book().find_by_ids(ids)}


def numbers(ids: set[int]) -> Found:
    rows = BusinessNumber.objects.in_bulk(ids)
    return {pk: dict(NumberSerializer(row).data) for pk, row in rows.items()}


def contacts(ids: set[int]) -> Found:
    rows = Contact.objects.in_bulk(ids)
    return {pk: dict(ContactSerializer(row).data) for pk, row in rows.items()}


OF_MESSAGES: Mapping[str, Expansion] = {
    "customer": lambda rows, _: through(rows, lambda row: row["customer_id"], customers),
    "order": lambda rows, _: through(rows, lambda row: row["order_id"], orders),
    "number": lambda rows, _: through(rows, lambda row: row["number"], numbers),
    "contact": lambda rows, _: through(rows, lambda row: row["contact"], contacts),
}

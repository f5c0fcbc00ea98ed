"""Address cards, as Meta and a client write them alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from whatsapp.api.sends import EnvelopeSerializer
from whatsapp.domain import content_limits as limits
from whatsapp.domain.content import read_card


def _text(limit: int = 255) -> serializers.CharField:
    return serializers.CharField(max_length=limit, required=False, allow_blank=True)


class CardNameSerializer(serializers.Serializer[Any]):
    """`formatted_name` is shown; the parts go into the phone's address book."""

    formatted_name = serializers.CharField(max_length=limits.TEXT)
    first_name = _text()
    last_name = _text()
    middle_name = _text()
    prefix = _text()
    suffix = _text()


class CardPhoneSerializer(serializers.Serializer[Any]):
    """With a `wa_id` (digits) WhatsApp offers to write to the number."""

    phone = serializers.CharField(max_length=64)
    type = _text(64)
    wa_id = _text(64)


class CardEmailSerializer(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254)
    type = _text(64)


class CardUrlSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=limits.URL)
    type = _text(64)


class CardAddressSerializer(serializers.Serializer[Any]):
    """`country_code` has two letters."""

    street = _text()
    city = _text()
    state = _text()
    zip = _text(32)
    country = _text()
    country_code = _text(2)
    type = _text(64)


class CardOrganizationSerializer(serializers.Serializer[Any]):
    company = _text()
    department = _text()
    title = _text()


class ContactCardSerializer(serializers.Serializer[Any]):
    """One person."""

    name = CardNameSerializer()
    phones = CardPhoneSerializer(many=True, required=False)
    emails = CardEmailSerializer(many=True, required=False)
    urls = CardUrlSerializer(many=True, required=False)
    addresses = CardAddressSerializer(many=True, required=False)
    org = CardOrganizationSerializer(required=False)
    birthday = serializers.CharField(max_length=10, required=False, help_text="YYYY-MM-DD")


class ContactsSerializer(EnvelopeSerializer):
    """People to write to or to call."""

    contacts = ContactCardSerializer(many=True)

    def validate_contacts(self, given: list[Mapping[str, Any]]) -> list[Any]:
        """Read the cards."""
        return [read_card(card) for card in given]

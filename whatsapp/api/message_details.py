"""What a message's JSON says of what it answers, what it holds and what became of it."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from whatsapp.domain.amendments import UNTOUCHED, Amended, Wording
from whatsapp.domain.details import Details
from whatsapp.gateway import details
from whatsapp.models import Message
from whatsapp.services import amendments

SEES_DELETED = "whatsapp.view_webhookevent"  # who reads Meta's own words reads this, too
Data = dict[str, Any] | None


class ProductSerializer(serializers.Serializer[Any]):
    """A product of the shop's catalogue at Meta."""

    catalog_id = serializers.CharField()
    product = serializers.CharField(help_text="The shop's own code (`product_retailer_id`).")


class ReferralSerializer(serializers.Serializer[Any]):
    """The advertisement or post a customer came from."""

    source_type = serializers.CharField(help_text="`ad` or `post`.")
    source_id = serializers.CharField()
    url = serializers.CharField()
    headline = serializers.CharField()
    body = serializers.CharField()
    media_type = serializers.CharField()
    media_url = serializers.CharField()
    click_id = serializers.CharField(help_text="Meta's `ctwa_clid`, for its conversions.")
    welcome = serializers.CharField(help_text="The greeting the customer saw.")


class LastReactionSerializer(serializers.Serializer[Any]):
    """The last reaction of one side."""

    emoji = serializers.CharField()
    direction = serializers.CharField(help_text="Whose: `SENT` is ours.")
    at = serializers.DateTimeField()


class WordingSerializer(serializers.Serializer[Any]):
    """How a message read from `at` until it was edited."""

    text = serializers.CharField()
    at = serializers.DateTimeField()


class AnswerSerializer(serializers.Serializer[Any]):
    """A field of a form that was filled in."""

    name = serializers.CharField()
    value = serializers.CharField()


class BasketLineSerializer(serializers.Serializer[Any]):
    """Some of a product; `price` of one."""

    product = serializers.CharField()
    quantity = serializers.IntegerField()
    price = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    currency = serializers.CharField()


class BasketSerializer(serializers.Serializer[Any]):
    """What was put together from the catalogue; `total` where all prices are of one currency."""

    catalog_id = serializers.CharField()
    lines = BasketLineSerializer(many=True)
    total = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True)
    currency = serializers.CharField()


class TroubleSerializer(serializers.Serializer[Any]):
    """Why Meta did not pass something on."""

    code = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()


class AmendedListSerializer(serializers.ListSerializer[Any]):
    """Asks once what became of all the messages of a page."""

    def to_representation(self, data: Any) -> Any:
        rows, child = amendments.complete(data), cast(DetailsSerializer, self.child)
        child.became = amendments.of(rows)
        return super().to_representation(rows)


class DetailsSerializer(serializers.ModelSerializer[Message]):
    """The fields that later messages, and what Meta wrote beside the text, account for."""

    became: Any = None  # of a page's messages, by id

    text = serializers.SerializerMethodField(help_text="As it reads by now; '' when deleted.")
    content = serializers.SerializerMethodField(
        help_text="What was to be sent, or the message as Meta wrote it; null when deleted."
    )
    reply_to_wamid = serializers.SerializerMethodField(
        help_text="What a customer's message is about, also when we do not have that."
    )
    forwarded = serializers.SerializerMethodField(help_text="`once`, `often` or null.")
    product = serializers.SerializerMethodField(help_text="What a question is about.")
    referral = serializers.SerializerMethodField()
    reactions = serializers.SerializerMethodField()
    earlier_texts = serializers.SerializerMethodField(
        help_text="Before it was edited, oldest first."
    )
    deleted_at = serializers.SerializerMethodField(help_text="When its author took it back.")
    answers = serializers.SerializerMethodField(help_text="Of a form that was filled in.")
    basket = serializers.SerializerMethodField()
    troubles = serializers.SerializerMethodField(help_text="Why something of it is missing.")

    class Meta:
        model = Message
        list_serializer_class = AmendedListSerializer
        fields: tuple[str, ...] = (
            *(
                "text",
                "content",
                "reply_to_wamid",
                "forwarded",
                "product",
                "referral",
                "reactions",
                "earlier_texts",
            ),
            *("deleted_at", "answers", "basket", "troubles"),
        )

    def get_text(self, message: Message) -> str:
        shown = self._amended(message)
        return message.message_text if self._sees(shown) else shown.text(message.message_text)

    @extend_schema_field(OpenApiTypes.ANY)
    def get_content(self, message: Message) -> Any:
        return None if self._hides(message) else message.content

    def get_reply_to_wamid(self, message: Message) -> str:
        return details.read(message.content).reply_to_wamid

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_forwarded(self, message: Message) -> str | None:
        return self._details(message).forwarded

    @extend_schema_field(ProductSerializer(allow_null=True))
    def get_product(self, message: Message) -> Data:
        held = self._details(message).product
        return dict(ProductSerializer(held).data) if held else None

    @extend_schema_field(ReferralSerializer(allow_null=True))
    def get_referral(self, message: Message) -> Data:
        held = self._details(message).referral
        return dict(ReferralSerializer(held).data) if held else None

    @extend_schema_field(LastReactionSerializer(many=True))
    def get_reactions(self, message: Message) -> Any:
        return LastReactionSerializer(self._amended(message).reactions, many=True).data

    @extend_schema_field(WordingSerializer(many=True))
    def get_earlier_texts(self, message: Message) -> Any:
        own = Wording(text=message.message_text, at=message.happened_at)
        return WordingSerializer(self._amended(message).earlier(own), many=True).data

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_deleted_at(self, message: Message) -> str | None:
        at = self._amended(message).revoked_at
        return serializers.DateTimeField().to_representation(at) if at else None

    @extend_schema_field(AnswerSerializer(many=True))
    def get_answers(self, message: Message) -> Any:
        return AnswerSerializer(self._details(message).answers, many=True).data

    @extend_schema_field(BasketSerializer(allow_null=True))
    def get_basket(self, message: Message) -> Data:
        held = self._details(message).basket
        return dict(BasketSerializer(held).data) if held else None

    @extend_schema_field(TroubleSerializer(many=True))
    def get_troubles(self, message: Message) -> Any:
        return TroubleSerializer(self._details(message).troubles, many=True).data

    def _amended(self, message: Message) -> Amended:
        if self.became is None:
            amendments.complete([message])
            self.became = amendments.of([message])
        found: Amended = self.became.get(message.pk, UNTOUCHED)
        return found

    def _sees(self, shown: Amended) -> bool:
        """Whether this user reads what its author deleted."""
        request = self.context.get("request")
        deleted = shown.revoked_at is not None
        return deleted and request is not None and request.user.has_perm(SEES_DELETED)

    def _hides(self, message: Message) -> bool:
        shown = self._amended(message)
        return shown.revoked_at is not None and not self._sees(shown)

    def _details(self, message: Message) -> Details:
        return Details() if self._hides(message) else details.read(message.content)

"""What a message's JSON says of what it answers, what it holds and what became of it."""

from __future__ import annotations

from typing import Any, cast

from rest_framework import serializers

from whatsapp.api.fields import moment
from whatsapp.domain.amendments import UNTOUCHED, Amended, Reaction, Wording
from whatsapp.domain.details import Details
from whatsapp.gateway import details
from whatsapp.models import Message
from whatsapp.services.dialogue import amendments

SEES_DELETED = "whatsapp.view_webhookevent"  # who reads Meta's own words reads this, too
NOTHING = Details()


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

    text = serializers.CharField(help_text="As it reads by now; '' when deleted.")
    content = serializers.JSONField(  # its schema is "anything", and that takes null in
        help_text="What was to be sent, or the message as Meta wrote it; null when deleted.",
    )
    reply_to_wamid = serializers.CharField(
        help_text="What a customer's message is about, also when we do not have that."
    )
    forwarded = serializers.CharField(allow_null=True, help_text="`once`, `often` or null.")
    product = ProductSerializer(allow_null=True, help_text="What a question is about.")
    referral = ReferralSerializer(allow_null=True)
    reactions = LastReactionSerializer(many=True)
    earlier_texts = WordingSerializer(many=True, help_text="Before it was edited, oldest first.")
    deleted_at = serializers.DateTimeField(
        allow_null=True, help_text="When its author took it back."
    )
    answers = AnswerSerializer(many=True, help_text="Of a form that was filled in.")
    basket = BasketSerializer(allow_null=True)
    troubles = TroubleSerializer(many=True, help_text="Why something of it is missing.")

    class Meta:
        model = Message
        list_serializer_class = AmendedListSerializer
        fields: tuple[str, ...] = (
            *("text", "content", "reply_to_wamid", "forwarded", "product", "referral"),
            *("reactions", "earlier_texts", "deleted_at", "answers", "basket", "troubles"),
        )

    def details_of(self, message: Message, shown: Amended) -> dict[str, Any]:
        """These fields' values; a message that hides what was deleted keeps what it is about."""
        told = details.read(message.content)
        is_hidden = self.hides(shown)
        held = NOTHING if is_hidden else told
        own = Wording(text=message.message_text, at=message.happened_at)
        sees_deleted = shown.revoked_at is not None and not is_hidden
        return {
            "text": own.text if sees_deleted else shown.text(own.text),
            "content": None if is_hidden else message.content,
            "reply_to_wamid": told.reply_to_wamid,
            "forwarded": held.forwarded,
            "product": held.product and ProductSerializer(held.product).data,
            "referral": held.referral and ReferralSerializer(held.referral).data,
            "reactions": [_reaction(each) for each in shown.reactions],
            "earlier_texts": [
                {"text": each.text, "at": moment(each.at)} for each in shown.earlier(own)
            ],
            "deleted_at": moment(shown.revoked_at),
            "answers": [{"name": each.name, "value": each.value} for each in held.answers],
            "basket": held.basket and BasketSerializer(held.basket).data,
            "troubles": [{"code": each.code, "text": each.text} for each in held.troubles],
        }

    def amended(self, message: Message) -> Amended:
        """What became of a message."""
        if self.became is None:
            amendments.complete([message])
            self.became = amendments.of([message])
        found: Amended = self.became.get(message.pk, UNTOUCHED)
        return found

    def hides(self, shown: Amended) -> bool:
        """Whether its author deleted it, and this user does not read such messages."""
        if shown.revoked_at is None:
            return False
        request = self.context.get("request")
        return request is None or not request.user.has_perm(SEES_DELETED)


def _reaction(reaction: Reaction) -> dict[str, Any]:
    at = moment(reaction.at)
    return {"emoji": reaction.emoji, "direction": reaction.direction, "at": at}
